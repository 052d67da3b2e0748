"""Bytes after the end of a message (RFC 9112 §9.2, §11.2): early, in its last segment, or late, on the idle connection.

They belong to no request. A client keeps them apart and never uses the connection again; else they become the response
of the next URL.
"""

from __future__ import annotations

from typing import Any

from ..messages import CHUNKED, CLOSE, HTML, USUAL, chunked, head, message, page, path_of, row, story
from ..model import Case, Close, Idle, Limits, Pause, Send, Steps, Tag, WaitFor

POISON = message(b"<html><title>POISON</title><p>POISON: this text must never stand under any URL.", HTML)
TIMEOUT = head(b"Connection: close", b"Content-Length: 0", status=b"HTTP/1.1 408 Request Time-out")
LATE_EVENT = "late-surplus"
_TAGS: frozenset[Tag] = frozenset({"surplus", "keep-alive"})


def rows(limits: Limits) -> list[Case]:
    return [*_early(limits), *_late(limits)]


def _early(limits: Limits) -> list[Case]:
    def early(name: str, reason: str, surplus: bytes, **changes: Any) -> Case:
        return story(name, reason, lambda body: message(body, HTML), surplus_early=surplus, legal=False, tags=_TAGS, **changes)

    def short(name: str, reason: str, *lines: bytes, then: Steps = ()) -> Case:
        body, size = page(name), 1100
        announced = head(*USUAL, HTML, *lines, b"Content-Length: %d" % size)
        return row(
            name,
            reason,
            announced + body[:size],
            payload=body[:size],
            text=body[:size].decode(),
            surplus_early=body[size:],
            then=then,
            legal=False,
            tags=_TAGS,
            tolerated=("truncated", "protocol"),
        )

    empty = head(*USUAL, status=b"HTTP/1.1 204 No Content")
    unchanged = head(*USUAL, HTML, b"Content-Length: 500", status=b"HTTP/1.1 304 Not Modified")
    hop = message(b"", b"Location: " + path_of("surplus-redirect-target").encode(), status=b"HTTP/1.1 302 Found")
    return [
        early("surplus-response", "a whole other response in the same segment: response splitting", POISON),
        early("surplus-crlf", "CRLF after the body: old servers, and old clients' POST", b"\r\n"),
        early("surplus-garbage", "a debugging footer that Content-Length does not know", b"\n<!-- generated in 0.3 s -->"),
        early("surplus-nul", "padding to a buffer's size", bytes(300)),
        early("surplus-then-close", "surplus, then FIN", POISON, then=(Close(),)),
        early("surplus-large", "60 KB: more than one read", POISON * 500),
        story(
            "surplus-after-chunks",
            "after the last chunk",
            lambda body: head(*USUAL, HTML, CHUNKED) + chunked(body),
            surplus_early=POISON,
            legal=False,
            tags=_TAGS,
        ),
        short("length-too-short", "Content-Length counted characters, not bytes: the page is cut, its rest is surplus"),
        short("length-too-short-close", "the same with `Connection: close`: browsers cut as well", CLOSE, then=(Close(),)),
        row(
            "surplus-no-content",
            "a body after 204",
            empty,
            status=204,
            text=None,
            surplus_early=POISON,
            legal=False,
            tags=_TAGS,
            tolerated=("not_html", "http_status", "extraction"),
        ),
        row(
            "surplus-not-modified",
            "a body after 304: servers that take Content-Length at its word",
            unchanged,
            status=304,
            text=None,
            surplus_early=b"<p>POISON" + bytes(491),
            failure="http_status",
            tolerated=(None, "not_html"),
            legal=False,
            tags=_TAGS,
        ),
        row(
            "surplus-length-zero",
            "a body after `Content-Length: 0`",
            message(b"", HTML),
            text="",
            surplus_early=POISON,
            legal=False,
            tags=_TAGS,
            tolerated=("not_html", "extraction"),
        ),
        row(
            "surplus-redirect",
            "surplus after a redirect: the hop is taken on another connection",
            hop,
            status=302,
            text=None,
            surplus_early=POISON,
            legal=False,
            tags=_TAGS | {"redirect"},
        ),
        story("surplus-redirect-target", "where surplus-redirect leads", lambda body: message(body, HTML), listed=False),
        story(
            "surplus-in-pieces",
            "one surplus byte with the end, the rest a moment later",
            lambda body: message(body, HTML),
            steps=lambda data: (Send(data, surplus=POISON[:1]), Pause(limits.pause_s), Send(surplus=POISON[1:])),
            surplus_early=POISON[:1],
            surplus_late=POISON[1:],
            legal=False,
            tags=_TAGS,
        ),
    ]


def _late(limits: Limits) -> list[Case]:
    def late(name: str, reason: str, surplus: bytes, wait: Idle | WaitFor, *after: Close, listed: bool = True) -> Case:
        return story(
            name,
            reason,
            lambda body: message(body, HTML),
            steps=lambda data: (Send(data), wait, Send(surplus=surplus), *after),
            surplus_late=surplus,
            legal=False,
            listed=listed,
            tags=_TAGS,
        )

    idle = Idle(limits.idle_s)
    return [
        late("late-response", "desynchronisation: another response while the connection idles", POISON, idle),
        late("late-crlf", "CRLF some time after the body", b"\r\n", idle),
        late("late-garbage", "log output on the wrong file descriptor", b"[warn] worker 7 restarted\n", idle),
        late(
            "late-time-out",
            "HAProxy and Apache say 408 on an idle connection, then close (RFC 9110 §15.5.9)",
            TIMEOUT,
            idle,
            Close(),
        ),
        late("late-on-signal", "the same as late-response, when the test says so", POISON, WaitFor(LATE_EVENT), listed=False),
        story(
            "late-after-chunks",
            "late, after a chunked message",
            lambda body: head(*USUAL, HTML, CHUNKED) + chunked(body),
            steps=lambda data: (Send(data), idle, Send(surplus=POISON)),
            surplus_late=POISON,
            legal=False,
            tags=_TAGS,
        ),
        row(
            "late-no-content",
            "late, after 204",
            head(*USUAL, status=b"HTTP/1.1 204 No Content"),
            steps=(Send(head(*USUAL, status=b"HTTP/1.1 204 No Content")), idle, Send(surplus=POISON)),
            surplus_late=POISON,
            status=204,
            text=None,
            legal=False,
            tags=_TAGS,
            tolerated=("not_html", "http_status", "extraction"),
        ),
    ]
