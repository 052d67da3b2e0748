"""Which clusters are the listing: the best one, and those that stand beside it in the page's own content."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.extraction.clusters import Cluster
from archiver.extraction.links import address_weight
from archiver.extraction.outline import HEADINGS, Outline
from archiver.extraction.regions import Regions
from archiver.extraction.wording import ASIDE_HEADING

_BLOCK_TITLE = re.compile(
    r"(?:widget|section|block|module|box|cat|category|heading|area|sidebar)[_-]*(?:title|head|heading|header)\b|\btitle-?(?:bar|block)\b"
)
# Columns of the common grid systems: how many twelfths wide.
_GRID = re.compile(
    r"(?:^|\s)(?:td-pb-|col-|grid[-_]|large-|medium-)?(?:(?:md|lg|sm|xl|xs)-)?(?:span)?-?(\d{1,2})(?=\s|$)|(?:^|\s)(?:col|span|grid)[-_]?(?:md|lg|sm|xl)?[-_]?(\d{1,2})(?=\s|$)"
)
# A cluster is taken when its likeness to the best one, lowered by where it stands, is above this.
# On the 50 shared pages taken ones start at 0.55 and others end at 0.35.
_LIKENESS = 0.45
_LEAST_QUALITY = 0.2
_PAGED_QUALITY = 0.3
_PAGED_BONUS = 2.0


@dataclass(slots=True)
class Choice:
    """``taken`` in document order, each with why; ``left`` likewise."""

    taken: list[tuple[Cluster, str]]
    left: list[tuple[Cluster, str]]


@dataclass(slots=True)
class Headings:
    """The page's block headings: those that are not a story's headline."""

    nodes: list[int]
    page: Outline

    @classmethod
    def of(cls, page: Outline, spots: set[int]) -> Headings:
        nodes = []
        for node, tag in enumerate(page.tags):
            if not 1 < page.text_width[node] < 120:
                continue
            if (
                tag in HEADINGS
                or page.nodes[node].get("role") == "heading"
                or (page.names[node] and _BLOCK_TITLE.search(page.names[node]))
            ):
                if not any(node <= spot < page.end[node] for spot in spots):
                    nodes.append(node)
        return cls(nodes, page)

    def above(self, box: int, within: int) -> int | None:
        """The nearest heading before ``box`` that opens an element inside ``within`` that holds ``box``."""
        at = bisect_right(self.nodes, box) - 1
        for index in range(at, max(-1, at - 6), -1):
            node = self.nodes[index]
            for steps, outer in enumerate(self.page.ancestors(node)):
                if outer < within or steps > 4:
                    break
                if self.page.contains(outer, box):
                    return node if outer > within or steps <= 1 else None
        return None


def favour_paged(page: Outline, clusters: Sequence[Cluster], pager: int | None) -> None:
    """The list that the page numbers belong to is the main one: they stand in the smallest part of the page that holds both."""
    if pager is None:
        return
    depths = [page.depth[page.common(cluster.container, pager)] for cluster in clusters]
    likely = [depth for cluster, depth in zip(clusters, depths, strict=True) if cluster.quality >= _PAGED_QUALITY]
    for cluster, depth in zip(clusters, depths, strict=True):
        if likely and depth == max(likely):
            cluster.score *= _PAGED_BONUS


def choose(page: Outline, clusters: Sequence[Cluster], regions: Regions, headings: Headings, pager: int | None) -> Choice:
    """Splits ``clusters`` into those that are the listing and those that are not."""
    ranked = sorted(clusters, key=lambda cluster: -cluster.score)
    choice = Choice([], [])
    if not ranked or ranked[0].quality < _LEAST_QUALITY:
        choice.left = [(cluster, "too little to be a headline") for cluster in clusters]
        return choice
    best = ranked[0]
    for cluster in clusters:
        if cluster is best:
            choice.taken.append((cluster, "main list"))
            continue
        reason = _objection(page, cluster, best, regions, headings, pager)
        if reason is None:
            choice.taken.append((cluster, "beside the main list"))
        else:
            choice.left.append((cluster, reason))
    return choice


def _objection(
    page: Outline, cluster: Cluster, best: Cluster, regions: Regions, headings: Headings, pager: int | None
) -> str | None:
    """Why ``cluster`` is not part of the listing whose main list is ``best``; ``None`` when it is."""
    if all(any(item.box <= inner.link.node < item.stop for item in best.items) for inner in cluster.items):
        return "inside an entry of the main list"
    meeting = page.common(best.container, cluster.container)
    factor, region = regions.factor(cluster.items[0].box, below=meeting)
    if factor <= 0.4:
        return region
    heading = headings.above(cluster.items[0].box, meeting)
    if heading is not None and ASIDE_HEADING.search(page.text(heading)):
        return f"under the heading {page.text(heading)[:40]!r}"
    if pager is not None and cluster.first > pager > best.last:
        return "below the page numbers"
    if _narrower(page, cluster, best, meeting):
        return "narrow column"
    if cluster.quality * factor < _LIKENESS * best.quality:
        return "set smaller than the main list" if factor > 0.9 else region
    return None


def _narrower(page: Outline, cluster: Cluster, best: Cluster, meeting: int) -> bool:
    """The grid gives the cluster's column clearly less room than the main list's."""
    mine, theirs = _column(page, cluster.items[0].box, meeting), _column(page, best.items[0].box, meeting)
    return bool(mine and theirs and mine < 0.6 * theirs)


def _column(page: Outline, node: int, meeting: int) -> int:
    """Twelfths of the outermost grid column between ``node`` and ``meeting``; 0 when the page does not say."""
    found = 0
    while node > meeting and node >= 0:
        match = _GRID.search(page.names[node])
        if match and page.tags[node] not in ("article", "li"):
            found = int(match[1] or match[2])
        node = page.parent[node]
    return found if 0 < found <= 24 else 0


def is_odd_one(cluster: Cluster, url: str) -> bool:
    """A gathering or file among stories: a card that leads to a category, a front page, a download."""
    if len(cluster.items) < 3 or address_weight(url) >= 0.5:
        return False
    usual = sum(address_weight(item.link.url) >= 0.5 for item in cluster.items)
    return usual >= 0.7 * len(cluster.items)
