"""How connections live and die (RFC 9112 §9): persistence, stale ones, resets, and answers that are not HTTP at all."""

from __future__ import annotations

from ..messages import (
    CHUNKED,
    CLOSE,
    HTML,
    KEEP,
    USUAL,
    Changes,
    chunk,
    cut_off,
    head,
    length,
    malformed,
    message,
    page,
    plain,
    row,
)
from ..model import Case, Close, Limits, Pause, Reset, Send, Steps, Tag

_KEPT: frozenset[Tag] = frozenset({"keep-alive"})
_CLOSE: Steps = (Close(),)


def rows(limits: Limits) -> list[Case]:
    return [*_persistence(), *_stale(limits), *_nothing(), *_resets(limits), *_half_heads(limits), *_not_http(), *_on_accept()]


def _persistence() -> list[Case]:
    return [
        plain("says-close", "RFC 9112 §9.6", CLOSE, then=_CLOSE),
        plain(
            "says-close-capital",
            "connection options are case-insensitive; Twisted compares `close` case-sensitively",
            b"Connection: Close",
            then=_CLOSE,
        ),
        plain("says-close-in-list", "`close` wins, wherever it stands", b"Connection: keep-alive, Close", then=_CLOSE),
        plain("says-close-two-lines", "the same, over two lines", KEEP, b"connection: CLOSE", then=_CLOSE),
        plain("says-close-stays-open", "says close, and leaves the end to the client", CLOSE, tags=_KEPT),
        plain("says-keep-alive-closes", "says keep-alive, then closes: worker recycled", KEEP, then=_CLOSE, tags=_KEPT),
        *(
            plain(
                f"kept-alive-{word}",
                "RFC 9112 §9.3: several exchanges on one connection do not mix",
                b"X-Order: " + word.encode(),
                tags=_KEPT,
            )
            for word in ("first", "second", "third")
        ),
        plain("kept-alive-options", "options with commas and odd white space", b"Connection:  ,keep-alive ,,  x-hop", tags=_KEPT),
    ]


def _stale(limits: Limits) -> list[Case]:
    """The answer is fine, the connection is not: an exchange without a response byte, and the request is sent again."""
    return [
        plain("idle-close", "the server's idle time is over: FIN without notice", then=(Pause(limits.idle_s), Close()), tags=_KEPT),
        plain(
            "idle-reset",
            "a firewall forgets the connection: RST without notice",
            then=(Pause(limits.idle_s), Reset()),
            tags=_KEPT,
        ),
        plain(
            "stale-close",
            "RFC 9112 §9.3.1: FIN crosses the next request, which is not answered",
            next_request=_CLOSE,
            tags=_KEPT,
        ),
        plain("stale-reset", "the same with RST", next_request=(Reset(),), tags=_KEPT),
    ]


def _nothing() -> list[Case]:
    none: Changes = {**cut_off("reset", "truncated"), "status": None, "truncated": None}
    return [
        row("empty-reply", "FIN in place of an answer; curl's error 52", b"", steps=_CLOSE, **none),
        row("reset-at-once", "RST in place of an answer", b"", steps=(Reset(),), **none),
    ]


