"""The row files and pages.jsonl of a collection, written together, by the crawl or by whoever makes them anew. One thread."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Literal

from archiver.dataset.jsonl import RowFile
from archiver.dataset.known import KnownArticles
from archiver.dataset.pages import PagesFile
from archiver.dataset.rows import PageCapture, appearance_values, article_values, failure_id, failure_values
from archiver.dataset.schema import RecordType
from archiver.model import Article, Failure, Listing, format_instant
from archiver.urls import url_id

# ``there``: this very capture has its row already.
Change = Literal["new", "changed", "unchanged", "there"]


class RowWriter:
    """Appends rows and keeps versions.

    ``written`` holds the ids of rows, and the record ids of listings, that are there from a run that is resumed or repaired; they
    are not written again. A failure never is, also when a resumed run told of it twice.
    """

    def __init__(self, dataset: Path, pages: Path, known_cache: Path) -> None:
        kinds: tuple[RecordType, ...] = ("article", "appearance", "failure", "run")
        self._files = {kind: RowFile(dataset, kind) for kind in kinds}
        self._pages = PagesFile(pages)
        self.known = KnownArticles(known_cache, self._files["article"].path)
        self.written: frozenset[str] = frozenset()
        self._failed: set[str] = set()

    def article(self, article: Article, page: PageCapture) -> tuple[Change, dict[str, Any] | None]:
        """Append a row when the content is new or differs from the newest version; the row, or ``None`` when it is the same."""
        article_id = url_id(page.url)
        if self.known.has_record(page.pointer.record_id):
            return "there", None
        known = self.known.get(article_id)
        if known is not None and known.content_digest == article.content_digest:
            return "unchanged", None
        version = known.version + 1 if known else 1
        row = self._files["article"].append(article_values(article, page, version))
        self.known.add(article_id, version, article.content_digest, page.pointer.record_id)
        self._pages.append(
            page_id=row["id"], url=page.url_final, ts=row["fetched_at"], title=article.title, text=article.text or None
        )
        return ("changed" if known else "new"), row

    def listing(self, listing: Listing, page: PageCapture) -> int:
        """Append one appearance a link, also when the page did not change: that is the observation. Returns rows written."""
        count = 0
        for entry in listing.entries:
            count += self._append_once("appearance", appearance_values(listing, entry, page))
        if listing.entries and page.pointer.record_id not in self.written:
            self._pages.append(
                page_id=page.pointer.record_id, url=page.url_final, ts=format_instant(page.fetched_at), title=listing.title
            )
        return count

    def failure(self, failure: Failure) -> int:
        """Append a failure, unless its run has a row that says the same. Returns rows written."""
        if self.has_failure(failure):
            return False
        self._failed.add(failure_id(failure))
        return self._append_once("failure", failure_values(failure))

    def has_failure(self, failure: Failure) -> bool:
        """Whether the run has a row of this URL and reason, as when it was resumed and the URL failed again."""
        return failure_id(failure) in self.written or failure_id(failure) in self._failed

    def run(self, values: dict[str, Any]) -> None:
        """Append the line of a run."""
        self._files["run"].append(values)

    def _append_once(self, kind: RecordType, values: dict[str, Any]) -> bool:
        if values["id"] in self.written:
            return False
        self._files[kind].append(values)
        return True

    def sync(self) -> None:
        """fsync every file."""
        for file in self._files.values():
            file.sync()

    def close(self) -> None:
        """Close every file; raises StoreError when the last lines cannot be made durable. Safe to call twice."""
        with contextlib.ExitStack() as files:
            files.callback(self.known.close)
            files.callback(self._pages.close)
            for file in self._files.values():
                files.callback(file.close)
