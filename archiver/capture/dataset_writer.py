"""Writes what was extracted: row, page line and text record, in this order, after the capture they point to. One thread."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Literal

from archiver.capture.store import CaptureStore
from archiver.dataset.jsonl import RowFile
from archiver.dataset.known import FILENAME as KNOWN
from archiver.dataset.known import KnownArticles
from archiver.dataset.pages import PagesFile
from archiver.dataset.rows import (
    Failure,
    PageCapture,
    appearance_values,
    article_values,
    failure_values,
    run_values,
)
from archiver.model import Article, Listing, format_instant
from archiver.urls import url_id

Change = Literal["new", "changed", "unchanged"]


class DatasetWriter:
    """The dataset of one run, on the recorder's thread."""

    def __init__(self, store: CaptureStore) -> None:
        self.store, self.run = store, store.run
        self.counts: Counter[str] = store.counts
        collection = store.collection
        self._articles = RowFile(collection.dataset, "article")
        self._appearances = RowFile(collection.dataset, "appearance")
        self._failures = RowFile(collection.dataset, "failure")
        self._runs = RowFile(collection.dataset, "run")
        self._pages = PagesFile(collection.pages)
        self.known = KnownArticles(collection.indexes / KNOWN, self._articles.path)

    def write_article(self, article: Article, page: PageCapture) -> Change:
        """A row when the content is new or differs from the newest version; nothing when it is the same."""
        article_id = url_id(page.url)
        known = self.known.get(article_id)
        if known is not None and known.content_digest == article.content_digest:
            self.counts["articles_unchanged"] += 1
            return "unchanged"
        version = known.version + 1 if known else 1
        self.store.fault("row-start")
        row = self._articles.append(article_values(article, page, version))
        self.known.add(article_id, version, article.content_digest, page.pointer.record_id)
        self.store.fault("row-written")
        self._pages.append(
            page_id=row["id"], url=page.url_final, ts=row["fetched_at"], title=article.title, text=article.text or None
        )
        self.store.write_conversion(
            target_uri=page.url_final,
            refers_to=page.pointer.record_id,
            text=article.text,
            extractor=article.extractor,
            extractor_config=article.extractor_config,
        )
        change: Change = "changed" if known else "new"
        self.counts[f"articles_{change}"] += 1
        return change

    def write_listing(self, listing: Listing, page: PageCapture) -> None:
        """One appearance a link, also when the page did not change: that is the observation."""
        for entry in listing.entries:
            self._appearances.append(appearance_values(listing, entry, page))
        self.counts["listings"] += 1
        self.counts["appearances"] += len(listing.entries)
        self._pages.append(
            page_id=page.pointer.record_id, url=page.url_final, ts=format_instant(page.fetched_at), title=listing.title
        )

    def write_failure(self, failure: Failure) -> None:
        """The row, and before it a ``metadata`` record, so that the row can be made again from the archive."""
        pairs = [("run_id", failure.run_id), ("failure", failure.reason), ("tries", str(failure.tries))]
        pairs += [("at", format_instant(failure.at)), ("discovered_via", failure.discovery.discovered_via)]
        optional = {
            "http_status": str(failure.http_status) if failure.http_status else None,
            "detail": failure.detail,
            "discovered_from": failure.discovery.discovered_from,
        }
        pairs += [(name, value) for name, value in optional.items() if value]
        self.store.write_metadata(
            tuple(pairs), target_uri=failure.url, refers_to=failure.pointer.record_id if failure.pointer else None
        )
        self._failures.append(failure_values(failure))
        self.counts["failures"] += 1

    def end_run(self, finish_reason: str) -> None:
        """The end of the run: a ``metadata`` record in the archive, then the line in runs.jsonl."""
        ended_at = datetime.now(UTC)
        self.store.fault("run-end")
        pairs = [("run_id", self.run.run_id), ("finish_reason", finish_reason), ("ended_at", format_instant(ended_at))]
        pairs += [(f"count.{name}", str(number)) for name, number in sorted(self.counts.items())]
        self.store.write_metadata(tuple(pairs), target_uri=f"urn:{self.run.run_id}")
        self.store.close_series()
        self._runs.append(
            run_values(
                self.run,
                ended_at=ended_at,
                finish_reason=finish_reason,
                counts=self.counts,
                warc_files=list(self.store.closed_files),
            )
        )

    def sync(self) -> None:
        """fsync the row files."""
        for rows in (self._articles, self._appearances, self._failures):
            rows.sync()

    def close(self) -> None:
        """Close every file; safe after a failed write too."""
        for rows in (self._articles, self._appearances, self._failures, self._runs):
            rows.close()
        self._pages.close()
        self.known.close()
