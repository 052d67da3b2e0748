"""Content codings: gzip, deflate, br and zstd to plain bytes, with a limit and a verdict instead of an exception."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Problem = Literal["truncated", "corrupt", "mislabelled", "too_large", "unsupported"]

# RFC 9110 sets no bound on layers; more than a handful is only seen in bombs.
_MAX_LAYERS = 4
_STEP = 1 << 20
# 2^27: the window RFC 8878 §3.1.1.1.2 lets a decoder refuse to exceed, so that a frame cannot claim gigabytes.
_ZSTD_WINDOW_LOG_MAX = 27
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ALIASES = {"x-gzip": "gzip", "x-deflate": "deflate", "brotli": "br", "": "identity", "none": "identity"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Plain bytes, and what was wrong: ``truncated`` and ``corrupt`` keep what came before; ``mislabelled`` was not coded."""

    body: bytes
    problem: Problem | None = None


def decode_content(body: bytes, content_encoding: str, max_bytes: int) -> Decoded:
    """Undo ``Content-Encoding`` (a field value, possibly a list); at most ``max_bytes`` come out. Never raises.

    Memory is bounded by ``max_bytes`` and one step of 1 MiB per layer, whatever the bytes claim.
    """
    codings = [_ALIASES.get(name, name) for name in (part.strip().lower() for part in content_encoding.split(","))]
    codings = [name for name in codings if name != "identity"]
    if len(codings) > _MAX_LAYERS:
        return Decoded(b"", "unsupported")
    problem: Problem | None = None
    for name in reversed(codings):
        decoded = _decode_one(body, name, max_bytes)
        body, problem = decoded.body, problem or decoded.problem
        if decoded.problem in ("too_large", "unsupported"):
            break
    return Decoded(body, problem)


def _decode_one(body: bytes, name: str, max_bytes: int) -> Decoded:
    if name not in _DECODERS:
        return Decoded(body, "unsupported")
    if not body:
        return Decoded(b"")
    decoded = _collect(_DECODERS[name](body), max_bytes)
    if decoded.problem == "corrupt" and not decoded.body and _looks_plain(body):
        return Decoded(body[:max_bytes], "mislabelled")
    return decoded


def _looks_plain(body: bytes) -> bool:
    """Whether a body that is not what its label says may be taken as it is: text with markup, as far as its start tells."""
    start = body[:1024]
    return b"<" in start and not _CONTROL.search(start)


def _collect(pieces: Iterator[bytes], max_bytes: int) -> Decoded:
    out = bytearray()
    try:
        for piece in pieces:
            out += piece
            if len(out) > max_bytes:
                return Decoded(bytes(out[:max_bytes]), "too_large")
    except EOFError:
        return Decoded(bytes(out), "truncated")
    except (zlib.error, zstd.ZstdError, brotli.error):
        return Decoded(bytes(out), "corrupt")
    return Decoded(bytes(out))


def _inflate(body: bytes, wbits: int) -> Iterator[bytes]:
    """Inflate every member (RFC 1952 §2.2 allows several); bytes after the last one that are no member are ignored."""
    while body:
        inflater = zlib.decompressobj(wbits)
        while not inflater.eof:
            piece = inflater.decompress(body, _STEP)
            body = inflater.unconsumed_tail
            yield piece
            if not inflater.eof and not piece and not body:
                raise EOFError
        body = inflater.unused_data
        if not body.startswith(b"\x1f\x8b"):
            return


def _gunzip(body: bytes) -> Iterator[bytes]:
    return _inflate(body, 31)


def _undeflate(body: bytes) -> Iterator[bytes]:
    """``deflate`` is zlib by the standard (RFC 9110 §8.4.1.2). *Quirk:* some servers send raw DEFLATE, which browsers take."""
    is_zlib = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflate(body, 15 if is_zlib else -15)


def _unbrotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    yield decoder.process(body, output_buffer_limit=_STEP)
    while not decoder.is_finished():
        piece = decoder.process(b"", output_buffer_limit=_STEP)
        if not piece and decoder.can_accept_more_data():
            raise EOFError
        yield piece


def _unzstd(body: bytes) -> Iterator[bytes]:
    """Every frame (RFC 8878 §3.1); ``EOFError`` when the last one stops short."""
    first = True
    while first or body.startswith(b"\x28\xb5\x2f\xfd"):
        first = False
        decoder = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG_MAX})
        piece = decoder.decompress(body, _STEP)
        yield piece
        while not decoder.eof:
            if decoder.needs_input:
                raise EOFError
            yield decoder.decompress(b"", _STEP)
        body = decoder.unused_data


_DECODERS: dict[str, Callable[[bytes], Iterator[Any]]] = {
    "gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
