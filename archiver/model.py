"""The nouns of the project, frozen. A reader starts here; nothing here reads a file, a socket or a page.

Instants are ``str`` in the form ``YYYY-MM-DDTHH:MM:SS.mmmZ`` where they go into the dataset, ``datetime`` in UTC elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

ListingType = Literal["home", "section", "tag", "category", "author", "date_archive", "feed", "sitemap"]
PageType = Literal["article", "listing", "liveblog", "video", "gallery", "consent", "blocked", "soft_404", "js_required", "unknown"]
DatePrecision = Literal["second", "minute", "day", "none"]
DateSource = Literal["jsonld", "meta", "time_tag", "url", "feed", "sitemap", "listing", "text", "none"]
ExtractionStatus = Literal["ok", "short", "empty", "error", "timeout"]
# Purposes of captures that give rows: articles, and lists of them.
LIST_PURPOSES = ("section", "feed", "sitemap", "api")
PAGE_PURPOSES = ("article", *LIST_PURPOSES)
Purpose = Literal["section", "article", "requisite", "robots", "feed", "sitemap", "api", "policy"]
DiscoveredVia = Literal["section", "pagination", "feed", "sitemap", "news_sitemap", "wp_rest", "seed", "unknown"]
FailureReason = Literal[
    "dns",
    "refused",
    "reset",
    "truncated",
    "tls",
    "timeout",
    "http_status",
    "gone",
    "robots",
    "robots_unavailable",
    "too_large",
    "scope",
    "private_address",
    "trap",
    "redirect",
    "not_html",
    "protocol",
    "decode",
    "blocked",
    "extraction",
    "cancelled",
]
TruncatedReason = Literal["length", "time", "disconnect", "unspecified"]


def format_instant(moment: datetime) -> str:
    """``moment`` (aware) as the dataset writes it: UTC, cut (not rounded) to milliseconds."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class WarcPointer:
    """Where one record lies: ``offset`` and ``length`` count bytes of the compressed file."""

    filename: str
    offset: int
    length: int
    record_id: str
    warc_type: str
    payload_digest: str | None
    refers_to: WarcPointer | None = None


@dataclass(frozen=True, slots=True)
class ListingEntry:
    """One article link on a listing page. ``rank`` is 1-based in document order, each URL once.

    ``reason`` says in a few words why this link was taken for an article.
    """

    url: str
    rank: int
    headline: str | None = None
    teaser: str | None = None
    block: str | None = None
    byline_raw: str | None = None
    date_raw: str | None = None
    image_url: str | None = None
    label: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RejectedCluster:
    """A group of links that was not taken, and why; ``urls`` in document order."""

    path: str
    reason: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A section page as a person reads it: the article links in order, the next page, and nothing else."""

    url: str
    entries: tuple[ListingEntry, ...] = ()
    next_page: str | None = None
    title: str | None = None
    listing_type: ListingType = "section"
    feeds: tuple[str, ...] = ()
    rejected: tuple[RejectedCluster, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """What one page says, named and typed as the fields of articles.jsonl (SCHEMA: one extraction of one capture)."""

    url_canonical: str | None = None
    site_name: str | None = None
    mime: str = "text/html"
    charset: str = "utf-8"
    title: str | None = None
    description: str | None = None
    text: str = ""
    authors: list[str] = field(default_factory=list)
    date_published: str | None = None
    date_published_day: str | None = None
    date_published_precision: DatePrecision = "none"
    date_published_source: DateSource = "none"
    date_published_raw: str | None = None
    date_modified: str | None = None
    date_modified_raw: str | None = None
    language: str | None = None
    language_detected: str | None = None
    section: str | None = None
    breadcrumbs: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    image_url: str | None = None
    image_urls: list[str] = field(default_factory=list)
    links_out: list[str] = field(default_factory=list)
    is_accessible_for_free: bool | None = None
    license: str | None = None
    tdm_reservation: bool | None = None
    tdm_policy: str | None = None
    noarchive: bool | None = None
    page_type: PageType = "unknown"
    word_count: int = 0
    char_count: int = 0
    content_digest: str = ""
    simhash: str = ""
    extraction_status: ExtractionStatus = "empty"
    extractor: str = ""
    extractor_config: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """Why a URL was asked for. ``via`` is the URL that led here, ``hops`` the link steps from the seed.

    ``page_number`` is 1-based, of listing pages only. ``title`` and ``date_raw`` are what the feed, sitemap or listing stated,
    ``date_source`` which of them. ``within`` are the sections (URLs, a space between) that the entries of a feed or sitemap are
    narrowed to, ``None`` when all are wanted.
    """

    purpose: Purpose
    discovered_via: DiscoveredVia = "unknown"
    discovered_from: str | None = None
    via: str | None = None
    hops: int = 0
    seed: str | None = None
    page_number: int | None = None
    title: str | None = None
    date_raw: str | None = None
    date_source: Literal["feed", "sitemap", "listing"] | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run of a crawl, as every ``warcinfo`` and runs.jsonl state it. ``settings`` is a JSON object in canonical form."""

    run_id: str
    started_at: datetime
    seeds: tuple[str, ...]
    settings: str
    software: tuple[str, ...]
    user_agent: str
    operator: str | None
    robots_policy: Literal["obey", "ignore"]
    hostname: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a wanted URL is not there. ``pointer`` is that of the last exchange, where bytes came."""

    url: str
    reason: FailureReason
    at: datetime
    discovery: Discovery
    run_id: str
    http_status: int | None = None
    detail: str | None = None
    tries: int = 0
    pointer: WarcPointer | None = None
