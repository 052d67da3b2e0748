"""What one crawl shares: its collection, its run, its recorder. Handler, middlewares, pipelines and extension meet here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archiver.capture.addresses import AddressPolicy
from archiver.capture.dataset_writer import DatasetWriter
from archiver.capture.politeness import Politeness
from archiver.capture.progress import Progress
from archiver.capture.recorder import Recorder
from archiver.collection.layout import Collection
from archiver.errors import StoreError
from archiver.extraction.sandbox import Job, Outcome, Sandbox
from archiver.index.lookup import Lookup
from archiver.model import Discovery, RunInfo, WarcPointer
from archiver.options import CrawlOptions, HostOptions, host_table
from archiver.sites.book import SiteBook
from archiver.warc.http1 import Head
from archiver.warc.metadata import discovery_pairs

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from archiver.capture.requisites import RequisiteRequests

# Keys of Request.meta. META_POINTER is documented for users of the add-on.
META_POINTER = "warc"
META_DISCOVERY = "archiver_discovery"
META_CAPTURED = "archiver_captured"
META_RECEIVED = "archiver_received"
META_PLAIN = "archiver_plain"
META_NOT_MODIFIED = "archiver_not_modified"


@dataclass(frozen=True, slots=True)
class Captured:
    """The capture behind a Response: its pointer, its WARC-Date string and its head as received.

    ``head`` is ``None`` when the stored message is no HTTP message; ``truncated`` is WARC-Truncated.
    """

    pointer: WarcPointer
    date: str
    head: Head | None
    truncated: str | None


@dataclass(slots=True)
class CaptureSession:
    """One crawl's shared things; made by the extension, found by ``session_of``.

    ``lookup`` is the reactor thread's own connection; ``recorder.store.lookup`` belongs to the writer thread.
    """

    collection: Collection
    run: RunInfo
    options: CrawlOptions
    recorder: Recorder
    writer: DatasetWriter
    sandbox: Sandbox
    lookup: Lookup
    politeness: Politeness
    addresses: AddressPolicy
    is_resumed: bool = False
    hosts: Mapping[str, HostOptions] = field(default_factory=dict)
    sites: SiteBook = field(default_factory=SiteBook)
    progress: Progress = field(default_factory=Progress)
    finish_reason: str | None = None
    # What each robots.txt that was read (by URL) names as sitemaps.
    sitemaps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # Set by the spider, where page requisites are wanted.
    requisites: RequisiteRequests | None = None
    # Set by the download handler: resolves when no connection is read on for bytes beyond its last message.
    settled: Callable[[], Awaitable[None]] | None = None

    @property
    def redact_request_headers(self) -> tuple[bytes, ...]:
        """Names of request headers whose values are not kept."""
        return tuple(name.encode("latin-1", "replace") for name in self.options.redact_request_headers)

    async def read(self, job: Job) -> Outcome:
        """What the sandbox makes of a page; raises StoreError, and stops the crawl, where no worker can be started."""
        try:
            return await asyncio.wrap_future(self.sandbox.submit(job))
        except StoreError as error:
            self.recorder.fail(error)
            raise

    def verifies_tls(self, url: str) -> bool:
        """Whether the certificate of the host of ``url`` must be good."""
        name = host_table(self.hosts, url)
        return name is None or not self.hosts[name].insecure_tls

    def is_known_article(self, url: str) -> bool:
        """Whether an earlier run has it: such articles are fetched again by the schedule, not by being listed.

        Those of this run, when it is resumed, go all the way again, answered from the archive: any of them may have been cut off
        before its row, its failure or its requisites.
        """
        return self.lookup.is_known_article(url, besides_run=self.run.run_id)

    def was_wanted_before(self, url: str) -> bool:
        """Whether an earlier run that finished asked for it."""
        return self.lookup.was_wanted_by_finished_run(url, besides_run=self.run.run_id)

    def metadata_for(self, request: Request) -> tuple[tuple[str, str], ...]:
        """The pairs of the ``metadata`` record for an exchange of ``request``."""
        chain = request.meta.get("redirect_urls") or [request.url]
        return discovery_pairs(
            discovery_of(request),
            run_id=self.run.run_id,
            first_url=chain[0],
            redirects=len(request.meta.get("redirect_urls", ())),
        )


def discovery_of(request: Request) -> Discovery:
    """Why ``request`` was made; requests of other people's spiders count as articles of unknown discovery."""
    found = request.meta.get(META_DISCOVERY)
    return found if isinstance(found, Discovery) else Discovery(purpose="article")


# An attribute and not a table with weak keys: the session leads back to its crawler, and so would keep it for ever.
_ATTRIBUTE = "_archiver_session"


def set_session(crawler: Crawler, session: CaptureSession) -> None:
    """Make ``session`` that of ``crawler``."""
    setattr(crawler, _ATTRIBUTE, session)


def session_of(crawler: Crawler) -> CaptureSession:
    """The session of ``crawler``; raises KeyError when the extension has not made one."""
    session = getattr(crawler, _ATTRIBUTE, None)
    if session is None:
        raise KeyError(crawler)
    assert isinstance(session, CaptureSession)
    return session
