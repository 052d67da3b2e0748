"""The Scrapy extension that opens a collection before the crawl and finishes it after: lock, run, recorder, limits, end.

It lives here and not in the command line, so that ``scrapy crawl`` has all of it too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.task import LoopingCall
from twisted.python.threadable import isInIOThread

from archiver.capture.addresses import AddressPolicy
from archiver.capture.launch import LAUNCH_SETTING, CrawlLaunch
from archiver.capture.politeness import Politeness
from archiver.capture.recorder import Recorder
from archiver.capture.session import CaptureSession, set_session
from archiver.clock import now
from archiver.collection.layout import prepare_collection
from archiver.collection.lock import CollectionLock
from archiver.dataset.companions import write_companions_apart
from archiver.errors import StoreError
from archiver.extensions.opening import open_for_crawl
from archiver.extraction.sandbox import Sandbox
from archiver.sites.book import SiteBook
from archiver.urls import registrable_domain

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

# A power cut loses at most this much (DESIGN §5.6).
_SYNC_EVERY_S = 5.0
# For the limits that are met while nothing is answered; otherwise each request that ends looks.
_LIMITS_EVERY_S = 0.5


# True in a project of other people (archiver.addon): a spider of theirs may give any reason for its end.
GUEST_SETTING = "ARCHIVER_GUEST"


class CollectionExtension:
    """Opens the collection in ``from_crawler``, before the handler needs it; finishes the run when the spider has closed."""

    def __init__(self, crawler: Crawler, launch: CrawlLaunch) -> None:
        self._crawler, self._launch, self._options = crawler, launch, launch.config.options
        collection = prepare_collection(launch.collection)
        self._lock = CollectionLock(collection.root)
        self._lock.acquire()
        opened = open_for_crawl(collection, launch)
        for message in opened.messages:
            logger.warning("%s", message)
        recorder = Recorder(opened.store)
        # Weakly, as below: its thread lives as long as it is not stopped, and a crawl that never opened its spider stops nothing.
        stop_on_failure = weakref.WeakMethod(self._stop_on_failure)
        recorder.on_failure = lambda error: _call(stop_on_failure, error)
        self._session = CaptureSession(
            collection=collection,
            run=opened.store.run,
            options=self._options,
            recorder=recorder,
            writer=opened.writer,
            hosts=launch.config.hosts,
            sites=SiteBook(launch.config.sites),
            sandbox=Sandbox(self._options.extract_workers, deadline_s=self._options.extract_deadline),
            lookup=opened.store.lookup.reader(),
            politeness=Politeness(
                crawler,
                self._options.requisites_delay if self._options.delay else 0.0,
                requisites_share=self._options.requisites_share,
                domains={registrable_domain(seed) for seed in launch.seeds},
            ),
            addresses=AddressPolicy(launch.seeds, allow_private=self._options.allow_private),
            is_resumed=opened.is_resumed,
        )
        set_session(crawler, self._session)
        self._timers = {LoopingCall(self._check_limits): _LIMITS_EVERY_S, LoopingCall(self._sync_soon): _SYNC_EVERY_S}
        self._started = now()
        self._is_closed = False
        crawler.signals.connect(self._spider_opened, signals.spider_opened)
        crawler.signals.connect(self._spider_closed, signals.spider_closed)
        crawler.signals.connect(self._check_limits, signals.request_left_downloader)
        from twisted.internet import reactor

        # Many crawls of one process (CrawlerRunner) share the reactor, which must not hold them when they are over.
        abandon = weakref.WeakMethod(self._abandon)
        self._trigger = reactor.addSystemEventTrigger("after", "shutdown", lambda: _call(abandon))

    def __del__(self) -> None:
        # A crawler that failed between its extensions and its spider says so to nobody.
        if not hasattr(self, "_trigger") or self._is_closed or sys.is_finalizing():
            return
        from twisted.internet import reactor

        if isInIOThread():
            self._abandon()
        else:
            reactor.callFromThread(self._abandon)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CollectionExtension:
        return cls(crawler, crawler.settings[LAUNCH_SETTING])

    def _spider_opened(self, spider: Spider) -> None:
        if not self._options.contact and not self._options.user_agent:
            logger.warning("no contact is set: name a URL or e-mail with --contact, so that a site can reach you")
        self._log = _log_to(self._session.collection.logs / f"{self._session.run.run_id.removeprefix('run:')}.log")
        for timer, seconds in self._timers.items():
            timer.start(seconds, now=False)

    def _sync_soon(self) -> None:
        deferred_from_coro(self._sync())

    def _check_limits(self) -> None:
        limit = self._limit_met()
        if limit is not None and self._session.progress.limit is None:
            self._session.progress.limit = limit
            logger.warning("stopping: %s reached", limit)
            self._close_spider("limit")

    def _limit_met(self) -> str | None:
        options, counts = self._options, self._session.recorder.store.counts
        if options.max_bytes and counts["bytes_received"] >= options.max_bytes:
            return "max_bytes"
        if options.max_time and (now() - self._started).total_seconds() >= options.max_time:
            return "max_time"
        if options.min_free and shutil.disk_usage(self._session.collection.root).free < options.min_free:
            return "min_free"
        return None

    async def _sync(self) -> None:
        def sync() -> None:
            self._session.recorder.store.sync()
            self._session.writer.sync()

        try:
            await self._session.recorder.run(sync)
        except StoreError:
            logger.debug("not synced: the store has failed")

    def _stop_on_failure(self, error: StoreError) -> None:
        logger.error("%s", error)
        self._close_spider("disk")

    def _close_spider(self, reason: str) -> None:
        engine = self._crawler.engine
        if engine is not None and engine.spider is not None:
            deferred_from_coro(engine.close_spider_async(reason=reason))

    async def _spider_closed(self, spider: Spider, reason: str) -> None:
        session = self._session
        for timer in self._timers:
            if timer.running:
                timer.stop()
        is_guest = self._crawler.settings.getbool(GUEST_SETTING)
        with ThreadPoolExecutor(1) as aside:
            await asyncio.wrap_future(aside.submit(session.sandbox.close))
            finish_reason = session.finish_reason = _finish_reason(reason, session, other="limit" if is_guest else "error")
            try:
                if session.settled is not None:
                    await session.settled()
                await session.recorder.finish(lambda: session.writer.end_run(finish_reason))
            except StoreError as error:
                session.finish_reason = "disk"
                logger.debug("not finished: %s", error)
            session.recorder.stop()
            self._let_go()
            # Nothing is left to abandon: a second Ctrl-C now only waits for the files beside the rows.
            self._is_closed = True
            await asyncio.wrap_future(aside.submit(self._write_companions))
        self._lock.release()
        self._forget_trigger()
        logging.getLogger().removeHandler(self._log)
        self._log.close()

    def _write_companions(self) -> None:
        """Parquet, card and the rest; the run is whole without them."""
        if not self._options.extract or self._session.recorder.failure is not None:
            return
        note = write_companions_apart(self._session.collection.dataset)
        if note:
            logger.warning("%s", note)

    def _abandon(self) -> None:
        """The reactor was stopped over our heads (Ctrl-C twice): let go of everything; the next run repairs and goes on."""
        session = self._session
        if self._is_closed:
            return
        self._is_closed = True
        session.finish_reason = session.finish_reason or "interrupted"
        session.recorder.is_finished = True
        session.recorder.stop()
        session.recorder.store.abandon()
        self._let_go()
        session.sandbox.close()
        self._lock.release()
        self._forget_trigger()

    def _forget_trigger(self) -> None:
        from twisted.internet import reactor

        # Gone where the reactor has been stopped meanwhile.
        with contextlib.suppress(ValueError, KeyError):
            reactor.removeSystemEventTrigger(self._trigger)

    def _let_go(self) -> None:
        session, store = self._session, self._session.recorder.store
        if session.recorder.failure is not None:
            store.abandon()
        with contextlib.suppress(StoreError):
            session.writer.close()
        session.lookup.close()
        store.close()


def _call(method: weakref.WeakMethod[Callable[..., None]], *arguments: Any) -> None:
    """The method, if what it belongs to is still there."""
    found = method()
    if found is not None:
        found(*arguments)


class _RunLog(logging.FileHandler):
    """The log of one run. What the disk does not take of it is left out: the recorder says what stops a crawl."""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError):
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        return

    def close(self) -> None:
        with contextlib.suppress(OSError):
            super().close()


def _log_to(path: Path) -> logging.Handler:
    """One log a run, in the collection; opened with its first line."""
    handler = _RunLog(path, encoding="utf-8", delay=True)
    handler.setLevel(logging.INFO)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    return handler


def _finish_reason(reason: str, session: CaptureSession, *, other: str) -> str:
    if session.recorder.failure is not None:
        return "disk"
    if session.progress.limit is not None:
        return "limit"
    return {"finished": "finished", "shutdown": "cancelled", "cancelled": "cancelled"}.get(reason, other)