def _resets(limits: Limits) -> list[Case]:
    """RST a moment after the last byte, so that the kernel has handed out what came before."""
    reset: Steps = (Pause(limits.pause_s), Reset())

    def broken(
        name: str, reason: str, sent: bytes, payload: bytes | None, status: int | None = 200, tolerate: bool = False
    ) -> Case:
        outcome = cut_off("reset", "truncated", None) if tolerate else cut_off("reset", "truncated")
        return row(name, reason, sent, then=reset, **{**outcome, "payload": payload, "status": status})

    def start(name: str) -> bytes:
        return head(*USUAL, HTML, length(page(name)))

    body = page("reset-in-chunks")
    return [
        broken("reset-in-status-line", "RST inside the first line", b"HTTP/1.1 20", None, None),
        broken("reset-in-head", "RST inside a field line", start("reset-in-head")[:60], None),
        broken("reset-after-head", "RST before the body", start("reset-after-head"), b""),
        broken(
            "reset-in-body",
            "RST inside a body with a length",
            start("reset-in-body") + page("reset-in-body")[:800],
            page("reset-in-body")[:800],
        ),
        broken(
            "reset-in-chunks",
            "RST inside a chunk",
            head(*USUAL, HTML, CHUNKED) + chunk(body[:600]) + b"1f4\r\n" + body[600:800],
            body[:800],
        ),
        broken(
            "reset-close-delimited",
            "RST where FIN would be the end: nobody can tell that the page is whole",
            head(*USUAL, HTML, CLOSE) + page("reset-close-delimited"),
            page("reset-close-delimited"),
            tolerate=True,
        ),
        plain(
            "reset-after-all",
            "RST after a whole message: servers that close with input unread",
            CLOSE,
            then=reset,
            tolerated=("reset",),
        ),
    ]


def _half_heads(limits: Limits) -> list[Case]:
    def half(name: str, reason: str, sent: bytes, *tolerated: None) -> Case:
        outcome = cut_off("truncated", "protocol", "reset", *tolerated)
        return row(name, reason, sent, then=(Pause(limits.pause_s), Close()), **{**outcome, "status": None})

    usual = head(*USUAL, HTML)
    return [
        half("half-status-line", "FIN inside the status line", b"HTTP/1.1 200 O"),
        half("half-head", "FIN inside a field line", usual[:70]),
        half("half-head-at-line", "FIN after a field line, before the empty line", usual[:-2]),
        half("half-head-cr", "FIN after the last CR", usual[:-1]),
    ]


def _not_http() -> list[Case]:
    def odd(name: str, reason: str, sent: bytes, *tolerated: None) -> Case:
        return row(name, reason, sent, then=_CLOSE, **malformed("truncated", "reset", *tolerated))

    alert = b"\x15\x03\x01\x00\x02\x02\x28"
    return [
        odd("garbage-text", "another protocol: an SMTP greeting", b"220 mail.example ESMTP ready\r\n500 unknown command\r\n"),
        odd("garbage-binary", "a TLS alert on a plain port", alert),
        odd("garbage-nul", "a file of zeros", bytes(5000)),
        odd("garbage-blank", "nothing but line ends", b"\r\n" * 40),
        odd("garbage-long", "40 KB without a line end", b"A" * 40_000),
        odd("bare-body", "HTTP/0.9: no head at all; browsers dropped it in 2016", page("bare-body")),
        odd("json-in-place-of-head", "the body alone: the framework's head was lost", b'{"error": "json-in-place-of-head"}\n'),
        odd("request-echoed", "an echo service", b"GET /section/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    ]


def _on_accept() -> list[Case]:
    """Played before the request is read; reached by ``WireServer(on_accept=…)``."""
    return [
        row(
            "accept-close",
            "closes what it accepts: a full backlog",
            b"",
            steps=_CLOSE,
            listed=False,
            on_accept=True,
            **{**cut_off("reset", "truncated"), "status": None, "truncated": None},
        ),
        row(
            "accept-reset",
            "resets what it accepts: a port that a firewall guards",
            b"",
            steps=(Reset(),),
            listed=False,
            on_accept=True,
            **{**cut_off("reset", "truncated"), "status": None, "truncated": None},
        ),
        row(
            "accept-banner",
            "speaks first, and not HTTP: SSH",
            b"SSH-2.0-OpenSSH_9.6\r\n",
            then=(Pause(0.1), Close()),
            listed=False,
            on_accept=True,
            **malformed("truncated", "reset"),
        ),
        row(
            "accept-response",
            "answers before it was asked: a response on a fresh connection belongs to nobody (RFC 9112 §9.2)",
            message(page("accept-response"), HTML),
            steps=(Send(message(page("accept-response"), HTML)), Pause(0.1), Close()),
            listed=False,
            on_accept=True,
            **malformed(None, "truncated", "reset"),
        ),
    ]
