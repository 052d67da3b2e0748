"""Links set alike, gathered into clusters: what a reader sees as one list, river, grid or hero.

A cluster's items have the same tag path and sit in containers of the same name. Each item has a box: the largest part of
the page that is about its link alone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from archiver.extraction.links import Link
from archiver.extraction.outline import Outline

_DIGITS = re.compile(r"\S*\d\S*|\b(?:first|last|odd|even|active|current|sticky|top|end|alpha|omega|hidden|selected)\b|\s+")
_CARD_TAGS = frozenset({"article", "li", "tr"})
_TOP_TAGS = frozenset({"main", "body", "html"})
# Weaker links are navigation; they never make a cluster but are shown as rejected.
_LEAST_WEIGHT = 0.05
# Columns of the common grid systems: col-md-8, span8, grid_6, td-pb-span4, large-4.
_GRID = re.compile(
    r"(?:^|\s)(?:td-pb-|large-|medium-)(?:span)?(\d{1,2})(?=\s|$)"
    r"|(?:^|\s)(?:col|span|grid)[-_]?(?:(?:md|lg|sm|xl)[-_])?(\d{1,2})(?=\s|$)"
)
# Kinds of children compared under one parent; a page with more is not a list at that point.
_MOST_KINDS = 24


@dataclass(slots=True)
class Item:
    """One story of a cluster. It covers ``box`` and what follows up to ``stop`` (exclusive), all children of one parent."""

    link: Link
    box: int
    stop: int


@dataclass(slots=True)
class Cluster:
    """Items set alike. ``quality`` is how much its average item looks like a story, ``score`` weighs number and"
    " place too."""

    items: list[Item]
    container: int
    quality: float = 0.0
    factor: float = 1.0
    region: str = ""
    score: float = 0.0
    features: dict[str, float] = field(default_factory=dict)

    @property
    def first(self) -> int:
        return self.items[0].box

    @property
    def last(self) -> int:
        return self.items[-1].stop


def find_clusters(page: Outline, links: Sequence[Link], nodes_by_key: dict[str, list[int]]) -> list[Cluster]:
    """All clusters of links that could be headlines, in order of their first item."""
    strong = [link for link in links if (link.level or link.titled) and link.weight >= 0.3]
    within = _inside_stories(page, strong)
    strong = [link for link in strong if link.node not in within]
    groups: dict[tuple[object, ...], list[Link]] = defaultdict(list)
    for link in links:
        if link.weight >= _LEAST_WEIGHT and link.node not in within:
            groups[_signature(page, link)].append(link)
    place = _places(page)
    clusters: list[Cluster] = []
    for group in groups.values():
        items = _items(page, group, strong, links, nodes_by_key)
        parts: dict[int, list[Item]] = defaultdict(list)
        for item in items:
            parts[place[page.parent[item.box]]].append(item)
        clusters.extend(Cluster(part, _container(page, part)) for part in parts.values())
    clusters.sort(key=lambda cluster: cluster.first)
    return clusters


def _inside_stories(page: Outline, strong: Sequence[Link]) -> set[int]:
    """Headings in the text of a story that is printed whole: they come after another, no smaller one in the same card.

    Believed only of cards among others; one ``article`` round the whole list is a wrapper.
    """
    cards: dict[int, list[Link]] = defaultdict(list)
    for link in strong:
        card = next((node for node in page.ancestors(link.node) if _is_card(page, node)), None)
        if card is not None:
            cards[card].append(link)
    if len(cards) < 2:
        return set()
    within: set[int] = set()
    for first, *rest in cards.values():
        if first.level:
            within.update(link.node for link in rest if link.key != first.key and (link.level >= first.level or not link.level))
    return within


def _is_card(page: Outline, node: int) -> bool:
    return page.tags[node] == "article" or " hentry" in page.names[node] or page.names[node].startswith("hentry")


def _signature(page: Outline, link: Link) -> tuple[object, ...]:
    if link.level:
        return page.shape[link.node], link.level
    return page.shape[link.node], link.titled, _plain(page.names[link.node])


@lru_cache(maxsize=4096)
def _plain(names: str) -> str:
    """Names without numbers and states: what like elements have in common."""
    return " ".join(_DIGITS.sub(" ", names).split()) if names else ""


@lru_cache(maxsize=4096)
def grid_width(names: str) -> int:
    """How many of a grid's twelfths an element so named is wide; 0 when the names do not say."""
    match = _GRID.search(names) if names else None
    return int(match[1] or match[2]) if match and 0 < int(match[1] or match[2]) <= 24 else 0


def _places(page: Outline) -> list[int]:
    """A number for each node, equal where tags from the root down are equal and names alike.

    Alike means half of the names in common: cards bear the names of their own tags and categories beside their kind's.
    """
    known: dict[tuple[int, str, int], list[tuple[frozenset[str], int]]] = defaultdict(list)
    place: list[int] = []
    count = 0
    for node, tag in enumerate(page.tags):
        outer = page.parent[node]
        fellows = known[(place[outer] if outer >= 0 else -1, tag, grid_width(page.names[node]))]
        names = frozenset(_plain(page.names[node]).split())
        for others, number in fellows[:_MOST_KINDS]:
            if 2 * len(names & others) >= min(len(names), len(others)) and (bool(names) == bool(others)):
                place.append(number)
                break
        else:
            place.append(count)
            fellows.append((names, count))
            count += 1
    return place


