"""Reads WARC files of any tool, record by record, with bounded memory; damage is reported with its place and read past.

warcio ends silently at a corrupt member and fastwarc skips it; an archive's reader must say what it passed over and where.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.errors import WarcFormatError
from archiver.warc.compression import DecompressionError, decompressor
from archiver.warc.records import Fields

_GZIP_MAGIC = b"\x1f\x8b\x08"
_READ_SIZE = 1 << 17
# Enough of a member to see its first bytes: a deflate block's code tables take up to 300 bytes.
_PROBE = 1024
# A head larger than this is not a WARC head; the largest seen in other tools' files is under 10 KB.
_MAX_HEAD = 1 << 20
_VERSION = re.compile(rb"WARC/(\d+\.\d+)\s*$")
_RECORD_START = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n")


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that could not be read as a record: from ``offset``, ``length`` bytes up to where reading went on."""

    filename: str
    offset: int
    length: int
    what: str

    def __str__(self) -> str:
        return f"{self.filename}@{self.offset}: {self.what} ({self.length} bytes passed over)"


class WarcRecord:
    """One record while it is read: ``fields`` and place are known, the block streams through ``read``.

    ``length`` (bytes of the file, compressed) is known after ``finish``; it stays ``None`` where several records share one gzip
    member. Valid only until the iterator moves on, which finishes it too.
    """

    def __init__(self, source: _Source, filename: str, offset: int, raw_head: bytes, *, shares_member: bool) -> None:
        self.filename, self.offset = filename, offset
        self.version, self.fields = parse_record_head(raw_head)
        self.content_length = _content_length(self.fields)
        self.length: int | None = None
        self._source, self._left, self._shares_member = source, self.content_length, shares_member
        self._finished = False

    @property
    def place(self) -> str:
        """``file@offset``."""
        return f"{self.filename}@{self.offset}"

    def get(self, name: str) -> str | None:
        """First value of the named field (any case, WARC/1.1 §4); record ids and URIs without angle brackets."""
        wanted = name.lower()
        for field, value in self.fields:
            if field.lower() == wanted:
                # Quirk: wget puts WARC-Target-URI in brackets too.
                return value[1:-1] if value.startswith("<") and value.endswith(">") else value
        return None

    def all(self, name: str) -> list[str]:
        """Every value of the named field, without angle brackets."""
        return [value.strip("<>") for field, value in self.fields if field.lower() == name.lower()]

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
        data = self._source.take(wanted)
        if len(data) < wanted:
            self._left = 0
            raise WarcFormatError(f"the block ends after {self.content_length - wanted + len(data)} bytes", self.place)
        self._left -= len(data)
        return data

    def block(self, max_bytes: int) -> bytes:
        """The whole block; raises WarcFormatError when it is longer than ``max_bytes``."""
        if self.content_length > max_bytes:
            raise WarcFormatError(f"a block of {self.content_length} bytes, over the limit of {max_bytes}", self.place)
        return self.read()

    def skip(self) -> None:
        """Read the rest of the block and drop it."""
        while self._left:
            self.read(_READ_SIZE)

    def finish(self) -> None:
        """Read past the record's end; ``length`` is known then. Raises WarcFormatError when the file ends first."""
        if self._finished:
            return
        self.skip()
        self._source.skip_line_ends()
        self._finished = True
        if not self._source.is_gzip or (not self._source.has_bytes() and not self._shares_member):
            self.length = self._source.at - self.offset


