"""One look at a page that everything else about it is read from: outline, links, rated clusters, regions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from archiver.extraction.clusters import Cluster, find_clusters
from archiver.extraction.document import Document
from archiver.extraction.links import Link, find_links
from archiver.extraction.outline import Outline, outline
from archiver.extraction.rating import STORY_QUALITY, Counts, rate
from archiver.extraction.regions import Regions
from archiver.extraction.unlinked import unlinked_headlines
from archiver.urls import normalize_url


@dataclass(frozen=True, slots=True)
class Survey:
    """A parsed page and what stands where on it. ``clusters`` are rated, in order of their first item."""

    document: Document
    url: str
    page: Outline
    links: list[Link]
    clusters: list[Cluster]
    regions: Regions
    nodes_by_key: dict[str, list[int]]


def survey(document: Document, url: str) -> Survey:
    """Looks over ``document``, the page served from ``url``. Never raises on any page."""
    page, page_key = outline(document.root), normalize_url(url)
    links = find_links(document, page, page_key)
    seen = _rated(document, url, page, links)
    if not any(cluster.quality * cluster.factor >= STORY_QUALITY for cluster in seen.clusters):
        # No headline is a link here: perhaps headings are headlines.
        added = unlinked_headlines(page, links, page_key)
        if added:
            seen = _rated(document, url, page, sorted([*links, *added], key=lambda link: link.node))
    return seen


def _rated(document: Document, url: str, page: Outline, links: list[Link]) -> Survey:
    nodes_by_key: dict[str, list[int]] = defaultdict(list)
    for link in links:
        nodes_by_key[link.key].append(link.node)
    clusters = find_clusters(page, links, nodes_by_key)
    regions, counts = Regions.of(page, links), Counts.of(page)
    for cluster in clusters:
        rate(page, cluster, counts, nodes_by_key)
        cluster.factor, cluster.region = regions.factor(cluster.items[0].box)
        # Number counts less than looks: five full cards are a list, eighty short links a menu.
        cluster.score = cluster.quality**2 * cluster.factor * len(cluster.items) ** 0.5
    return Survey(document, url, page, links, clusters, regions, nodes_by_key)
