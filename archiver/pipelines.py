"""From items to files: extraction in the sandbox, then rows, page lines and text records on the recorder's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archiver.capture.items import ArticlePage, FailedUrl, ListingPage
from archiver.capture.session import CaptureSession, session_of
from archiver.errors import StoreError
from archiver.extraction.extractor import failed_article
from archiver.extraction.pages import article_job
from archiver.extraction.transfer import article_from, requisites_from
from archiver.model import Article

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class DatasetPipeline:
    """Writes what the section spider yields; items of other spiders pass through."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DatasetPipeline:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """The item, after its rows are on disk."""
        session = session_of(self._crawler)
        try:
            if isinstance(item, ArticlePage):
                await self._article(session, item)
            elif isinstance(item, ListingPage):
                await self._listing(session, item)
            elif isinstance(item, FailedUrl):
                await self._failure(session, item)
        except StoreError:
            # Said once by the extension, which stops the crawl.
            return item
        return item

    def _send(self, request: Request) -> None:
        """Into the scheduler; not while the crawl is ending."""
        engine = self._crawler.engine
        if engine is not None and engine.spider is not None and engine.running:
            engine.crawl(request)

    async def _article(self, session: CaptureSession, item: ArticlePage) -> None:
        section = session.progress.section(item.page.discovery.seed)
        section.articles += 1
        if not session.options.extract:
            if not item.is_repeat:
                await self._requisites(session, item)
            return
        if session.is_resumed and await session.recorder.run(lambda: session.writer.has_row(item.page)):
            # What it needs to be shown may not have been asked for before the run was cut short.
            await self._requisites(session, item)
            return
        if item.is_repeat and await session.recorder.run(lambda: session.writer.write_unchanged(item.page)):
            return
        article, requisites = await extract(session, item)
        if session.requisites is not None:
            for request in session.requisites.requests(requisites, item.page.url_final, item.page.discovery):
                self._send(request)
        await session.recorder.run(lambda: session.writer.write_article(article, item.page))

    async def _requisites(self, session: CaptureSession, item: ArticlePage) -> None:
        """Those of a page that is not extracted."""
        if session.requisites is not None:
            page = item.page
            for request in await session.requisites.of_page(item.body, page.url_final, item.content_type, page.discovery):
                self._send(request)

    @staticmethod
    async def _listing(session: CaptureSession, item: ListingPage) -> None:
        if session.options.extract:
            await session.recorder.run(lambda: session.writer.write_listing(item.listing, item.page))

    @staticmethod
    async def _failure(session: CaptureSession, item: FailedUrl) -> None:
        if item.failure.discovery.purpose != "requisite":
            session.progress.section(item.failure.discovery.seed).failures += 1
        await session.recorder.run(lambda: session.writer.write_failure(item.failure))


async def extract(session: CaptureSession, item: ArticlePage) -> tuple[Article, tuple[tuple[str, str], ...]]:
    """The article of a page, and its requisites (URL, role) where they are wanted.

    A page that takes too long or breaks the worker gives a row that says so.
    """
    page = item.page
    job = article_job(
        item.body,
        page.url_final,
        item.content_type,
        page.fetched_at,
        item.headers,
        discovery=page.discovery,
        requisites=session.requisites is not None,
    )
    outcome = await session.read(job)
    if outcome.result is not None:
        return article_from(outcome.result["article"]), requisites_from(outcome.result["requisites"])
    assert outcome.failure is not None
    return failed_article(outcome.failure, content_type=item.content_type), ()
