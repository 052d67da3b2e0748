"""A crawl without a network: what handler and pipeline ask of a store, in their order. The same script again goes on."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from wire import pages
from wire.messages import HTML, message

from archiver import clock
from archiver.capture.launch import CrawlLaunch
from archiver.collection.layout import prepare_collection
from archiver.dataset.rows import PageCapture
from archiver.errors import StoreError
from archiver.extensions.opening import Opened, open_for_crawl
from archiver.extraction.pages import article_job
from archiver.extraction.sandbox import Job, Outcome
from archiver.extraction.tasks import TASKS
from archiver.extraction.transfer import article_from
from archiver.model import Discovery, Failure
from archiver.options import CrawlConfig, CrawlOptions
from archiver.warc.exchange import Exchange
from archiver.warc.metadata import discovery_pairs

HOST = "http://a.example"
_OPTIONS = CrawlOptions(max_warc_bytes=4000, requisites=False)


def launch(root: Path) -> CrawlLaunch:
    return CrawlLaunch(root, (f"{HOST}/",), CrawlConfig(options=_OPTIONS))


def answer(name: str) -> bytes:
    """A page; those whose name ends in the same letter have the same bytes."""
    return message(pages.article(f"page-{name[-1]}").encode(), HTML)


# Two with the same payload, so that there is a revisit.
NAMES = ("one-a", "two-b", "three-a", "four-c")
GONE = f"{HOST}/gone"


def url_of(name: str) -> str:
    return f"{HOST}/2026/{name}.html"


def run_script(root: Path, names: Sequence[str] = NAMES, *, before_end: Callable[[Opened], None] = lambda _: None) -> None:
    """Open the collection, capture and extract what it has not, end the run. Raises StoreError as a crawl does, and lets go."""
    collection = prepare_collection(root)
    opened = open_for_crawl(collection, launch(root))
    try:
        for name in names:
            _article(opened, name)
        _failure(opened)
        before_end(opened)
        opened.writer.end_run("finished")
    except (OSError, sqlite3.Error) as error:
        raise StoreError.cannot("write", root, error) from error
    finally:
        opened.store.abandon()
        with contextlib.suppress(StoreError):
            opened.writer.close()


def _article(opened: Opened, name: str) -> None:
    store, run_id, url = opened.store, opened.store.run.run_id, url_of(name)
    discovery = Discovery("article", "seed", hops=1, seed=f"{HOST}/")
    capture = store.lookup.answer_of_run(run_id, url, url, "article")
    if capture is None:
        request = f"GET {url.removeprefix(HOST)} HTTP/1.1\r\nHost: a.example\r\n\r\n".encode()
        exchange = Exchange(url, request, answer(name), clock.now(), fetch_time_ms=1)
        store.write_exchange(exchange, discovery_pairs(discovery, run_id=run_id, first_url=url), discovery)
        capture = store.lookup.answer_of_run(run_id, url, url, "article")
        assert capture is not None
    page = PageCapture(url, url, capture.date, 200, store.lookup.pointer(capture), discovery, run_id)
    if not opened.writer.has_row(page):
        job = article_job(
            pages.article(f"page-{name[-1]}").encode(), url, "text/html; charset=utf-8", page.fetched_at, (), discovery=discovery
        )
        opened.writer.write_article(article_from(TASKS[job.task](job.arguments, job.page)["article"]), page)


def _failure(opened: Opened) -> None:
    discovery = Discovery("article", "seed", hops=1, seed=f"{HOST}/")
    opened.writer.write_failure(Failure(GONE, "refused", clock.now(), discovery, opened.store.run.run_id, tries=1))


class SandboxHere:
    """The sandbox's tasks without its processes: half a second less for every repair that extracts a page."""

    def submit(self, job: Job) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        future.set_result(Outcome(TASKS[job.task](job.arguments, job.page)))
        return future

    def close(self) -> None:
        """There is nothing to end."""
