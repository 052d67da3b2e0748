"""One Scrapy process: start a launch, show its progress, give back its session."""

from __future__ import annotations

import logging
import sys

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from archiver.capture.launch import CrawlLaunch, scrapy_settings
from archiver.capture.session import CaptureSession, session_of
from archiver.cli.progress import show_progress
from archiver.spiders.patch import PatchSpider
from archiver.spiders.section import SectionSpider


def run_crawl(launch: CrawlLaunch, *, quiet: bool = False) -> CaptureSession:
    """Crawl until the end; raises what stopped it before the first request (UsageError, CollectionError)."""
    settings = Settings()
    settings.setmodule("archiver.settings", priority="project")
    settings.update(scrapy_settings(launch), priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    # After Scrapy has configured logging, which resets the levels of its own loggers.
    _log_to_stderr()
    crawler = process.create_crawler(PatchSpider if launch.patch else SectionSpider)
    task = process.crawl(crawler)
    with show_progress(crawler, quiet=quiet):
        process.start()
    error = task.exception() if task.done() and not task.cancelled() else None
    if error is not None:
        raise error
    return session_of(crawler)


def _log_to_stderr() -> None:
    """Warnings and errors as plain lines; the run's log in the collection has more."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("archiver: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # Rows say what Scrapy warns of, and its advice is for people who write spiders.
    chatty = ("scrapy.downloadermiddlewares.redirect", "scrapy.core.downloader.handlers.http11")
    for name in ("twisted", "filelock", "asyncio", *chatty):
        logging.getLogger(name).setLevel(logging.ERROR)
