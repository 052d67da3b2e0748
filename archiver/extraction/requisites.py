"""What a page needs to be shown as it was (DESIGN §5.8): found in its markup, style sheets, inline scripts and JSON. Pure.

Not taken: the pieces that a playlist of films names, and what only a script can tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from lxml.html import HtmlElement

from archiver.extraction.document import Document, parse_document
from archiver.extraction.embedded import (
    MEDIA_EXTENSIONS,
    frame_urls,
    framed_by_script,
    has_extent,
    is_of_media,
    media_urls,
    object_urls,
    track_urls,
)
from archiver.extraction.stylesheet import css_urls, declaration_urls

Role = Literal["css", "script", "image", "font", "icon", "manifest", "frame", "media"]

# More than any page has (the most seen on a front page: 900); beyond it, it is a trap.
MAX_REQUISITES = 3000
_MAX_LITERALS = 300
# The state of a player lists a film in every size, and the films that come next.
_MAX_LITERAL_MEDIA = 4
_MAX_SCRIPT_CHARS = 1 << 20
# A frame's text in an attribute, in a frame's text in an attribute.
_MAX_SRCDOCS = 2

_ROLE_BY_EXTENSION: dict[str, Role] = {
    **dict.fromkeys(("css",), "css"),
    **dict.fromkeys(("js", "mjs"), "script"),
    **dict.fromkeys(("png", "jpg", "jpeg", "jfif", "gif", "webp", "avif", "svg", "bmp", "apng", "jxl"), "image"),
    **dict.fromkeys(("ico", "cur"), "icon"),
    **dict.fromkeys(("woff", "woff2", "ttf", "otf", "eot"), "font"),
    **dict.fromkeys(("webmanifest",), "manifest"),
    **dict.fromkeys(MEDIA_EXTENSIONS, "media"),
}
_EXTENSIONS = "|".join(sorted(_ROLE_BY_EXTENSION, key=len, reverse=True))
# Quoted, without white space, and its path ends like a file that pages are made of: plainly a URL.
_LITERAL = re.compile(
    rf"""["'`]((?:https?:)?[\w./~%@+,:-]{{1,500}}\.(?:{_EXTENSIONS})(?:\?[^"'`\s<>\\]{{0,500}})?)["'`]""", re.IGNORECASE
)
_ASSET = re.compile(rf"^[^\s<>\"{{}}]{{1,2000}}\.({_EXTENSIONS})(?:[?#]\S*)?$", re.IGNORECASE)
_NOT_FETCHED = ("data:", "blob:", "about", "#")
# ``js.tracker.example/x.js``: a script puts a scheme before it; as a path of the page's it would only be asked for in vain.
_HOST_WITHOUT_SCHEME = re.compile(r"^[\w-]+(?:\.[\w-]+)+/")
_ESCAPES = re.compile(r"\\(?:u002[fF]|x2[fF]|/)")
_LINK_ROLES: dict[str, Role] = {
    "stylesheet": "css", "icon": "icon", "apple-touch-icon": "icon", "apple-touch-icon-precomposed": "icon", "mask-icon": "icon",
    "fluid-icon": "icon", "apple-touch-startup-image": "image", "manifest": "manifest", "image_src": "image",
    "modulepreload": "script",
}  # fmt: skip
_PRELOAD_ROLES: dict[str, Role] = {"style": "css", "script": "script", "image": "image", "font": "font"}
_META_IMAGES = frozenset({
    "og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "image", "thumbnailurl",
    "msapplication-tileimage", "msapplication-square150x150logo", "thumbnail",
})  # fmt: skip
_XLINK = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True, slots=True)
class Requisite:
    """One thing to fetch: an absolute URL without fragment, and what it is for."""

    url: str
    role: Role


def find_requisites(html: bytes, url: str, content_type: str | None = None) -> tuple[Requisite, ...]:
    """The requisites of a page in document order, each URL once; any bytes give an answer, in linear time."""
    return requisites_of(parse_document(html, url, content_type))


def requisites_of(document: Document) -> tuple[Requisite, ...]:
    """``find_requisites`` of a page already parsed; ``document`` is only read."""
    found = (pair for element in document.root.iter() if isinstance(element.tag, str) for pair in _of_element(element))
    return _unique(found, document)


def find_nested(kind: str, body: bytes, url: str, content_type: str | None) -> tuple[Requisite, ...]:
    """The requisites of what nests, read as ``nesting.read_as`` says."""
    if kind == "css":
        return find_css_requisites(body, url, content_type)
    return find_manifest_requisites(body, url) if kind == "manifest" else find_requisites(body, url, content_type)


def find_css_requisites(css: bytes, url: str, content_type: str | None = None) -> tuple[Requisite, ...]:
    """The requisites of a style sheet, imports first where they stand first."""
    charset = re.search(r"charset\s*=\s*[\"']?([\w-]+)", content_type or "", re.IGNORECASE)
    return _unique(css_urls(css, charset[1] if charset else None), _bare(url))


def find_manifest_requisites(manifest: bytes, url: str) -> tuple[Requisite, ...]:
    """The icons and screenshots of a web app manifest; none where it cannot be read."""
    try:
        data = json.loads(manifest)
        listed = [item for name in ("icons", "screenshots") for item in data.get(name, ()) if isinstance(item, dict)]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return ()
    return _unique((("icon", item["src"]) for item in listed if isinstance(item.get("src"), str)), _bare(url))


def _bare(url: str) -> Document:
    return Document(HtmlElement(), "utf-8", url)


def _unique(found: Iterable[tuple[str, str]], document: Document) -> tuple[Requisite, ...]:
    seen: dict[str, Role] = {}
    for role, href in islice(found, MAX_REQUISITES * 4):
        address = document.absolute(href.strip()) if not href.lstrip()[:5].lower().startswith(_NOT_FETCHED) else None
        if address is not None and len(address) <= 8192:
            seen.setdefault(address, role)  # type: ignore[arg-type]
        if len(seen) >= MAX_REQUISITES:
            break
    return tuple(Requisite(address, role) for address, role in seen.items())


def _of_element(element: HtmlElement, srcdocs: int = 0) -> Iterator[tuple[str, str]]:
    tag = str(element.tag)
    read = _BY_TAG.get(tag)
    if read is not None:
        yield from read(element)
    for name, value in element.items():
        if name == "style":
            yield from declaration_urls(value)
        elif name == "background":
            # Of body and tables, in the 1990s and in newsletters still.
            yield "image", value
        elif name.startswith("data-"):
            yield from _lazy(element, name, value)
        elif name == "srcdoc" and tag == "iframe" and srcdocs < _MAX_SRCDOCS:
            yield from _of_srcdoc(value, srcdocs + 1)


def _of_srcdoc(text: str, srcdocs: int) -> Iterator[tuple[str, str]]:
    """A frame whose document is in the attribute; addresses in it count from the page that holds it (HTML §2.4.3)."""
    document = parse_document(text[:_MAX_SCRIPT_CHARS].encode("utf-8", "replace"), "about:srcdoc", "text/html; charset=utf-8")
    for element in document.root.iter():
        if isinstance(element.tag, str):
            yield from _of_element(element, srcdocs)


def _lazy(element: HtmlElement, name: str, value: str) -> Iterator[tuple[str, str]]:
    """Lazy loading has no standard names: whatever a ``data-`` attribute holds that is plainly the address of an asset.

    ``data-srcset`` and ``data-src`` of any loader name images without an extension too.
    """
    if name.endswith("srcset"):
        yield from (("image", href) for href in srcset_urls(value))
    elif name in ("data-src", "data-lazy-src", "data-original"):
        yield from _lazy_source(element, value)
    elif "url(" in value.lower():
        yield from declaration_urls(value)
    elif (role := _role_of(value)) is not None:
        yield role, value
    elif value[:1] in "[{":
        yield from _literals(value)


def _lazy_source(element: HtmlElement, value: str) -> Iterator[tuple[str, str]]:
    """What stands in for ``src`` until somebody looks."""
    tag = str(element.tag)
    if tag in ("iframe", "frame"):
        if has_extent(element):
            yield "frame", value
    elif tag in ("video", "audio") or (tag == "source" and is_of_media(element)):
        yield "media", value
    else:
        yield _role_of(value) or ("script" if tag == "script" else "image"), value


def _role_of(href: str) -> Role | None:
    """What a file of this name is, ``None`` when its name does not say."""
    match = _ASSET.match(href.strip())
    return _ROLE_BY_EXTENSION[match[1].lower()] if match else None


def _link(element: HtmlElement) -> Iterator[tuple[str, str]]:
    rels, href = (element.get("rel") or "").lower().split(), element.get("href") or ""
    for rel in rels:
        if href and rel in _LINK_ROLES:
            yield _LINK_ROLES[rel], href
        elif href and rel == "preload":
            role = _PRELOAD_ROLES.get((element.get("as") or "").lower()) or _role_of(href)
            if role is not None:
                yield role, href
    yield from (("image", url) for url in srcset_urls(element.get("imagesrcset") or ""))


def _script(element: HtmlElement) -> Iterator[tuple[str, str]]:
    if src := element.get("src"):
        yield "script", src
    else:
        text = element.text or ""
        yield from _literals(text)
        yield from framed_by_script(text[:_MAX_SCRIPT_CHARS])


def _style(element: HtmlElement) -> Iterator[tuple[str, str]]:
    yield from css_urls((element.text or "").encode("utf-8", "replace"), "utf-8")


def _image(element: HtmlElement) -> Iterator[tuple[str, str]]:
    for name in ("src", "href", _XLINK, "xlink:href", "lowsrc"):
        if value := element.get(name):
            yield "image", value
    yield from (("image", url) for url in srcset_urls(element.get("srcset") or ""))


def _source(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """Of ``picture`` by its candidates, of films and sounds by its address."""
    if is_of_media(element):
        yield from track_urls(element)
    else:
        yield from (("image", url) for url in srcset_urls(element.get("srcset") or ""))


def _input(element: HtmlElement) -> Iterator[tuple[str, str]]:
    if (element.get("type") or "").lower() == "image" and (src := element.get("src")):
        yield "image", src


def _use(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """A symbol of another SVG file."""
    for name in ("href", _XLINK, "xlink:href"):
        value = element.get(name) or ""
        if value and not value.startswith("#"):
            yield "image", value


def _meta(element: HtmlElement) -> Iterator[tuple[str, str]]:
    name = element.get("property") or element.get("name") or element.get("itemprop") or ""
    if name.lower() in _META_IMAGES and (content := element.get("content")):
        yield "image", content


_BY_TAG: dict[str, Callable[[HtmlElement], Iterator[tuple[str, str]]]] = {
    "link": _link, "script": _script, "style": _style, "img": _image, "image": _image, "amp-img": _image, "source": _source,
    "video": media_urls, "audio": media_urls, "track": track_urls, "input": _input, "object": object_urls, "embed": object_urls,
    "iframe": frame_urls, "frame": frame_urls, "use": _use, "meta": _meta, "feimage": _image,
}  # fmt: skip


def _literals(text: str) -> Iterator[tuple[str, str]]:
    """Quoted strings of a script or of JSON that are plainly addresses of assets."""
    plain = _ESCAPES.sub("/", text[:_MAX_SCRIPT_CHARS])
    media = 0
    for match in islice(_LITERAL.finditer(plain), _MAX_LITERALS):
        role = _role_of(match[1])
        media += role == "media"
        if role == "media" and media > _MAX_LITERAL_MEDIA:
            continue
        if role is not None and not _HOST_WITHOUT_SCHEME.match(match[1]):
            yield role, match[1]


def srcset_urls(value: str) -> Iterator[str]:
    """The URLs of a ``srcset`` (HTML §4.8.4.2.1): candidates end at a comma outside of a URL, whose own commas are kept."""
    expects_url = True
    for token in value.split():
        if expects_url:
            url = token.strip(",")
            if url:
                yield url
            # A URL that ends in a comma is a candidate without a descriptor.
            expects_url = token.endswith(",")
        else:
            expects_url = token.endswith(",")
            if not expects_url and "," in token:
                # *Quirk:* ``a.png 1x,b.png 2x``, without the space after the comma: browsers read it so.
                url = token.partition(",")[2]
                if url:
                    yield url
