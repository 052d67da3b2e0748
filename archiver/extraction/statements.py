"""What a page states about itself, gathered in one walk: meta tags, JSON-LD, links, headings, times. Judged elsewhere."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lxml.html import HtmlElement

from archiver.extraction import jsonld
from archiver.extraction.document import Document

# No statement is longer, and what follows is read by patterns that are not all linear.
_MAX_CONTENT, _MAX_TITLE = 20_000, 1000
_WALKED = ("meta", "script", "link", "title", "h1", "h2", "time", "a", "address")
# Attributes whose value makes an element one that dates, authors, sections or breadcrumbs are read from.
_NAMED = ("itemprop", "rel", "property")


@dataclass(slots=False)
class Statements:
    """The page's own statements in document order. ``meta`` is keyed by lower-case name, property, itemprop or http-equiv."""

    url: str
    headers: Sequence[tuple[str, str]]
    root: HtmlElement
    meta: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[HtmlElement]] = field(default_factory=dict)
    elements: dict[str, list[HtmlElement]] = field(default_factory=dict)
    nodes: list[jsonld.Node] = field(default_factory=list)
    canonical: str | None = None

    def all_meta(self, *names: str) -> Iterator[str]:
        """Contents of the meta tags so named, in the order of ``names``."""
        for name in names:
            yield from self.meta.get(name, ())

    def first_meta(self, *names: str) -> str | None:
        """The first content that :meth:`all_meta` gives."""
        return next(self.all_meta(*names), None)

    def header(self, name: str) -> list[str]:
        """Values of the HTTP header ``name`` in the order sent."""
        return [value for key, value in self.headers if key.lower() == name]

    @cached_property
    def by_id(self) -> dict[str, jsonld.Node]:
        """JSON-LD nodes by ``@id``."""
        return jsonld.by_id(self.nodes)

    @cached_property
    def headings(self) -> list[str]:
        """The headings of the first level, without empty ones."""
        return [text for element in self.elements.get("h1", []) if (text := html.unescape(text_of(element))[:_MAX_TITLE])]

    @cached_property
    def document_title(self) -> str | None:
        """Text of the first ``<title>`` that has any (an SVG may hold further ones)."""
        texts = (html.unescape(text_of(element))[:_MAX_TITLE] for element in self.elements.get("title", []))
        return next((text for text in texts if text), None)

    @cached_property
    def page_titles(self) -> list[str]:
        """The titles the page gives itself, as written: og, twitter, ``<title>`` and the headings of the first level."""
        stated = self.all_meta("og:title", "twitter:title", "title", "dc.title", "parsely-title", "sailthru.title")
        return [title for title in [*stated, self.document_title, *self.headings] if title]

    @cached_property
    def article(self) -> jsonld.Node:
        """The JSON-LD node of the page's own article, ``{}`` when there is none."""
        urls = [u for u in (self.url, self.canonical) if u]
        return jsonld.main_article(self.nodes, urls, self.page_titles) or {}


def gather(document: Document, url: str, headers: Sequence[tuple[str, str]]) -> Statements:
    """All statements of ``document``; the tree is only read."""
    found = Statements(url, headers, document.root)
    scripts = []
    for element in document.root.iter(_WALKED):
        tag = element.tag
        if tag == "meta":
            _add_meta(found, element)
        elif tag == "script":
            if "ld+json" in (element.get("type") or "").lower():
                scripts.append(jsonld.load(element.text or ""))
        elif tag == "link":
            for rel in (element.get("rel") or "").lower().split():
                found.links.setdefault(rel, []).append(element)
        else:
            found.elements.setdefault(tag, []).append(element)
    found.nodes = jsonld.flatten(scripts)
    found.canonical = _canonical(found, document)
    return found


def _add_meta(found: Statements, element: HtmlElement) -> None:
    content = element.get("content")
    if content is None:
        return
    content = jsonld.clean_text(content[:_MAX_CONTENT])
    for attribute in ("property", "name", "itemprop", "http-equiv"):
        name = element.get(attribute)
        if name and content:
            # property and itemprop are lists of names (RDFa, microdata).
            for key in [name.strip().lower()] if attribute in ("name", "http-equiv") else name.lower().split():
                values = found.meta.setdefault(key, [])
                if content not in values:
                    values.append(content)


def _canonical(found: Statements, document: Document) -> str | None:
    hrefs = [element.get("href") for element in found.links.get("canonical", [])]
    urls = (document.absolute(href) for href in [*hrefs, *found.all_meta("og:url")])
    return next((url for url in urls if url), None)


def text_of(element: HtmlElement) -> str:
    """Text of ``element`` with whitespace folded."""
    return " ".join("".join(element.itertext()).split())
