"""Content codings: gzip, deflate, br and zstd to plain bytes, with a limit and a verdict instead of an exception."""

from __future__ import annotations

import io
import re
import sys
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import brotlicffi

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Problem = Literal["truncated", "corrupt", "mislabelled", "too_large", "unsupported"]

# RFC 9110 sets no bound on layers; more than a handful is only seen in bombs.
_MAX_LAYERS = 4
_STEP = 1 << 20
# What a decoder gets at once: most hand back a copy of what they did not use, and 64 MB may be three million gzip members.
_FEED = 1 << 13
# 2^23: the window RFC 9659 §3 sets as the bound for this coding; browsers refuse more. A frame may claim gigabytes.
_ZSTD_WINDOW_LOG_MAX = 23
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_MAGIC = {"gzip": _GZIP_MAGIC, "zstd": _ZSTD_MAGIC}
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ERRORS = (zlib.error, zstd.ZstdError, brotlicffi.error)
_ALIASES = {"x-gzip": "gzip", "x-deflate": "deflate", "brotli": "br", "": "identity", "none": "identity"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Plain bytes, and what was wrong.

    ``truncated``, ``corrupt`` and ``too_large`` keep what came before. ``mislabelled`` was not coded as it says
    (markup, for all it seems) and ``unsupported`` could not be undone: the bytes are as they came.
    """

    body: bytes
    problem: Problem | None = None


def decode_content(body: bytes, content_encoding: str, max_bytes: int) -> Decoded:
    """Undo ``Content-Encoding`` (a field value, possibly a list); at most ``max_bytes`` come out. Never raises.

    Memory is bounded by ``max_bytes``, one step of 1 MiB and the decoder's window (16 MiB at most), whatever the bytes claim.
    """
    codings = [_ALIASES.get(name, name) for name in (part.strip().lower() for part in content_encoding.split(","))]
    codings = [name for name in codings if name != "identity"]
    problem: Problem | None = "unsupported" if len(codings) > _MAX_LAYERS else None
    for name in reversed(codings):
        if problem in ("too_large", "unsupported"):
            break
        decoded = _decode_one(body, name, max_bytes)
        body, problem = decoded.body, problem or decoded.problem
    return Decoded(body, problem) if len(body) <= max_bytes else Decoded(body[:max_bytes], problem or "too_large")


def _decode_one(body: bytes, name: str, max_bytes: int) -> Decoded:
    if name not in _DECODERS:
        return Decoded(body, "unsupported")
    if not body:
        return Decoded(b"")
    magic = _MAGIC.get(name)
    if magic is not None and not body.startswith(magic):
        return Decoded(b"", "truncated") if magic.startswith(body) else _not_coded(body)
    decoded = _collect(_DECODERS[name](body), max_bytes)
    nothing = decoded.problem == "corrupt" and not decoded.body
    # Plain text may pass for the beginning of a coding without magic (br: 1 in 20); what was coded is longer than its code.
    has_magic = magic is not None or (name == "deflate" and _is_zlib(body))
    if not has_magic and len(decoded.body) < len(body) and (nothing or (len(body) >= 4 and _is_text(body))):
        return _not_coded(body)
    return decoded


def _is_text(body: bytes) -> bool:
    return not _CONTROL.search(body, 0, 1024)


def _not_coded(body: bytes) -> Decoded:
    """What its label is wrong about is taken as it is only where it begins like markup: else it may be any coding."""
    if _is_text(body) and b"<" in body[:1024]:
        return Decoded(body, "mislabelled")
    return Decoded(b"", "corrupt")


def _collect(pieces: Iterator[bytes], max_bytes: int) -> Decoded:
    """The pieces as one, without a second copy in memory (``BytesIO`` hands out its own buffer)."""
    out = io.BytesIO()
    problem: Problem | None = None
    try:
        for piece in pieces:
            out.write(piece)
            if out.tell() > max_bytes:
                out.truncate(max_bytes)
                problem = "too_large"
                break
    except EOFError:
        problem = "truncated"
    except _ERRORS:
        problem = "corrupt"
    return Decoded(out.getvalue(), problem)


class _Decoder(Protocol):
    """What the decoders have in common: one stream, bounded output."""

    @property
    def ended(self) -> bool: ...

    @property
    def is_hungry(self) -> bool:
        """Whether it has no output left to give without input."""

    def step(self, raw: memoryview) -> tuple[bytes, int]:
        """Output of about ``_STEP`` bytes at most, and how many bytes of ``raw`` were used."""


class _Inflater:
    is_hungry = True

    def __init__(self, wbits: int) -> None:
        self._inflater = zlib.decompressobj(wbits)

    @property
    def ended(self) -> bool:
        return self._inflater.eof

    def step(self, raw: memoryview) -> tuple[bytes, int]:
        piece = self._inflater.decompress(raw, _STEP)
        return piece, len(raw) - len(self._inflater.unused_data if self.ended else self._inflater.unconsumed_tail)


class _Brotli:
    """By brotlicffi, not ``brotli``: pywb brings brotlipy, an old module of that name, which hides the one Scrapy brings."""

    def __init__(self) -> None:
        self._decoder = brotlicffi.Decompressor()

    @property
    def ended(self) -> bool:
        return bool(self._decoder.is_finished())

    @property
    def is_hungry(self) -> bool:
        return bool(self._decoder.can_accept_more_data())

    def step(self, raw: memoryview) -> tuple[bytes, int]:
        return self._decoder.process(bytes(raw), output_buffer_limit=_STEP), len(raw)


class _ZstdFrame:
    def __init__(self) -> None:
        self._decoder = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG_MAX})

    @property
    def ended(self) -> bool:
        return self._decoder.eof

    @property
    def is_hungry(self) -> bool:
        return self._decoder.needs_input

    def step(self, raw: memoryview) -> tuple[bytes, int]:
        piece = self._decoder.decompress(raw, _STEP)
        return piece, len(raw) - len(self._decoder.unused_data)


def _stream(
    body: bytes, at: int, make: Callable[[], _Decoder], fine_from: int | None = None, skip: int = 0
) -> Generator[bytes, None, int]:
    """Output of one stream that begins at ``at``; returns where it ends. ``EOFError``: it stops short.

    Decoders keep their last output to themselves when they fail (brotli also for a byte too many after the end). So at a failure
    the stream is decoded again, byte by byte from ``fine_from`` on, without the first ``skip`` bytes that were given before.
    """
    begin, given, view, decoder = at, 0, memoryview(body), make()
    while not decoder.ended:
        is_hungry = decoder.is_hungry
        size = _FEED if fine_from is None or at < fine_from else 1
        raw = view[at : at + size] if is_hungry else view[:0]
        try:
            piece, used = decoder.step(raw)
        except _ERRORS:
            if fine_from is not None:
                raise
            return (yield from _stream(body, begin, make, max(begin, at - _FEED), given))
        if is_hungry and not raw and not piece and not decoder.ended:
            raise EOFError
        at += used
        given += len(piece)
        yield piece[skip:]
        skip = max(0, skip - len(piece))
    return at


def _gunzip(body: bytes) -> Iterator[bytes]:
    """Every member (RFC 1952 §2.2 allows several); bytes after the last one that are no member are ignored."""
    at = 0
    while body.startswith(_GZIP_MAGIC, at):
        at = yield from _stream(body, at, lambda: _Inflater(31))


def _undeflate(body: bytes) -> Iterator[bytes]:
    """``deflate`` is zlib by the standard (RFC 9110 §8.4.1.2). *Quirk:* some servers send raw DEFLATE, which browsers take."""
    yield from _stream(body, 0, lambda: _Inflater(15 if _is_zlib(body) else -15))


def _is_zlib(body: bytes) -> bool:
    """Whether a zlib header begins here (RFC 1950 §2.2), or its first byte alone."""
    return body[0] & 0x0F == 8 and (len(body) < 2 or (body[0] << 8 | body[1]) % 31 == 0)


def _unbrotli(body: bytes) -> Iterator[bytes]:
    yield from _stream(body, 0, _Brotli)


def _unzstd(body: bytes) -> Iterator[bytes]:
    """Every frame (RFC 8878 §3.1)."""
    at = 0
    while body.startswith(_ZSTD_MAGIC, at):
        at = yield from _stream(body, at, _ZstdFrame)


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
