"""One gzip member from buffers, by the compressor that suits the body; zlib where the faster ones are not installed.

Measured on captured pages (bench/README.md): isal level 1 is five times as fast as zlib on bodies that are compressed already
and no larger; zlib-ng level 6 is 3.5 times as fast as zlib level 9 on plain ones at +1 %.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterable
from typing import Any

_GZIP = 31


def _optional(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        return zlib


_ISAL = _optional("isal.isal_zlib")
_NG = _optional("zlib_ng.zlib_ng")

# What a decompressor may raise on bytes that are no gzip.
DecompressionError: tuple[type[Exception], ...] = (zlib.error, _ISAL.error)


def gzip_member(buffers: Iterable[bytes], *, body_is_coded: bool) -> list[bytes]:
    """``buffers`` as one gzip member (RFC 1952), in pieces to be written in order.

    ``body_is_coded`` says that the body is compressed already (a content coding, an image) and not worth the effort.
    """
    library, level = (_ISAL, 1) if body_is_coded else (_NG, 6)
    compressor = library.compressobj(level, library.DEFLATED, _GZIP)
    pieces = [compressor.compress(buffer) for buffer in buffers]
    pieces.append(compressor.flush())
    return [piece for piece in pieces if piece]


def decompressor() -> Any:
    """A decompressor for one gzip member, with ``decompress``, ``eof`` and ``unused_data`` as in zlib."""
    return _ISAL.decompressobj(_GZIP)
