"""Values to rows: pure functions that the crawl and re-extraction share, so that both write the same line."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archiver.model import (
    Article,
    Discovery,
    Failure,
    Listing,
    ListingEntry,
    RunInfo,
    WarcPointer,
    format_instant,
)
from archiver.urlkeys import urlkey
from archiver.urls import normalize_url, registrable_domain, url_id
from archiver.warc.records import parse_warc_date

Values = dict[str, Any]
# Not asdict, which copies every list and text: a tenth of what a row costs.
_ARTICLE_FIELDS = tuple(field.name for field in dataclasses.fields(Article))


@dataclass(frozen=True, slots=True)
class PageCapture:
    """One captured page: where it was asked for and answered, when (the WARC-Date string), and where its record lies."""

    url: str
    url_final: str
    date: str
    status: int
    pointer: WarcPointer
    discovery: Discovery
    run_id: str

    @property
    def fetched_at(self) -> datetime:
        """WARC-Date as a datetime in UTC."""
        return parse_warc_date(self.date)


def row_id(prefix: str, *parts: str) -> str:
    """``prefix:`` + 32 hex of sha256 over the parts."""
    return f"{prefix}:{hashlib.sha256(''.join(parts).encode('utf-8', 'replace')).hexdigest()[:32]}"


def article_values(article: Article, page: PageCapture, version: int) -> Values:
    """The row of one extraction of one capture (SCHEMA, articles.jsonl)."""
    article_id = url_id(page.url)
    return {
        **{name: getattr(article, name) for name in _ARTICLE_FIELDS},
        "id": row_id("art", article_id, page.pointer.record_id),
        "article_id": article_id,
        "version": version,
        "url": page.url,
        "url_final": page.url_final,
        "url_normalized": normalize_url(page.url),
        "urlkey": urlkey(page.url_final),
        "domain": registrable_domain(page.url_final),
        "fetched_at": format_instant(page.fetched_at),
        "http_status": page.status,
        **pointer_values(page.pointer),
        "discovered_via": page.discovery.discovered_via,
        "discovered_from": page.discovery.discovered_from,
        "depth": page.discovery.hops,
        "run_id": page.run_id,
    }


def appearance_values(listing: Listing, entry: ListingEntry, page: PageCapture) -> Values:
    """The row of one article link on one captured listing page (SCHEMA, appearances.jsonl)."""
    return {
        "id": row_id("app", page.pointer.record_id, normalize_url(entry.url)),
        "run_id": page.run_id,
        "listing_url": page.url,
        "listing_url_final": page.url_final,
        "listing_id": url_id(page.url),
        "listing_title": listing.title,
        "listing_type": listing.listing_type,
        "page_number": page.discovery.page_number or 1,
        "observed_at": format_instant(page.fetched_at),
        "rank": entry.rank,
        "items_on_page": len(listing.entries),
        "block": entry.block,
        "url": entry.url,
        "article_id": url_id(entry.url),
        "headline": entry.headline,
        "teaser": entry.teaser,
        "byline_raw": entry.byline_raw,
        "date_raw": entry.date_raw,
        "image_url": entry.image_url,
        "label": entry.label,
        **pointer_values(page.pointer),
    }


def failure_id(failure: Failure) -> str:
    """One row a run, a URL and a reason."""
    return row_id("fail", failure.run_id, failure.url, failure.reason)


def failure_values(failure: Failure) -> Values:
    """The row of one failure (SCHEMA, failures.jsonl)."""
    at = format_instant(failure.at)
    return {
        "id": failure_id(failure),
        "run_id": failure.run_id,
        "url": failure.url,
        "reason": failure.reason,
        "http_status": failure.http_status,
        "detail": failure.detail,
        "tries": failure.tries,
        "at": at,
        "discovered_via": failure.discovery.discovered_via,
        "discovered_from": failure.discovery.discovered_from,
        **(pointer_values(failure.pointer) if failure.pointer else {}),
    }


def run_values(
    run: RunInfo, *, ended_at: datetime | None, finish_reason: str | None, counts: Mapping[str, int], warc_files: list[str]
) -> Values:
    """The line of one run (SCHEMA, runs.jsonl)."""
    counted = (
        "listings",
        "articles_new",
        "articles_changed",
        "articles_unchanged",
        "appearances",
        "failures",
        "requisites",
        "exchanges",
        "revisits",
        "bytes_received",
    )
    return {
        "run_id": run.run_id,
        "started_at": format_instant(run.started_at),
        "ended_at": format_instant(ended_at) if ended_at else None,
        "finish_reason": finish_reason,
        "seeds": list(run.seeds),
        "settings": run.settings,
        "software": list(run.software),
        "user_agent": run.user_agent,
        "operator": run.operator,
        "robots_policy": run.robots_policy,
        "hostname": run.hostname,
        **{name: counts.get(name, 0) for name in counted},
        "warc_files": warc_files,
    }


def pointer_values(pointer: WarcPointer) -> Values:
    """The WARC columns of a row."""
    values: Values = {
        "warc_filename": pointer.filename,
        "warc_record_offset": pointer.offset,
        "warc_record_length": pointer.length,
        "warc_record_id": pointer.record_id,
        "warc_type": pointer.warc_type,
        "warc_payload_digest": pointer.payload_digest,
    }
    if pointer.refers_to is not None:
        values |= {
            "warc_refers_to_filename": pointer.refers_to.filename,
            "warc_refers_to_offset": pointer.refers_to.offset,
            "warc_refers_to_length": pointer.refers_to.length,
            "warc_refers_to_record_id": pointer.refers_to.record_id,
        }
    return values
