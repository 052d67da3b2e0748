"""JSON Lines after a crash: a torn last line and rows without a record are moved aside, never thrown away."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from archiver.dataset.jsonl import torn_tail
from archiver.warc.series import sync_folder


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


def drop_rows(path: Path, logs: Path, is_lost: Callable[[dict[str, Any]], bool]) -> int:
    """Move the rows that ``is_lost`` to ``logs``; rows moved. The file is written aside and renamed only when there are any."""
    kept, lost = path.with_name(path.name + ".new"), []
    with path.open("rb") as lines, kept.open("wb") as out:
        for line in lines:
            if is_lost(orjson.loads(line)):
                lost.append(line)
            else:
                out.write(line)
        out.flush()
        os.fsync(out.fileno())
    if not lost:
        kept.unlink()
        return 0
    _keep(logs / f"{path.name}.lost", b"".join(lost))
    kept.replace(path)
    sync_folder(path.parent)
    return len(lost)


def _keep(aside: Path, data: bytes) -> None:
    aside.parent.mkdir(exist_ok=True)
    with aside.open("ab") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    sync_folder(aside.parent)