def _items(
    page: Outline, group: Sequence[Link], strong: Sequence[Link], links: Sequence[Link], nodes_by_key: dict[str, list[int]]
) -> list[Item]:
    # Where nothing is set as a heading, what looks as much like a headline as this group bounds its boxes.
    weight = sum(link.weight for link in group) / len(group)
    equals = strong if weight >= 0.5 else [link for link in links if link.weight >= 0.8 * weight]
    rivals = sorted({link.node: link for link in (*equals, *strong, *group)}.values(), key=lambda link: link.node)
    position = {link.node: i for i, link in enumerate(rivals)}
    boxes: dict[str, tuple[Link, int]] = {}
    for link in group:
        before, after = _neighbours(rivals, position[link.node])
        if link.key not in boxes:
            boxes[link.key] = (link, _box(page, link.node, before, after, nodes_by_key[link.key]))
    depth = Counter(page.depth[box] for _, box in boxes.values()).most_common(1)[0][0] if boxes else 0
    chosen = [(link, _lowered(page, link.node, box, depth)) for link, box in boxes.values()]
    return _with_extent(page, chosen, [link.node for link in rivals])


def _neighbours(rivals: Sequence[Link], at: int) -> tuple[int, int]:
    """Nodes of the nearest links before and after that lead elsewhere."""
    before, after = at - 1, at + 1
    while before >= 0 and rivals[before].key == rivals[at].key:
        before -= 1
    while after < len(rivals) and rivals[after].key == rivals[at].key:
        after += 1
    return (rivals[before].node if before >= 0 else -1), (rivals[after].node if after < len(rivals) else 1 << 30)


def _box(page: Outline, node: int, before: int, after: int, own: Sequence[int]) -> int:
    """The highest ancestor that holds no rival; it does not leave a card, nor swallow a page's navigation."""
    while page.tags[node] not in _CARD_TAGS:
        parent = page.parent[node]
        if parent < 0 or page.tags[parent] in _TOP_TAGS or before >= parent or after < page.end[parent]:
            break
        linked = page.link_width[parent] - sum(page.link_width[n] for n in own if page.contains(parent, n))
        plain = page.text_width[parent] - page.text_width[node] - linked
        if linked > 80 and linked > plain and page.tags[parent] not in _CARD_TAGS:
            break
        node = parent
    return node


def _lowered(page: Outline, node: int, box: int, depth: int) -> int:
    """``box``, or where it reaches above its fellows the part of it at their depth."""
    while page.depth[box] < depth and page.depth[node] > depth:
        chain = [node, *page.ancestors(node)]
        return next(outer for outer in chain if page.depth[outer] == depth)
    return box


def _with_extent(page: Outline, chosen: Sequence[tuple[Link, int]], rivals: Sequence[int]) -> list[Item]:
    """Items with where they stop. Flat lists (heading, text, heading, text) give each heading what follows it."""
    items: list[Item] = []
    chosen = sorted(chosen, key=lambda pair: pair[1])
    for link, box in chosen:
        stop = page.end[box]
        if page.tags[box] not in _CARD_TAGS and page.text_width[box] <= page.text_width[link.spot] + 24:
            stop = _following(page, box, rivals)
        items.append(Item(link, box, stop))
    return _evened(page, items)


def _following(page: Outline, box: int, rivals: Sequence[int]) -> int:
    """Where the siblings after ``box`` that hold no rival end."""
    parent = page.parent[box]
    stop = page.end[box]
    while stop < page.end[parent]:
        if page.tags[stop].startswith("h") and page.tags[stop] in ("h1", "h2", "h3", "h4", "hr"):
            break
        end = page.end[stop]
        if any(stop <= node < end for node in rivals):
            break
        stop = end
    return stop


def _evened(page: Outline, items: list[Item]) -> list[Item]:
    """The last item of a flat list must not swallow what comes after the list."""
    groups: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        groups[page.parent[item.box]].append(item)
    for group in groups.values():
        if len(group) > 1:
            spans = [_siblings(page, item) for item in group[:-1]]
            last = group[-1]
            while _siblings(page, last) > max(spans):
                last.stop = _drop_last(page, last)
    return items


def _siblings(page: Outline, item: Item) -> int:
    count, node = 0, item.box
    while node < item.stop:
        node = page.end[node]
        count += 1
    return count


def _drop_last(page: Outline, item: Item) -> int:
    node = previous = item.box
    while node < item.stop:
        previous, node = node, page.end[node]
    return max(previous, page.end[item.box])


def _container(page: Outline, items: Sequence[Item]) -> int:
    """The lowest node that holds all items."""
    node = page.parent[items[0].box]
    for item in items[1:]:
        node = page.common(node, item.box)
    return max(node, 0)
