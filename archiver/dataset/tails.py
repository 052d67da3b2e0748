"""JSON Lines after a crash: a torn last line and rows without a record are moved aside, never thrown away."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from archiver.dataset.jsonl import torn_tail
from archiver.warc.series import sync_folder

_RUN_ID = re.compile(rb'"run_id":"([^"\\]+)"')


def cut_torn_line(path: Path, logs: Path) -> int:
    """Move what follows the last newline of ``path`` to ``logs``; bytes moved, 0 when the file ends well. Raises OSError."""
    torn = torn_tail(path)
    if not torn:
        return 0
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(size - torn)
        _keep(logs / f"{path.name}@{size - torn}.torn", stream.read())
    os.truncate(path, size - torn)
    return torn


def drop_lines(path: Path, logs: Path, is_lost: Callable[[bytes], bool]) -> int:
    """Move the lines that ``is_lost`` to ``logs``; lines moved. Only then is the file written anew, aside and renamed."""
    with path.open("rb") as lines:
        lost = [line for line in lines if is_lost(line)]
    if not lost:
        return 0
    _keep(logs / f"{path.name}.lost", b"".join(lost))
    gone = set(lost)
    kept = path.with_name(path.name + ".new")
    with path.open("rb") as lines, kept.open("wb") as out:
        out.writelines(line for line in lines if line not in gone)
        out.flush()
        os.fsync(out.fileno())
    kept.replace(path)
    sync_folder(path.parent)
    return len(lost)


def run_of(line: bytes) -> str | None:
    """The ``run_id`` of a line as this program writes it, without reading the rest; ``None`` for anything else."""
    # A quote within a value is escaped, so this stands where it is a key and nowhere else.
    found = _RUN_ID.search(line) if line.startswith(b"{") and line.endswith(b"}\n") else None
    return found[1].decode("latin-1") if found else None


def _keep(aside: Path, data: bytes) -> None:
    aside.parent.mkdir(exist_ok=True)
    with aside.open("ab") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    sync_folder(aside.parent)
