"""Section pages read as a person reads them: the article links in order, the next page, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import html

from archiver.extraction.card import (
    Card,
    printed_date,
    read_byline,
    read_card,
    read_date,
    read_image,
    read_label,
)
from archiver.extraction.decision import Decision, decide
from archiver.extraction.document import Document, parse_document
from archiver.extraction.outline import Outline, squeeze
from archiver.extraction.rating import STORY_QUALITY
from archiver.extraction.selection import Choice, Headings
from archiver.extraction.stated_list import stated_entries
from archiver.extraction.survey import Survey, survey
from archiver.extraction.teaser import teasers
from archiver.model import Listing, ListingEntry, ListingType, RejectedCluster
from archiver.urls import path_and_query

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"})


def find_listing(html: bytes, url: str, content_type: str | None = None) -> Listing:
    """The listing that ``html`` (as served from ``url``) shows. Never raises; a page without one has no entries."""
    return read_listing(parse_document(html, url, content_type), url)


def read_listing(document: Document, url: str) -> Listing:
    """As ``find_listing``, for a page that is parsed already."""
    return listing_of(survey(document, url))


def listing_of(seen: Survey, decision: Decision | None = None) -> Listing:
    """As ``find_listing``, for a page that is surveyed, and perhaps decided on, already."""
    decision = decision or decide(seen)
    return Listing(
        url=seen.url,
        entries=_entries(seen, decision) or stated_entries(seen.document, seen.url, decision.is_article),
        next_page=decision.next_page,
        title=_title(seen),
        listing_type=_type(seen.url, seen.page),
        feeds=_feeds(seen.document),
        rejected=_rejected(seen.page, decision.choice),
    )


def _entries(seen: Survey, decision: Decision) -> tuple[ListingEntry, ...]:
    page = seen.page
    by_element = {page.nodes[link.node]: link for link in seen.links}
    found: dict[str, tuple[int, ListingEntry]] = {}
    for cluster, reason in decision.choice.taken:
        cards = [read_card(page, item, by_element) for item in cluster.items]
        for card, teaser in zip(cards, teasers(cards), strict=True):
            entry = _entry(seen, card, teaser, decision.headings, reason)
            entry = decision.ruled.overridden(entry, card.item) if decision.ruled else entry
            box, key = card.item.box, card.item.link.key
            if key in found:
                box, entry = min(box, found[key][0]), _merged(found[key][1], entry)
            found[key] = (box, entry)
    ordered = sorted(found.values(), key=lambda pair: pair[0])
    return tuple(replace(entry, rank=rank) for rank, (_, entry) in enumerate(ordered, start=1))


def _entry(seen: Survey, card: Card, teaser: str | None, headings: Headings, reason: str) -> ListingEntry:
    page = seen.page
    item = card.item
    above = headings.above(item.box, 0)
    return ListingEntry(
        url=item.link.url,
        rank=0,
        headline=card.headline or None,
        teaser=teaser,
        block=page.text(above) or None if above is not None else None,
        byline_raw=read_byline(page, item, card),
        date_raw=read_date(page, item) or printed_date(card),
        image_url=read_image(page.nodes[item.box : item.stop], seen.document),
        label=read_label(page, item),
        reason=reason,
    )


def _merged(one: ListingEntry, other: ListingEntry) -> ListingEntry:
    """One story shown twice: what the main list prints leads, the other place fills gaps."""
    lead, rest = (other, one) if other.reason == "main list" else (one, other)
    gaps = {
        name: getattr(rest, name)
        for name in ("headline", "teaser", "block", "byline_raw", "date_raw", "image_url", "label")
        if getattr(lead, name) is None
    }
    return replace(lead, **gaps)


def _rejected(page: Outline, choice: Choice) -> tuple[RejectedCluster, ...]:
    return tuple(
        RejectedCluster(_path(page, cluster.items[0].box), reason, tuple(item.link.url for item in cluster.items))
        for cluster, reason in choice.left
    )


def _path(page: Outline, node: int) -> str:
    """A CSS-like path, enough for a person to find the place."""
    steps: list[str] = []
    while node > 0 and page.tags[node] != "body" and len(steps) < 6:
        names = page.nodes[node].get("class", "").split()
        steps.append(page.tags[node] + ("." + names[0] if names else ""))
        node = page.parent[node]
    return " > ".join(reversed(steps))


# ---- the page as a whole ----------------------------------------------------------------------------------------------------


def _title(seen: Survey) -> str | None:
    page = seen.page
    spots = {item.link.spot for cluster in seen.clusters if cluster.quality >= STORY_QUALITY for item in cluster.items}
    for node, tag in enumerate(page.tags):
        if tag == "h1" and 0 < page.text_width[node] < 150 and not any(node <= spot < page.end[node] for spot in spots):
            text = page.text(node)
            if text:
                return text
    stated: html.HtmlElement | None = seen.document.root.find(".//head/title")
    text = squeeze(stated.text_content()) if stated is not None else ""
    return re.split(r"\s+[|–—·»«-]\s+", text)[0] or None


_TYPES: tuple[tuple[ListingType, re.Pattern[str]], ...] = (
    ("author", re.compile(r"(?i)/(?:author|authors|autor|autore|auteur|user|users|profile|people)/")),
    ("date_archive", re.compile(r"/(?:19|20)\d\d(?:/\d{1,2}){0,2}/?(?:page/\d+/?)?(?:index\.\w+)?$")),
    ("tag", re.compile(r"(?i)/(?:tags?|topics?|etiqueta|schlagwort|thema|keyword|etiket|mot-?clef?)/|[?&]tag=")),
    ("category", re.compile(r"(?i)/(?:categor\w+|kategorie|cat[ée]gorie|rubrik|rubrique|label|cat)/|[?&]cat(?:egory)?=")),
    ("home", re.compile(r"(?i)^/(?:index\.\w+|home|page/\d+)?/?$")),
)  # fmt: skip
_BODY_TYPES: tuple[tuple[ListingType, re.Pattern[str]], ...] = (
    ("tag", re.compile(r"(?:^|\s)tag(?:\s|$)")),
    ("category", re.compile(r"(?:^|\s)category(?:\s|$)")),
    ("author", re.compile(r"(?:^|\s)author(?:\s|$)")),
    ("home", re.compile(r"(?:^|\s)home(?:\s|$)")),
)  # fmt: skip


def _type(url: str, page: Outline) -> ListingType:
    path, query = path_and_query(url)
    target = path + ("?" + query if query else "")
    for kind, pattern in _TYPES:
        if pattern.search(target):
            return kind
    body = next((node for node, tag in enumerate(page.tags) if tag == "body"), None)
    names = page.nodes[body].get("class", "").lower() if body is not None else ""
    return next((kind for kind, pattern in _BODY_TYPES if pattern.search(names)), "section")


def _feeds(document: Document) -> tuple[str, ...]:
    """Autodiscovered feeds in document order."""
    found: dict[str, None] = {}
    for link in document.root.iterfind(".//link[@href]"):
        if (
            "alternate" in link.get("rel", "").lower().split()
            and link.get("type", "").partition(";")[0].strip().lower() in _FEED_TYPES
        ):
            url = document.absolute(link.get("href"))
            if url:
                found[url] = None
    return tuple(found)
