"""Interim responses (RFC 9110 §15.2): any number of 1xx messages before the final one; no part of the `response` block."""

from __future__ import annotations

from typing import Any

from ..messages import CLOSE, HTML, Changes, cut_off, lost, message, page, row, story
from ..model import Case, Close, Limits, Pause, Reset, Send, Steps, Tag

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\nX-Progress: 10%\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload; as=style\r\nlink: </b.js>; rel=preload\r\n\r\n"
_TAGS: frozenset[Tag] = frozenset({"interim"})


def rows(limits: Limits) -> list[Case]:
    pause = Pause(limits.pause_s)

    def apart(name: str, *messages: bytes) -> Steps:
        steps: list[Send | Pause] = []
        for interim in messages:
            steps += [Send(interim=interim), pause]
        return (*steps, Send(_final(name)))

    def with_interim(name: str, reason: str, *messages: bytes, split: bool = False, **changes: Any) -> Case:
        steps = apart(name, *messages) if split else None
        return story(
            name,
            reason,
            lambda body: message(body, HTML),
            interim=b"".join(messages),
            tags=_TAGS,
            steps=(lambda _: steps) if steps else None,
            **changes,
        )

    inside = (
        Send(interim=HINTS[:30]),
        pause,
        Send(interim=HINTS[30:-1]),
        pause,
        Send(interim=HINTS[-1:], response=_final("hints-split-inside")[:7]),
        pause,
        Send(_final("hints-split-inside")[7:]),
    )
    return [
        with_interim("continue-unasked", "100 without Expect: IIS", CONTINUE),
        with_interim("continue-apart", "100 in a segment of its own", CONTINUE, split=True),
        with_interim("processing-apart", "102 (RFC 2518)", PROCESSING, PROCESSING, split=True),
        with_interim("hints-same-segment", "103 (RFC 8297) in the segment of the final response", HINTS),
        with_interim("hints-apart", "103 at once, the page later: what it is for", HINTS, split=True),
        with_interim("hints-several", "several 103 and a 100, all in one segment", HINTS, CONTINUE, HINTS),
        with_interim("hints-several-apart", "several, each in its segment", HINTS, PROCESSING, HINTS, split=True),
        story(
            "hints-split-inside",
            "segments end inside the 103 and inside the final status line",
            lambda body: message(body, HTML),
            interim=HINTS,
            steps=lambda _: inside,
            tags=_TAGS,
        ),
        with_interim("interim-unknown", "RFC 9110 §15.2: a client must take any 1xx", b"HTTP/1.1 142 Whatever\r\n\r\n"),
        with_interim(
            "interim-length",
            "a 1xx never has a body, whatever its Content-Length says",
            b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n",
            legal=False,
            tolerated=("protocol",),
        ),
        with_interim(
            "interim-one-zero",
            "RFC 9110 §15.2: not in HTTP/1.0, yet there",
            b"HTTP/1.0 100 Continue\r\n\r\n",
            legal=False,
            tolerated=("protocol",),
        ),
        with_interim("interim-bare-lf", "a 103 with LF alone", HINTS.replace(b"\r\n", b"\n"), legal=False),
        _with_surplus(),
        *_ends(pause),
    ]


def _final(name: str) -> bytes:
    return message(page(name), HTML)


def _with_surplus() -> Case:
    surplus = message(b"<p>POISON after hints", HTML)
    return story(
        "hints-and-surplus",
        "interim before and surplus after, all in one segment",
        lambda body: message(body, HTML),
        interim=HINTS,
        surplus_early=surplus,
        legal=False,
        tags=frozenset({"interim", "surplus"}),
    )


def _ends(pause: Pause) -> list[Case]:
    """Interim, and then no final response: there is no `response` record, only what the metadata record keeps."""
    none: Changes = {**cut_off("truncated", "reset"), "status": None, "tags": _TAGS}
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    return [
        row("hints-then-cut", "103, then FIN", b"", interim=HINTS, steps=(Send(interim=HINTS), pause, Close()), **none),
        row(
            "hints-then-reset",
            "103, then RST",
            b"",
            interim=HINTS,
            steps=(Send(interim=HINTS), pause, Reset()),
            **{**none, **cut_off("reset", "truncated")},
        ),
        row(
            "hints-cut-inside",
            "a 103 that is cut inside itself; whether its bytes are called interim is open",
            b"",
            interim=HINTS[:40],
            steps=(Send(interim=HINTS[:40]), pause, Close()),
            **none,
        ),
        row(
            "switching-unasked",
            "101 nobody asked for (RFC 9110 §15.2.2): what follows is not HTTP",
            b"",
            interim=upgrade,
            steps=(Send(interim=upgrade), pause, Close()),
            **{**lost("protocol", "truncated"), "status": None, "tags": _TAGS},
        ),
        story(
            "continue-then-close",
            "100, then a close-delimited page",
            lambda body: message(body, HTML, CLOSE),
            interim=CONTINUE,
            then=(Close(),),
            tags=_TAGS,
        ),
    ]
