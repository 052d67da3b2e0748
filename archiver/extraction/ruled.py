"""A site's own rules in place of the generic reading, where they say something."""

from __future__ import annotations

import copy
import dataclasses
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from lxml import html
from lxml.cssselect import CSSSelector

from archiver.extraction.boxes import Item
from archiver.extraction.card import read_image
from archiver.extraction.clusters import Cluster
from archiver.extraction.document import Document
from archiver.extraction.links import Link
from archiver.extraction.outline import HEADINGS
from archiver.extraction.survey import Survey
from archiver.model import ListingEntry
from archiver.site_rules import SectionRules

BY_RULE = "site profile"
_ELSEWHERE = "outside the site profile's part of the page"
_OTHER_ADDRESS = "not an article's address by the site profile"
# What the rules call the printed parts of an entry.
_PARTS = {"headline": "headline", "teaser": "teaser", "byline": "byline_raw", "date": "date_raw", "label": "label"}


@lru_cache(maxsize=256)
def _selector(css: str) -> CSSSelector:
    return CSSSelector(css, translator="html")


def _selected(css: str, root: html.HtmlElement) -> list[html.HtmlElement]:
    return cast("list[html.HtmlElement]", _selector(css)(root))


def without_excluded(document: Document, rules: SectionRules | None) -> Document:
    """``document`` without what the rules exclude; a copy, so that other readers still have all of it."""
    if rules is None or rules.exclude is None:
        return document
    root = copy.deepcopy(document.root)
    for element in _selected(rules.exclude, root):
        if element.getparent() is not None:
            element.drop_tree()
    return dataclasses.replace(document, root=root)


class RuledPage:
    """A surveyed page and the rules of its site. A selector that finds nothing (a page of another shape) bars nothing."""

    def __init__(self, seen: Survey, rules: SectionRules) -> None:
        self._seen, self._page, self._rules = seen, seen.page, rules
        self._index = {element: node for node, element in enumerate(seen.page.nodes)}
        self._link_nodes = [link.node for link in seen.links]
        self._places = [(node, seen.page.end[node]) for node in self._select(rules.within, 0)] if rules.within else []

    def _select(self, css: str, node: int) -> list[int]:
        """What ``css`` selects in ``node`` or as ``node`` itself, in document order; what a reader does not see is left out."""
        return [self._index[element] for element in _selected(css, self._page.nodes[node]) if element in self._index]

    def clusters(self) -> tuple[list[Cluster], list[tuple[Cluster, str]]]:
        """The clusters of links that may be the listing, and those that may not, with why."""
        allowed: list[Cluster] = []
        left: list[tuple[Cluster, str]] = []
        for cluster in self._seen.clusters:
            kinds: dict[str, list[Item]] = {}
            for item in cluster.items:
                kinds.setdefault(self._objection(item.link), []).append(item)
            for reason, items in kinds.items():
                part = dataclasses.replace(cluster, items=items)
                left += [(part, reason)] if reason else []
                allowed += [] if reason else [part]
        return allowed, left

    def _objection(self, link: Link) -> str:
        if self._places and not any(low <= link.node < high for low, high in self._places):
            return _ELSEWHERE
        return "" if self._rules.is_article(link.url) else _OTHER_ADDRESS

    def entries(self) -> Cluster | None:
        """The entries that the rules select, as one cluster; ``None``: read them generically."""
        if self._rules.entry is None:
            return None
        items: dict[str, Item] = {}
        end = 0
        for node in self._select(self._rules.entry, 0):
            # An entry inside an entry is part of it.
            link = self._link(node) if node >= end else None
            if link is not None and not self._objection(link):
                items.setdefault(link.key, Item(link, node, self._page.end[node]))
                end = self._page.end[node]
        return Cluster(list(items.values()), container=0) if items else None

    def _link(self, node: int) -> Link | None:
        """The link of the entry ``node`` to its article: the ruled one, else the one that looks most like a headline."""
        page, rules = self._page, self._rules
        inside = self._links_in(node)
        if rules.link is not None:
            wanted = set(self._select(rules.link, node))
            inside = [link for link in inside if link.node in wanted]
        elif not inside:
            inside = [link for outer in page.ancestors(node) for link in self._links_at(outer)]
        best = max(inside, key=lambda link: (rules.is_article(link.url), link.weight, bool(link.text)), default=None)
        if best is None or best.level or best.titled:
            return best
        # "Read more" is the link, the heading beside it the headline.
        heading = next((n for n in range(node, page.end[node]) if page.tags[n] in HEADINGS and page.text_width[n]), None)
        return best if heading is None else dataclasses.replace(best, spot=heading, text=page.text(heading))

    def _links_in(self, node: int) -> list[Link]:
        low, high = (bisect_left(self._link_nodes, edge) for edge in (node, self._page.end[node]))
        return self._seen.links[low:high]

    def _links_at(self, node: int) -> list[Link]:
        at = bisect_left(self._link_nodes, node)
        return self._seen.links[at : at + 1] if self._link_nodes[at : at + 1] == [node] else []

    def overridden(self, entry: ListingEntry, item: Item) -> ListingEntry:
        """``entry`` with the parts that the rules select in ``item``."""
        found: dict[str, Any] = {}
        for name, field in _PARTS.items():
            css: str | None = getattr(self._rules, name)
            if css is not None:
                node = self._first(css, item)
                stated = self._page.nodes[node].get("datetime") if node is not None and name == "date" else None
                found[field] = stated or (self._page.text(node) if node is not None else None) or None
        if self._rules.image is not None:
            node = self._first(self._rules.image, item)
            nodes = self._page.nodes[node : self._page.end[node]] if node is not None else []
            found["image_url"] = read_image(nodes, self._seen.document)
        return dataclasses.replace(entry, **found) if found else entry

    def _first(self, css: str, item: Item) -> int | None:
        node = item.box
        while css and node < item.stop:
            selected = self._select(css, node)
            if selected:
                return selected[0]
            node = self._page.end[node]
        return None

    def next_page(self) -> str | None:
        """The first address that what ``next_page`` selects holds, in itself or inside, and that is not the page's own."""
        for element in _selected(self._rules.next_page, self._seen.document.root) if self._rules.next_page else ():
            for address in _addresses(element):
                target = self._seen.document.absolute(address)
                if target is not None and target != self._seen.url:
                    return target
        return None


def _addresses(element: html.HtmlElement) -> Iterator[str]:
    for node in element.iter():
        if isinstance(node.tag, str):
            href = node.get("href", "#")
            if not href.startswith(("#", "javascript:", "mailto:")):
                yield href
            for name, value in node.attrib.items():
                if name.startswith("data-") and value.startswith(("/", "?", "http")):
                    yield value
