"""Whether a page is a listing or an article, from where its prose stands and what it says of itself.

A seed may be an article, and a listing must never become one. Blocked pages, consent walls and the like are not told here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lxml import html

from archiver.extraction import jsonld
from archiver.extraction.boxes import Item
from archiver.extraction.document import Document
from archiver.extraction.links import address_weight
from archiver.extraction.pagination import find_next
from archiver.extraction.rating import STORY_QUALITY
from archiver.extraction.selection import paged_scores
from archiver.extraction.survey import Survey, survey

Kind = Literal["listing", "article", "unknown"]

_ARTICLE_TYPE = re.compile(r'"@type"\s*:\s*\[?\s*"(?:\w*NewsArticle|Article|BlogPosting|Report|LiveBlogPosting|OpinionPiece)"')
_GATHERING_TYPE = re.compile(r'"@type"\s*:\s*\[?\s*"(?:CollectionPage|ItemList|Blog|SearchResultsPage)"')
_SINGLE_NAME = re.compile(r"(?:^|\s)(?:single|single-\w+|post-template\S*|node-type-\w+|page-article|article-page)(?=\s|$)")
_GATHERING_NAME = re.compile(r"(?:^|\s)(?:archive|category|tag|author|date|home|blog|front|section-front|index)(?=\s|$)")
# Paragraphs shorter than this are captions, bylines and buttons.
_PARAGRAPH_WIDTH = 60
# Prose of one page in one place: two paragraphs and up speak for an article.
_PROSE_WIDTH = 500
_MIN_ARTICLE = 0.2


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for an article and what for a listing, each weighed. ``page_kind`` compares the two sums."""

    prose: float
    stated_article: float
    article_address: float
    list_score: float
    stated_listing: float
    listing_address: float

    @property
    def for_article(self) -> float:
        return self.prose + self.stated_article + self.article_address

    @property
    def for_listing(self) -> float:
        return self.list_score + self.stated_listing + self.listing_address


def page_kind(document: Document, url: str) -> Kind:
    """What the page served from ``url`` is. ``unknown``: neither a list nor prose to speak of."""
    return kind_of(survey(document, url))


def kind_of(seen: Survey) -> Kind:
    """As ``page_kind``, for a page that is surveyed already."""
    signs = read_signs(seen)
    if max(signs.for_article, signs.for_listing) < 0.5:
        return "unknown"
    if signs.for_listing > signs.for_article:
        return "listing"
    # An address alone makes no article of an empty page.
    return "article" if signs.prose + signs.stated_article >= _MIN_ARTICLE else "unknown"


def read_signs(seen: Survey) -> Signs:
    """The evidence, for ``page_kind`` and for people who ask why."""
    paging = find_next(seen.document, seen.page, seen.url)
    best = max(paged_scores(seen.page, seen.clusters, paging.pager), default=0.0)
    address = address_weight(seen.url)
    return Signs(
        prose=min(3.0, _prose_width(seen) / _PROSE_WIDTH),
        stated_article=_stated_article(seen),
        article_address=0.7 if address > 1 else 0.0,
        list_score=min(2.5, best / 2.5),
        stated_listing=_stated_listing(seen),
        listing_address=1.5 if address < 0.5 else 0.0,
    )


def _prose_width(seen: Survey) -> int:
    """Width of the unlinked paragraphs that stand together outside all stories of a list."""
    page = seen.page
    inside = {
        node
        for cluster in seen.clusters
        if cluster.quality >= STORY_QUALITY
        for item in cluster.items
        if len(cluster.items) > 1 or _is_small_lead(seen, item)
        for node in range(item.box, item.stop)
    }
    together: dict[int, int] = defaultdict(int)
    for node, tag in enumerate(page.tags):
        if tag == "p" and page.text_width[node] >= _PARAGRAPH_WIDTH and node not in inside:
            unlinked = page.text_width[node] - page.link_width[node]
            parent = page.parent[node]
            together[parent] += unlinked
            # Some systems wrap each paragraph in a block of its own.
            outer = page.parent[parent]
            if outer >= 0 and page.tags[outer] not in ("body", "html", "main"):
                together[outer] += unlinked
    return max(together.values(), default=0)


def _is_small_lead(seen: Survey, item: Item) -> bool:
    """A lone story with a big heading; one that holds most of the page is the page's own article."""
    return item.link.level in (1, 2) and seen.page.text_width[item.box] < 0.5 * seen.page.text_width[0]


def _stated_article(seen: Survey) -> float:
    root = seen.document.root
    stated = 0.0
    if root.find(".//meta[@property='article:published_time']") is not None:
        stated += 1.5
    og_type = root.find(".//meta[@property='og:type']")
    # Weak: plugins state "article" on archives too.
    if og_type is not None and og_type.get("content", "").lower() == "article":
        stated += 0.3
    if _states_article(seen):
        stated += 1.0
    return stated + (1.5 if _SINGLE_NAME.search(_body_names(seen)) else 0.0)


def _states_article(seen: Survey) -> bool:
    """Its structured data describe an article, and not only those that the page lists."""
    structured = _structured(seen)
    if not _ARTICLE_TYPE.search(structured):
        return False
    if not _GATHERING_TYPE.search(structured):
        return True
    nodes = jsonld.flatten(jsonld.load(script.text or "") for script in _scripts(seen))
    return any(_ARTICLE_TYPE.search(f'"@type":"{name}"') for node in nodes for name in jsonld.types(node))


def _stated_listing(seen: Survey) -> float:
    stated = 1.0 if _GATHERING_TYPE.search(_structured(seen)) else 0.0
    names = _body_names(seen)
    return stated + (1.5 if _GATHERING_NAME.search(names) and not _SINGLE_NAME.search(names) else 0.0)


def _structured(seen: Survey) -> str:
    return " ".join(script.text or "" for script in _scripts(seen))


def _scripts(seen: Survey) -> Iterator[html.HtmlElement]:
    yield from seen.document.root.iterfind(".//script[@type='application/ld+json']")


def _body_names(seen: Survey) -> str:
    body = seen.document.root.find("body")
    return body.get("class", "").lower() if body is not None else ""
