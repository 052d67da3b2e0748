"""Odd characters in the request target (RFC 3986, RFC 9112 §3.2): on the wire as in the row, escape for escape."""

from __future__ import annotations

from typing import Any

from ..messages import path_of, plain
from ..model import Case, Limits

_FOLDER = "/section/2026/03/14/"


def rows(_: Limits) -> list[Case]:
    def at(name: str, reason: str, tail: str, **changes: Any) -> Case:
        return plain(name, reason, path=_FOLDER + tail, **changes)

    return [
        at("url-escaped-utf-eight", "UTF-8 in capital escapes", "url-%C3%BCber-%E6%B8%AF.html"),
        at(
            "url-lower-escapes",
            "escapes in lower case stay so: equal by RFC 3986 §6.2.2.1, other bytes on the wire",
            "url-caf%c3%a9-escapes.html",
        ),
        at("url-latin-escapes", "escapes that are not UTF-8", "url-caf%E9-latin.html"),
        at("url-escaped-slash", "%2F is not a slash", "url-one%2Ftwo-slash.html"),
        at("url-reserved", "reserved characters may stand unescaped in a path", "url-a;b=1,c@d:e!$&'()*+=reserved.html"),
        at("url-unreserved-escapes", "escapes that nobody needs", "url-%7Etilde-%2Dhyphen.html"),
        at("url-double-slash", "an empty segment", "url//double-slash-inside.html"),
        at("url-query-odd", "empty names, no values, several question marks", "url-query-odd.html?a=1&&b=&=c&d?e;f=%26"),
        at("url-query-order", "the order of parameters is the server's business", "url-query-order.html?z=1&a=2&z=0"),
        at("url-percent-percent", "an escaped percent sign", "url-100%2525-percent.html"),
        at("url-long", "2,000 characters", f"url-long.html?token={'0123456789' * 197}"),
        at(
            "url-raw-in-page",
            "raw UTF-8 and a space in the page, escaped on the wire (WHATWG URL)",
            "url-l%C3%A9ger%20espace.html",
            href="/section/2026/03/14/url-léger espace.html",
        ),
        at(
            "url-relative-in-page",
            "dot segments in the page, resolved on the wire",
            "url-relative-in-page.html",
            href="/section/2026/./x/../03/14/url-relative-in-page.html",
        ),
        plain("url-fragment-in-page", "a fragment never goes out", href=path_of("url-fragment-in-page") + "#comments"),
    ]
