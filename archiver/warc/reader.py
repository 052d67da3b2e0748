"""Reads WARC and ARC files of any tool, record by record, with bounded memory; damage is reported with its place and read past.

warcio ends silently at a corrupt member and fastwarc skips it; an archive's reader must say what it passed over and where.
"""

from __future__ import annotations

import contextlib
import io
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archiver.errors import WarcFormatError
from archiver.warc.arc import parse_arc_head
from archiver.warc.heads import RecordHead, content_length, parse_record_head
from archiver.warc.passing import Damage, WarcRecord, open_block
from archiver.warc.source import (
    ANY_START,
    WARC_START,
    Packing,
    Source,
    find_record,
    last_record_start,
    record_start,
)

__all__ = ["Damage", "WarcRecord", "open_block", "read_record_at", "read_records", "read_stream"]


def read_records(path: Path, *, start: int = 0, stop: int | None = None) -> Iterator[WarcRecord | Damage]:
    """Records of a WARC file in order, and a Damage wherever bytes had to be passed over.

    Reading goes on at the next gzip member, or the next ``WARC/1.`` in a plain file. ``start`` must be a record's offset; reading
    ends before ``stop``. Raises OSError when the file cannot be opened or read. Memory is bounded whatever a record claims.
    """
    with path.open("rb", buffering=0) as stream:
        yield from read_stream(stream, path.name, start=start, stop=stop)


def read_stream(stream: BinaryIO, filename: str, *, start: int = 0, stop: int | None = None) -> Iterator[WarcRecord | Damage]:
    """``read_records`` of a file that is open already, or lies within another (a WACZ); it has to be seekable."""
    size = stream.seek(0, io.SEEK_END)
    packing: Packing | None = None
    is_arc: bool | None = None
    at = start
    while at < size and (stop is None or at < stop):
        reader = _FileReader(stream, filename, at, stop, is_arc)
        yield from reader.records()
        if reader.failure is None:
            return
        bad_at, what = reader.failure
        go_on_at = bad_at + 1
        if reader.records_read or reader.source.is_packed or at != start:
            # Only of a file that opens with neither a member nor a record the kind is not known yet.
            packing, go_on_at = reader.source.packing, max(go_on_at, reader.go_on_at)
        is_arc = reader.is_arc
        at = find_record(stream, go_on_at, packing=packing, record_start=record_start(is_arc))
        yield Damage(filename, bad_at, at - bad_at, what)


def read_record_at(path: Path, offset: int) -> WarcRecord:
    """The record at ``offset``; raises WarcFormatError with the place when there is none, OSError when there is no file.

    The file stays open as long as the record is in use.
    """
    stream = path.open("rb", buffering=0)
    try:
        size = stream.seek(0, io.SEEK_END)
        if not 0 <= offset < size:
            raise WarcFormatError("no record here: the file is shorter")
        reader = _FileReader(stream, path.name, offset, None)
        record = next(reader.records(), None)
        if record is None:
            raise WarcFormatError(reader.failure[1] if reader.failure else "no record here")
    except WarcFormatError as error:
        stream.close()
        raise WarcFormatError(error.what, f"{path.name}@{offset}") from error
    weakref.finalize(record, stream.close)
    return record


class _FileReader:
    """One pass over a file from a record's offset until the end or the first damage (then ``failure`` is set)."""

    def __init__(self, stream: BinaryIO, filename: str, start: int, stop: int | None, is_arc: bool | None = None) -> None:
        self._stream, self._filename, self._stop, self.is_arc = stream, filename, stop, is_arc
        self._size = stream.seek(0, io.SEEK_END)
        self.source = Source(stream, start)
        self.failure: tuple[int, str] | None = None
        self.go_on_at = start + 1
        self.records_read = 0
        self._at = start

    def records(self) -> Iterator[WarcRecord]:
        try:
            yield from self._packed_records() if self.source.is_packed else self._plain_records()
        except WarcFormatError as error:
            self.failure = (self._at, error.what)

    def _packed_records(self) -> Iterator[WarcRecord]:
        # ``go_on_at`` stays: a stream that has lost its way may have eaten the members behind it before it is noticed.
        source = self.source
        while self._before_stop() and source.next_member():
            # Zstandard has frames that hold no data between those that do.
            self._at = source.member_at
            shares_member = False
            try:
                source.skip_line_ends()
                while source.has_bytes():
                    record = WarcRecord(source, self._filename, self._at, self._take_head(), shares_member=shares_member)
                    yield record
                    record.finish()
                    shares_member = True
                    self.records_read += 1
            except WarcFormatError as error:
                yield from self._rescued_records(error.what, shares_member=shares_member)
                raise

    def _rescued_records(self, fault: str, *, shares_member: bool) -> Iterator[WarcRecord]:
        """Records that lie before the fault of a member: their bytes are there, but no checksum holds for them."""
        source = self.source
        source.forget_error()
        with contextlib.suppress(WarcFormatError):
            source.skip_line_ends()
            while source.has_bytes():
                head = self._take_head()
                record = WarcRecord(source, self._filename, self._at, head, shares_member=shares_member, fault=fault)
                yield record
                record.read_what_is_there(record.content_length)
                source.skip_line_ends()

    def _plain_records(self) -> Iterator[WarcRecord]:
        source = self.source
        source.skip_line_ends()
        while self._before_stop() and source.has_bytes():
            record = self._plain_record()
            yield record
            record.finish()
            self.records_read += 1
            self.go_on_at = source.at

    def _before_stop(self) -> bool:
        self._at = self.source.at
        return self._stop is None or self._at < self._stop

    def _plain_record(self) -> WarcRecord:
        source = self.source
        head = self._take_head()
        self.go_on_at = source.at
        left = self._size - source.at
        if content_length(head[1]) <= left:
            return WarcRecord(source, self._filename, self._at, head)
        # Seen before reading: a thousand records that claim 100 GB each would read the file a thousand times.
        place = self._stream.tell()
        left = find_record(self._stream, source.at, packing="plain", record_start=record_start(self.is_arc)) - source.at
        self._stream.seek(place)
        return WarcRecord(source, self._filename, self._at, head, left=left)

    def _take_head(self) -> RecordHead:
        """The head of the next record, of either format: what the file opens with tells which."""
        if self.is_arc is None and self.source.opens_with(ANY_START):
            self.is_arc = not self.source.opens_with(WARC_START)
        if self.is_arc:
            return parse_arc_head(self.source.take_line(), self._at)
        return self._take_warc_head()

    def _take_warc_head(self) -> RecordHead:
        source = self.source
        try:
            raw = source.take_head()
        except WarcFormatError:
            if not source.is_packed:
                self.go_on_at = source.beyond_hopeless_head()
            raise
        if not source.is_packed:
            self.go_on_at = source.at
            inner = last_record_start(raw)
            if inner is not None:
                self.go_on_at = self._at + inner
                raise WarcFormatError("the record's head is cut short: another one begins in it")
        return parse_record_head(raw)
