"""Links set alike, gathered into clusters: what a reader sees as one list, river, grid or hero.

A cluster's items have the same tag path and sit in containers of the same name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from archiver.extraction.boxes import Boxes, Item
from archiver.extraction.element_names import grid_width, kind_names
from archiver.extraction.links import Link
from archiver.extraction.outline import Outline

# Weaker links are navigation: they never make a cluster.
_LEAST_WEIGHT = 0.05
# Kinds of children compared under one parent; a page with more is not a list at that point.
_MOST_KINDS = 24


@dataclass(slots=True)
class Cluster:
    """Items set alike. ``quality`` is how much its average item looks like a story, ``score`` weighs number and place too."""

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
    boxes = Boxes(page, links, strong, nodes_by_key, place)
    clusters: list[Cluster] = []
    for group in groups.values():
        parts: dict[int, list[Item]] = defaultdict(list)
        for item in boxes.items(group):
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
    return page.shape[link.node], link.titled, kind_names(page.names[link.node])


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
        names = kind_names(page.names[node])
        for others, number in fellows[:_MOST_KINDS]:
            if 2 * len(names & others) >= min(len(names), len(others)) and (bool(names) == bool(others)):
                place.append(number)
                break
        else:
            place.append(count)
            fellows.append((names, count))
            count += 1
    return place


def _container(page: Outline, items: Sequence[Item]) -> int:
    """The lowest node that holds all items."""
    node = page.parent[items[0].box]
    for item in items[1:]:
        node = page.common(node, item.box)
    return max(node, 0)
