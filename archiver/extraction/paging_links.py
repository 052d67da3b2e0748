"""Links and buttons that may lead to another page of a list: where they lead, what they say, what stands round them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from archiver.extraction.document import Document
from archiver.extraction.links import MOST_LINKS, is_file
from archiver.extraction.outline import Outline
from archiver.extraction.page_urls import Count, canonical, count
from archiver.extraction.paging_words import (
    ARROW,
    MORE_ALONE,
    NEXT,
    NEXT_NAME,
    PAGER_NAME,
    PREVIOUS,
    PREVIOUS_NAME,
    PRINTED,
    THOUSANDS,
)
from archiver.extraction.periods import Period, other_period, period_of
from archiver.urls import host_of

_NO_ADDRESS = re.compile(r"img|image|src|share|bg|background|video|api|ajax|poster|icon")
_BUTTONS = frozenset({"button", "div", "span", "nav", "section", "ul"})


@dataclass(slots=True)
class Candidate:
    """A link, or an address in a button's attribute, that may lead to another page of the list. ``node`` -1: in the head.

    ``period`` is the year, month or day of another page of the same archive; days that are printed as numbers count instead.
    """

    url: str
    key: str
    node: int
    text: str = ""
    names: str = ""
    rel: str = ""
    button: bool = False
    context: str = ""
    period: Period | None = None

    @property
    def forward(self) -> bool:
        if "next" in self.rel.split() or (self.button and MORE_ALONE.fullmatch(self.text)):
            return True
        return bool(NEXT_NAME.search(self.names) or NEXT.search(self.text))

    @property
    def backward(self) -> bool:
        return "prev" in self.rel.split() or bool(PREVIOUS_NAME.search(self.names)) or bool(PREVIOUS.search(self.text))

    @property
    def printed(self) -> int | None:
        match = PRINTED.fullmatch(THOUSANDS.sub("", self.text))
        return int(match[1]) if match else None

    @property
    def points(self) -> bool:
        """It says that it leads on or back: by a word, a name or an arrow beside what it prints."""
        return self.forward or self.backward or "previous" in self.rel.split() or bool(ARROW.search(self.text))

    @property
    def placed(self) -> bool:
        """It stands where the markup says page numbers are."""
        return self.button or bool(PAGER_NAME.search(self.context) or PAGER_NAME.search(self.names))


@dataclass(frozen=True, slots=True)
class Target:
    """An address on the page's host, and how it counts."""

    url: str
    key: str
    count: Count | None
    period: Period | None = None


def candidates(document: Document, page: Outline, url: str, stories: Collection[str]) -> Iterator[tuple[Candidate, Count | None]]:
    """Links that lead elsewhere on the page's host, and how their addresses count relative to the page's own."""
    here, host = canonical(url), host_of(url).removeprefix("www.")
    own_period = period_of(here)

    def target(href: str, *, anywhere: bool = False) -> Target | None:
        found = document.absolute(href)
        if not found or not (anywhere or (not is_file(found) and host_of(found).removeprefix("www.") == host)):
            return None
        key = canonical(found)
        counted = count(here, key) if key != here else None
        is_story = found in stories and not (counted is not None and counted.worded)
        return None if key == here or is_story else Target(found, key, counted, other_period(own_period, key))

    for link in document.root.iterfind(".//head/link[@rel][@href]"):
        if "next" in link.get("rel", "").lower().split() and (stated := target(link.get("href"), anywhere=True)):
            yield Candidate(stated.url, stated.key, -1, rel="next"), stated.count
    known: dict[str, Target | None] = {}
    asked = 0
    for node, tag in enumerate(page.tags):
        if tag != "a" and tag not in _BUTTONS:
            continue
        for href in _addresses(page, node):
            if href not in known:
                known[href] = target(href)
            found = known[href]
            asked += 1
            if asked > MOST_LINKS:
                return
            if found is not None:
                yield _candidate(page, node, found), found.count


def _addresses(page: Outline, node: int) -> list[str]:
    """The addresses that a link or button holds."""
    attributes = page.nodes[node].attrib
    if page.tags[node] == "a":
        href = attributes.get("href", "")
        if href and not href.startswith(("#", "javascript:", "mailto:")):
            return [href]
    return [value for name, value in attributes.items() if name.startswith("data-") and _like_address(name, value)]


def _like_address(name: str, value: str) -> bool:
    shaped = value.startswith(("/", "http", "?")) or "?" in value
    return shaped and len(value) < 500 and not _NO_ADDRESS.search(name)


def _candidate(page: Outline, node: int, target: Target) -> Candidate:
    element = page.nodes[node]
    text = page.text(node) if page.text_width[node] < 60 else ""
    if not text:
        image = element.find(".//img")
        text = element.get("aria-label") or element.get("title") or (image.get("alt", "") if image is not None else "")
    period = None if len(text) < 3 and text.isdigit() else target.period
    names = " ".join(page.names[inner] for inner in range(node, min(page.end[node], node + 4)))
    outer = page.parent[node]
    if outer >= 0 and page.link_width[outer] <= page.link_width[node] + 2:
        names += " " + page.names[outer]
    rel, button = element.get("rel", "").lower(), page.tags[node] != "a"
    return Candidate(target.url, target.key, node, text[:60], names, rel, button, period=period)


def surroundings(page: Outline, node: int) -> str:
    """Names of the few elements round ``node``, as long as they print little else."""
    found: list[str] = []
    for steps, outer in enumerate(page.ancestors(node) if node >= 0 else ()):
        if steps > 3 or page.text_width[outer] > 600:
            break
        found += [page.names[outer], (page.nodes[outer].get("aria-label") or "").lower(), page.tags[outer]]
    return " ".join(found)
