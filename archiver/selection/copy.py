"""WARC records copied byte for byte into files of the same name, so that what a file says of itself stays true."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.dataset.rows import row_id
from archiver.errors import WarcFormatError
from archiver.warc.metadata import failure_from_pairs
from archiver.warc.reader import Damage, WarcRecord, read_records
from archiver.warc.records import parse_warc_fields

_MAX_FIELDS = 1 << 24
Takes = Callable[[WarcRecord], bool]


@dataclass(frozen=True, slots=True)
class CopiedRecord:
    """A record as it was copied; ``line`` is what it adds to the selection's id, ``None`` of a ``warcinfo``."""

    record_id: str
    warc_type: str
    line: str | None


def record_line(record: WarcRecord) -> str | None:
    """``<record id> <block digest>``; a ``warcinfo`` is about the file, not of the selection."""
    if record.warc_type == "warcinfo":
        return None
    return f"{record.record_id} {record.get('WARC-Block-Digest') or '-'}"


def takes_capture(wanted: set[str], failures: set[str]) -> Takes:
    """Whether a record of ``archive/`` is taken: a wanted capture, what is concurrent or refers to it, or a failure to take."""

    def takes(record: WarcRecord) -> bool:
        if record.warc_type == "warcinfo" or record.record_id in wanted or wanted.intersection(record.all("WARC-Concurrent-To")):
            return True
        if record.warc_type != "metadata" or record.get("WARC-Concurrent-To") or record.content_length > _MAX_FIELDS:
            return False
        pairs = tuple(parse_warc_fields(record.read()))
        failure = failure_from_pairs(record.get("WARC-Target-URI") or "", pairs)
        if failure is not None:
            return row_id("fail", failure.run_id, failure.url, failure.reason) in failures
        return any(name == "surplusBase64" for name, _ in pairs) and record.get("WARC-Refers-To") in wanted

    return takes


def takes_text(wanted: set[str]) -> Takes:
    """Whether a record of ``text/`` is taken: the text of a wanted capture."""
    return lambda record: record.warc_type == "warcinfo" or record.get("WARC-Refers-To") in wanted


def copy_records(source: Path, target: Path, takes: Takes) -> list[CopiedRecord]:
    """Copy the records of ``source`` that ``takes`` names, in order; no file is made where only a ``warcinfo`` would be in it.

    Raises WarcFormatError for a record that cannot be read, OSError.
    """
    copied: list[CopiedRecord] = []
    with source.open("rb") as read, target.open("xb") as write:
        for offset, length, record in _taken(source, takes):
            read.seek(offset)
            write.write(read.read(length))
            copied.append(record)
        write.flush()
        os.fsync(write.fileno())
    if not any(record.line for record in copied):
        target.unlink()
        return []
    return copied


def _taken(source: Path, takes: Takes) -> Iterator[tuple[int, int, CopiedRecord]]:
    for record in read_records(source):
        if isinstance(record, Damage):
            raise WarcFormatError(f"{record.what}; run archiver verify", f"{record.filename}@{record.offset}")
        if not takes(record):
            continue
        copied = CopiedRecord(record.record_id, record.warc_type, record_line(record))
        record.finish()
        if record.length is None:
            raise WarcFormatError("several records share one gzip member: they cannot be copied apart", record.place)
        yield record.offset, record.length, copied
