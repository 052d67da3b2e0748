"""Spiders of the shapes that Scrapy's users write, run one after the other in one process: ``python -m addon.shapes FILE``.

Reads a JSON object (``base``, ``addon``, ``reactor``, ``folder``) from FILE and prints one JSON object: what each spider gave.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import CrawlerRunner
from scrapy.exceptions import StopDownload
from scrapy.http import Response
from scrapy.utils.reactor import install_reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

# Stats that say what was done; times, memory and the number of log lines are not compared.
TOLD = ("downloader/re", "item_scraped", "retry/", "dupefilter/", "response_received", "httpcache/", "file_count", "file_status",
        "finish_reason", "httperror/", "log_count/ERROR", "spider_exceptions", "scheduler/enqueued", "feedexport/")  # fmt: skip


class Shape(scrapy.Spider):
    """One page; each shape below does something else with it."""

    base = ""
    page = "addon-chunked"

    def url(self, name: str | None = None) -> str:
        return f"{self.base}/section/2026/03/14/{name or self.page}.html"

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request(self.url(), errback=self.failed)

    def parse(self, response: Response) -> Iterator[Any]:
        yield self.facts(response)

    def facts(self, response: Response) -> dict[str, Any]:
        return {"url": response.url, "status": response.status, "size": len(response.body), "flags": response.flags,
                "redirects": response.meta.get("redirect_times", 0), "retries": response.meta.get("retry_times", 0)}  # fmt: skip

    def failed(self, failure: Failure) -> Iterator[Any]:
        yield {"failed": type(failure.value).__name__}


class AsyncStart(Shape):
    name = "async-start"

    async def start(self) -> AsyncIterator[Any]:
        yield {"an item": "before any request"}
        for name in ("addon-chunked", "addon-gzip", "addon-chunked"):
            yield scrapy.Request(self.url(name))


class Errback(Shape):
    name = "errback"

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request("http://127.0.0.1:1/refused", errback=self.failed)
        yield scrapy.Request(self.url("addon-missing"), errback=self.failed)
        yield scrapy.Request(self.url(), callback=self.broken, errback=self.failed)

    def broken(self, response: Response) -> Iterator[Any]:
        yield self.facts(response)
        raise ValueError("a fault of the spider")


class RedirectRetryCookies(Shape):
    name = "redirect-retry-cookies"

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request(self.url("addon-moved"), cookies={"known": "yes"})
        yield scrapy.Request(self.url("addon-busy"))
        yield scrapy.Request(self.url("addon-gzip"), cookies={"jar": "b"}, meta={"cookiejar": 2})


class Inline(Shape):
    """Asks the engine within a callback."""

    name = "inline"

    async def parse(self, response: Response) -> AsyncIterator[Any]:  # type: ignore[override]
        assert self.crawler.engine is not None
        other = await self.crawler.engine.download_async(scrapy.Request(self.url("addon-gzip")))
        yield {**self.facts(response), "other": other.status}


class Stopped(Shape):
    """Stops each download from a signal handler, for many requests over few connections."""

    name = "stopped"
    custom_settings = {"CONCURRENT_REQUESTS_PER_DOMAIN": 16}  # noqa: RUF012
    signal = signals.bytes_received

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> Stopped:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.stop, cls.signal)
        return spider

    def stop(self) -> None:
        raise StopDownload(fail=False)

    async def start(self) -> AsyncIterator[Any]:
        for number in range(150):
            yield scrapy.Request(f"{self.url()}?{number}", dont_filter=True, cb_kwargs={"number": number})

    def parse(self, response: Response, number: int) -> Iterator[Any]:
        yield {"number": number, "flags": response.flags}


class StoppedAtHead(Stopped):
    name = "stopped-at-head"
    signal = signals.headers_received

    def stop(self) -> None:
        raise StopDownload(fail=True)

    async def start(self) -> AsyncIterator[Any]:
        for number in range(10):
            yield scrapy.Request(f"{self.url()}?{number}", dont_filter=True, errback=self.failed)


class Files(Shape):
    name = "files"
    custom_settings = {"ITEM_PIPELINES": {"scrapy.pipelines.files.FilesPipeline": 1}, "FILES_STORE": "files"}  # noqa: RUF012

    def parse(self, response: Response) -> Iterator[Any]:
        yield {"file_urls": [self.url("addon-gzip"), self.url("addon-missing")]}


class Cached(Shape):
    name = "cached"
    custom_settings = {"HTTPCACHE_ENABLED": True, "HTTPCACHE_DIR": "cache"}  # noqa: RUF012

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request(self.url())

    def parse(self, response: Response) -> Iterator[Any]:
        yield self.facts(response)
        if "cached" not in response.flags:
            yield response.request.replace(dont_filter=True)  # type: ignore[union-attr]


class Fed(Shape):
    name = "fed"
    custom_settings = {"FEEDS": {"feed.csv": {"format": "csv", "overwrite": True}}}  # noqa: RUF012


class Closing(Shape):
    """Ends by a reason of its own."""

    name = "closing"

    def parse(self, response: Response) -> Iterator[Any]:
        yield self.facts(response)
        raise scrapy.exceptions.CloseSpider("enough")


class Unopened(Shape):
    """Fails before its spider is there: what the add-on has opened by then is let go of."""

    name = "unopened"
    custom_settings = {"SCHEDULER": "no.such.Scheduler"}  # noqa: RUF012


class Reopened(Shape):
    """Takes the collection of the crawl that never opened."""

    name = "reopened"
    custom_settings = {"ARCHIVER_COLLECTION": "output/unopened"}  # noqa: RUF012


SHAPES = (
    AsyncStart,
    Errback,
    RedirectRetryCookies,
    Inline,
    Stopped,
    StoppedAtHead,
    Files,
    Cached,
    Fed,
    Closing,
    Unopened,
    Reopened,
)


class Told(logging.Handler):
    """Log lines of warnings and errors; not those of tldextract, which asks the web for its list where it has none yet."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "tldextract":
            return
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage().splitlines()[0]}")


def main(given: dict[str, Any]) -> None:
    install_reactor(given["reactor"])
    from twisted.internet import reactor

    results: dict[str, Any] = {}

    @inlineCallbacks
    def crawl_all() -> Any:
        for cls in SHAPES:
            # Where a crawl failed, Twisted holds its exception, which holds it, until the next turn.
            yield deferLater(reactor, 0)
            gc.collect()
            cls.base = given["base"]
            told, items = Told(), []
            logging.getLogger().addHandler(told)
            settings = {"TWISTED_REACTOR": given["reactor"], "RETRY_TIMES": 1, "DOWNLOAD_DELAY": 0, "TELNETCONSOLE_ENABLED": False}
            if given["addon"]:
                settings |= {"ADDONS": {"archiver.addon.WarcAddon": 500}, "ARCHIVER_CONTACT": "us"}
            runner = CrawlerRunner(settings)
            crawler = runner.create_crawler(cls)
            crawler.signals.connect(lambda item, items=items: items.append(dict(item)), signals.item_scraped, weak=False)
            error = None
            try:
                yield runner.crawl(crawler)
            except Exception as caught:
                error = type(caught).__name__
            stats = crawler.stats.get_stats() if crawler.stats else {}
            logging.getLogger().removeHandler(told)
            results[cls.name] = {
                "items": items,
                "error": error,
                "stats": {name: value for name, value in stats.items() if name.startswith(TOLD)},
                "log": told.lines,
            }
            del crawler
        reactor.stop()

    reactor.callWhenRunning(crawl_all)
    reactor.run()
    json.dump(results, sys.stdout, default=str)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
