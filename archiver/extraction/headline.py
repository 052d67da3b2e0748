"""Which text of a link is its headline, and how it is set: as a heading, as what is named a title, in bold, plainly."""

from __future__ import annotations

import re
from typing import Literal

from lxml import html

from archiver.extraction.outline import HEADINGS, INLINE, Outline, squeeze
from archiver.extraction.wording import is_only_date

Manner = Literal["titled", "bold", "plain"]

_TITLE_NAME = re.compile(
    r"title|headline|heading|titre|titul|titol|titel|überschrift|caption-hed|\bhed\b|_hed\b|-hed\b|\b(?:ttl|tit|subject)\b"
)
_NOT_TITLE_NAME = re.compile(r"sub-?title|(?:site|section|widget|block|cat(?:egory)?|pre|over)-?title|title-?(?:prefix|kicker)")
# Printed between a line's date or number and its headline. A line's edge is found within so many empty elements.
_SIGNS, _STEPS = " |-–—:•·»›", 12
_BOLD = frozenset({"strong", "b", "big"})
# In a card that is one link, texts that wide are teasers, and less wide ones no headlines.
_TEASER_WIDTH, _TITLE_WIDTH = 80, 12


def setting(page: Outline, node: int) -> tuple[int, int, Manner]:
    """``(heading level, node of the headline's text, manner)`` of the link ``node``."""
    best = 0
    for inner in range(node + 1, page.end[node]):
        level = HEADINGS.get(page.tags[inner], 0)
        if level and page.text_width[inner] > 1 and (not best or level < HEADINGS[page.tags[best]]):
            best = inner
    if best:
        return HEADINGS[page.tags[best]], _named_part(page, best), "plain"
    for steps, outer in enumerate(page.ancestors(node)):
        level = HEADINGS.get(page.tags[outer], 0)
        if level:
            return level, _named_part(page, node), "plain"
        if steps == 3 or page.link_width[outer] > 2 * page.link_width[node] + 8:
            break
    return (0, *_without_heading(page, node))


def _named_part(page: Outline, node: int) -> int:
    """Of a heading that holds a kicker too, the part that is named as the title."""
    for inner in range(node + 1, page.end[node]):
        if _is_title_name(page.names[inner]) and page.text_width[inner] > 1:
            return inner
    return node


def _without_heading(page: Outline, node: int) -> tuple[int, Manner]:
    for inner in range(node, page.end[node]):
        if _is_title_name(page.names[inner]) and page.text_width[inner] > 1:
            return inner, "titled"
    parent = page.parent[node]
    if parent >= 0 and _is_title_name(page.names[parent]) and page.link_width[parent] == page.link_width[node]:
        return node, "titled"
    for inner in range(node + 1, page.end[node]):
        if page.tags[inner] in _BOLD and page.text_width[inner] > 8:
            return inner, "bold"
    if parent >= 0 and page.tags[parent] in _BOLD and page.text_width[parent] == page.text_width[node]:
        return node, "bold"
    return _printed_title(page, node), "plain"


def _is_title_name(names: str) -> bool:
    return bool(names and _TITLE_NAME.search(names) and not _NOT_TITLE_NAME.search(names))


def _printed_title(page: Outline, node: int) -> int:
    """Of a card that is one link, without heading or telling name, the block before the teaser, or the only long one."""
    blocks = _blocks(page, node) if page.end[node] - node > 2 and page.text_width[node] >= _TEASER_WIDTH else []
    longest = max(blocks, key=lambda block: page.text_width[block], default=node)
    if page.text_width[longest] < _TEASER_WIDTH:
        return longest
    before = [block for block in blocks if block < longest and page.text_width[block] >= _TITLE_WIDTH]
    return before[-1] if before and not is_only_date(page.text(before[-1])) else longest


def _blocks(page: Outline, node: int) -> list[int]:
    """The paragraphs inside a link; none where some of its text is in no block of its own."""
    blocks: list[int] = []
    for inner in range(node + 1, page.end[node]):
        if page.tags[inner] not in INLINE and page.text_width[inner]:
            if blocks and inner < page.end[blocks[-1]]:
                blocks.pop()
            blocks.append(inner)
    return blocks if sum(page.text_width[block] for block in blocks) == page.text_width[node] else []


def in_running_text(page: Outline, node: int) -> bool:
    """A link within a sentence: the block it stands in says much more than the link, and not on other lines."""
    for outer in page.ancestors(node):
        tag = page.tags[outer]
        if tag in INLINE:
            continue
        unlinked = page.text_width[outer] - page.link_width[outer]
        if tag in ("p", "blockquote", "dd", "figcaption"):
            much = unlinked > max(40, 1.0 * page.link_width[outer])
        else:
            much = tag in ("li", "td", "div") and unlinked > max(120, 2 * page.link_width[outer])
        return much and not _opens(page, outer, node) and not _is_line(page.nodes[node])
    return False


def _opens(page: Outline, block: int, node: int) -> bool:
    """The link is the first thing printed in its block, dates apart."""
    before = ""
    for holder, text in page.pieces(block):
        if holder is page.nodes[node] or any(holder is page.nodes[i] for i in range(node, page.end[node])):
            break
        before += text
        if len(before) > 200:
            return False
    before = squeeze(before).strip(_SIGNS)
    return not before or is_only_date(before)


def _is_line(element: html.HtmlElement) -> bool:
    """Nothing else is printed between the line breaks or block edges round ``element``."""
    return _is_edge(element, forward=False) and _is_edge(element, forward=True)


def _is_edge(element: html.HtmlElement, *, forward: bool) -> bool:
    """From ``element`` on, or back, a line break or a block's edge comes before any text."""
    for _ in range(_STEPS):
        parent, beside = element.getparent(), element.getnext() if forward else element.getprevious()
        if parent is None:
            return True
        before = parent.text if beside is None else beside.tail
        text = element.tail if forward else before
        if text and text.strip(_SIGNS + "\t\r\n"):
            return False
        if beside is None:
            if parent.tag not in INLINE:
                return True
            element = parent
        elif beside.tag not in INLINE:
            return True
        elif "".join(beside.itertext()).strip():
            return False
        else:
            element = beside
    return False
