"""Headings that are no links themselves, over cards whose only link is a picture or says "read more"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from archiver.extraction.links import Link, weigh
from archiver.extraction.outline import HEADINGS, Outline, width
from archiver.extraction.wording import MORE

_STRONG = 0.3
_LEAST_WIDTH = 4
# One such heading may be the page's own over its first picture; a list has some set alike.
_LEAST_COUNT = 2


def unlinked_headlines(page: Outline, links: Sequence[Link], page_key: str) -> list[Link]:
    """For each story that only a weak link leads to its heading, as if that were the link; where there is more than one."""
    weak = _weak(links)
    strong = [link.node for link in links if link.weight >= _STRONG]
    headings = [node for node, tag in enumerate(page.tags) if tag in HEADINGS and _is_plain(page, node)]
    found: dict[int, Link] = {}
    for link in weak:
        at = bisect_left(headings, link.node)
        # The heading comes after its picture, or before its "read more": the one that shares the smaller part of the page.
        near = [node for node in headings[max(at - 1, 0) : at + 1] if node not in found and _share_card(page, node, link, strong)]
        heading = max(near, key=lambda node: page.depth[page.common(node, link.node)], default=None)
        if heading is not None:
            level, text = HEADINGS[page.tags[heading]], page.text(heading)
            found[heading] = replace(link, node=heading, spot=heading, text=text, width=width(text), level=level, inline=False)
    kinds = Counter(page.shape[node] for node in found)
    added = [link for node, link in found.items() if kinds[page.shape[node]] >= _LEAST_COUNT]
    weigh(page, added, page_key)
    return added


def _weak(links: Sequence[Link]) -> list[Link]:
    """One link for each address to which no better one leads than a picture or a word that many share."""
    best: dict[str, float] = defaultdict(float)
    shared: dict[str, set[str]] = defaultdict(set)
    for link in links:
        best[link.key] = max(best[link.key], link.weight)
        shared[re.sub(r"\d+", "#", link.text.casefold())].add(link.key)
    weak: dict[str, Link] = {}
    for link in links:
        says_little = not link.text or MORE.match(link.text) or len(shared[re.sub(r"\d+", "#", link.text.casefold())]) > 1
        if best[link.key] < _STRONG and says_little and not link.inline:
            weak.setdefault(link.key, link)
    return list(weak.values())


def _is_plain(page: Outline, node: int) -> bool:
    """A heading with text and without a link in or round it."""
    if page.text_width[node] < _LEAST_WIDTH or page.link_width[node]:
        return False
    return not any(page.tags[outer] == "a" for outer in page.ancestors(node))


def _share_card(page: Outline, heading: int, link: Link, strong: Sequence[int]) -> bool:
    """No likely headline stands between them, and what holds both is a part of the page, or a flat list of such pairs."""
    low, high = sorted((heading, link.node))
    at = bisect_left(strong, low)
    if at < len(strong) and strong[at] < high:
        return False
    common = page.common(heading, link.node)
    if heading < link.node and common == page.parent[heading]:
        return True
    return page.tags[common] not in ("body", "html") and page.text_width[common] < 0.5 * page.text_width[0]
