"""Rows that meet a limit of the client: time and size (`Limits`). Each ends by itself, or when the client goes."""

from __future__ import annotations

import zlib

from ..messages import (
    CHUNKED,
    CLOSE,
    HTML,
    USUAL,
    Changes,
    chunk,
    cut,
    head,
    length,
    lost,
    malformed,
    message,
    page,
    row,
    story,
)
from ..model import AwaitClose, Case, Close, Flood, Limits, Pause, Send, Steps, Tag

_HANGS: frozenset[Tag] = frozenset({"slow", "hangs"})
_LARGE: frozenset[Tag] = frozenset({"large", "hostile"})


def rows(limits: Limits) -> list[Case]:
    return [*_slow(limits), *_hanging(limits), *_large(limits), *_endless(limits)]


def _drip(data: bytes, parts: int, total_s: float) -> Steps:
    """``data`` in ``parts`` segments over ``total_s`` seconds."""
    return cut(data, [len(data) * number // parts for number in range(1, parts)], total_s / parts)


def _slow(limits: Limits) -> list[Case]:
    """Slow, and done at about half of the time limit."""
    half_s = limits.timeout_s / 2
    slow: Changes = {"tags": frozenset({"slow"})}

    def build(body: bytes) -> bytes:
        return message(body, HTML)

    def head_first(data: bytes) -> Steps:
        end = data.index(b"\r\n\r\n") + 4
        return (*_drip(data[:end], 20, half_s), Send(data[end:]))

    def body_last(data: bytes) -> Steps:
        end = data.index(b"\r\n\r\n") + 4
        return (Send(data[:end]), *_drip(data[end:], 20, half_s))

    return [
        story("slow-head", "a head that drips: overloaded CGI", build, steps=head_first, **slow),
        story("slow-body", "a body that drips", build, steps=body_last, **slow),
        story("slow-start", "a long silence, then all at once", build, steps=lambda data: (Pause(half_s), Send(data)), **slow),
    ]


def _hanging(limits: Limits) -> list[Case]:
    """Never done: the client's time limit ends it (`WARC-Truncated: time` where a response had begun)."""

    def hang(name: str, reason: str, sent: bytes, payload: bytes | None, *, drip: bool = False) -> Case:
        steps = _drip(sent, 60, limits.timeout_s * 3) if drip else (Send(sent),) if sent else ()
        outcome: Changes = {
            **lost("timeout", "truncated"),
            "payload": payload,
            "status": 200 if payload is not None else None,
            "truncated": "time" if sent else None,
            "prefix": True,
            "tags": _HANGS,
        }
        return row(name, reason, sent, steps=(*steps, AwaitClose()), **outcome)

    def start(name: str) -> bytes:
        return head(*USUAL, HTML, length(page(name)))

    half = page("hangs-in-body")[:700]
    chunks = head(*USUAL, HTML, CHUNKED) + chunk(page("hangs-in-chunks"))
    return [
        hang("never-answers", "accepts, reads, says nothing", b"", None),
        hang("hangs-in-head", "half a head, then nothing", start("hangs-in-head")[:70], None),
        hang("hangs-after-head", "a head, then nothing", start("hangs-after-head"), b""),
        hang("hangs-in-body", "half a body, then nothing: a worker that died behind a proxy", start("hangs-in-body") + half, half),
        hang("hangs-in-chunks", "all data, but never the last chunk: an event stream", chunks, page("hangs-in-chunks")),
        hang(
            "hangs-close-delimited",
            "a whole page, but never the close",
            head(*USUAL, HTML, CLOSE) + page("hangs-close-delimited"),
            page("hangs-close-delimited"),
        ),
        hang(
            "drips-head-for-ever",
            "Slowloris the other way round: a byte now and then",
            start("drips-head-for-ever"),
            None,
            drip=True,
        ),
        hang(
            "drips-body-for-ever",
            "a body that drips past every limit",
            start("drips-body-for-ever") + page("drips-body-for-ever"),
            page("drips-body-for-ever"),
            drip=True,
        ),
    ]


def _large(limits: Limits) -> list[Case]:
    """Larger than the client takes: what arrived is kept with `WARC-Truncated: length`."""
    size = limits.max_bytes * 2
    block = page("too-large-close-delimited") * 40
    many = (block * (size // len(block) + 1))[:size]

    def large(name: str, reason: str, announced: bytes, body: bytes, *after: Close) -> Case:
        outcome: Changes = {
            **lost("too_large", "truncated"),
            "payload": body,
            "status": 200,
            "truncated": "length",
            "prefix": True,
            "tags": _LARGE,
            "legal": True,
        }
        return row(name, reason, announced + body, then=after, **outcome)

    frames = chunk(block)
    count = size // len(block) + 1
    return [
        large(
            "too-large-length",
            "Content-Length above the limit: Scrapy aborts at the head",
            head(*USUAL, HTML, length(many)),
            many,
        ),
        large(
            "too-large-close-delimited",
            "no length announced: the limit is met on the way",
            head(*USUAL, HTML, CLOSE),
            many,
            Close(),
        ),
        row(
            "too-large-chunked",
            "the same in chunks",
            head(*USUAL, HTML, CHUNKED) + frames * count + b"0\r\n\r\n",
            **{
                **lost("too_large", "truncated"),
                "payload": block * count,
                "status": 200,
                "truncated": "length",
                "prefix": True,
                "tags": _LARGE,
                "legal": True,
            },
        ),
        _bomb(limits),
        row(
            "length-claims-terabytes",
            "a Content-Length of 10**13, and a short body",
            head(*USUAL, HTML, b"Content-Length: 10000000000000") + page("length-claims-terabytes"),
            then=(Close(),),
            **{
                **lost("too_large", "truncated"),
                "payload": page("length-claims-terabytes"),
                "status": 200,
                "truncated": "length",
                "prefix": True,
                "tags": _LARGE,
            },
        ),
    ]


def _bomb(limits: Limits) -> Case:
    packer = zlib.compressobj(9, wbits=31)
    packed = packer.compress(b"<p>boom" + b" " * (limits.max_bytes * 4)) + packer.flush()
    return row(
        "gzip-bomb",
        "small on the wire, four times the limit unpacked: the record is whole, the page is not had",
        message(packed, HTML, b"Content-Encoding: gzip"),
        payload=packed,
        text=None,
        failure="too_large",
        tolerated=("decode",),
        tags=frozenset({"hostile"}),
    )


def _endless(limits: Limits) -> list[Case]:
    """Heads and framing without end, up to twice the size limit."""
    size = limits.max_bytes * 2

    def endless(name: str, reason: str, start: bytes, block: bytes) -> Case:
        whole = start + (block * (size // len(block) + 1))[:size]
        outcome = malformed("too_large", "timeout", "truncated", "reset")
        steps: Steps = (Send(start), Flood(block * (65536 // len(block) or 1), size), Close())
        return row(name, reason, whole, steps=steps, **{**outcome, "truncated": "length", "tags": _LARGE})

    return [
        endless("endless-head", "field lines without end", b"HTTP/1.1 200 OK\r\n", b"X-Filler: 0123456789abcdef\r\n"),
        endless("endless-header-line", "one field line without end", b"HTTP/1.1 200 OK\r\nX-Filler: ", b"0123456789abcdef"),
        endless("endless-status-line", "a reason without end", b"HTTP/1.1 200 ", b"very "),
        endless("endless-extension", "a chunk extension without end", head(*USUAL, HTML, CHUNKED) + b"5;", b"a=b;"),
        endless("endless-trailers", "trailers without end", head(*USUAL, HTML, CHUNKED) + b"5\r\nabcde\r\n0\r\n", b"X-T: 1\r\n"),
        endless("endless-interim-like", "empty lines without end", b"", b"\r\n"),
    ]
