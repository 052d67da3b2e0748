"""Status lines (RFC 9112 §4) and what comes in their place."""

from __future__ import annotations

from typing import Any

from ..messages import CLOSE, HTML, malformed, message, page, row, story
from ..model import Case, Close, Limits, Steps


def rows(_: Limits) -> list[Case]:
    return [*_reasons(), *_versions(), *_codes()]


def _line(name: str, reason: str, line: bytes, *, legal: bool = True, then: Steps = (), **changes: Any) -> Case:
    """An article page under ``line``."""
    return story(name, reason, lambda body: message(body, HTML, status=line), then=then, legal=legal, **changes)


def _reasons() -> list[Case]:
    return [
        _line("reason-empty", "RFC 9112 §4: the reason may be empty, its space may not", b"HTTP/1.1 200 "),
        _line("reason-missing", "no reason and no space: Cloudflare and HTTP/2 gateways", b"HTTP/1.1 200", legal=False),
        _line("reason-latin-one", "IIS in its own language, obs-text", b"HTTP/1.1 200 Anfrage erf\xfcllt"),
        _line("reason-utf-eight", "node `res.statusMessage` in UTF-8", "HTTP/1.1 200 Всё хорошо".encode()),
        _line("reason-long", "a reason of 2 KB", b"HTTP/1.1 200 OK " + b"and well " * 220),
        _line("reason-odd", "RFC 9112 §4: the words mean nothing, whatever they say", b"HTTP/1.1 200 Error: 404: not found"),
        _line("reason-tab", "a tab inside the reason is legal", b"HTTP/1.1 200 O\tK"),
    ]


def _versions() -> list[Case]:
    close = (Close(),)
    return [
        _line("version-one-zero", "python -m http.server; not kept alive", b"HTTP/1.0 200 OK", then=close),
        _line("version-one-two", "RFC 9110 §2.5: a higher minor version is read as the highest known", b"HTTP/1.2 200 OK"),
        _line(
            "version-lower-case",
            "RFC 9112 §2.3: the name is case-sensitive; cameras send it so",
            b"http/1.1 200 OK",
            legal=False,
            tolerated=("protocol",),
        ),
        _line(
            "version-http-two",
            "HTTP/2 in an HTTP/1 line: broken gateways",
            b"HTTP/2 200 OK",
            legal=False,
            tolerated=("protocol",),
            then=close,
        ),
        row(
            "version-icy",
            "SHOUTcast writes ICY in place of HTTP/1.0",
            message(page("version-icy"), HTML, status=b"ICY 200 OK"),
            then=close,
            **malformed(None),
        ),
    ]


def _codes() -> list[Case]:
    def bad(name: str, reason: str, line: bytes) -> Case:
        return row(name, reason, message(page(name), CLOSE, HTML, status=line), then=(Close(),), **malformed("http_status", None))

    return [
        _line(
            "status-spaces",
            "RFC 9112 §4: a recipient may split at any white space",
            b"HTTP/1.1  200   OK",
            legal=False,
            tolerated=("protocol",),
        ),
        _line("status-unknown-success", "RFC 9110 §15: an unknown 2xx is read as 200", b"HTTP/1.1 299 Strange", status=299),
        _line(
            "status-unknown-error",
            "RFC 9110 §15: an unknown 5xx is read as 500",
            b"HTTP/1.1 599 Odd",
            status=599,
            failure="http_status",
            article=False,
        ),
        _line(
            "status-nine-nine-nine",
            "LinkedIn's answer to robots; outside 100 to 599, read it as a 5xx",
            b"HTTP/1.1 999 Denied",
            status=999,
            failure="http_status",
            tolerated=("protocol",),
            article=False,
            legal=False,
        ),
        bad("status-two-digits", "a status of two digits", b"HTTP/1.1 20 OK"),
        bad("status-four-digits", "a status of four digits", b"HTTP/1.1 2000 OK"),
        bad("status-word", "the number is missing", b"HTTP/1.1 OK"),
        bad("status-negative", "a sign before the number", b"HTTP/1.1 -200 OK"),
    ]
