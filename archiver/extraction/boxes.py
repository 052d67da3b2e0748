"""The boxes of stories: the largest part of the page that is about one link alone, and what follows it in a flat list."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archiver.extraction.links import Link
from archiver.extraction.outline import Outline

_CARD_TAGS = frozenset({"article", "li", "tr"})
_TOP_TAGS = frozenset({"main", "body", "html"})
_PARTING_TAGS = frozenset({"h1", "h2", "h3", "h4", "hr"})
# Links of at least this weight are bounded by the page's likely headlines alone.
_CLEAR_WEIGHT = 0.5
# Further links in a card (tags, authors) may print so much; more, and more than its text, is a menu, not a card.
_LINKED_WIDTH = 80
# Beside its headline a card prints at least so much, else what follows it is asked.
_BARE_WIDTH = 24
_NOWHERE = 1 << 30


@dataclass(slots=True)
class Item:
    """One story of a cluster. It covers ``box`` and what follows up to ``stop`` (exclusive), all children of one parent.

    ``place`` is equal for boxes that are alike; ``is_flat``: the box is not all of the story, text beside it is too.
    """

    link: Link
    box: int
    stop: int
    place: int = -1
    is_flat: bool = False


def within(nodes: Sequence[int], low: int, high: int) -> Sequence[int]:
    """Those of ``nodes``, which are sorted, from ``low`` to before ``high``."""
    return nodes[bisect_left(nodes, low) : bisect_left(nodes, high)]


@dataclass(slots=True)
class _Rivals:
    """Links in document order that bound each other's boxes. Every question is a search in a sorted list."""

    nodes: list[int]
    keys: list[str]
    # Where the run of links with the same key that each is in begins and ends.
    starts: list[int]
    stops: list[int]

    @classmethod
    def of(cls, links: Sequence[Link]) -> _Rivals:
        keys = [link.key for link in links]
        starts, stops = list(range(len(keys))), list(range(1, len(keys) + 1))
        for at in range(1, len(keys)):
            if keys[at] == keys[at - 1]:
                starts[at] = starts[at - 1]
        for at in range(len(keys) - 2, -1, -1):
            if keys[at] == keys[at + 1]:
                stops[at] = stops[at + 1]
        return cls([link.node for link in links], keys, starts, stops)

    def before(self, node: int, key: str) -> int:
        """The nearest that leads elsewhere than ``key``; -1 when there is none."""
        at = bisect_left(self.nodes, node) - 1
        if at >= 0 and self.keys[at] == key:
            at = self.starts[at] - 1
        return self.nodes[at] if at >= 0 else -1

    def after(self, node: int, key: str) -> int:
        at = bisect_left(self.nodes, node + 1)
        if at < len(self.nodes) and self.keys[at] == key:
            at = self.stops[at]
        return self.nodes[at] if at < len(self.nodes) else _NOWHERE

    def within(self, low: int, high: int) -> bool:
        at = bisect_left(self.nodes, low)
        return at < len(self.nodes) and self.nodes[at] < high


