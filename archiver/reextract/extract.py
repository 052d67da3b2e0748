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
from archiver.extraction.pages import article_job, listing_job, page_problem
from archiver.extraction.sandbox import Outcome, Sandbox
from archiver.extraction.transfer import article_from
from archiver.model import Discovery, RunInfo, WarcPointer
from archiver.reextract.captures import ArcScan, CaptureScan, Found
from archiver.reextract.inputs import Input
from archiver.reextract.originals import Originals
from archiver.reextract.runs import max_page_bytes
from archiver.sites.book import SiteBook
from archiver.warc.coding import decode_content
from archiver.warc.http1 import Head, entity_body
from archiver.warc.records import parse_warc_date, sha256_digest

UNKNOWN_RUN = "unknown"
_MAX_PAGE_BYTES = 64 * 2**20
# Pages in flight a worker: enough that none waits, few enough that memory stays flat.
_WINDOW = 4
_HTML = frozenset({"text/html", "application/xhtml+xml"})
# Types under which servers send HTML too: the body decides.
_MAYBE_HTML = frozenset({None, "application/xml", "text/xml", "application/octet-stream", "text/plain", "unk"})
_SNIFF_BYTES = 1024


@dataclass(slots=True)
class FileOutcome:
    """What a file gave: counts by kind, problems with their place, ids of captures that the crawl had given up."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Page:
    capture: PageCapture
    content_type: str | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    # Of a seed of our own crawl, which is an article only if the listing reader says so.
    sites: SiteBook | None


class Extractor:
    """Extracts file by file; ``originals`` finds the bytes of revisits in all the files of the job. One thread.

    The rows do not depend on the number of workers nor on what was extracted before.
    """

    def __init__(self, sandbox: Sandbox, originals: Originals, *, workers: int = 1) -> None:
        self._sandbox, self._originals, self._window = sandbox, originals, workers * _WINDOW

    def rows(
        self, source: Input, outcome: FileOutcome, progress: Callable[[int], None] = lambda _: None
    ) -> Iterator[dict[str, Any]]:
        """Values of article rows in the file's order, ``version`` 1; raises OSError when the file cannot be read."""
        scan: CaptureScan | ArcScan = ArcScan(source.path) if source.is_arc else CaptureScan(source.path)
        pending: deque[tuple[_Page, Future[Outcome], Future[Outcome] | None]] = deque()
        for found in scan.captures():
            progress(found.capture.offset)
            page = self._page(found, outcome, scan.run)
            if page is None:
                continue
            pending.append(self._submit(page))
            while len(pending) >= self._window:
                yield from _row(*pending.popleft(), outcome)
        while pending:
            yield from _row(*pending.popleft(), outcome)
        outcome.problems += [str(damage) for damage in scan.damages]
        outcome.counts["damaged"] += len(scan.damages)
        outcome.failed += [record_id for _, _, record_id in scan.failures if record_id]

    def _submit(self, page: _Page) -> tuple[_Page, Future[Outcome], Future[Outcome] | None]:
        at = page.capture
        job = article_job(page.body, at.url_final, page.content_type, at.fetched_at, page.headers)
        if page.sites is None:
            return page, self._sandbox.submit(job), None
        rules = page.sites.rules_for(at.url_final, at.fetched_at)
        return page, self._sandbox.submit(job), self._sandbox.submit(listing_job(page.body, at.url_final, page.content_type, rules))

    def _page(self, found: Found, outcome: FileOutcome, run: RunInfo | None) -> _Page | None:
        """The page of a capture, ``None`` when it is none; ``resource`` records are no HTTP captures, and have no status."""
        if found.capture.warc_type == "resource":
            outcome.counts["resources passed over"] += 1
            return None
        try:
            is_own = run is not None and found.context.discovery is not None
            if is_own and not _is_own_page(found):
                return None
            return self._resolved(found, outcome, run if is_own else None)
        except (WarcFormatError, OSError) as error:
            place = f"{found.capture.filename}@{found.capture.offset}"
            outcome.problems.append(str(error) if getattr(error, "place", None) else f"{place}: {error}")
            return None

    def _resolved(self, found: Found, outcome: FileOutcome, run: RunInfo | None) -> _Page | None:
        capture, head, block, is_own = found.capture, found.head, found.block, run is not None
        pointer = capture.pointer
        if capture.warc_type == "revisit":
            if capture.status is not None and not (capture.status == 200 or (is_own and _is_good(capture.status))):
                return None
            refers_to, block = self._originals.find(capture)
            pointer = dataclasses.replace(pointer, refers_to=refers_to)
        source_head, entity = entity_body(block)
        shown = head if head is not None and capture.status != 304 else source_head
        status = capture.status if capture.status is not None else (shown.status if shown else None)
        if status is None or not (status == 200 or (is_own and _is_good(status))):
            return None
        content_type = _content_type(shown)
        coding = b",".join(source_head.all(b"Content-Encoding")).decode("latin-1") if source_head else ""
        plain = decode_content(entity, coding, max_page_bytes(run) if run else _MAX_PAGE_BYTES)
        if is_own:
            if page_problem(head or shown, None, content_type) or plain.problem not in (None, "mislabelled"):
                return None
        elif not _is_html(content_type, plain.body):
            return None
        elif plain.problem not in (None, "mislabelled"):
            outcome.problems.append(
                f"{capture.filename}@{capture.offset}: Content-Encoding {coding}: {plain.problem}; what came is used"
            )
        own_head = head or shown
        is_seed = found.context.discovery is not None and found.context.discovery.purpose == "section"
        return _Page(
            self._capture(found, pointer, status, entity),
            content_type,
            own_head.text_fields if own_head else (),
            plain.body,
            SiteBook.of_settings(run.settings) if run and is_seed else None,
        )

    @staticmethod
    def _capture(found: Found, pointer: WarcPointer, status: int, entity: bytes) -> PageCapture:
        capture, context = found.capture, found.context
        parse_warc_date(capture.date)
        if pointer.payload_digest is None:
            pointer = dataclasses.replace(pointer, payload_digest=sha256_digest([entity]))
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
    result = future.result()
    if kind is not None and ((seen := kind.result().result) is None or seen["kind"] != "article"):
        return
    if result.result is not None:
        article = article_from(result.result["article"])
    else:
        assert result.failure is not None
        article = failed_article(result.failure, content_type=page.content_type)
        outcome.problems.append(f"{page.capture.pointer.filename}@{page.capture.pointer.offset}: {result.failure}: {result.detail}")
    outcome.counts["articles"] += 1
    yield article_values(article, page.capture, 1)


def _is_own_page(found: Found) -> bool:
    """What the crawl took for an article: by purpose, or a seed that turned out to be one."""
    capture, discovery = found.capture, found.context.discovery
    assert discovery is not None
    if capture.status is None or capture.truncated or not (_is_good(capture.status) or capture.status == 304):
        return False
    return discovery.purpose == "article" or (discovery.purpose == "section" and discovery.discovered_via == "seed")


def _is_good(status: int) -> bool:
    return 200 <= status < 300 or status == 304


def _content_type(head: Head | None) -> str | None:
    """As Scrapy takes it: the last field, where there are several."""
    values = head.all(b"Content-Type") if head else []
    return values[-1].decode("latin-1") if values and values[-1] else None


def _is_html(content_type: str | None, body: bytes) -> bool:
    mime = (content_type or "").split(";")[0].strip().lower() or None
    if mime in _HTML:
        return True
    start = body[:_SNIFF_BYTES].lower()
    return mime in _MAYBE_HTML and (b"<!doctype html" in start or b"<html" in start)
