"""Rows of articles from WARCs of any tool: one row for every HTTP 200 capture of HTML, in the order of the file.

From our own files the rows are those that the crawl wrote; ``parts`` puts the files of a whole dataset together.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from archiver.dataset.rows import PageCapture, article_values
from archiver.errors import WarcFormatError
from archiver.extraction.extractor import failed_article
from archiver.extraction.pages import article_job, listing_job, page_problem, stored_job
from archiver.extraction.sandbox import Outcome, Sandbox
from archiver.extraction.transfer import article_from
from archiver.index.scan import http_head
from archiver.model import Discovery, RunInfo, WarcPointer
from archiver.reextract.captures import CaptureScan, Found
from archiver.reextract.html import content_type_of, is_html, may_be_html
from archiver.reextract.inputs import ZIP_ERRORS, Input
from archiver.reextract.originals import NoOriginalError, Originals
from archiver.reextract.runs import max_page_bytes
from archiver.sites.book import SiteBook
from archiver.warc.http1 import entity_body
from archiver.warc.records import sha256_digest

UNKNOWN_RUN = "unknown"
_MAX_PAGE_BYTES = 64 * 2**20
# Pages in flight a worker: enough that none waits, few enough that memory stays flat.
_WINDOW = 4


@dataclass(slots=True)
class FileOutcome:
    """What a file gave: counts by kind, problems with their place, ids of captures that the crawl had given up."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Page:
    """``block`` is the HTTP message that has the bytes; ``coding`` what its Content-Encoding says."""

    capture: PageCapture
    content_type: str | None
    headers: tuple[tuple[str, str], ...]
    block: bytes
    coding: str
    # Of our own crawl: its settings decide what is a page.
    run: RunInfo | None
    # A seed of our own crawl is an article only if the listing reader says so.
    sites: SiteBook | None

    @property
    def place(self) -> str:
        return f"{self.capture.pointer.filename}@{self.capture.pointer.offset}"


