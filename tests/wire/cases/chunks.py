"""Transfer codings (RFC 9112 §6.1, §7): chunk sizes, extensions and trailers, whole, odd and cut."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..messages import (
    CHUNKED,
    CRLF,
    HTML,
    USUAL,
    Changes,
    chunk,
    chunked,
    cut,
    cut_off,
    head,
    length,
    malformed,
    page,
    pieces,
    row,
    story,
)
from ..model import Case, Close, Limits, Steps
from .codings import gz

_CLOSE: Steps = (Close(),)


def rows(limits: Limits) -> list[Case]:
    return [*_legal(limits), *_headers(), *_loose(), *_wrong(), *_cut()]


def start(*lines: bytes) -> bytes:
    """The head of a chunked message."""
    return head(*USUAL, HTML, *lines, CHUNKED)


def _chunks(name: str, reason: str, shape: Callable[[bytes], bytes], **changes: Any) -> Case:
    return story(name, reason, lambda body: start() + shape(body), **changes)


def _legal(limits: Limits) -> list[Case]:
    def each_boundary(data: bytes) -> Steps:
        marks = [m.start() for m in re.finditer(rb"\r\n", data)]
        return cut(data, [place for mark in marks for place in (mark - 1, mark, mark + 1, mark + 2, mark + 3)], 0.002)

    def sized(body: bytes) -> bytes:
        return b"".join(chunk(piece, size=b"%X" % len(piece)) for piece in pieces(body, 0xABC)) + b"0\r\n\r\n"

    def zeros(body: bytes) -> bytes:
        return b"".join(chunk(piece, size=b"0000%x" % len(piece)) for piece in pieces(body, 500)) + b"00000\r\n\r\n"

    inner = b"<pre>\r\n0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n</pre></main>"
    decoy = page("chunked-looks-like-http").replace(b"</main>", inner)
    trailers = (b"X-Checksum: d41d8cd9", b"Server-Timing: db;dur=5", b"x-checksum: again")
    return [
        _chunks("chunked-lower-hex", "RFC 9112 §7.1, sizes as most servers write them", lambda body: chunked(body, 0xABC)),
        _chunks("chunked-upper-hex", "HEXDIG is case-insensitive; IIS writes capitals", sized),
        _chunks("chunked-leading-zeros", "1*HEXDIG: `00001f4` and a last chunk of `00000`", zeros),
        _chunks(
            "chunked-extensions",
            "RFC 9112 §7.1.1: a recipient must ignore what it does not know",
            lambda body: chunked(body, extension=b";ieof;name=value"),
        ),
        _chunks(
            "chunked-quoted-extensions",
            "a quoted value may hold a semicolon, a comma and spaces",
            lambda body: chunked(body, extension=b';sig="a;b=c, 0 ";n=1'),
        ),
        _chunks(
            "chunked-escaped-extension",
            "…and an escaped quote; Twisted's list of characters lacks the backslash",
            lambda body: chunked(body, extension=b';sig="a\\"b"'),
            tolerated=("protocol", "truncated"),
        ),
        _chunks(
            "chunked-trailers",
            "RFC 9112 §7.1.2; payload replay must not lose them",
            lambda body: chunked(body, trailers=trailers),
        ),
        _chunks("chunked-tiny", "one byte a chunk: template engines that flush each token", lambda body: chunked(body, 1)),
        _chunks("chunked-one", "all in one chunk", lambda body: chunked(body, len(body))),
        row(
            "chunked-looks-like-http",
            "chunk data that holds `0 CRLF CRLF` and a status line",
            start() + chunked(decoy, 400),
            payload=decoy,
            text=decoy.decode(),
            article=True,
        ),
        _chunks(
            "chunked-split-everywhere",
            "segments end at every boundary of the framing",
            lambda body: chunked(body, 300),
            steps=each_boundary,
        ),
        _chunks(
            "chunked-last-apart",
            "the last chunk comes in a segment of its own",
            lambda body: chunked(body),
            steps=lambda data: cut(data, [len(data) - 5], limits.pause_s),
        ),
        _chunks(
            "chunked-last-lf-apart",
            "the very last LF comes alone",
            lambda body: chunked(body),
            steps=lambda data: cut(data, [len(data) - 1], limits.pause_s),
        ),
        row(
            "chunked-empty",
            "a body of no chunk but the last",
            start() + b"0\r\n\r\n",
            text="",
            tolerated=("not_html", "extraction"),
        ),
        story(
            "chunked-gzip",
            "packed, then chunked: the payload is the gzip stream (WARC/1.1 §6.3.2)",
            lambda body: start(b"Content-Encoding: gzip") + chunked(body, 200),
            coded=gz,
        ),
        story(
            "chunked-gzip-trailers",
            "packed, chunked and with a trailer",
            lambda body: start(b"Content-Encoding: gzip", b"Trailer: X-Sum") + chunked(body, 333, trailers=(b"X-Sum: 1",)),
            coded=gz,
        ),
    ]


def _headers() -> list[Case]:
    """How the transfer coding is announced."""

    def with_head(*lines: bytes) -> Callable[[bytes], bytes]:
        return lambda body: head(*USUAL, HTML, *lines) + chunked(body)

    def packed(name: str) -> bytes:
        return chunked(gz(page(name)))

    return [
        story("chunked-capital-label", "RFC 9112 §7: coding names are case-insensitive", with_head(b"Transfer-Encoding: Chunked")),
        story("chunked-lower-name", "the field name in lower case, no space", with_head(b"transfer-encoding:chunked")),
        story(
            "chunked-and-length",
            "RFC 9112 §6.3: Transfer-Encoding overrides an equal Content-Length",
            lambda body: head(*USUAL, length(body), HTML, CHUNKED) + chunked(body),
            legal=False,
            tolerated=("protocol",),
        ),
        story(
            "chunked-and-wrong-length",
            "…and one that is too short: response splitting",
            lambda body: head(*USUAL, b"Content-Length: 10", HTML, CHUNKED) + chunked(body),
            legal=False,
            tolerated=("protocol",),
        ),
        story(
            "chunked-in-one-zero",
            "RFC 9112 §6.1: chunked in HTTP/1.0 is faulty framing; read it, then close",
            lambda body: head(*USUAL, HTML, CHUNKED, status=b"HTTP/1.0 200 OK") + chunked(body),
            legal=False,
            tolerated=("protocol",),
            then=_CLOSE,
        ),
        story(
            "chunked-twice-listed",
            "two identical field lines (nginx in front of a chunking application), chunked once",
            with_head(CHUNKED, CHUNKED),
            legal=False,
            tolerated=("protocol",),
            then=_CLOSE,
        ),
        story(
            "transfer-identity",
            "`Transfer-Encoding: identity` (RFC 2616, removed in 7230); length and close agree",
            lambda body: head(*USUAL, HTML, b"Transfer-Encoding: identity", length(body), b"Connection: close") + body,
            legal=False,
            tolerated=("protocol",),
            then=_CLOSE,
        ),
        row(
            "transfer-gzip-chunked",
            "RFC 9112 §7.2: gzip as a transfer coding, unasked; both codings are no part of the payload",
            head(*USUAL, HTML, b"Transfer-Encoding: gzip, chunked") + packed("transfer-gzip-chunked"),
            payload=page("transfer-gzip-chunked"),
            text=page("transfer-gzip-chunked").decode(),
            article=True,
            legal=False,
            tolerated=("protocol", "decode"),
            then=_CLOSE,
        ),
        story(
            "transfer-unknown",
            "RFC 9112 §6.3: chunked is not final, so the body runs to the close; the coding is unknown",
            lambda body: head(*USUAL, HTML, b"Transfer-Encoding: x-rot", b"Connection: close") + body,
            **{**malformed(None, "decode"), "status": 200},
            then=_CLOSE,
        ),
    ]


def _loose() -> list[Case]:
    """Not the grammar, but the length of each chunk is plain."""
    loose: Changes = {"legal": False, "tolerated": ("protocol", "truncated")}

    def padded(body: bytes) -> bytes:
        return b"".join(chunk(piece, size=b"%-6x" % len(piece)) for piece in pieces(body, 700)) + b"0     \r\n\r\n"

    def lf_sizes(body: bytes) -> bytes:
        return b"".join(b"%x\n" % len(piece) + piece + CRLF for piece in pieces(body, 700)) + b"0\n\r\n"

    return [
        _chunks("chunked-padded-sizes", "sizes filled up with spaces: old Apache and many appliances", padded, **loose),
        _chunks("chunked-lf-only", "LF alone in the framing", lambda body: chunked(body, eol=b"\n"), **loose),
        _chunks("chunked-lf-sizes", "LF after the size, CRLF after the data", lf_sizes, **loose),
        _chunks(
            "chunked-space-extension",
            "white space before the semicolon (BWS)",
            lambda body: chunked(body, extension=b" ; a = b"),
            **loose,
        ),
    ]


def _wrong() -> list[Case]:
    """A size that cannot be read: the connection is of no use any more (RFC 9112 §7.1, §11.2)."""

    def wrong(name: str, reason: str, tail: Callable[[bytes], bytes]) -> Case:
        body = page(name)
        return row(
            name,
            reason,
            start() + chunk(body[:600]) + tail(body[600:]),
            then=_CLOSE,
            **{**malformed("truncated"), "status": 200},
        )

    return [
        wrong("chunked-size-word", "a size that is no number", lambda rest: b"zz\r\n" + rest + b"\r\n0\r\n\r\n"),
        wrong(
            "chunked-size-prefixed",
            "`0x1f4`: readers disagree, smugglers profit",
            lambda rest: b"0x%x\r\n" % len(rest) + rest + b"\r\n0\r\n\r\n",
        ),
        wrong("chunked-size-negative", "a negative size", lambda rest: b"-5\r\n" + rest + b"\r\n0\r\n\r\n"),
        wrong("chunked-size-empty", "an empty size line", lambda rest: b"\r\n" + rest + b"\r\n0\r\n\r\n"),
        wrong(
            "chunked-size-overflow",
            "2**64 + 5: wraps in C",
            lambda rest: b"10000000000000005\r\n" + rest[:5] + b"\r\n0\r\n\r\n",
        ),
        wrong(
            "chunked-data-too-long",
            "more data than the size says",
            lambda rest: chunk(rest, size=b"%x" % (len(rest) - 7)) + b"0\r\n\r\n",
        ),
        wrong("chunked-not-at-all", "announced and not done: the rest of the page stands where a size should", lambda rest: rest),
    ]


def _cut() -> list[Case]:
    def at(
        name: str, reason: str, message: Callable[[bytes], bytes], arrived: Callable[[bytes], bytes], *, tolerate: bool = False
    ) -> Case:
        body = page(name)
        whole: Changes = {"payload": arrived(body), "status": 200}
        outcome = cut_off("truncated", None) if tolerate else cut_off()
        return row(name, reason, start() + message(body), then=_CLOSE, **{**outcome, **whole})

    return [
        at(
            "chunked-cut-in-data",
            "RFC 9112 §8: incomplete without the last chunk; the application died",
            lambda body: chunk(body[:700]) + b"2bc\r\n" + body[700:1000],
            lambda body: body[:1000],
        ),
        at("chunked-cut-in-size", "cut inside a size line", lambda body: chunk(body[:700]) + b"2b", lambda body: body[:700]),
        at(
            "chunked-cut-between",
            "cut between two chunks",
            lambda body: chunk(body[:700]) + chunk(body[700:1400]),
            lambda body: body[:1400],
        ),
        at("chunked-cut-before-last", "all data is there, the last chunk is not", lambda body: chunk(body), lambda body: body),
        at(
            "chunked-no-final-crlf",
            "`0 CRLF`, but not the empty line: the data is whole, the message is not; readers differ",
            lambda body: chunk(body) + b"0\r\n",
            lambda body: body,
            tolerate=True,
        ),
        at(
            "chunked-cut-in-trailer",
            "cut inside a trailer line",
            lambda body: chunk(body) + b"0\r\nX-Check",
            lambda body: body,
            tolerate=True,
        ),
        at(
            "chunked-gzip-cut",
            "packed and cut: what can be unpacked is still no article",
            lambda body: chunk(gz(body)[:300]) + b"fff\r\n" + gz(body)[300:500],
            lambda body: gz(body)[:500],
        ),
    ]
