"""Builders: HTTP messages as bytes, and rows of the table out of them. Nothing is parsed here."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

from archiver.model import FailureReason

from . import pages
from .model import Case, Expectation, Pause, Send, Step, Steps, Turn

OK = b"HTTP/1.1 200 OK"
CRLF = b"\r\n"
USUAL = (b"Date: Sat, 14 Mar 2026 08:31:07 GMT", b"Server: Wire/1")
HTML = b"Content-Type: text/html; charset=utf-8"
CHUNKED = b"Transfer-Encoding: chunked"
CLOSE = b"Connection: close"
KEEP = b"Connection: keep-alive"


# What a row states in place of the usual: fields of `Expectation` (truncated, payload, text, status, delivered, failure,
# tolerated, prefix, article) and of `Case` (path, href, title, legal, listed, tls_only, on_accept, next_request, tags).
Changes = dict[str, Any]

_OF_CASE = frozenset({"path", "href", "title", "legal", "listed", "tls_only", "on_accept", "next_request", "tags"})


def path_of(name: str) -> str:
    return f"/section/2026/03/14/{name}.html"


def page(name: str) -> bytes:
    """The article page of a row, UTF-8."""
    return pages.article(name).encode()


def head(*lines: bytes, status: bytes = OK, eol: bytes = CRLF) -> bytes:
    return eol.join([status, *lines, b"", b""])


def length(body: bytes) -> bytes:
    return b"Content-Length: %d" % len(body)


def message(body: bytes, *lines: bytes, status: bytes = OK) -> bytes:
    """A plain message: the usual head, ``lines``, Content-Length, body."""
    return head(*USUAL, *lines, length(body), status=status) + body


def chunk(data: bytes, *, size: bytes | None = None, extension: bytes = b"", eol: bytes = CRLF) -> bytes:
    return (b"%x" % len(data) if size is None else size) + extension + eol + data + eol


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


def chunked(body: bytes, size: int = 700, *, trailers: Iterable[bytes] = (), **shape: Any) -> bytes:
    """``body`` in chunks of ``size`` bytes (the last one shorter), last chunk, trailers."""
    eol: bytes = shape.get("eol", CRLF)
    return b"".join(chunk(piece, **shape) for piece in pieces(body, size)) + eol.join([b"0", *trailers, b"", b""])


def cut(data: bytes, positions: Iterable[int], pause_s: float) -> Steps:
    """``data`` in segments that end at ``positions``, a pause between any two."""
    marks = [0, *sorted(set(positions) - {0, len(data)}), len(data)]
    steps: list[Step] = []
    for start, end in itertools.pairwise(marks):
        steps += [Send(data[start:end]), Pause(pause_s)]
    return tuple(steps[:-1])


def row(
    name: str,
    reason: str,
    response: bytes,
    *,
    steps: Steps | None = None,
    then: Steps = (),
    interim: bytes = b"",
    surplus_early: bytes = b"",
    surplus_late: bytes = b"",
    **changes: Any,
) -> Case:
    """One row of one turn. Unless ``steps`` are given all goes out in one segment; ``then`` follows either way."""
    of_case = {key: value for key, value in changes.items() if key in _OF_CASE}
    of_expectation = {key: value for key, value in changes.items() if key not in _OF_CASE}
    if steps is None:
        steps = (Send(response, interim=interim, surplus=surplus_early),)
    expect = Expectation(response, interim=interim, surplus_early=surplus_early, surplus_late=surplus_late, **of_expectation)
    of_case = {"path": path_of(name), "title": pages.title_of(name), **of_case}
    return Case(name=name, reason=reason, turns=(Turn((*steps, *then), expect),), **of_case)


def story(
    name: str,
    reason: str,
    build: Callable[[bytes], bytes],
    *,
    coded: Callable[[bytes], bytes] | None = None,
    steps: Callable[[bytes], Steps] | None = None,
    then: Steps = (),
    interim: bytes = b"",
    surplus_early: bytes = b"",
    surplus_late: bytes = b"",
    **changes: Any,
) -> Case:
    """An article page in an odd wrapping: ``build`` makes the message out of the body; ``coded`` is its content coding."""
    text = pages.article(name)
    payload = coded(text.encode()) if coded else text.encode()
    response = build(payload)
    usual: Changes = {"payload": payload, "text": text, "article": True}
    return row(
        name, reason, response, steps=steps(response) if steps else None, then=then,
        interim=interim, surplus_early=surplus_early, surplus_late=surplus_late, **{**usual, **changes},
    )  # fmt: skip


def plain(name: str, reason: str, *lines: bytes, status: bytes = OK, then: Steps = (), **changes: Any) -> Case:
    """An article page with ``lines`` in an otherwise usual head."""
    return story(name, reason, lambda body: message(body, HTML, *lines, status=status), then=then, **changes)


def lost(failure: FailureReason, *tolerated: FailureReason | None) -> Changes:
    """No Response reaches the crawler, and no payload can be told."""
    return {
        "failure": failure, "tolerated": tolerated, "delivered": False, "payload": None, "text": None,
        "article": False, "legal": False,
    }  # fmt: skip


def malformed(*tolerated: FailureReason | None) -> Changes:
    """Not HTTP: the client may hang up at the first byte that shows it."""
    return {**lost("protocol", *tolerated), "status": None, "prefix": True}


def cut_off(failure: FailureReason = "truncated", *tolerated: FailureReason | None) -> Changes:
    """The connection ended before the message did; the row states the payload that arrived."""
    return {**lost(failure, *tolerated), "truncated": "disconnect"}
