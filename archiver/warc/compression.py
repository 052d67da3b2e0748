"""One gzip member from buffers, by the compressor that suits the body; gzip members and Zstandard frames read back.

zlib stands in where the faster ones are not installed.

Measured on captured pages (bench/README.md): isal level 1 is five times as fast as zlib on bodies that are compressed already
and no larger; zlib-ng level 6 is 3.5 times as fast as zlib level 9 on plain ones at +1 %.
"""

from __future__ import annotations

import importlib
import sys
import zlib
from collections.abc import Iterable
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


def gzip_member(buffers: Iterable[bytes], *, body_is_coded: bool) -> list[bytes]:
    """``buffers`` as one gzip member (RFC 1952), in pieces to be written in order.

    ``body_is_coded`` says that the body is compressed already (a content coding, an image) and not worth the effort.
    """
    library, level = (_ISAL, 1) if body_is_coded else (_NG, 6)
    compressor = library.compressobj(level, library.DEFLATED, _GZIP)
    pieces = [compressor.compress(buffer) for buffer in buffers]
    pieces.append(compressor.flush())
    return [piece for piece in pieces if piece]


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
