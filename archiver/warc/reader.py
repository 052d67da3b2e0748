"""Reads WARC files of any tool, record by record, with bounded memory; damage is reported with its place and read past.

warcio ends silently at a corrupt member and fastwarc skips it; an archive's reader must say what it passed over and where.
"""

from __future__ import annotations

import io
import re
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.errors import WarcFormatError
from archiver.warc.records import Fields
from archiver.warc.source import READ_SIZE, Source, find_record, last_record_start

_VERSION = re.compile(rb"WARC/(\d{1,3}\.\d{1,3})[ \t\r]*$")
# More lines are an attack on the parser: 1 MB of two-byte lines takes half a second to read, and 1 KB of gzip to send.
_MAX_FIELDS = 2_000


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that could not be read as a record: from ``offset``, ``length`` bytes up to where reading went on.

    A record whose head was good has been handed out before: its block is then cut short or its gzip checksum wrong.
    """

    filename: str
    offset: int
    length: int
    what: str

    def __str__(self) -> str:
        return f"{self.filename}@{self.offset}: {self.what} ({self.length} bytes passed over)"


class WarcRecord:
    """One record while it is read: ``fields`` and place are known, the block streams through ``read``.

    After ``finish``, ``end`` is the offset behind it, ``None`` while more records follow in its gzip member, and ``length`` counts
    its bytes of the file (compressed), ``None`` where several records share one member. Valid only until the iterator moves on,
    which finishes it too.
    """

    def __init__(self, source: Source, filename: str, offset: int, raw_head: bytes, *, shares_member: bool = False) -> None:
        self.filename, self.offset = filename, offset
        self.version, self.fields = parse_record_head(raw_head)
        self.content_length = _content_length(self.fields)
        self.length: int | None = None
        self.end: int | None = None
        self._source, self._left, self._shares_member = source, self.content_length, shares_member
        self._finished = False
        self._error: WarcFormatError | None = None

    @property
    def place(self) -> str:
        """``file@offset``."""
        return f"{self.filename}@{self.offset}"

    def get(self, name: str) -> str | None:
        """First value of the named field (any case, WARC/1.1 §4); record ids and URIs without angle brackets."""
        values = self.all(name)
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """Every value of the named field, without angle brackets."""
        wanted = name.lower()
        return [_unbracketed(value) for field, value in self.fields if field.lower() == wanted]

    @property
    def warc_type(self) -> str:
        """WARC-Type in lower case, ``""`` when absent."""
        return (self.get("WARC-Type") or "").lower()

    @property
    def record_id(self) -> str:
        """WARC-Record-ID without brackets."""
        return self.get("WARC-Record-ID") or ""

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes of the block, ``b""`` at its end; raises WarcFormatError when the file ends first."""
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        if self._error is not None:
            raise self._error
        try:
            data = self._source.take(wanted)
        except WarcFormatError as error:
            raise self._failed(error.what) from error
        self._left -= len(data)
        if len(data) < wanted:
            raise self._failed(f"the block ends after {self.content_length - self._left} of {self.content_length} bytes")
        return data

    def block(self, max_bytes: int) -> bytes:
        """The whole block; raises WarcFormatError when it is longer than ``max_bytes``."""
        if self.content_length > max_bytes:
            raise WarcFormatError(f"a block of {self.content_length} bytes, over the limit of {max_bytes}", self.place)
        return self.read()

    def skip(self) -> None:
        """Read the rest of the block and drop it."""
        while self.read(READ_SIZE):
            pass

    def finish(self) -> None:
        """Read past the record's end and, at the end of a gzip member, check its checksum. Raises WarcFormatError, each time."""
        if self._finished:
            return
        self.skip()
        if self._error is not None:
            raise self._error
        source = self._source
        try:
            source.skip_line_ends()
            more_in_member = source.is_gzip and source.has_bytes()
        except WarcFormatError as error:
            raise self._failed(error.what) from error
        self._finished = True
        self.end = None if more_in_member else source.at
        if self.end is not None and not self._shares_member:
            self.length = self.end - self.offset

    def _failed(self, what: str) -> WarcFormatError:
        self._error = WarcFormatError(what, self.place)
        return self._error