class _Source:
    """Decompressed bytes of a file, member by member (or plain), with the place in the file."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._stream = stream
        self._raw = b""
        self._raw_at = start
        self._buffer = bytearray()
        self._inflater = decompressor() if self._peek_raw(3).startswith(_GZIP_MAGIC) else None
        self.is_gzip = self._inflater is not None
        self.member_at = start
        self.member_ended = False
        if not self.is_gzip:
            self._fill_plain()

    def _peek_raw(self, size: int) -> bytes:
        while len(self._raw) < size:
            more = self._stream.read(_READ_SIZE)
            if not more:
                break
            self._raw += more
        return self._raw[:size]

    @property
    def at(self) -> int:
        """Offset in the file: of the next undecompressed byte for gzip, of the next byte for plain files."""
        return self._raw_at if self.is_gzip else self._raw_at - len(self._buffer)

    def _fill_plain(self) -> bool:
        more = self._raw or self._stream.read(_READ_SIZE)
        self._raw = b""
        self._raw_at += len(more)
        self._buffer += more
        return bool(more)

    def fill(self) -> bool:
        """More bytes into the buffer; ``False`` at the end of the member (gzip) or file (plain). Raises WarcFormatError."""
        if not self.is_gzip:
            return self._fill_plain()
        if self.member_ended:
            return False
        assert self._inflater is not None
        while True:
            raw = self._raw or self._stream.read(_READ_SIZE)
            if not raw:
                raise WarcFormatError("the gzip member is cut short")
            try:
                data = self._inflater.decompress(raw, _READ_SIZE)
            except DecompressionError as error:
                raise WarcFormatError(f"corrupt gzip member: {error}") from error
            rest = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            self._raw_at += len(raw) - len(rest)
            self._raw = rest
            self._buffer += data
            if self._inflater.eof:
                self.member_ended = True
                return bool(data)
            if data:
                return True

    def take(self, size: int) -> bytes:
        """Exactly ``size`` bytes, fewer only at the end of the member or file."""
        while len(self._buffer) < size and self.fill():
            pass
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def take_head(self) -> bytes | None:
        """Bytes up to and with the first blank line, ``None`` at a clean end; raises WarcFormatError."""
        while True:
            end = _blank_line(self._buffer)
            if end is not None:
                return self.take(end)
            if len(self._buffer) > _MAX_HEAD:
                raise WarcFormatError("no end of the record's head")
            if not self.fill():
                if not self._buffer.strip(b"\r\n"):
                    self._buffer.clear()
                    return None
                raise WarcFormatError("the file ends within a record's head")

    def skip_line_ends(self) -> None:
        """The two CRLF after a block (WARC/1.1 §4); *Quirk:* some tools write one, or bare LF."""
        while True:
            # Dropped before more is read: a member of nothing but line ends must not fill the memory.
            del self._buffer[: len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))]
            if self._buffer or not self.fill():
                return

    def next_member(self) -> bool:
        """Begin the next gzip member; ``False`` at the end of the file."""
        self._buffer.clear()
        head = self._peek_raw(3)
        if not head:
            return False
        self.member_at = self._raw_at
        if not head.startswith(_GZIP_MAGIC):
            raise WarcFormatError("bytes that are no gzip member")
        self._inflater = decompressor()
        self.member_ended = False
        return True

    def has_bytes(self) -> bool:
        """Whether another record follows in this member (gzip) or file (plain)."""
        return bool(self._buffer) or (not self.member_ended and self.fill())


def _blank_line(buffer: bytearray) -> int | None:
    crlf, bare = buffer.find(b"\r\n\r\n"), buffer.find(b"\n\n")
    ends = [end for end, at in ((crlf + 4, crlf), (bare + 2, bare)) if at >= 0]
    return min(ends, default=None)


def read_records(path: Path, *, start: int = 0, stop: int | None = None) -> Iterator[WarcRecord | Damage]:
    """Records of a WARC file in order, and a Damage wherever bytes had to be passed over.

    Reading goes on at the next gzip member, or the next ``WARC/1.`` in a plain file. ``start`` must be a record's offset; reading
    ends before ``stop``. Raises OSError when the file cannot be opened or read. Memory is bounded whatever a record claims.
    """
    size = path.stat().st_size
    at = start
    while at < size and (stop is None or at < stop):
        with path.open("rb", buffering=0) as stream:
            stream.seek(at)
            reader = _FileReader(stream, path.name, at, stop)
            yield from reader.records()
        if reader.failure is None:
            return
        bad_at, what = reader.failure
        # A file whose very first byte is damaged does not look like gzip; its name says that it is.
        is_gzip = reader.source.is_gzip or ".gz" in path.suffixes
        at = _resync(path, max(bad_at + 1, reader.min_resync), gzip=is_gzip)
        yield Damage(path.name, bad_at, at - bad_at, what)


def read_record_at(path: Path, offset: int) -> WarcRecord:
    """The record at ``offset``; raises WarcFormatError with the place when there is none, OSError when there is no file."""
    for item in read_records(path, start=offset, stop=offset + 1):
        if isinstance(item, Damage):
            raise WarcFormatError(item.what, f"{path.name}@{offset}")
        return item
    raise WarcFormatError("no record here: the file is shorter", f"{path.name}@{offset}")


class _FileReader:
    """One pass over a file from a record's offset until the end or the first damage (then ``failure`` is set)."""

    def __init__(self, stream: BinaryIO, filename: str, start: int, stop: int | None) -> None:
        self._filename, self._stop = filename, stop
        self.source = _Source(stream, start)
        self.failure: tuple[int, str] | None = None
        self.min_resync = start + 1
        self._at = start

    def records(self) -> Iterator[WarcRecord]:
        try:
            yield from self._gzip_records() if self.source.is_gzip else self._plain_records()
        except WarcFormatError as error:
            self.failure = (self._at, error.what)

    def _gzip_records(self) -> Iterator[WarcRecord]:
        source = self.source
        while True:
            self._at = source.member_at
            shares_member = False
            while source.has_bytes():
                record = self._next(self._at, shares_member=shares_member)
                if record is None:
                    break
                yield record
                record.finish()
                shares_member = True
                self.min_resync = source.at
            self._drain()
            # What comes next is another member's place: bytes that are none are not the fault of this record.
            self._at = source.at
            if (self._stop is not None and source.at >= self._stop) or not source.next_member():
                return

    def _drain(self) -> None:
        """Read the member to its end, so that its checksum is checked."""
        while self.source.fill():
            self.source.take(_READ_SIZE)

    def _plain_records(self) -> Iterator[WarcRecord]:
        source = self.source
        while source.has_bytes():
            source.skip_line_ends()
            self._at = source.at
            if self._stop is not None and self._at >= self._stop:
                return
            record = self._next(self._at)
            if record is None:
                return
            yield record
            record.finish()
            self.min_resync = source.at

    def _next(self, offset: int, *, shares_member: bool = False) -> WarcRecord | None:
        raw = self.source.take_head()
        return None if raw is None else WarcRecord(self.source, self._filename, offset, raw, shares_member=shares_member)


