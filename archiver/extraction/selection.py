"""Which clusters are the listing: the best one, and those that stand beside it in the page's own content."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.extraction.boxes import within
from archiver.extraction.clusters import Cluster
from archiver.extraction.element_names import grid_width
from archiver.extraction.links import address_weight
from archiver.extraction.odd_ones import is_menu
from archiver.extraction.outline import HEADINGS, Outline
from archiver.extraction.rating import STORY_QUALITY
from archiver.extraction.regions import Regions
from archiver.extraction.survey import Survey
from archiver.extraction.wording import heads_aside

_BLOCK_TITLE = re.compile(
    r"(?:widget|section|block|module|box|cat|category|heading|area|sidebar)[_-]*(?:title|head|heading|header)\b"
    r"|\btitle-?(?:bar|block)\b"
)
# A cluster is taken when its likeness to the best one, lowered by where it stands, is above this.
# On the 50 shared pages taken ones start at 0.55 and others end at 0.35.
_LIKENESS = 0.45
_LEAST_QUALITY = 0.15
_CLEAR_FACTOR = 0.9
_HEADLINE_WEIGHT = 0.75
_PLAIN_WIDTH = 24
# Of a card's text beside its headline (1: 120 letters and up), and of the share of cards that have a picture or a date.
_CARD_TEXT, _MOST = 0.4, 0.7
_ASIDES = frozenset({"navigation", "page foot", "comments", "repeats"})
_SIDES = frozenset({"side column", "widget", "page foot", "repeats"})
_ASIDE_FACTOR = 0.25
_HEADINGS_BACK = 8
_PAGED_QUALITY = 0.3
_PAGED_BONUS = 2.0


@dataclass(slots=True)
class Choice:
    """``taken`` in document order, each with why; ``left`` likewise."""

    taken: list[tuple[Cluster, str]]
    left: list[tuple[Cluster, str]]


@dataclass(slots=True)
class Headings:
    """The page's block headings: those that are neither a story's headline nor inside a story."""

    nodes: list[int]
    spots: list[int]
    page: Outline

    @classmethod
    def of(cls, page: Outline, clusters: Sequence[Cluster]) -> Headings:
        items = [item for cluster in clusters if cluster.quality >= STORY_QUALITY for item in cluster.items]
        taken = {node for item in items for node in range(item.box, item.stop)}
        nodes = [node for node in range(len(page.tags)) if node not in taken and _is_heading(page, node)]
        spots = sorted(item.link.spot for item in items)
        return cls([node for node in nodes if not _any_between(spots, node, page.end[node])], spots, page)

    def above(self, box: int, within: int) -> int | None:
        """The heading that opens a part of the page, inside ``within``, whose stories ``box`` belongs to."""
        for index in range(bisect_right(self.nodes, box) - 1, -1, -1):
            node = self.nodes[index]
            for outer in self.page.ancestors(node):
                if outer < within:
                    break
                if self.page.contains(outer, box):
                    return node
                # The heading has stories of its own in a part of the page that ends before this one.
                if _any_between(self.spots, node, self.page.end[outer]):
                    break
            if self.page.depth[node] <= 2 or bisect_right(self.nodes, box) - 1 - index > _HEADINGS_BACK:
                break
        return None


def _any_between(numbers: Sequence[int], low: int, high: int) -> bool:
    at = bisect_right(numbers, low - 1)
    return at < len(numbers) and numbers[at] < high


def _is_heading(page: Outline, node: int) -> bool:
    if not 1 < page.text_width[node] < 120:
        return False
    if page.tags[node] in HEADINGS or page.nodes[node].get("role") == "heading":
        return True
    return bool(page.names[node] and _BLOCK_TITLE.search(page.names[node]))


def paged_scores(page: Outline, clusters: Sequence[Cluster], pager: int | None) -> list[float]:
    """Scores of ``clusters``, higher for the list that the page numbers belong to.

    That is the one with which they share the smallest part of the page.
    """
    if pager is None:
        return [cluster.score for cluster in clusters]
    depths = [page.depth[page.common(cluster.container, pager)] for cluster in clusters]
    likely = [depth for cluster, depth in zip(clusters, depths, strict=True) if cluster.quality >= _PAGED_QUALITY]
    nearest = max(likely, default=-1)
    return [cluster.score * (_PAGED_BONUS if depth == nearest else 1.0) for cluster, depth in zip(clusters, depths, strict=True)]


def choose(seen: Survey, clusters: Sequence[Cluster], headings: Headings, pager: int | None) -> Choice:
    """Splits ``clusters``, all of those of ``seen`` or some, into those that are the listing and those that are not."""
    page, regions = seen.page, seen.regions
    choice = Choice([], [])
    scores = paged_scores(page, clusters, pager)
    best = clusters[scores.index(max(scores))] if clusters else None
    if best is None or best.quality < _LEAST_QUALITY:
        choice.left = [(cluster, "too little to be a headline") for cluster in clusters]
        return choice
    if _nothing_listed(page, best, regions, headings):
        choice.left = [(cluster, cluster.region or "too little to be a headline") for cluster in clusters]
        return choice
    stories = sorted(item.box for cluster in clusters if cluster.quality >= STORY_QUALITY for item in cluster.items)
    for cluster in clusters:
        if cluster is not best and _opens_blocks(page, cluster, stories):
            choice.left.append((cluster, "headings of blocks"))
            continue
        if cluster is best:
            choice.taken.append((cluster, "main list"))
            continue
        reason = _objection(seen, cluster, best, headings, pager)
        if reason is None:
            choice.taken.append((cluster, "beside the main list"))
        else:
            choice.left.append((cluster, reason))
    return choice


def _nothing_listed(page: Outline, best: Cluster, regions: Regions, headings: Headings) -> bool:
    """An empty section still shows its site's side lists; where the best is one of those, nothing is listed."""
    if best.quality >= 1:
        return False
    if best.factor < _ASIDE_FACTOR and best.region in _ASIDES:
        return True
    heading = headings.above(best.items[0].box, 0)
    return (
        best.quality < STORY_QUALITY
        and bool(regions.kinds(best.items[0].box) & _SIDES)
        and heading is not None
        and heads_aside(page.text(heading), small=True)
    )


