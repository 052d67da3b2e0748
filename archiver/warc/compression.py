"""One gzip member from buffers, by the compressor that suits the body; gzip members and Zstandard frames read back.

zlib stands in where the faster ones are not installed.

Measured on captured pages (bench/README.md): zlib-ng level 6 is 3.5 times as fast as zlib level 9 on plain bodies at +1 %; what is
compressed already gains nothing by being deflated once more, and is copied.
"""

from __future__ import annotations

import importlib
import struct
import sys
import zlib
from collections.abc import Sequence
from typing import Any, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP = 31
# 128 MiB: what `zstd --long` makes and every zstd reads without being asked; a frame may claim more than any machine has.
_ZSTD_WINDOW_LOG_MAX = 27
# A dictionary larger than this is none; the largest in use have 1 MB.
_MAX_DICTIONARY = 1 << 26
# No name, no time, no flags, operating system unknown (RFC 1952 §2.3): as isal writes it.
_GZIP_HEADER = bytes.fromhex("1f8b08000000000000ff")
_TRAILER = struct.Struct("<II")
# BFINAL and BTYPE 00, padded to the byte; LEN and NLEN
_STORED = struct.Struct("<BHH")
_MAX_STORED = 0xFFFF
# Heads deflate to a half: that of the HTTP message is looked for so far.
_MAX_HEAD = 1 << 14
_STORED_FROM = 4096
_SAMPLE = 1024
GZIP_MAGIC = b"\x1f\x8b\x08"
# RFC 8878 §3.1.1
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def _optional(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        return zlib


_ISAL = _optional("isal.isal_zlib")
_NG = _optional("zlib_ng.zlib_ng")

# Some of the compressed bytes: what was copied is not copied twice.
Piece = bytes | memoryview
# What a decompressor may raise on bytes that are no gzip.
DecompressionError: tuple[type[Exception], ...] = (zlib.error, _ISAL.error, zstd.ZstdError)


class Decompressor(Protocol):
    """One gzip member or Zstandard frame, as zlib has it: output is bounded, what was not used is handed back."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes:
        """What was given beyond the end."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What was given and is not used yet."""

    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes: ...


def gzip_member(buffers: Sequence[bytes], *, body_is_coded: bool) -> list[Piece]:
    """``buffers`` as one gzip member (RFC 1952), in pieces to be written in order.

    ``body_is_coded`` says that the body is compressed already (a content coding, an image): it is stored when that is true.
    """
    if body_is_coded and _is_incompressible(buffers):
        return _member_of_stored(buffers)
    library, level = (_ISAL, 1) if body_is_coded else (_NG, 6)
    compressor = library.compressobj(level, library.DEFLATED, _GZIP)
    pieces = [compressor.compress(buffer) for buffer in buffers]
    pieces.append(compressor.flush())
    return [piece for piece in pieces if piece]


def _is_incompressible(buffers: Sequence[bytes]) -> bool:
    """Whether the middle of the largest buffer packs badly; what was said of it may be wrong."""
    largest = max(buffers, key=len, default=b"")
    if len(largest) < _STORED_FROM:
        return False
    sample = memoryview(largest)[len(largest) // 2 :][:_SAMPLE]
    return len(_NG.compress(sample, 1, -zlib.MAX_WBITS)) > 0.98 * len(sample)


def _member_of_stored(buffers: Sequence[bytes]) -> list[Piece]:
    """The heads deflated, all behind them in stored blocks (RFC 1951 §3.2.4)."""
    heads, bodies = _heads_and_bodies(buffers)
    checksum = 0
    for buffer in buffers:
        checksum = _ISAL.crc32(buffer, checksum)
    deflater = _NG.compressobj(1, _NG.DEFLATED, -zlib.MAX_WBITS)
    pieces: list[Piece] = [_GZIP_HEADER, *(deflater.compress(buffer) for buffer in heads), deflater.flush(_NG.Z_SYNC_FLUSH)]
    for body in bodies:
        for at in range(0, len(body), _MAX_STORED):
            block = body[at : at + _MAX_STORED]
            pieces += _STORED.pack(0, len(block), len(block) ^ 0xFFFF), block
    size = sum(map(len, buffers)) & 0xFFFFFFFF
    pieces += _STORED.pack(1, 0, 0xFFFF), _TRAILER.pack(checksum, size)
    return [piece for piece in pieces if piece]


def _heads_and_bodies(buffers: Sequence[bytes]) -> tuple[list[bytes], list[memoryview]]:
    """Cut behind the blank line in the first buffer that holds more than heads."""
    first = next(number for number, buffer in enumerate(buffers) if len(buffer) >= _STORED_FROM)
    blank = buffers[first].find(b"\r\n\r\n", 0, _MAX_HEAD)
    cut = blank + 4 if blank >= 0 else 0
    heads = [*buffers[:first], buffers[first][:cut]]
    return heads, [memoryview(buffers[first])[cut:], *(memoryview(buffer) for buffer in buffers[first + 1 :])]


def decompressor() -> Decompressor:
    """A decompressor for one gzip member."""
    inflater: Decompressor = _ISAL.decompressobj(_GZIP)
    return inflater


class ZstdFrame:
    """A Decompressor for one Zstandard frame; input that is not used yet stays within."""

    unconsumed_tail = b""

    def __init__(self, dictionary: zstd.ZstdDict | None = None) -> None:
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG_MAX}
        self._decoder = zstd.ZstdDecompressor(zstd_dict=dictionary, options=options)

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    @property
    def is_hungry(self) -> bool:
        """Whether it gives nothing more without input."""
        return self._decoder.needs_input

    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes:
        return self._decoder.decompress(data, max_length)


def zstd_dictionary(raw: bytes) -> zstd.ZstdDict | None:
    """The dictionary that a ``.warc.zst`` opens with (it may be compressed itself), ``None`` when it is none."""
    try:
        if raw.startswith(ZSTD_MAGIC):
            decoder = ZstdFrame()
            raw = decoder.decompress(raw, _MAX_DICTIONARY)
        return zstd.ZstdDict(raw)
    except (zstd.ZstdError, ValueError):
        return None