class Extractor:
    """Extracts file by file; ``originals`` finds the bytes of revisits in all the files of the job. One thread.

    The rows do not depend on the number of workers nor on what was extracted before.
    """

    def __init__(self, sandbox: Sandbox, originals: Originals, *, workers: int = 1) -> None:
        self._sandbox, self._originals, self._window = sandbox, originals, workers * _WINDOW

    def rows(
        self, source: Input, outcome: FileOutcome, progress: Callable[[int], None] = lambda _: None
    ) -> Iterator[dict[str, Any]]:
        """Values of article rows in the file's order, ``version`` 1; raises OSError or ZIP_ERRORS when the file cannot be read."""
        scan = CaptureScan(source)
        pending: deque[tuple[_Page, Future[Outcome], Future[Outcome] | None]] = deque()
        try:
            for found in scan.captures():
                progress(found.capture.offset)
                page = self._page(found, outcome, scan.run)
                if page is None:
                    continue
                pending.append(self._submit(page))
                while len(pending) >= self._window:
                    yield from _row(*pending.popleft(), outcome)
        finally:
            # Also where the file ends in an error: what was read before has its rows.
            outcome.problems += [*map(str, scan.damages), *scan.problems]
            outcome.counts["damaged"] += len(scan.damages)
            outcome.failed += [record_id for _, _, record_id in scan.failures if record_id]
        while pending:
            yield from _row(*pending.popleft(), outcome)

    def _submit(self, page: _Page) -> tuple[_Page, Future[Outcome], Future[Outcome] | None]:
        at = page.capture
        max_bytes = max_page_bytes(page.run) if page.run else _MAX_PAGE_BYTES
        job = article_job(b"", at.url_final, page.content_type, at.fetched_at, page.headers, discovery=at.discovery)
        future = self._sandbox.submit(stored_job(job, page.block, max_bytes))
        if page.sites is None:
            return page, future, None
        rules = page.sites.rules_for(at.url_final, at.fetched_at)
        job = listing_job(
            b"", at.url_final, page.content_type, rules, discovery=dataclasses.replace(at.discovery, purpose="section")
        )
        return page, future, self._sandbox.submit(stored_job(job, page.block, max_bytes))

    def _page(self, found: Found, outcome: FileOutcome, run: RunInfo | None) -> _Page | None:
        """The page of a capture, ``None`` when it is none; ``resource`` records are no HTTP captures, and have no status."""
        if found.capture.warc_type == "resource":
            outcome.counts["resources passed over"] += 1
            return None
        own_run = run if found.context.discovery is not None else None
        if own_run is not None and not _is_own_page(found):
            return None
        try:
            return self._resolved(found, own_run)
        except NoOriginalError as error:
            outcome.counts["without an original"] += 1
            outcome.problems.append(str(error))
            return None
        except (WarcFormatError, OSError, *ZIP_ERRORS) as error:
            outcome.problems.append(
                str(error) if getattr(error, "place", None) else f"{found.capture.filename}@{found.capture.offset}: {error}"
            )
            return None

    def _resolved(self, found: Found, run: RunInfo | None) -> _Page | None:
        capture, head, block = found.capture, found.head, found.block
        pointer, source_head = capture.pointer, found.head
        if capture.warc_type == "revisit":
            if capture.status is not None and not _is_wanted(capture.status, run):
                return None
            if run is None and head is not None and not may_be_html(head):
                return None
            refers_to, block = self._originals.find(capture)
            pointer, source_head = dataclasses.replace(pointer, refers_to=refers_to), http_head(block)
        shown = head if head is not None and capture.status != 304 else source_head
        status = capture.status if capture.status is not None else (shown.status if shown else None)
        if shown is None or source_head is None or status is None or not _is_wanted(status, run):
            return None
        content_type = content_type_of(shown)
        if run is not None:
            if page_problem(head or shown, None, content_type):
                return None
        elif not block or (capture.warc_type == "revisit" and not is_html(shown, block)):
            return None
        discovery = found.context.discovery
        is_seed = discovery is not None and discovery.purpose == "section"
        return _Page(
            self._capture(found, pointer, status),
            content_type,
            (head or shown).text_fields,
            block,
            b",".join(source_head.all(b"Content-Encoding")).decode("latin-1"),
            run,
            SiteBook.of_settings(run.settings) if run and is_seed else None,
        )

    @staticmethod
    def _capture(found: Found, pointer: WarcPointer, status: int) -> PageCapture:
        capture, context = found.capture, found.context
        discovery = context.discovery or Discovery("article")
        if discovery.purpose == "section":
            discovery = dataclasses.replace(discovery, purpose="article", page_number=None)
        return PageCapture(
            url=context.first_url or capture.url,
            url_final=capture.url,
            date=capture.date,
            status=status,
            pointer=pointer,
            discovery=discovery,
            run_id=context.run_id or UNKNOWN_RUN,
        )


def _row(page: _Page, future: Future[Outcome], kind: Future[Outcome] | None, outcome: FileOutcome) -> Iterator[dict[str, Any]]:
    result, capture = future.result(), page.capture
    if kind is not None and ((seen := kind.result().result) is None or seen["kind"] != "article"):
        return
    if result.result is not None:
        article = article_from(result.result["article"])
        problem = result.result["problem"]
        if problem not in (None, "mislabelled"):
            if page.run is not None:
                # The crawl gave it up, too.
                return
            outcome.problems.append(f"{page.place}: Content-Encoding {page.coding}: {problem}; what came is used")
        digest = capture.pointer.payload_digest or result.result["payload_digest"]
    else:
        assert result.failure is not None
        article = failed_article(result.failure, content_type=page.content_type)
        digest = capture.pointer.payload_digest or sha256_digest([entity_body(page.block)[1]])
        outcome.problems.append(f"{page.place}: {result.failure}: {result.detail}")
    outcome.counts["articles"] += 1
    yield article_values(
        article, dataclasses.replace(capture, pointer=dataclasses.replace(capture.pointer, payload_digest=digest)), 1
    )


def _is_own_page(found: Found) -> bool:
    """What the crawl took for an article: by purpose, or a seed that turned out to be one."""
    capture, discovery = found.capture, found.context.discovery
    assert discovery is not None
    if capture.status is None or capture.truncated or not _is_good(capture.status):
        return False
    return discovery.purpose == "article" or (discovery.purpose == "section" and discovery.discovered_via == "seed")


def _is_wanted(status: int, run: RunInfo | None) -> bool:
    return status == 200 or (run is not None and _is_good(status))


def _is_good(status: int) -> bool:
    return 200 <= status < 300 or status == 304
