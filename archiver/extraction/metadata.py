"""The page's statements as the fields of a row: who published it, where it stands, what it is about. Dates and names apart."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from archiver.extraction import jsonld
from archiver.extraction.blocks import Image, Page
from archiver.extraction.body import Body
from archiver.extraction.document import Document
from archiver.extraction.marks import Mark
from archiver.extraction.statements import Statements, text_of
from archiver.extraction.title import fold

_MAX_TAGS = 100


def description(page: Statements) -> str | None:
    """Standfirst or meta description."""
    stated = page.first_meta("description", "og:description", "twitter:description", "dc.description")
    return jsonld.text_of(page.article.get("description")) or stated


def site_name(page: Statements) -> str | None:
    """Name of the outlet: og:site_name, else JSON-LD's publisher or website."""
    named = page.first_meta("og:site_name")
    publishers = jsonld.resolve(page.article.get("publisher"), page.by_id)
    sites = [node for node in page.nodes if jsonld.is_type(node, "WebSite", "NewsMediaOrganization")]
    names = (jsonld.text_of(node.get("name")) for node in [*publishers, *sites] if isinstance(node, dict))
    return named or next((name for name in names if name), None) or page.first_meta("application-name")


def breadcrumbs(page: Statements) -> list[str]:
    """Names of JSON-LD's BreadcrumbList, else of its microdata or of the element marked as breadcrumb, top first."""
    for node in page.nodes:
        if jsonld.is_type(node, "BreadcrumbList"):
            items = [item for item in jsonld.as_list(node.get("itemListElement")) if isinstance(item, dict)]
            names = [jsonld.text_of(item.get("name")) or jsonld.text_of(item.get("item")) for item in sorted(items, key=_position)]
            return [name for name in names if name and not name.startswith("http")]
    for path in (
        ".//*[contains(@itemtype,'BreadcrumbList')]//*[@itemprop='name']",
        ".//*[self::nav or self::ol or self::ul or self::div]"
        "[contains(@class,'breadcrumb') or contains(@aria-label,'readcrumb')][1]//a",
    ):
        names = [text_of(element) for element in page.root.xpath(path)]
        if any(names):
            return unique(name for name in names if name)
    return []


def _position(item: jsonld.Node) -> int:
    position = str(item.get("position", 0))
    return int(position) if position.isascii() and position.isdigit() and len(position) < 6 else 0


def section(page: Statements, crumbs: list[str]) -> str | None:
    """Main section: JSON-LD, meta, else the first breadcrumb that is neither the home page nor the article."""
    stated = jsonld.text_of(page.article.get("articleSection")) or page.first_meta(
        "article:section", "og:article:section", "parsely-section", "section", "cxenseparse:section", "dc.subject.section"
    )
    if stated:
        return stated
    titles = {fold(title) for title in page.page_titles}
    inner = [crumb for crumb in crumbs[1:] if fold(crumb) not in titles]
    return inner[0] if inner else None


def tags(page: Statements) -> list[str]:
    """Keywords in the order stated, once each: JSON-LD, article:tag, meta keywords."""
    stated = [part for value in jsonld.as_list(page.article.get("keywords")) for part in _split(value)]
    stated = (
        stated
        or list(page.all_meta("article:tag", "og:article:tag", "parsely-tags"))
        or list(page.all_meta("news_keywords", "keywords"))
    )
    parts = (part.strip() for value in stated for part in value.replace(";", ",").split(","))
    return unique(part for part in parts if part)[:_MAX_TAGS]


def _split(value: object) -> list[str]:
    text = jsonld.text_of(value)
    return [text] if text else []


def image_url(page: Statements, document: Document) -> str | None:
    """Lead image: og:image, else JSON-LD's image, else twitter:image."""
    from_jsonld = (_image(value) for value in jsonld.resolve(page.article.get("image"), page.by_id))
    stated = [
        *page.all_meta("og:image", "og:image:url", "og:image:secure_url"),
        *from_jsonld,
        *page.all_meta("twitter:image", "image"),
    ]
    return next((url for url in map(document.absolute, stated) if url), None)


def _image(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl") or value.get("@id")
    if isinstance(value, list):
        value = next(iter(value), None)
    return value if isinstance(value, str) else None


def image_urls(document: Document, seen: Page, body: Body, lead: str | None) -> list[str]:
    """The lead image, then the images that stand among the article's blocks, in order; pixels and placeholders are none."""
    if not body.blocks:
        return [lead] if lead else []
    first, last = body.blocks[0].order, body.blocks[-1].order
    among = [
        i for i in seen.images if first <= i.order <= last + 1 and body.region in i.element.iterancestors() and not _is_furniture(i)
    ]
    found = (document.absolute(_source(image.element)) for image in among)
    return unique(url for url in [lead, *found] if url)


def _is_furniture(image: Image) -> bool:
    return any(mark is Mark.STRONG and element.tag not in ("figure", "figcaption") for element, mark in image.marks)


def _source(image: HtmlElement) -> str | None:
    """Address of an image, also of one that a script is to load."""
    if "1" in (image.get("width"), image.get("height")):
        return None
    sources = [image.get(name) for name in ("data-src", "data-lazy-src", "data-original", "src")]
    srcset = image.get("srcset") or image.get("data-srcset") or ""
    return next((s for s in [*sources, srcset.split(",")[0].split(" ")[0]] if s and not s.startswith("data:")), None)


def article_body(page: Statements) -> str:
    """JSON-LD's articleBody as lines, ``""`` when it is not stated."""
    stated = page.article.get("articleBody")
    if not isinstance(stated, str):
        return ""
    marked = re.sub(r"<(?:/?p|br|/?div|/?h\d|/?li)\b[^<>]*>", "\n", html.unescape(stated), flags=re.IGNORECASE)
    lines = (jsonld.clean_text(line) for line in marked.split("\n"))
    return "\n".join(line for line in lines if line)


def languages(page: Statements) -> list[str | None]:
    """Every statement of the language, the most specific to the article first."""
    return [
        jsonld.text_of(page.article.get("inLanguage")),
        page.root.get("lang"),
        page.root.get("{http://www.w3.org/XML/1998/namespace}lang") or page.root.get("xml:lang"),
        *(element.get("lang") for element in page.root.iterchildren("body")),
        *page.all_meta("og:locale", "content-language", "dc.language", "dcterms.language", "language", "inlanguage"),
        *page.header("content-language"),
    ]


def unique(values: Iterable[str]) -> list[str]:
    """``values`` once each, in order."""
    return list(dict.fromkeys(values))
