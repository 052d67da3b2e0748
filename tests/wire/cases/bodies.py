"""Bodies: sizes, charsets, media types, and the same body under several URLs (revisits)."""

from __future__ import annotations

import random
from typing import Any

from .. import pages
from ..messages import CHUNKED, HTML, USUAL, Changes, chunked, head, message, page, row
from ..model import Case, Limits, Tag
from .codings import gz


def rows(_: Limits) -> list[Case]:
    return [*_sizes(), *_charsets(), *_types(), *_revisits()]


def _sizes() -> list[Case]:
    noise = random.Random(1).randbytes(1_000_000)
    large: frozenset[Tag] = frozenset({"large"})
    long_page = pages.article("body-long", extra=" ".join(pages.paragraphs("body-long-extra", 1200)))
    thin: Changes = {"tolerated": ("not_html", "extraction")}
    return [
        row("body-one-byte", "one byte", message(b"x", HTML), payload=b"x", text="x", **thin),
        row(
            "body-megabyte",
            "1 MB of noise, in many segments",
            message(noise, b"Content-Type: application/octet-stream"),
            payload=noise,
            text=None,
            failure="not_html",
            tags=large,
        ),
        row(
            "body-long",
            "an article of 600 KB",
            message(long_page.encode(), HTML),
            payload=long_page.encode(),
            text=long_page,
            article=True,
            tags=large,
        ),
        row(
            "body-blank",
            "white space only",
            message(b" \r\n\t\n" * 50, HTML),
            payload=b" \r\n\t\n" * 50,
            text=" \r\n\t\n" * 50,
            **thin,
        ),
        row(
            "body-ends-crlf",
            "a body that ends with CRLF CRLF, as WARC records do",
            message(page("body-ends-crlf") + b"\r\n\r\n", HTML),
            payload=page("body-ends-crlf") + b"\r\n\r\n",
            text=page("body-ends-crlf").decode() + "\r\n\r\n",
            article=True,
        ),
        row(
            "body-holds-warc",
            "a body that holds a WARC record's first lines",
            message(page("body-holds-warc") + b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n", HTML),
            payload=page("body-holds-warc") + b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n",
            text=page("body-holds-warc").decode() + "\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n",
            article=True,
        ),
        row(
            "body-starts-lf",
            "a body that begins with line ends and NULs",
            message(b"\n\r\n\0" + page("body-starts-lf"), HTML),
            payload=b"\n\r\n\0" + page("body-starts-lf"),
            text="\n\r\n\0" + page("body-starts-lf").decode(),
            tolerated=("extraction", "not_html"),
        ),
    ]


_PROSE = {
    "latin": "Die Straße nach Köln führt über Würzburg, wo Señor Núñez ein Café eröffnet hat.",
    "cyrillic": "Городской совет отложил решение о новом мосте до весны, сообщила газета.",
    "japanese": "港の古い灯台は来年の春に修理されることになったと市長が発表した。",
    "chinese": "市政府宣布明年春天将修复港口的旧灯塔，居民对此表示欢迎。",
    "korean": "시장은 내년 봄에 항구의 오래된 등대를 수리한다고 발표했다.",
    "quotes": "“Nobody asked”, she said – it cost €300 … or so.",
}


def _encoded(
    name: str, reason: str, prose: str, codec: str, *, header: str | None, meta: str = "", bom: bytes = b"", **changes: Any
) -> Case:
    text = pages.article(name, extra=_PROSE[prose], meta_charset=meta)
    body = bom + text.encode(codec)
    kind = b"Content-Type: text/html" + (b"; charset=" + header.encode() if header else b"")
    usual: Changes = {"text": text, "article": True}
    return row(name, reason, message(body, kind), payload=body, **{**usual, **changes})


def _charsets() -> list[Case]:
    return [
        _encoded(
            "charset-latin-one-label",
            "WHATWG: the label iso-8859-1 means windows-1252",
            "quotes",
            "cp1252",
            header="ISO-8859-1",
        ),
        _encoded("charset-western", "windows-1252", "latin", "cp1252", header="windows-1252"),
        _encoded("charset-russian", "windows-1251", "cyrillic", "cp1251", header="windows-1251"),
        _encoded("charset-koi", "KOI8-R", "cyrillic", "koi8-r", header="koi8-r"),
        _encoded("charset-shift-jis", "Shift_JIS", "japanese", "cp932", header="Shift_JIS"),
        _encoded("charset-euc-jp", "EUC-JP, in the page alone", "japanese", "euc-jp", header=None, meta="euc-jp"),
        _encoded("charset-gb", "the label gb2312 means GBK", "chinese", "gbk", header="gb2312"),
        _encoded("charset-korean", "the label euc-kr means cp949", "korean", "cp949", header="euc-kr"),
        _encoded("charset-meta-only", "no charset in the header", "cyrillic", "cp1251", header=None, meta="windows-1251"),
        _encoded(
            "charset-header-wins", "HTML: the header wins over the page", "latin", "utf-8", header="utf-8", meta="windows-1252"
        ),
        _encoded(
            "charset-bom-wins",
            "HTML: a byte order mark wins over both",
            "latin",
            "utf-8",
            header="windows-1252",
            meta="koi8-r",
            bom=b"\xef\xbb\xbf",
        ),
        _encoded("charset-sixteen-bit", "UTF-16 with a byte order mark", "latin", "utf-16-le", header=None, bom=b"\xff\xfe"),
        _encoded("charset-quoted", "RFC 9110 §8.3.2: the value may be quoted", "latin", "utf-8", header='"UTF-8"'),
        _encoded("charset-unknown-label", "a label that no list holds: guess", "latin", "utf-8", header="x-unknown-9"),
        _encoded("charset-none", "no label anywhere", "latin", "utf-8", header=None),
        _encoded(
            "charset-wrong",
            "says UTF-8, is windows-1252: some characters are lost",
            "latin",
            "cp1252",
            header="utf-8",
            text=None,
        ),
    ]


def _types() -> list[Case]:
    def typed(name: str, reason: str, kind: bytes | None, **changes: Any) -> Case:
        lines = () if kind is None else (b"Content-Type: " + kind,)
        text = pages.article(name)
        usual: Changes = {"text": text, "article": True}
        return row(name, reason, message(text.encode(), *lines), payload=text.encode(), **{**usual, **changes})

    def other(name: str, reason: str, kind: bytes, body: bytes) -> Case:
        return row(name, reason, message(body, b"Content-Type: " + kind), payload=body, text=None, failure="not_html")

    return [
        typed("type-missing", "RFC 9110 §8.3: without a type the client may look", None, tolerated=("not_html",)),
        typed("type-upper", "types are case-insensitive", b"TEXT/HTML;CHARSET=UTF-8"),
        typed("type-xhtml", "application/xhtml+xml", b"application/xhtml+xml; charset=utf-8"),
        typed(
            "type-twice",
            "two in one line, as proxies join them",
            b"text/html, text/html; charset=utf-8",
            tolerated=("not_html",),
            legal=False,
        ),
        typed("type-odd-parameters", "empty and unknown parameters", b"text/html;; x=y;charset=utf-8;"),
        typed(
            "type-text-plain",
            "HTML as text/plain is text (WHATWG MIME sniffing)",
            b"text/plain; charset=utf-8",
            failure="not_html",
            tolerated=(None,),
            article=False,
        ),
        typed("type-garbage", "`Content-Type: html`", b"html", tolerated=("not_html",), legal=False),
        other("type-pdf", "a PDF under .html", b"application/pdf", b"%PDF-1.7\n%type-pdf\n" + bytes(range(256))),
        other("type-image", "an image under .html", b"image/png", b"\x89PNG\r\n\x1a\n" + b"type-image" + bytes(range(256))),
        other("type-json", "JSON under .html", b"application/json", b'{"page": "type-json"}'),
    ]


def _revisits() -> list[Case]:
    """One body, several URLs: the first is a `response`, the others may be `revisit` records (WARC/1.1 §6.7.2)."""
    body = page("same-body")
    text: Changes = {"payload": body, "text": body.decode(), "article": True}
    plain_head, other_head = (HTML,), (HTML, b"X-Backend: 7", b'ETag: "b"')
    frames = head(*USUAL, HTML, CHUNKED)
    packed = gz(body)
    return [
        row("same-body-first", "a body", message(body, *plain_head), **text),
        row("same-body-same-head", "the same bytes, head included", message(body, *plain_head), **text),
        row("same-body-other-head", "another head: the revisit keeps it exactly", message(body, *other_head), **text),
        row(
            "same-body-chunked",
            "the same payload in chunks: its digest is over the entity body",
            frames + chunked(body),
            **text,
        ),
        row(
            "same-body-trailers",
            "the same payload with trailers, which a revisit could not keep: a full response",
            frames + chunked(body, trailers=[b"X-T: 1"]),
            **text,
        ),
        row(
            "same-body-not-found",
            "the same payload under 404: the status differs, a revisit keeps the head",
            message(body, *plain_head, status=b"HTTP/1.1 404 Not Found"),
            **{**text, "article": False},
            status=404,
            failure="http_status",
        ),
        row(
            "same-body-packed",
            "the same text packed: another payload (content coding is kept)",
            message(packed, HTML, b"Content-Encoding: gzip"),
            **{**text, "payload": packed},
        ),
    ]
