"""Status codes (RFC 9110 §15): what has no body, what is no page, what to try again, where to go instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..messages import CLOSE, HTML, USUAL, Changes, head, message, page, path_of, plain, row, story
from ..model import Case, Close, Limits, Steps, Tag

_RETRY: frozenset[Tag] = frozenset({"retry"})
_REDIRECT: frozenset[Tag] = frozenset({"redirect"})


def rows(_: Limits) -> list[Case]:
    return [*_bodiless(), *_refused(), *_errors(), *_again(), *_redirects(), *_odd_redirects()]


def _bodiless() -> list[Case]:
    nothing: Changes = {"text": None, "tolerated": ("not_html", "http_status", "extraction")}
    return [
        row(
            "no-content",
            "204 ends with its head (RFC 9112 §6.3 rule 1)",
            head(*USUAL, status=b"HTTP/1.1 204 No Content"),
            status=204,
            **nothing,
        ),
        row(
            "no-content-length-zero",
            "204 with `Content-Length: 0`, which RFC 9110 §8.6 forbids",
            head(*USUAL, b"Content-Length: 0", status=b"HTTP/1.1 204 No Content"),
            status=204,
            legal=False,
            **nothing,
        ),
        row(
            "not-modified-length",
            "304 names the length that a 200 would have; no body follows",
            head(*USUAL, HTML, b"Content-Length: 4321", b'ETag: "v1"', status=b"HTTP/1.1 304 Not Modified"),
            status=304,
            text=None,
            failure="http_status",
            tolerated=(None, "not_html"),
        ),
        row(
            "not-modified-chunked",
            "304 that announces chunks; no body follows either",
            head(*USUAL, b"Transfer-Encoding: chunked", status=b"HTTP/1.1 304 Not Modified"),
            status=304,
            text=None,
            failure="http_status",
            tolerated=(None, "not_html"),
        ),
        row(
            "reset-content",
            "205, Content-Length 0",
            head(*USUAL, b"Content-Length: 0", status=b"HTTP/1.1 205 Reset Content"),
            status=205,
            **nothing,
        ),
        story(
            "accepted-page",
            "202 with a page: some bot walls",
            lambda body: message(body, HTML, status=b"HTTP/1.1 202 Accepted"),
            status=202,
        ),
        story(
            "partial-unasked",
            "206 to a request without Range: broken caches",
            lambda body: message(body, HTML, b"Content-Range: bytes 0-9/99999", status=b"HTTP/1.1 206 Partial Content"),
            status=206,
            legal=False,
            tolerated=("truncated", "http_status"),
        ),
    ]


def _page(name: str, reason: str, status: int, words: bytes, *lines: bytes, **changes: Any) -> Case:
    """A page with a body under a status that is no success."""
    line = b"HTTP/1.1 %d %s" % (status, words)
    usual: Changes = {"status": status, "failure": "http_status", "article": False}
    return story(name, reason, lambda body: message(body, HTML, *lines, status=line), **{**usual, **changes})


def _refused() -> list[Case]:
    return [
        _page(
            "unauthorized",
            "401 with two challenges",
            401,
            b"Unauthorized",
            b'WWW-Authenticate: Basic realm="x", Digest realm="y"',
        ),
        _page("payment-required", "402, used by paywalls for robots", 402, b"Payment Required"),
        _page("forbidden", "403, the wall of a CDN", 403, b"Forbidden", b"CF-Mitigated: challenge"),
        _page("not-found", "404 with a long page", 404, b"Not Found"),
        row(
            "not-found-empty",
            "404 without a body",
            message(b"", status=b"HTTP/1.1 404 Not Found"),
            status=404,
            failure="http_status",
        ),
        _page("gone", "410", 410, b"Gone", tolerated=("gone",)),
        _page("legal-reasons", "451 (RFC 7725)", 451, b"Unavailable For Legal Reasons"),
        _page("teapot", "418", 418, b"I'm a teapot"),
    ]


def _errors() -> list[Case]:
    return [
        _page("server-error", "500 with a page", 500, b"Internal Server Error", tags=_RETRY),
        _page("bad-gateway", "502, nginx's own page, closed", 502, b"Bad Gateway", CLOSE, then=(Close(),), tags=_RETRY),
        _page("unavailable", "503 with Retry-After in seconds", 503, b"Service Unavailable", b"Retry-After: 1", tags=_RETRY),
        _page(
            "unavailable-date",
            "503 with Retry-After as a date long past",
            503,
            b"Service Unavailable",
            b"Retry-After: Sat, 14 Mar 2026 08:31:08 GMT",
            tags=_RETRY,
        ),
        _page("too-many-requests", "429 with Retry-After", 429, b"Too Many Requests", b"Retry-After: 1", tags=_RETRY),
        _page("loop-detected", "508, not in lists of codes to try again", 508, b"Loop Detected"),
    ]


def _again() -> list[Case]:
    """A failure first, the page next: both exchanges are archived."""

    def then_good(first: Case, *before: Case) -> Case:
        good = plain(first.name, first.reason)
        return replace(first, turns=(*first.turns, *(turn for case in before for turn in case.turns), *good.turns), tags=_RETRY)

    name = "unavailable-twice"
    return [
        then_good(_page("unavailable-once", "503, and the page at the second try", 503, b"Service Unavailable", b"Retry-After: 0")),
        then_good(_page(name, "503, then 500, then the page", 503, b"Service Unavailable"), _page(name, "", 500, b"Oops")),
        then_good(
            row(
                "cut-once",
                "an empty reply, and the page at the second try; on a kept-alive connection the client may re-send unasked",
                b"",
                steps=(Close(),),
                delivered=False,
                payload=None,
                status=None,
                failure="reset",
                tolerated=("truncated",),
                legal=False,
            )
        ),
    ]


def _hop(name: str, reason: str, status: bytes, location: bytes, *lines: bytes, body: bytes = b"", **changes: Any) -> Case:
    response = message(body, b"Location: " + location, *lines, status=b"HTTP/1.1 " + status)
    code = int(status[:3])
    return row(name, reason, response, payload=body, text=body.decode() or None, status=code, tags=_REDIRECT, **changes)


def _redirects() -> list[Case]:
    found: list[Case] = []
    for code, words, form in (
        (301, b"Moved Permanently", "{}"),
        (302, b"Found", "./{}"),
        (303, b"See Other", "/section/2026/03/14/{}"),
        (307, b"Temporary Redirect", "../14/{}?from=307"),
        (308, b"Permanent Redirect", "{}#part"),
    ):
        name, target = f"redirect-{code}", f"redirect-{code}-target"
        location = form.format(path_of(target).rpartition("/")[2]).encode()
        note = b"<html><title>Moved</title><p>redirect-%d has moved <a href=x>here</a></html>" % code
        lines = (HTML,) if code != 303 else ()
        found.append(
            _hop(
                name,
                f"RFC 9110 §15.4: {code} to a relative address",
                b"%d %s" % (code, words),
                location,
                *lines,
                body=note if code != 303 else b"",
            )
        )
        found.append(plain(target, f"where {name} leads", listed=False))
    return found


def _odd_redirects() -> list[Case]:
    loop: Changes = {"failure": "redirect"}
    first, second = path_of("redirect-ring-first").encode(), path_of("redirect-ring-second").encode()
    closed: Steps = (Close(),)
    return [
        _hop("redirect-loop", "to itself, for ever: cookies are missing", b"302 Found", path_of("redirect-loop").encode(), **loop),
        _hop("redirect-ring-first", "two pages that point at each other", b"301 Moved Permanently", second, **loop),
        _hop("redirect-ring-second", "the other one", b"302 Found", first, listed=False, **loop),
        _hop(
            "redirect-raw-utf-eight",
            "Location with raw UTF-8 (nginx map, PHP)",
            b"302 Found",
            "redirect-größe-target.html".encode(),
            legal=False,
        ),
        plain(
            "redirect-size-target",
            "where redirect-raw-utf-eight leads",
            path="/section/2026/03/14/redirect-gr%C3%B6%C3%9Fe-target.html",
            listed=False,
        ),
        _hop(
            "redirect-close",
            "a hop that closes the connection",
            b"301 Moved Permanently",
            path_of("redirect-close-target").rpartition("/")[2].encode(),
            CLOSE,
            then=closed,
        ),
        plain("redirect-close-target", "where redirect-close leads", listed=False),
        _hop(
            "redirect-other-scheme",
            "to a scheme that is never fetched",
            b"302 Found",
            b"file:///etc/passwd",
            failure="redirect",
            tolerated=("scope", "http_status", None),
        ),
        _hop("redirect-empty", "an empty Location", b"302 Found", b"", failure="redirect", tolerated=("http_status", None)),
        row(
            "redirect-nowhere",
            "302 without Location",
            message(page("redirect-nowhere"), HTML, status=b"HTTP/1.1 302 Found"),
            payload=page("redirect-nowhere"),
            text=page("redirect-nowhere").decode(),
            status=302,
            failure="redirect",
            tolerated=("http_status", None),
            tags=_REDIRECT,
        ),
        row(
            "multiple-choices",
            "300 with a list and no Location",
            message(page("multiple-choices"), HTML, status=b"HTTP/1.1 300 Multiple Choices"),
            payload=page("multiple-choices"),
            text=page("multiple-choices").decode(),
            status=300,
            failure="http_status",
            tolerated=("redirect", None),
        ),
    ]
