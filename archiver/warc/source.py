"""The plain bytes of a WARC file, gzip or not, in bounded pieces, and where reading can go on after damage. No records here."""

from __future__ import annotations

import re
from typing import BinaryIO

from archiver.errors import WarcFormatError
from archiver.warc.compression import DecompressionError, decompressor

READ_SIZE = 1 << 17
# A head larger than this is not a WARC head; the largest seen in other tools' files is under 10 KB.
MAX_HEAD = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b\x08"
_RECORD_START = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n")
_MEMBER_START = re.compile(re.escape(_GZIP_MAGIC))
_ANY_START = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n|\x1f\x8b\x08")
# The first blank line, whatever the line ends are: bare LF and mixtures are seen.
_BLANK_LINE = re.compile(rb"\n\r?\n")
# What a decompressor gets at once: it hands back a copy of what it did not use, once for every member.
_SLICE = 1 << 14
# Enough of a gzip member to see what it opens with; also the longest thing looked for across two reads.
_LOOK = 1 << 12


class Source:
    """Decompressed bytes of a file, member by member (or plain), with the place in the file.

    Whether it is gzip is seen from the first bytes. A gzip source begins between members: call ``next_member``. An error stays:
    what failed once fails again (isal says "end of member" when asked again after a wrong checksum).
    """

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._stream = stream
        stream.seek(start)
        self._raw = stream.read(READ_SIZE)
        self._used = 0
        self._raw_at = start
        self._buffer = bytearray()
        self._inflater = decompressor()
        self._error: WarcFormatError | None = None
        self._member_ended = True
        self.is_gzip = self._raw.startswith(_GZIP_MAGIC)

    @property
    def at(self) -> int:
        """Offset in the file: of the next byte to decompress for gzip, of the next byte for plain files."""
        return self._raw_at + self._used - (0 if self.is_gzip else len(self._buffer))

    def next_member(self) -> bool:
        """Begin the next gzip member; ``False`` at the end of the file. Raises WarcFormatError."""
        self._buffer.clear()
        head = bytes(self._peek(len(_GZIP_MAGIC)))
        if not head:
            return False
        if head != _GZIP_MAGIC:
            raise self._failed("bytes that are no gzip member")
        self._inflater = decompressor()
        self._member_ended = False
        return True

    def has_bytes(self) -> bool:
        """Whether another record follows in this member (gzip) or file (plain). Raises WarcFormatError."""
        return bool(self._buffer) or self._fill()

    def take(self, size: int) -> bytes:
        """Exactly ``size`` bytes, fewer only at the end of the member or file. Raises WarcFormatError."""
        while len(self._buffer) < size and self._fill():
            pass
        data = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return data

    def take_head(self) -> bytes:
        """Bytes up to and with the first blank line; raises WarcFormatError when there is none within ``MAX_HEAD``."""
        searched = 0
        while (blank := _BLANK_LINE.search(self._buffer, searched)) is None:
            if len(self._buffer) > MAX_HEAD:
                raise WarcFormatError("no end of the record's head")
            searched = max(0, len(self._buffer) - 2)
            if not self._fill():
                raise WarcFormatError("the record's head is cut short")
        return self.take(blank.end())

    def skip_line_ends(self) -> None:
        """The two CRLF after a block (WARC/1.1 §4); *Quirk:* some tools write one, none, or bare LF."""
        while True:
            kept = len(self._buffer.lstrip(b"\r\n"))
            del self._buffer[: len(self._buffer) - kept]
            if kept or not self._fill():
                return

    def beyond_hopeless_head(self) -> int:
        """Where to look for a record after ``take_head`` failed in a plain file: past what was searched.

        No head ends before, so only a head of more than 64 KiB could begin there; a million starts without an end would
        otherwise be read a million times.
        """
        searched = len(self._buffer)
        return self.at + (searched - (1 << 16) if searched > MAX_HEAD else searched)

    def _peek(self, size: int) -> memoryview:
        while len(self._raw) - self._used < size:
            more = self._stream.read(READ_SIZE)
            if not more:
                break
            self._raw_at += self._used
            self._raw = self._raw[self._used :] + more
            self._used = 0
        return memoryview(self._raw)[self._used : self._used + size]

    def _fill(self) -> bool:
        """More bytes into the buffer; ``False`` at the end of the member (gzip) or file (plain). Raises WarcFormatError."""
        if self._error is not None:
            raise self._error
        if not self.is_gzip:
            more = self._peek(1) and self._raw[self._used :]
            self._used += len(more)
            self._buffer += more
            return bool(more)
        while not self._member_ended:
            data = self._inflate()
            self._buffer += data
            if data:
                return True
        return False

    def _inflate(self) -> bytes:
        raw = self._peek(_SLICE)
        if not raw:
            raise self._failed("the gzip member is cut short")
        try:
            data: bytes = self._inflater.decompress(raw, READ_SIZE)
        except DecompressionError as error:
            raise self._failed(f"corrupt gzip member: {error}") from error
        self._member_ended = self._inflater.eof
        rest = self._inflater.unused_data if self._member_ended else self._inflater.unconsumed_tail
        self._used += len(raw) - len(rest)
        return data

    def _failed(self, what: str) -> WarcFormatError:
        self._error = WarcFormatError(what)
        return self._error


def last_record_start(head: bytes) -> int | None:
    """Where a version line stands inside of ``head``, after its first byte: a record cut in its head, and the next one."""
    at = None
    for match in _RECORD_START.finditer(head, 1):
        at = match.start()
    return at


def find_record(stream: BinaryIO, start: int, *, is_gzip: bool | None) -> int:
    """Offset of the next thing from ``start`` that opens like a record, or the end of the file.

    ``is_gzip`` says what to look for, ``None``: either. One pass, however often the gzip magic occurs by chance or by malice.
    """
    pattern = _ANY_START if is_gzip is None else _MEMBER_START if is_gzip else _RECORD_START
    stream.seek(start)
    base, window, more = start, b"", b"."
    while more:
        more = stream.read(READ_SIZE)
        window += more
        until = max(0, len(window) - _LOOK) if more else len(window)
        for match in pattern.finditer(window):
            if match.start() >= until:
                break
            if match[0] != _GZIP_MAGIC or _opens_like_a_record(window[match.start() : match.start() + _LOOK]):
                return base + match.start()
        base, window = base + until, window[until:]
    return base


def _opens_like_a_record(member: bytes) -> bool:
    try:
        return bytes(decompressor().decompress(member, 64)).lstrip(b"\r\n").startswith(b"WARC/")
    except DecompressionError:
        return False