def _objection(seen: Survey, cluster: Cluster, best: Cluster, headings: Headings, pager: int | None) -> str | None:
    """Why ``cluster`` is not part of the listing whose main list is ``best``; ``None`` when it is."""
    page, regions = seen.page, seen.regions
    if covers(best, cluster):
        return "inside an entry of the main list"
    meeting = page.common(best.container, cluster.container)
    factor, region = regions.factor(cluster.items[0].box, below=meeting)
    if factor <= 0.4:
        return region
    heading = headings.above(cluster.items[0].box, meeting)
    if heading is not None and heads_aside(page.text(heading), cluster.quality < 0.8 * best.quality):
        return f"under the heading {page.text(heading)[:40]!r}"
    if pager is not None and cluster.first > pager > best.last:
        return "below the page numbers"
    if _narrower(page, cluster, best, meeting):
        return "narrow column"
    if is_menu(seen, cluster):
        return "pages of the menu"
    if cluster.quality * factor >= _LIKENESS * best.quality:
        return None
    if factor < _CLEAR_FACTOR:
        return region
    if _is_cards(cluster):
        return None
    # A front page sets stories in many sizes, down to bare headlines; a list with page numbers sets its own alike.
    return None if pager is None and _is_headlines(cluster) else "set smaller than the main list"


def covers(cluster: Cluster, other: Cluster) -> bool:
    """Every link of ``other`` is inside an item of ``cluster``."""
    boxes = [item.box for item in cluster.items]
    for item in other.items:
        at = bisect_right(boxes, item.link.node) - 1
        if at < 0 or item.link.node >= cluster.items[at].stop:
            return False
    return True


def _opens_blocks(page: Outline, cluster: Cluster, stories: Sequence[int]) -> bool:
    """Linked headings that stand over stories: bare, and with others' stories after them in the same part of the page.

    ``stories`` are the boxes of all likely stories of the page, sorted.
    """
    features = cluster.features
    if max(features["image"], features["date"], features["plain"]) > 0.2 or _addresses(cluster) > 1:
        return False
    own = sorted(item.box for item in cluster.items) if cluster.quality >= STORY_QUALITY else []
    opening = 0
    for item in cluster.items:
        outer = page.parent[item.box]
        if outer >= 0:
            opening += len(within(stories, item.stop, page.end[outer])) > len(within(own, item.stop, page.end[outer]))
    return 2 * opening > len(cluster.items)


def _addresses(cluster: Cluster) -> float:
    return sum(address_weight(item.link.url) for item in cluster.items) / len(cluster.items)


def _is_cards(cluster: Cluster) -> bool:
    """Whole cards, with text beside the headline and a picture or date, though no markup says which text the headline is."""
    features = cluster.features
    told = features["plain"] >= _CARD_TEXT and max(features["image"], features["date"]) >= _MOST
    return told and len(cluster.items) > 2 and _mean_width(cluster) >= _PLAIN_WIDTH and _addresses(cluster) > 1


def _mean_width(cluster: Cluster) -> float:
    return sum(item.link.width for item in cluster.items) / len(cluster.items)


def _is_headlines(cluster: Cluster) -> bool:
    """Headings that lead to what looks like stories, though nothing else is printed with them.

    Portals set rows of stories as plain links; those are told from menus by their length and their addresses.
    """
    link = cluster.items[0].link
    if link.level > 0 or link.titled:
        return cluster.features["weight"] >= _HEADLINE_WEIGHT
    return len(cluster.items) > 2 and _mean_width(cluster) >= _PLAIN_WIDTH and _addresses(cluster) > 1.05


def _narrower(page: Outline, cluster: Cluster, best: Cluster, meeting: int) -> bool:
    """The grid gives the cluster a column beside the main list with clearly less room."""
    if len(best.items) < 3 or (cluster.first < best.last and cluster.last > best.first):
        return False
    mine, theirs = _column(page, cluster.items[0].box, meeting), _column(page, best.items[0].box, meeting)
    return bool(mine and theirs and mine < 0.6 * theirs)


def _column(page: Outline, node: int, meeting: int) -> int:
    """Twelfths of the outermost grid column between ``node`` and ``meeting``; 0 when the page does not say."""
    found = 0
    while node > meeting and node >= 0:
        if page.tags[node] not in ("article", "li"):
            found = grid_width(page.names[node]) or found
        node = page.parent[node]
    return found
