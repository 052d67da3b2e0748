"""Rows from the captures of our own crawls, in the order they were made, as the crawl would have written them."""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

from archiver.collection.layout import Collection
from archiver.collection.text_series import TextSeries
from archiver.dataset.rows import PageCapture
from archiver.dataset.writer import RowWriter
from archiver.errors import WarcFormatError
from archiver.extraction.extractor import failed_article
from archiver.extraction.pages import article_job, listing_job, listing_problem, page_problem
from archiver.extraction.sandbox import Outcome, Sandbox
from archiver.extraction.transfer import article_from, listing_from
from archiver.index.cdxj import Capture
from archiver.index.lookup import Context, Lookup
from archiver.model import Article
from archiver.reextract.source import StoredPage, load_page
from archiver.sites.book import SiteBook
from archiver.warc.reader import Damage

# Pages in flight a worker: enough that none waits, few enough that memory stays flat.
_WINDOW = 4


class Deriver:
    """Writes what is missing: rows of articles, listings and failures that the archive holds and ``rows`` does not.

    ``sites`` and ``max_page_bytes`` (the limit for a decoded page) are those of the crawl. ``counts`` are rows written, by kind;
    ``problems`` are records that could not be read.
    """

    def __init__(
        self,
        collection: Collection,
        lookup: Lookup,
        rows: RowWriter,
        sandbox: Sandbox,
        *,
        text: TextSeries | None = None,
        sites: SiteBook,
        workers: int = 1,
        max_page_bytes: int = 64 * 2**20,
    ) -> None:
        self._collection, self._lookup, self._rows, self._sandbox, self._text = collection, lookup, rows, sandbox, text
        self._sites, self._window, self._max_page_bytes = sites, workers * _WINDOW, max_page_bytes
        self._pending: deque[tuple[StoredPage, Future[Outcome]]] = deque()
        self.counts: Counter[str] = Counter()
        self.problems: list[Damage] = []

    def derive(self, warc: Path, *, pages: bool = True) -> None:
        """Write the rows of one file; without ``pages`` only those of failures."""
        filename = warc.name.removesuffix(".open")
        if pages:
            for stored, kind in self._pages(filename):
                self._submit(stored, kind)
            while self._pending:
                self._finish_oldest()
        for failure, record_id in self._lookup.runs.failures(filename):
            capture = self._lookup.by_record_id(record_id) if record_id else None
            pointer = self._lookup.pointer(capture) if capture else None
            self.counts["failures"] += self._rows.failure(dataclasses.replace(failure, pointer=pointer))

    def _pages(self, filename: str) -> Iterator[tuple[StoredPage, str]]:
        for capture, context in self._lookup.pages(filename):
            assert context.discovery is not None
            purpose = context.discovery.purpose
            if not self._is_page(capture) or (purpose == "article" and self._rows.known.has_record(capture.record_id)):
                continue
            if self._is_unchanged(capture, context):
                continue
            try:
                yield load_page(self._collection, self._lookup, capture, context), purpose
            except (WarcFormatError, OSError) as error:
                self.problems.append(Damage(capture.filename, capture.offset, capture.length, str(error)))

    def _is_page(self, capture: Capture) -> bool:
        """What the spider's callbacks got to see: 2xx and known 304, whole, and not given up for another reason."""
        answered = capture.status is not None and (200 <= capture.status < 300 or capture.status == 304)
        return answered and not capture.truncated and not self._lookup.runs.has_failed(capture.record_id)

    def _is_unchanged(self, capture: Capture, context: Context) -> bool:
        """The crawl writes no row for an article whose bytes it had just before."""
        if context.discovery is None or context.discovery.purpose != "article" or capture.warc_type != "revisit":
            return False
        if not self._rows.known.has_url(context.first_url or capture.url):
            return False
        repeats = self._lookup.repeats_the_one_before(capture.date, capture.url, capture.payload_digest)
        return capture.status == 304 or repeats

    def _submit(self, stored: StoredPage, kind: str) -> None:
        plain = stored.stored.plain(self._max_page_bytes)
        page = stored.page
        problem = (
            page_problem(stored.head, None, stored.content_type)
            if kind == "article"
            else listing_problem(stored.head, None, stored.content_type, plain.body, page.discovery)
        )
        if problem or plain.problem not in (None, "mislabelled"):
            return
        if kind == "article":
            headers = stored.head.text_fields if stored.head else ()
            job = article_job(plain.body, page.url_final, stored.content_type, page.fetched_at, headers, discovery=page.discovery)
        else:
            rules = self._sites.rules_for(page.url_final, page.fetched_at)
            job = listing_job(plain.body, page.url_final, stored.content_type, rules, discovery=page.discovery)
        self._pending.append((stored, self._sandbox.submit(job)))
        while len(self._pending) >= self._window:
            self._finish_oldest()

    def _finish_oldest(self) -> None:
        stored, future = self._pending.popleft()
        outcome = future.result()
        if stored.page.discovery.purpose == "article":
            self._article(stored.page, _article_of(outcome, stored.content_type))
        elif outcome.result is not None:
            self._listing(stored, outcome)

    def _article(self, page: PageCapture, article: Article) -> None:
        change, row = self._rows.article(article, page)
        self.counts[f"articles_{change}"] += 1
        if row is not None and self._text is not None:
            self._text.append(
                target_uri=page.url_final,
                refers_to=page.pointer.record_id,
                text=article.text,
                extractor=article.extractor,
                extractor_config=article.extractor_config,
            )

    def _listing(self, stored: StoredPage, outcome: Outcome) -> None:
        assert outcome.result is not None
        page = stored.page
        if outcome.result["kind"] == "article" and page.discovery.discovered_via == "seed":
            discovery = dataclasses.replace(page.discovery, purpose="article", page_number=None)
            as_article = dataclasses.replace(stored, page=dataclasses.replace(page, discovery=discovery))
            self._submit(as_article, "article")
            return
        self.counts["appearances"] += self._rows.listing(listing_from(outcome.result["listing"]), page)


def _article_of(outcome: Outcome, content_type: str | None) -> Article:
    if outcome.result is not None:
        return article_from(outcome.result["article"])
    assert outcome.failure is not None
    return failed_article(outcome.failure, content_type=content_type)
