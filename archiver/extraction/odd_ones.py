"""Cards among stories that are none: paid for, or leading to a page of the menu, a category, a front page, a download."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from archiver.extraction.boxes import Item
from archiver.extraction.clusters import Cluster
from archiver.extraction.links import Link, address_weight
from archiver.extraction.survey import Survey

# "Sponsored", "Anzeige": a label on a card, not a box of advertising beside it.
_TAG_WIDTH = 24
_MENUS = frozenset({"navigation", "page foot"})
# Addresses below this are seldom stories'; where so many of a list's are not, the others stand out.
_STORY_ADDRESS, _MOST = 0.5, 0.7
# Of links to one page so many are asked; menus stand at the top.
_MOST_ASKED = 50
# A menu may name a story or two of the day, but not a whole list of them.
_FEW = 3


def odd_ones(seen: Survey, cluster: Cluster) -> list[Item]:
    """Those of the items of ``cluster`` that are no stories, in order."""
    items = cluster.items
    likely = [address_weight(item.link.url) >= _STORY_ADDRESS for item in items]
    tells = len(items) > 2 and sum(likely) >= _MOST * len(items)
    usual = Counter(item.place for item in items).most_common(1)[0][0]
    return [
        item
        for item, is_likely in zip(items, likely, strict=True)
        if (tells and not is_likely)
        or is_paid(seen, item)
        or (item.place != usual and address_weight(item.link.url) <= 1 and is_in_menu(seen, item))
    ]


def is_paid(seen: Survey, item: Item) -> bool:
    """Its box is named as advertising, or a label on it is."""
    for node in range(item.box, item.stop):
        mark = seen.regions.mark(node)
        if mark is not None and mark[0] == "advertising" and (node == item.box or 0 < seen.page.text_width[node] <= _TAG_WIDTH):
            return True
    return False


def is_menu(seen: Survey, cluster: Cluster) -> bool:
    """All lead to pages that the menu names too: tiles of the site's parts, or a box or two that send the reader there."""
    if len(cluster.items) < _FEW:
        return all(address_weight(item.link.url) <= 1 and is_in_menu(seen, item) for item in cluster.items)
    return all(is_in_menu(seen, item) for item in cluster.items)


def is_in_menu(seen: Survey, item: Item) -> bool:
    """It leads to a page of the site that its menu or foot names too."""
    others = [node for node in seen.nodes_by_key[item.link.key][:_MOST_ASKED] if not item.box <= node < item.stop]
    return any(not _link_at(seen, node).level and seen.regions.kinds(node) & _MENUS for node in others)


def _link_at(seen: Survey, node: int) -> Link:
    return seen.links[bisect_left(seen.links, node, key=lambda link: link.node)]
