"""How long a body is without chunks (RFC 9112 §6.3): Content-Length in all its forms, or the close of the connection."""

from __future__ import annotations

from collections.abc import Callable

from ..messages import (
    CLOSE,
    HTML,
    KEEP,
    USUAL,
    Changes,
    cut,
    cut_off,
    head,
    length,
    malformed,
    message,
    page,
    plain,
    row,
    story,
)
from ..model import Case, Close, HalfClose, Limits, Pause, Steps

_CLOSE: Steps = (Close(),)
_ONE_ZERO = b"HTTP/1.0 200 OK"


def rows(limits: Limits) -> list[Case]:
    return [*_by_close(limits), *_by_length(), *_odd_length(), *_cut()]


def _by_close(limits: Limits) -> list[Case]:
    def bare(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> Callable[[bytes], bytes]:
        return lambda body: head(*USUAL, HTML, *lines, status=status) + body

    half = bare(CLOSE)
    return [
        story("close-delimited", "RFC 9112 §6.3 rule 8: neither length nor chunks; old CGIs", half, then=_CLOSE),
        story("close-delimited-unsaid", "the same without `Connection: close`", bare(), then=_CLOSE),
        story("close-delimited-keep-alive", "…and with `keep-alive`, which cannot be true", bare(KEEP), then=_CLOSE),
        story(
            "close-delimited-apart",
            "FIN comes a while after the last byte",
            half,
            steps=lambda data: cut(data, [len(data) // 2], limits.pause_s),
            then=(Pause(limits.pause_s), Close()),
        ),
        story("close-delimited-half", "the server half-closes and waits for the client to close", half, then=(HalfClose(),)),
        row(
            "close-delimited-empty",
            "a head, then the end: a body of no bytes",
            head(*USUAL, HTML, CLOSE),
            text="",
            then=_CLOSE,
            tolerated=("not_html", "extraction"),
        ),
        story("one-zero-close", "HTTP/1.0 without a length", bare(status=_ONE_ZERO), then=_CLOSE),
        story(
            "close-delimited-no-alert",
            "RFC 9112 §9.8: over TLS an end without close_notify may be a cut; many servers end so",
            half,
            then=(Close(notify=False),),
            tls_only=True,
            tolerated=("truncated",),
        ),
        story(
            "length-no-alert",
            "…but with Content-Length the message is whole all the same",
            lambda body: message(body, HTML, CLOSE),
            then=(Close(notify=False),),
            tls_only=True,
        ),
    ]


def _by_length() -> list[Case]:
    return [
        plain("one-zero-length", "HTTP/1.0 with Content-Length, closed", status=_ONE_ZERO, then=_CLOSE),
        plain(
            "one-zero-keep-alive",
            "RFC 9112 §9.3: HTTP/1.0 that stays open by `Connection: keep-alive`",
            KEEP,
            b"Keep-Alive: timeout=5, max=100",
            status=_ONE_ZERO,
        ),
        row("length-zero", "a page of no bytes", message(b"", HTML), text="", tolerated=("not_html", "extraction")),
        story(
            "length-equal-lines",
            "RFC 9110 §8.6: equal Content-Lengths are one; proxies add their own",
            lambda body: head(*USUAL, HTML, length(body), b"X-Between: v", length(body)) + body,
            legal=False,
            tolerated=("protocol",),
        ),
        story(
            "length-equal-list",
            "the same, joined by a proxy",
            lambda body: head(*USUAL, HTML, length(body) + b", %d" % len(body)) + body,
            legal=False,
            tolerated=("protocol",),
        ),
        story("length-leading-zeros", "1*DIGIT", lambda body: head(*USUAL, HTML, b"Content-Length: 000%d" % len(body)) + body),
        story(
            "length-padded",
            "white space round the number",
            lambda body: head(*USUAL, HTML, b"Content-Length:  \t%d \t" % len(body)) + body,
        ),
    ]


def _odd_length() -> list[Case]:
    """RFC 9112 §6.3 rule 5: without a valid length the client must close and discard; what arrived is kept."""

    def odd(name: str, reason: str, lines: tuple[bytes, ...], *tolerated: None) -> Case:
        response = head(*USUAL, HTML, *lines, CLOSE) + page(name)
        return row(name, reason, response, then=_CLOSE, **{**malformed("truncated", *tolerated), "status": 200})

    size = len(page("length-plus-sign"))
    return [
        odd(
            "length-conflict-lines",
            "two lengths that differ: response splitting",
            (b"Content-Length: 40", b"Content-Length: 400"),
        ),
        odd("length-conflict-list", "two lengths that differ, in one line", (b"Content-Length: 40, 400",)),
        odd("length-negative", "`%d` of a value that nobody set", (b"Content-Length: -1",)),
        odd("length-word", "a template that was not filled in", (b"Content-Length: {{size}}",)),
        odd("length-empty", "an empty value; browsers read on to the close", (b"Content-Length:",), None),
        odd("length-plus-sign", "int() takes it, the grammar does not", (b"Content-Length: +%d" % size,), None),
        odd("length-decimal", "a float", (b"Content-Length: 120.0",)),
        odd("length-hex", "a hexadecimal number", (b"Content-Length: 0x40",)),
        odd("length-superscript", "digits to str.isdigit, not to the grammar", ("Content-Length: ²²".encode(),)),
    ]


def _cut() -> list[Case]:
    def short(name: str, reason: str, arrived: int | None, *lines: bytes) -> Case:
        body = page(name)
        part = body[:arrived]
        whole: Changes = {"payload": part, "status": 200}
        announced = head(*USUAL, HTML, *lines, b"Content-Length: %d" % (len(body) + 100))
        return row(name, reason, announced + part, then=_CLOSE, **{**cut_off(), **whole})

    return [
        short("length-too-long", "RFC 9112 §8: fewer bytes than announced, then FIN: Content-Length counted characters", None),
        short("length-cut-early", "cut after 200 bytes", 200),
        short("length-cut-at-head", "the head, and not one byte of the body", 0),
        short("length-cut-said-close", "cut, with `Connection: close`: not the same as close-delimited", 900, CLOSE),
    ]
