"""The HTML captures of one file of any tool, with their bytes, in one pass; revisits and damage are named."""

from __future__ import annotations

import gzip
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from archiver.errors import WarcFormatError
from archiver.index.cdxj import Capture, capture_of
from archiver.index.lookup import Context
from archiver.index.scan import INDEXED_TYPES, FileScan, http_head
from archiver.model import RunInfo
from archiver.warc.http1 import Head
from archiver.warc.reader import Damage, WarcRecord
from archiver.warc.stored import MAX_BLOCK_BYTES

# Names record ids of ARC records, which have none, by file and offset.
_ARC_NAMESPACE = uuid.UUID("6a1c1f0e-52a8-5b0e-9c55-6f0b5d2f5e11")


@dataclass(frozen=True, slots=True)
class Found:
    """One capture: ``block`` as stored, ``head`` its HTTP head where it has one."""

    capture: Capture
    context: Context
    head: Head | None
    block: bytes


class CaptureScan(FileScan):
    """A FileScan that keeps each capture's block: ``found`` after the index facts of a capture were handed out."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._block = b""
        self._head: Head | None = None

    def captures(self) -> Iterator[Found]:
        """Every ``response``, ``revisit`` and ``resource``, in order."""
        for capture, context in self:
            yield Found(capture, context, self._head, self._block)

    def _capture(self, record: WarcRecord) -> tuple[Capture, Context]:
        if record.content_length > MAX_BLOCK_BYTES:
            # Not a page; its head tells what it was.
            self._block, self._head = b"", None
            return super()._capture(record)
        self._block = record.read()
        self._head = http_head(self._block) if record.warc_type != "resource" else None
        record.finish()
        capture = capture_of(record.fields, self._head, self.filename, record.offset, record.length or 0)
        if not capture.record_id:
            capture = replace(capture, record_id=made_up_id(self.filename, record.offset))
        return capture, self._contexts.get(capture.record_id, Context())


def made_up_id(filename: str, offset: int) -> str:
    """A record id for a record without one: the same for the same place in the same file."""
    return f"urn:uuid:{uuid.uuid5(_ARC_NAMESPACE, f'{filename}@{offset}')}"


class ArcScan:
    """The captures of an ARC file, by warcio; ``damages`` is known at the end."""

    def __init__(self, path: Path) -> None:
        self._path, self.damages = path, list[Damage]()
        self.run: RunInfo | None = None
        self.failures: list[tuple[int, object, str | None]] = []

    def captures(self) -> Iterator[Found]:
        """Every record but the file's own description.

        *Quirk:* of an ARC that was gzipped at once only the file's start is a place in it: every offset is 0.
        """
        with self._path.open("rb") as raw:
            at_once = self._path.name.endswith(".gz") and not _has_members(raw)
            raw.seek(0)
            yield from self._records(gzip.GzipFile(fileobj=raw) if at_once else raw, at_once=at_once)

    def _records(self, stream: IO[bytes] | gzip.GzipFile, *, at_once: bool) -> Iterator[Found]:
        at, size = 0, self._path.stat().st_size
        iterator = ArchiveIterator(stream, no_record_parse=True)
        try:
            for record in iterator:
                block = record.raw_stream.read(MAX_BLOCK_BYTES)
                at = 0 if at_once else iterator.get_record_offset()
                if record.rec_type != "arc_header":
                    yield self._found(record, block, at, size if at_once else iterator.get_record_length())
        except (ArchiveLoadFailed, OSError, ValueError, EOFError, zlib.error) as error:
            what = " ".join(str(error).split())[:200]
            self.damages.append(Damage(self._path.name, at, size - at, f"what follows is no ARC record: {what}"))

    def _found(self, record: object, block: bytes, offset: int, length: int) -> Found:
        head = http_head(block)
        fields = record.rec_headers  # type: ignore[attr-defined]
        url, date = fields.get_header("uri") or "", fields.get_header("archive-date") or ""
        pairs = (
            ("WARC-Type", "response"),
            ("WARC-Target-URI", url),
            ("WARC-Date", _warc_date(date)),
            ("WARC-Record-ID", made_up_id(self._path.name, offset)),
        )
        return Found(capture_of(pairs, head, self._path.name, offset, length), Context(), head, block)


def _has_members(stream: IO[bytes]) -> bool:
    """Whether the first gzip member holds the file's description alone, as it should."""
    try:
        start = zlib.decompressobj(31)
        plain = start.decompress(stream.read(1 << 16), 1 << 16)
    except zlib.error:
        return True
    stated = plain.split(b"\n", 1)[0].rsplit(b" ", 1)[-1]
    return start.eof and (not stated.isdigit() or len(plain) <= len(plain.split(b"\n", 1)[0]) + int(stated[:9]) + 4)


def _warc_date(digits: str) -> str:
    """``YYYYMMDDhhmmss`` as a WARC-Date; anything else as it is, to be refused by whoever reads it."""
    if len(digits) != 14 or not digits.isdigit():
        return digits
    year, rest = digits[:4], [digits[at : at + 2] for at in range(4, 14, 2)]
    return f"{year}-{rest[0]}-{rest[1]}T{rest[2]}:{rest[3]}:{rest[4]}Z"


def index_of(path: Path, *, is_arc: bool) -> Iterator[Capture]:
    """The captures of a file without their bytes; damage is left to whoever reads the pages."""
    if is_arc:
        yield from (found.capture for found in ArcScan(path).captures())
        return
    for capture, _ in FileScan(path):
        if capture.warc_type in INDEXED_TYPES:
            yield capture


def block_at(path: Path, offset: int, record_id: str, *, is_arc: bool) -> bytes:
    """The block of a record found by ``index_of``; reads from the member's start, since several may share one."""
    scan: CaptureScan | ArcScan = ArcScan(path) if is_arc else CaptureScan(path)
    if isinstance(scan, CaptureScan):
        scan.start_at = offset
    for found in scan.captures():
        if found.capture.record_id == record_id:
            return found.block
        if found.capture.offset > offset:
            break
    raise WarcFormatError("the record that a revisit refers to cannot be read", f"{path.name}@{offset}")
