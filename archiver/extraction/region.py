"""Which part of a page is the article: furniture taken out, then the smallest element that holds most of the prose.

Measured on the 395 pages of the article bench (mean body F1): this choice .964, trafilatura's containers .950; it keeps bodies
that are split over sibling containers, which those lose. The thresholds below stand on plateaus: th .6 to .75, guards .5 to .6
and .15 to .25 change less than .002.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence

from lxml.html import HtmlElement

from archiver.extraction.blocks import HEADINGS, Block, Page
from archiver.extraction.marks import Mark
from archiver.extraction.title import fold

# A marked element with more of the page's prose than this is no furniture: layouts call the whole page a form or a sidebar.
_STRONG_GUARD = 0.5
# One that stands away from the headline needs more of it.
_STRONG_GUARD_AWAY = 0.75
# Weakly marked elements of one class that hold more than this together are the layout's way to write paragraphs.
_WEAK_GUARD = 0.2
# A child with this share of its parent's prose is where the article is …
_SHARE = 0.65
# … and has to hold nearly all where the parent says that it is the content.
_SHARE_OF_CONTENT = 0.95
# Where no child has: one that holds the headline and this share.
_SHARE_WITH_TITLE = 0.35
_CONTENT = re.compile(
    r"(?:entry|article|art|post|story|page|text)[-_]{0,2}(?:content|body|text)|articleBody|postContent|ArticleContent"
    r"|rich-?text|body-?text|prose"
)
# The article is never one paragraph, list or link of its page.
_NO_REGION = frozenset({
    "p", "ul", "ol", "li", "span", "blockquote", "dl", "dd", "figure", "a", "b", "strong", "em", "i", "font", *HEADINGS,
})  # fmt: skip

Weights = dict[HtmlElement, float]


def title_block(blocks: Sequence[Block], titles: Sequence[str]) -> Block | None:
    """The heading that prints the first of the folded ``titles`` that any heading prints; ``h1`` goes before the others."""
    headings: dict[str, Block] = {}
    for block in blocks:
        parent = block.element.getparent()
        if block.is_heading or (parent is not None and parent.tag in HEADINGS):
            folded = fold(block.text)
            if folded not in headings or (block.tag == "h1" and headings[folded].tag != "h1"):
                headings[folded] = block
    return next((headings[title] for title in titles if title in headings), None)


def without_furniture(blocks: Sequence[Block], keep: Collection[HtmlElement]) -> list[Block]:
    """The blocks that stand in no marked element, save marked ones that hold too much prose to be furniture.

    ``keep`` are the elements round the headline; a weak mark does not count there.
    """
    total = sum(block.weight for block in blocks)
    of_element: Weights = defaultdict(float)
    of_class: dict[tuple[str, str | None], float] = defaultdict(float)
    for block in blocks:
        weight = block.weight
        if weight and block.marks:
            for element, _ in block.marks:
                of_element[element] += weight
            for name in {_class(element) for element, mark in block.marks if mark is Mark.WEAK}:
                of_class[name] += weight
    verdicts: dict[HtmlElement, bool] = {}

    def is_furniture(element: HtmlElement, mark: Mark) -> bool:
        if element not in verdicts:
            if mark is Mark.STRONG:
                guard = _STRONG_GUARD if element in keep or not keep else _STRONG_GUARD_AWAY
                verdicts[element] = of_element[element] <= guard * total
            else:
                verdicts[element] = of_class[_class(element)] <= _WEAK_GUARD * total and element not in keep
        return verdicts[element]

    return [block for block in blocks if not any(is_furniture(element, mark) for element, mark in block.marks)]


def _class(element: HtmlElement) -> tuple[str, str | None]:
    return str(element.tag), element.get("class")


def article_region(page: Page, live: Sequence[Block], around_title: Collection[HtmlElement]) -> HtmlElement:
    """The element that holds the article: down from ``body`` as long as one child holds most of the prose."""
    weights: Weights = defaultdict(float)
    for block in live:
        weight = block.weight
        if weight:
            for element in _path(block.element, page.body):
                weights[element] += weight
    region = page.body
    while True:
        child = _heaviest(region, weights)
        share = _SHARE_OF_CONTENT if _says_content(region) else _SHARE
        if child is None or weights[child] < share * weights[region]:
            child = next((c for c in region if c in around_title and _fits(c)), None)
            if child is None or weights[child] < _SHARE_WITH_TITLE * weights[region]:
                return region
        region = child


def _path(element: HtmlElement, top: HtmlElement) -> list[HtmlElement]:
    path = [element]
    while element is not top and (parent := element.getparent()) is not None:
        element = parent
        path.append(element)
    return path


def _heaviest(region: HtmlElement, weights: Weights) -> HtmlElement | None:
    best = max(region, key=lambda child: weights.get(child, 0.0), default=None)
    return best if best is not None and weights.get(best) and _fits(best) else None


def _fits(element: HtmlElement) -> bool:
    return len(element) > 0 and element.tag not in _NO_REGION


def _says_content(element: HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return element.get("itemprop") == "articleBody" or _CONTENT.search(names) is not None


def within(block: Block, region: HtmlElement) -> bool:
    """Whether ``block`` stands in ``region``."""
    return block.element is region or region in block.element.iterancestors()