def read_records(path: Path, *, start: int = 0, stop: int | None = None) -> Iterator[WarcRecord | Damage]:
    """Records of a WARC file in order, and a Damage wherever bytes had to be passed over.

    Reading goes on at the next gzip member, or the next ``WARC/1.`` in a plain file. ``start`` must be a record's offset; reading
    ends before ``stop``. Raises OSError when the file cannot be opened or read. Memory is bounded whatever a record claims.
    """
    with path.open("rb", buffering=0) as stream:
        size = stream.seek(0, io.SEEK_END)
        is_gzip: bool | None = None
        at = start
        while at < size and (stop is None or at < stop):
            reader = _FileReader(stream, path.name, at, stop, size)
            yield from reader.records()
            if reader.failure is None:
                return
            bad_at, what = reader.failure
            go_on_at = bad_at + 1
            if reader.records_read or reader.source.is_gzip or at != start:
                # Only of a file that opens with neither a member nor a record the kind is not known yet.
                is_gzip, go_on_at = reader.source.is_gzip, max(go_on_at, reader.go_on_at)
            at = find_record(stream, go_on_at, is_gzip=is_gzip)
            yield Damage(path.name, bad_at, at - bad_at, what)


def read_record_at(path: Path, offset: int) -> WarcRecord:
    """The record at ``offset``; raises WarcFormatError with the place when there is none, OSError when there is no file.

    The file stays open as long as the record is in use.
    """
    stream = path.open("rb", buffering=0)
    try:
        size = stream.seek(0, io.SEEK_END)
        if not 0 <= offset < size:
            raise WarcFormatError("no record here: the file is shorter")
        reader = _FileReader(stream, path.name, offset, None, size)
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

    def __init__(self, stream: BinaryIO, filename: str, start: int, stop: int | None, size: int) -> None:
        self._filename, self._stop, self._size = filename, stop, size
        self.source = Source(stream, start)
        self.failure: tuple[int, str] | None = None
        self.go_on_at = start + 1
        self.records_read = 0
        self._at = start

    def records(self) -> Iterator[WarcRecord]:
        try:
            yield from self._gzip_records() if self.source.is_gzip else self._plain_records()
        except WarcFormatError as error:
            self.failure = (self._at, error.what)

    def _gzip_records(self) -> Iterator[WarcRecord]:
        # ``go_on_at`` stays: a stream that has lost its way may have eaten the members behind it before it is noticed.
        source = self.source
        while self._before_stop() and source.next_member():
            shares_member = False
            source.skip_line_ends()
            while source.has_bytes():
                record = WarcRecord(source, self._filename, self._at, source.take_head(), shares_member=shares_member)
                yield record
                record.finish()
                shares_member = True
                self.records_read += 1

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
        try:
            raw = source.take_head()
        except WarcFormatError:
            self.go_on_at = source.beyond_hopeless_head()
            raise
        self.go_on_at = source.at
        inner = last_record_start(raw)
        if inner is not None:
            self.go_on_at = self._at + inner
            raise WarcFormatError("the record's head is cut short: another one begins in it")
        record = WarcRecord(source, self._filename, self._at, raw)
        left = self._size - source.at
        if record.content_length > left:
            # Seen before reading: a thousand records that claim 100 GB each would read the file a thousand times.
            raise WarcFormatError(f"the block ends after {left} of {record.content_length} bytes")
        return record


def parse_record_head(raw: bytes) -> tuple[str, Fields]:
    """``(version, fields)`` of a record's head; folded lines are joined. Raises WarcFormatError."""
    lines = raw.lstrip(b"\r\n").split(b"\n", _MAX_FIELDS)
    match = _VERSION.match(lines[0])
    if match is None:
        raise WarcFormatError(f"not a WARC record: {lines[0][:40]!r}")
    if len(lines) > _MAX_FIELDS:
        raise WarcFormatError(f"a head of more than {_MAX_FIELDS} lines")
    fields: list[tuple[str, str]] = []
    for line in lines[1:]:
        text = line.decode("utf-8", "replace")
        if text[:1] in (" ", "\t") and fields:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {text.strip()}".strip())
            continue
        name, colon, value = text.partition(":")
        if colon:
            fields.append((name.strip(), value.strip()))
    return match[1].decode("ascii"), tuple(fields)


def _content_length(fields: Fields) -> int:
    stated = {value for name, value in fields if name.lower() == "content-length"}
    if not stated:
        raise WarcFormatError("no Content-Length")
    if len(stated) > 1:
        raise WarcFormatError("several Content-Length")
    value = stated.pop()
    if not re.fullmatch(r"[0-9]{1,18}", value, re.ASCII):
        raise WarcFormatError(f"Content-Length is {value[:40]!r}")
    return int(value)


def _unbracketed(value: str) -> str:
    # Quirk: wget puts WARC-Target-URI in brackets too.
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value


def open_block(record: WarcRecord) -> io.BufferedReader:
    """The record's block as a buffered binary stream."""
    return io.BufferedReader(_BlockStream(record), READ_SIZE)


class _BlockStream(io.RawIOBase):
    def __init__(self, record: WarcRecord) -> None:
        self._record = record

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._record.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
