"""The plain bytes of a WARC file (gzip, Zstandard or plain) in bounded pieces, and where reading can go on after damage.

No records here.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Callable
from typing import BinaryIO, Literal

from archiver.errors import WarcFormatError
from archiver.warc.arc import ARC_START
from archiver.warc.compression import (
    GZIP_MAGIC,
    ZSTD_MAGIC,
    DecompressionError,
    Decompressor,
    ZstdFrame,
    decompressor,
    zstd_dictionary,
)

READ_SIZE = 1 << 17
# A head larger than this is not a WARC head; the largest seen in other tools' files is under 10 KB.
MAX_HEAD = 1 << 20
Packing = Literal["plain", "gzip", "zstd"]
_MAGIC: dict[Packing, bytes] = {"gzip": GZIP_MAGIC, "zstd": ZSTD_MAGIC}
# Zstandard's frames for other things (RFC 8878 §3.1.2): a `.warc.zst` keeps its dictionary in one of them, the first of the file.
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_DICTIONARY_FRAME = b"\x5d\x2a\x4d\x18"
_MAX_DICTIONARY_FRAME = 1 << 24
WARC_START = re.compile(rb"WARC/[01]\.\d{1,2}[ \t]*\r?\n")
# Of a file whose kind is not known.
ANY_START = re.compile(WARC_START.pattern + b"|" + ARC_START.pattern, ARC_START.flags)
# The first blank line, whatever the line ends are: bare LF and mixtures are seen.
_BLANK_LINE = re.compile(rb"\n\r?\n")
# What a decompressor gets at once: it hands back a copy of what it did not use, once for every member.
_SLICE = 1 << 14
# Enough of a gzip member to see what it opens with; also the longest thing looked for across two reads.
_LOOK = 1 << 12


class Source:
    """Decompressed bytes of a file, member by member (or plain), with the place in the file.

    ``packing`` is seen from the first bytes; a Zstandard frame is called a member too. A packed source begins between members:
    call ``next_member``; ``member_at`` is its offset. An error stays: what failed once fails again (isal says "end of member" when
    asked again after a wrong checksum).
    """

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._stream = stream
        stream.seek(start)
        self._raw = stream.read(READ_SIZE)
        self._used = 0
        self._raw_at = start
        self._buffer = bytearray()
        self._error: WarcFormatError | None = None
        self._member_ended = True
        self.member_at = start
        self._given = 0
        self.packing = _packing(self._raw)
        self._new_inflater = _decompressors(stream, self.packing)
        self._inflater = self._new_inflater()
        # The dictionary was read from the file's beginning.
        stream.seek(start + len(self._raw))

    @property
    def is_packed(self) -> bool:
        """Whether it comes member by member."""
        return self.packing != "plain"

    @property
    def at(self) -> int:
        """Offset in the file: of the next byte to decompress for packed files, of the next byte for plain ones."""
        return self._raw_at + self._used - (0 if self.is_packed else len(self._buffer))

    def next_member(self) -> bool:
        """Begin the next member; ``False`` at the end of the file. Raises WarcFormatError."""
        self._buffer.clear()
        if self.packing == "zstd":
            self._pass_skippable_frames()
        magic = _MAGIC[self.packing]
        head = bytes(self._peek(len(magic)))
        if not head:
            return False
        if head != magic:
            raise self._failed(f"bytes that are no {self.packing} member")
        self._inflater = self._new_inflater()
        self.member_at, self._given = self._raw_at + self._used, 0
        self._member_ended = False
        return True

    def _pass_skippable_frames(self) -> None:
        while _SKIPPABLE.match(head := bytes(self._peek(8))) and len(head) == 8:
            left = 8 + int.from_bytes(head[4:], "little")
            while left and (piece := len(self._peek(min(left, READ_SIZE)))):
                self._used += piece
                left -= piece

    def has_bytes(self) -> bool:
        """Whether another record follows in this member (packed) or file (plain). Raises WarcFormatError."""
        return bool(self._buffer) or self._fill()

    def take(self, size: int) -> bytes:
        """Exactly ``size`` bytes, fewer only at the end of the member or file. Raises WarcFormatError."""
        while len(self._buffer) < size and self._fill():
            pass
        data = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return data

    def opens_with(self, pattern: re.Pattern[bytes]) -> bool:
        """Whether what comes next matches; looks at no more than ``_LOOK`` bytes. Raises WarcFormatError."""
        while len(self._buffer) < _LOOK and pattern.match(self._buffer) is None and self._fill():
            pass
        return pattern.match(self._buffer, 0, _LOOK) is not None

    def take_line(self) -> bytes:
        """Bytes up to and with the next line feed; raises WarcFormatError when there is none within ``_LOOK``."""
        while (end := self._buffer.find(b"\n", 0, _LOOK)) < 0:
            if len(self._buffer) >= _LOOK or not self._fill():
                raise WarcFormatError("no end of the record's line")
        return self.take(end + 1)

    def take_rescued(self, size: int) -> bytes:
        """After an error: up to ``size`` bytes of what was decompressed before it; never raises."""
        data = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return data

    def forget_error(self) -> None:
        """Let the member end where its fault is."""
        self._error, self._member_ended = None, True

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
        """More bytes into the buffer; ``False`` at the end of the member (packed) or file (plain). Raises WarcFormatError."""
        if self._error is not None:
            raise self._error
        if not self.is_packed:
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
        # Zstandard keeps what it has not used yet: no more is read then, so that what lies behind the frame can be handed back.
        is_hungry = not isinstance(self._inflater, ZstdFrame) or self._inflater.is_hungry
        raw = self._peek(_SLICE) if is_hungry else b""
        if is_hungry and not raw:
            raise self._failed(f"the {self.packing} member is cut short")
        try:
            data = self._inflater.decompress(raw, READ_SIZE)
        except DecompressionError as error:
            self._buffer += self._rescued()
            raise self._failed(f"corrupt {self.packing} member: {error}") from error
        self._given += len(data)
        self._member_ended = self._inflater.eof
        rest = self._inflater.unused_data if self._member_ended else self._inflater.unconsumed_tail
        self._used += len(raw) - len(rest)
        return data

    def _rescued(self) -> bytes:
        """What the member holds before its fault: a decompressor that fails keeps its last output to itself, so byte by byte."""
        if self.packing != "gzip":
            return b""
        fault_at, inflater, out = self._raw_at + self._used, zlib.decompressobj(31), bytearray()
        self._stream.seek(self.member_at)
        at, skip = self.member_at, self._given
        with contextlib.suppress(zlib.error):
            while len(out) < READ_SIZE and (raw := self._stream.read(max(1, min(_SLICE, fault_at - at)))):
                at += len(raw)
                while raw:
                    piece = inflater.decompress(raw, READ_SIZE)
                    raw = inflater.unconsumed_tail
                    out += piece[skip:]
                    skip = max(0, skip - len(piece))
        return bytes(out)

    def _failed(self, what: str) -> WarcFormatError:
        self._error = WarcFormatError(what)
        return self._error


def _packing(raw: bytes) -> Packing:
    if raw.startswith(GZIP_MAGIC):
        return "gzip"
    return "zstd" if raw.startswith(ZSTD_MAGIC) or _SKIPPABLE.match(raw) else "plain"


def _decompressors(stream: BinaryIO, packing: Packing) -> Callable[[], Decompressor]:
    """What makes a decompressor for each member of a file."""
    if packing != "zstd":
        return decompressor
    stream.seek(0)
    head = stream.read(8)
    size = int.from_bytes(head[4:], "little")
    is_dictionary = head.startswith(_DICTIONARY_FRAME) and size <= _MAX_DICTIONARY_FRAME
    dictionary = zstd_dictionary(stream.read(size)) if is_dictionary else None
    return lambda: ZstdFrame(dictionary)


def last_record_start(head: bytes) -> int | None:
    """Where a version line stands inside of ``head``, after its first byte: a record cut in its head, and the next one."""
    at = None
    for match in WARC_START.finditer(head, 1):
        at = match.start()
    return at


def record_start(is_arc: bool | None) -> re.Pattern[bytes]:
    """What a record of a file begins with; ``None``: not known yet."""
    return ANY_START if is_arc is None else ARC_START if is_arc else WARC_START


def find_record(stream: BinaryIO, start: int, *, packing: Packing | None, record_start: re.Pattern[bytes]) -> int:
    """Offset of the next thing from ``start`` that opens like a record (``record_start``), or the end of the file.

    ``packing`` says what to look for, ``None``: any. One pass, however often a magic number occurs by chance or by malice.
    """
    pattern, new_inflater = _any_start(record_start, packing), _decompressors(stream, packing or "gzip")
    stream.seek(start)
    base, window, more = start, b"", b"."
    while more:
        more = stream.read(READ_SIZE)
        window += more
        until = max(0, len(window) - _LOOK) if more else len(window)
        for match in pattern.finditer(window):
            if match.start() >= until:
                break
            is_member = match[0] in _MAGIC.values()
            if not is_member or _opens_like_a_record(window[match.start() : match.start() + _LOOK], record_start, new_inflater):
                return base + match.start()
        base, window = base + until, window[until:]
    return base


def _any_start(record_start: re.Pattern[bytes], packing: Packing | None) -> re.Pattern[bytes]:
    if packing is None:
        return re.compile(b"|".join([record_start.pattern, *map(re.escape, _MAGIC.values())]), record_start.flags)
    return record_start if packing == "plain" else re.compile(re.escape(_MAGIC[packing]))


def _opens_like_a_record(member: bytes, record_start: re.Pattern[bytes], new_inflater: Callable[[], Decompressor]) -> bool:
    if member.startswith(ZSTD_MAGIC) and new_inflater is decompressor:
        new_inflater = ZstdFrame
    try:
        opening = bytes(new_inflater().decompress(member, _LOOK)).lstrip(b"\r\n")
    except DecompressionError:
        return False
    # A version line may be cut off here; that of an ARC record is looked at whole.
    return record_start.match(opening) is not None or (record_start is not ARC_START and opening.startswith(b"WARC/"))
