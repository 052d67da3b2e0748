"""Bytes of a page to a tree: charset as browsers find it, then one parse that listing, article and requisites share."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from bs4.dammit import EncodingDetector, UnicodeDammit
from lxml import etree, html
from w3lib.encoding import html_to_unicode

from archiver.urls import clean_url

_HTML_END = re.compile(rb"</html\s*>", re.IGNORECASE)
# An empty tree instead of an exception: what came is still a page to report on.
_HEAD = frozenset(
    {"base", "basefont", "bgsound", "link", "meta", "noscript", "object", "script", "style", "template", "title", "isindex"}
)
_EMPTY = b"<html><body></body></html>"


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed page. ``root`` is the ``html`` element; ``base_url`` resolves hrefs (``<base>`` counted in)."""

    root: html.HtmlElement
    charset: str
    base_url: str
    # A page repeats its hrefs; resolving one costs 20 microseconds, which was a fifth of reading a listing.
    _resolved: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)

    def absolute(self, href: str | None) -> str | None:
        """``href`` as an absolute http(s) URL without fragment, else ``None``."""
        if not href:
            return None
        if href not in self._resolved:
            self._resolved[href] = clean_url(href, self.base_url)
        return self._resolved[href]


def decode(page: bytes, content_type: str | None = None) -> tuple[str, str]:
    """``(text, charset)``: BOM, then the HTTP header, then UTF-8 if it is, then ``<meta>``, then a guess from the bytes.

    *Quirk:* bytes outside ASCII that are valid UTF-8 are UTF-8, whatever ``<meta>`` says: pages are re-encoded when saved or
    moved and keep their old label, and no text of a legacy charset is valid UTF-8 by chance. The charset is a lower-case
    Python codec name; text holds no NUL and no lone surrogate. Never raises.
    """
    if "charset" not in (content_type or "").lower() and not page.isascii() and _is_utf8(page):
        content_type = "text/html; charset=utf-8"
    charset, text = html_to_unicode(content_type, page, auto_detect_fun=_detect, default_encoding="utf-8")
    return text.replace("\x00", "\ufffd"), _codec_name(charset)


def parse_document(page: bytes, url: str, content_type: str | None = None) -> Document:
    """The tree of ``page``; an unparsable or empty page gives an empty one. Never raises on any bytes."""
    text, charset = decode(page, content_type)
    # A str with an encoding declaration is refused by lxml, so it gets UTF-8 bytes and is told so.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    raw = _without_early_end(text.encode("utf-8", "replace"))
    try:
        root = html.document_fromstring(raw if raw.strip() else _EMPTY, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):
        root = html.document_fromstring(_EMPTY)
    _end_head(root)
    _end_body(root)
    return Document(root, charset, _base_url(root, url))


def _end_head(root: html.HtmlElement) -> None:
    """Move what a head cannot hold, and all behind it, into the body (HTML §13.2.6.4.4).

    *Quirk:* libxml2 knows no element of HTML 5: ``<main>`` or ``<article>`` of a page without a ``<body>`` tag, which may be
    left out, ends up in its head.
    """
    head = root.find("head")
    if head is None:
        return
    first = next((at for at, child in enumerate(head) if isinstance(child.tag, str) and child.tag not in _HEAD), None)
    if first is None:
        return
    body = root.find("body")
    if body is None:
        body = etree.SubElement(root, "body")
    moved = head[first:]
    for at, child in enumerate(moved):
        body.insert(at, child)


def _without_early_end(page: bytes) -> bytes:
    """*Quirk:* libxml2 stops at ``</html>``, where browsers read on (HTML §13.2.6.4.22): templates put one into another."""
    end = _HTML_END.search(page)
    return _HTML_END.sub(b"", page) if end and not page[end.end() :].isspace() else page


def _end_body(root: html.HtmlElement) -> None:
    """Move what follows the body into it (HTML §13.2.6.4.19)."""
    body = root.find("body")
    if body is not None:
        for late in list(body.itersiblings()):
            body.append(late)


def _detect(page: bytes) -> str | None:
    """Charset of a page that states none: UTF-8 when it decodes as such, else what its bytes look like."""
    if EncodingDetector.find_declared_encoding(page, is_html=True) is None:
        return None if _is_utf8(page) else UnicodeDammit(page[:20_000], is_html=True).original_encoding
    return None


def _is_utf8(page: bytes) -> bool:
    try:
        page.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _codec_name(charset: str | None) -> str:
    try:
        return codecs.lookup(charset or "utf-8").name
    except LookupError:
        return "utf-8"


def _base_url(root: html.HtmlElement, url: str) -> str:
    base = root.find(".//base[@href]")
    return (clean_url(base.get("href", ""), url) if base is not None else None) or url
