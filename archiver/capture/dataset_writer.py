"""Writes what was extracted: row, page line and text record, in this order, after the capture they point to. One thread."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from archiver.capture.store import CaptureStore
from archiver.clock import now
from archiver.dataset.known import FILENAME as KNOWN
from archiver.dataset.rows import PageCapture, run_values
from archiver.dataset.writer import Change, RowWriter
from archiver.model import Article, Failure, Listing, RunInfo
from archiver.warc.metadata import run_end_pairs


class DatasetWriter:
    """The dataset of one run, on the recorder's thread."""

    def __init__(self, store: CaptureStore) -> None:
        self.store, self.run = store, store.run
        self.counts: Counter[str] = store.counts
        collection = store.collection
        self.rows = RowWriter(collection.dataset, collection.pages, collection.indexes / KNOWN)

    def write_article(self, article: Article, page: PageCapture) -> Change:
        """A row when the content is new or differs from the newest version; nothing when it is the same."""
        self.store.fault("row-start")
        change, row = self.rows.article(article, page)
        if row is not None:
            self.store.fault("row-written")
            self.store.text.append(
                target_uri=page.url_final,
                refers_to=page.pointer.record_id,
                text=article.text,
                extractor=article.extractor,
                extractor_config=article.extractor_config,
            )
        if change != "there":
            self.counts[f"articles_{change}"] += 1
        return change

    def has_row(self, page: PageCapture) -> bool:
        """Whether this very capture has its row already: the run was resumed."""
        return self.rows.known.has_record(page.pointer.record_id)

    def write_unchanged(self, page: PageCapture) -> bool:
        """Count a check that found the bytes of the one before; ``False`` when the article has no row yet and needs one."""
        if not self.rows.known.has_url(page.url):
            return False
        self.counts["articles_unchanged"] += 1
        return True

    def write_listing(self, listing: Listing, page: PageCapture) -> None:
        """One appearance a link; what feeds and sitemaps have of them is counted apart as well."""
        written = self.rows.listing(listing, page)
        self.counts["appearances"] += written
        self.counts["listings"] += 1
        if listing.listing_type in ("feed", "sitemap"):
            self.counts[f"{listing.listing_type}s"] += 1
            self.counts[f"{listing.listing_type}_appearances"] += written

    def write_failure(self, failure: Failure) -> None:
        """The row, and before it a ``metadata`` record, so that the row can be made again from the archive."""
        if self.rows.has_failure(failure):
            return
        self.store.write_failure(failure)
        self.store.fault("failure-recorded")
        self.counts["failures"] += self.rows.failure(failure)

    def end_run(self, finish_reason: str) -> None:
        """The end of the run: a ``metadata`` record in the archive, closed and indexed files, and last the line in runs.jsonl.

        A run whose line is not there did not finish, whatever its records say: it is resumed, and nothing is asked for again.
        """
        ended_at = now()
        self.store.fault("run-end")
        files = self.store.files_of_run()
        pairs = run_end_pairs(self.run.run_id, finish_reason, ended_at, self.counts, files)
        self.store.write_run_end(self.run.run_id, finish_reason, pairs)
        self.store.close_series()
        self.store.fault("merge")
        self.store.merge_index()
        # Durable before the line that says that the run has ended: nothing looks for gaps behind it.
        self.rows.sync()
        self.store.fault("run-line")
        self._run_line(self.run, ended_at, finish_reason, self.counts, files)

    def close_run(self, run: RunInfo, counts: Counter[str], files: list[str]) -> None:
        """Close an earlier run that never ended, as ``interrupted``; when it stopped is not known."""
        pairs = run_end_pairs(run.run_id, "interrupted", None, counts, files)
        self.store.write_run_end(run.run_id, "interrupted", pairs)
        self._run_line(run, None, "interrupted", counts, files)

    def _run_line(
        self, run: RunInfo, ended_at: datetime | None, finish_reason: str, counts: Counter[str], files: list[str]
    ) -> None:
        self.rows.run(run_values(run, ended_at=ended_at, finish_reason=finish_reason, counts=counts, warc_files=files))

    def sync(self) -> None:
        """fsync the row files."""
        self.rows.sync()

    def close(self) -> None:
        """Close every file."""
        self.rows.close()
