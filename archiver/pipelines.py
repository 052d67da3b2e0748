"""From items to files: extraction in the sandbox, then rows, page lines and text records on the recorder's thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from archiver.capture.items import ArticlePage, FailedUrl, ListingPage
from archiver.capture.session import CaptureSession, session_of
from archiver.errors import StoreError
from archiver.extraction.pages import article_job
from archiver.extraction.transfer import article_from
from archiver.model import Article

if TYPE_CHECKING:
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

    @staticmethod
    async def _article(session: CaptureSession, item: ArticlePage) -> None:
        section = session.progress.section(item.page.discovery.seed)
        section.articles += 1
        if not session.options.extract:
            return
        if item.is_repeat and await session.recorder.run(lambda: session.writer.write_unchanged(item.page)):
            return
        article = await extract(session, item)
        await session.recorder.run(lambda: session.writer.write_article(article, item.page))

    @staticmethod
    async def _listing(session: CaptureSession, item: ListingPage) -> None:
        if session.options.extract:
            await session.recorder.run(lambda: session.writer.write_listing(item.listing, item.page))

    @staticmethod
    async def _failure(session: CaptureSession, item: FailedUrl) -> None:
        session.progress.section(item.failure.discovery.seed).failures += 1
        await session.recorder.run(lambda: session.writer.write_failure(item.failure))


async def extract(session: CaptureSession, item: ArticlePage) -> Article:
    """The article of a page; a page that takes too long or breaks the worker gives a row that says so."""
    page = item.page
    job = article_job(item.body, page.url_final, item.content_type, page.fetched_at, item.headers)
    outcome = await asyncio.wrap_future(session.sandbox.submit(job))
    if outcome.result is not None:
        return article_from(outcome.result["article"])
    # Only now: it loads numpy, which a crawl without such pages does not need in its main process.
    from archiver.extraction.extractor import failed_article

    assert outcome.failure is not None
    return failed_article(outcome.failure, content_type=item.content_type)
