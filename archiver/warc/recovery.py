"""What a crash leaves of a WARC file: where the last whole exchange ends, and the tail moved aside. Never deletes a byte."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import StoreError, WarcFormatError
from archiver.warc.reader import Damage, read_records
from archiver.warc.series import sync_folder

# Types that begin a group when they are concurrent to a record that follows (archiver.warc.exchange).
_OPENERS = frozenset({"metadata", "request"})


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a file that was being written: ``whole`` bytes are good, ``torn`` bytes after them are not.

    ``records`` counts the whole records; ``dropped`` names those that are whole but belong to an exchange that is not.
    """

    whole: int
    torn: int
    records: int
    dropped: tuple[str, ...] = ()


def find_tail(path: Path) -> Tail:
    """Where the last whole exchange of ``path`` ends. Reads the file once; raises OSError only."""
    end, records = 0, 0
    pending: list[str] = []
    for item in read_records(path):
        if isinstance(item, Damage):
            # Damage in the middle is a finding for verify; only the tail is ours to cut.
            continue
        try:
            item.finish()
        except WarcFormatError:
            break
        if item.warc_type in _OPENERS and item.get("WARC-Concurrent-To"):
            pending.append(item.warc_type)
        elif item.length is not None:
            records += len(pending) + 1
            pending = []
            end = item.offset + item.length
    size = path.stat().st_size
    return Tail(end, size - end, records, tuple(pending))


def set_aside(path: Path, tail: Tail, logs: Path) -> Path | None:
    """Copy the torn bytes of ``path`` to ``logs``, make them durable, then cut the file; ``None`` when nothing is torn.

    Raises StoreError; the file is only cut after the copy is on disk.
    """
    if not tail.torn:
        return None
    aside = logs / f"{path.name}@{tail.whole}.torn"
    try:
        logs.mkdir(exist_ok=True)
        with path.open("rb") as source, aside.open("wb") as copy:
            source.seek(tail.whole)
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        sync_folder(logs)
        os.truncate(path, tail.whole)
    except OSError as error:
        raise StoreError(f"{path}@{tail.whole}: cannot set the torn tail aside in {logs}: {error.strerror}") from error
    return aside