def parse_record_head(raw: bytes) -> tuple[str, Fields]:
    """``(version, fields)`` of a record's head; folded lines are joined. Raises WarcFormatError."""
    lines = raw.lstrip(b"\r\n").replace(b"\r\n", b"\n").split(b"\n")
    match = _VERSION.match(lines[0])
    if match is None:
        raise WarcFormatError(f"not a WARC record: {lines[0][:40]!r}")
    fields: list[tuple[str, str]] = []
    for line in lines[1:]:
        text = line.decode("utf-8", "replace")
        if text[:1] in (" ", "\t") and fields:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {text.strip()}")
            continue
        name, colon, value = text.partition(":")
        if colon:
            fields.append((name.strip(), value.strip()))
    return match[1].decode("ascii"), tuple(fields)


def _content_length(fields: Fields) -> int:
    stated = [value for name, value in fields if name.lower() == "content-length"]
    if not stated or not re.fullmatch(r"[0-9]{1,18}", stated[0], re.ASCII):
        raise WarcFormatError(f"Content-Length is {stated[0][:40]!r}" if stated else "no Content-Length")
    return int(stated[0])


def _resync(path: Path, start: int, *, gzip: bool) -> int:
    """Offset of the next thing that reads as a record, or the end of the file."""
    overlap = 64
    with path.open("rb") as stream:
        stream.seek(start)
        base, window = start, stream.read(_READ_SIZE)
        while window:
            for match in re.finditer(re.escape(_GZIP_MAGIC) if gzip else _RECORD_START, window):
                at = base + match.start()
                if not gzip or _is_member(path, at):
                    return at
            tail = window[-overlap:]
            more = stream.read(_READ_SIZE)
            base += len(window) - len(tail)
            if not more:
                break
            window = tail + more
    return path.stat().st_size


def _is_member(path: Path, at: int) -> bool:
    """Whether a gzip member that opens like a WARC record begins here (the magic alone occurs by chance)."""
    with path.open("rb") as stream:
        stream.seek(at)
        try:
            return bytes(decompressor().decompress(stream.read(_PROBE), 64)).startswith(b"WARC/")
        except DecompressionError:
            return False


def open_block(record: WarcRecord) -> io.BufferedReader:
    """The record's block as a buffered binary stream."""
    return io.BufferedReader(_BlockStream(record), _READ_SIZE)


class _BlockStream(io.RawIOBase):
    def __init__(self, record: WarcRecord) -> None:
        self._record = record

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._record.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