@dataclass(slots=True)
class Boxes:
    """Finds the boxes of one page's links. ``strong`` are its likely headlines, ``place`` numbers nodes that are alike."""

    page: Outline
    links: Sequence[Link]
    strong: Sequence[Link]
    nodes_by_key: dict[str, list[int]]
    place: Sequence[int]
    _rivals: dict[int, _Rivals] = field(default_factory=dict)
    _rows: dict[int, set[int]] = field(default_factory=dict)

    def items(self, group: Sequence[Link]) -> list[Item]:
        """The items of ``group``, links set alike in document order, each address once."""
        page = self.page
        bounds = (self._rivals_of(sum(link.weight for link in group) / len(group)), _Rivals.of(group))
        boxes: dict[str, tuple[Link, int]] = {}
        for link in group:
            if link.key not in boxes:
                boxes[link.key] = (link, self._box(link, bounds))
        places = Counter(self.place[box] for _, box in boxes.values())
        place, count = places.most_common(1)[0]
        if count > 1:
            boxes = {link.key: (link, self._raised(link, box, place, bounds[1])) for link, box in boxes.values()}
        depth = Counter(page.depth[box] for _, box in boxes.values()).most_common(1)[0][0]
        chosen = [(link, _lowered(page, link.node, box, depth)) for link, box in boxes.values()]
        items = _with_extent(page, chosen, bounds)
        for item in items:
            item.place = self.place[item.box]
        return items

    def _raised(self, link: Link, box: int, place: int, group: _Rivals) -> int:
        """``box``, or the ancestor set where most of its fellows' boxes are: a card that holds links like headlines, or many."""
        for outer in self.page.ancestors(box):
            if self.place[outer] == place:
                end = self.page.end[outer]
                alone = group.before(link.node, link.key) < outer and group.after(link.node, link.key) >= end
                return outer if alone else box
        return box

    def _rivals_of(self, weight: float) -> _Rivals:
        """What bounds a group of mean ``weight``: the likely headlines, and where it is none, what looks as much like one."""
        step = 0 if weight >= _CLEAR_WEIGHT else 1 + int(weight * 20)
        if step not in self._rivals:
            least = 0.8 * (step - 1) / 20
            chosen = self.strong if not step else [link for link in self.links if link.weight >= least and link.weight]
            self._rivals[step] = _Rivals.of(chosen)
        return self._rivals[step]

    def _box(self, link: Link, bounds: Sequence[_Rivals]) -> int:
        """The highest ancestor that holds no rival; it does not leave a card, nor swallow a page's navigation."""
        page, node, own = self.page, link.node, self.nodes_by_key[link.key]
        before = max(rivals.before(node, link.key) for rivals in bounds)
        after = min(rivals.after(node, link.key) for rivals in bounds)
        while page.tags[node] not in _CARD_TAGS:
            parent = page.parent[node]
            if parent < 0 or page.tags[parent] in _TOP_TAGS or before >= parent or after < page.end[parent]:
                break
            linked = page.link_width[parent] - sum(page.link_width[n] for n in within(own, parent, page.end[parent]))
            plain = page.text_width[parent] - page.text_width[node] - linked
            if linked > max(_LINKED_WIDTH, plain) and page.tags[parent] not in _CARD_TAGS and not self._in_row(parent, bounds[0]):
                break
            node = parent
        return node

    def _in_row(self, node: int, rivals: _Rivals) -> bool:
        """Nodes like ``node`` beside it hold stories too, so it is a card, however many tags it is filed under."""
        page, parent = self.page, self.page.parent[node]
        if parent not in self._rows:
            held = Counter(self.place[child] for child in page.children(parent) if rivals.within(child, page.end[child]))
            self._rows[parent] = {place for place, count in held.items() if count > 1}
        return self.place[node] in self._rows[parent]


def _lowered(page: Outline, node: int, box: int, depth: int) -> int:
    """``box``, or where it reaches above its fellows the part of it at their depth."""
    while page.depth[box] < depth and page.depth[node] > depth:
        chain = [node, *page.ancestors(node)]
        return next(outer for outer in chain if page.depth[outer] == depth)
    return box


def _with_extent(page: Outline, chosen: Sequence[tuple[Link, int]], bounds: Sequence[_Rivals]) -> list[Item]:
    """Items with where they stop. Flat lists (heading, text, heading, text) give each heading what follows it."""
    items: list[Item] = []
    for link, box in sorted(chosen, key=lambda pair: pair[1]):
        is_flat = page.tags[box] not in _CARD_TAGS and page.text_width[box] <= page.text_width[link.spot] + _BARE_WIDTH
        stop = _following(page, box, bounds) if is_flat else page.end[box]
        items.append(Item(link, box, stop, is_flat=is_flat))
    return _evened(page, items)


def _following(page: Outline, box: int, bounds: Sequence[_Rivals]) -> int:
    """Where the siblings after ``box`` that hold no rival end."""
    stop, limit = page.end[box], page.end[page.parent[box]]
    while stop < limit and page.tags[stop] not in _PARTING_TAGS:
        end = page.end[stop]
        if any(rivals.within(stop, end) for rivals in bounds):
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
            most = max(sum(1 for _ in siblings(page, item)) for item in group[:-1])
            ends = [page.end[node] for node in siblings(page, group[-1])]
            group[-1].stop = ends[min(most, len(ends)) - 1]
    return items


def siblings(page: Outline, item: Item) -> Iterator[int]:
    """The box and what follows it up to where the item stops."""
    node = item.box
    while node < item.stop:
        yield node
        node = page.end[node]
