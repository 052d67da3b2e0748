"""What a crash leaves of a WARC file: where the last whole exchange ends, and the tail moved aside. Never deletes a byte."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.errors import StoreError, WarcFormatError
from archiver.warc.reader import Damage, read_records
from archiver.warc.series import sync_folder
from archiver.warc.source import READ_SIZE

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
    """Where the last whole exchange of ``path`` ends. Reads the file once; raises OSError only.

    Damage with whole exchanges behind it is not a tail: that is a finding for verify, and nothing is cut there.
    """
    end, records = 0, 0
    behind: list[tuple[int, str]] = []  # offset and type of whole records behind ``end``
    for item in read_records(path):
        if isinstance(item, Damage):
            while behind and behind[-1][0] == item.offset:
                behind.pop()  # read before its gzip member turned out broken
            continue
        try:
            item.finish()
        except WarcFormatError:
            continue
        behind.append((item.offset, item.warc_type))
        opens = item.warc_type in _OPENERS and item.get("WARC-Concurrent-To")
        if item.end is not None and not opens:
            end, records, behind = item.end, records + len(behind), []
    return Tail(end, path.stat().st_size - end, records, tuple(warc_type for _, warc_type in behind))


def set_aside(path: Path, tail: Tail, logs: Path) -> Path | None:
    """Copy the torn bytes of ``path`` to ``logs``, make them durable, then cut the file; ``None`` when nothing is torn.

    Raises StoreError; the file is only cut after the copy is on disk. Doing it again after a crash at any point is safe; a tail
    set aside earlier is never overwritten by another one.
    """
    if not tail.torn:
        return None
    aside = logs / f"{path.name}@{tail.whole}.torn"
    try:
        if not logs.is_dir():
            logs.mkdir(exist_ok=True)
            sync_folder(logs.parent)
        with path.open("rb") as source:
            aside = _copy(source, tail.whole, aside)
        sync_folder(logs)
        _cut(path, tail.whole)
    except OSError as error:
        raise StoreError.cannot(f"set the torn tail aside in {logs}", f"{path}@{tail.whole}", error) from error
    return aside


def _copy(source: BinaryIO, start: int, aside: Path) -> Path:
    """What is in ``source`` from ``start`` on, as the file ``aside`` or, where that holds something else, the next free name."""
    number, target = 0, aside
    while target.exists() and not _begins_with(source, start, target):
        number += 1
        target = aside.with_name(f"{aside.name}.{number}")
    with target.open("wb") as copy:
        source.seek(start)
        shutil.copyfileobj(source, copy, READ_SIZE)
        copy.flush()
        os.fsync(copy.fileno())
    return target


def _begins_with(source: BinaryIO, start: int, copied: Path) -> bool:
    """Whether the file ``copied`` is a copy of ``source`` from ``start``, or the beginning of one that a crash cut off."""
    source.seek(start)
    with copied.open("rb") as copy:
        while piece := copy.read(READ_SIZE):
            if source.read(len(piece)) != piece:
                return False
    return True


def _cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())
