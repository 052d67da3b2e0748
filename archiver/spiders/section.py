"""The section spider: follows section pages and their pagination, takes the article pages, drops nothing silently."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider
from scrapy.spidermiddlewares.httperror import HttpError

from archiver.capture.items import ArticlePage, FailedUrl, ListingPage
from archiver.capture.launch import LAUNCH_SETTING, resolve_launch, scrapy_settings
from archiver.capture.outcomes import PageFailure, classify
from archiver.capture.recheck import is_due, schedule_of
from archiver.capture.requisites import RequisiteRequests
from archiver.capture.session import (
    META_CAPTURED,
    META_DISCOVERY,
    META_NOT_MODIFIED,
    META_RECEIVED,
    CaptureSession,
    discovery_of,
    session_of,
)
from archiver.clock import now
from archiver.dataset.rows import PageCapture
from archiver.errors import StoreError
from archiver.extraction.pages import listing_job, page_problem
from archiver.extraction.transfer import listing_from, requisites_from
from archiver.model import Discovery, Failure, Listing, ListingEntry
from archiver.options import CrawlOptions, option_names, setting_name
from archiver.urls import clean_url, host_of, normalize_url, registrable_domain
from archiver.warc.records import format_warc_date, parse_warc_date

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure as TwistedFailure

# A listing before its articles, so that a run that is cut short knows what there was; requisites last.
_LISTING_PRIORITY, _ARTICLE_PRIORITY, _RECHECK_PRIORITY = 100, 10, 5


class SectionSpider(Spider):
    """``scrapy crawl section -a url=…[,…] -a collection=…``: the same crawl as ``archiver crawl``."""

    name = "section"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Take the launch that the command line made, or make it from the spider arguments and ``ARCHIVER_…`` settings."""
        if LAUNCH_SETTING not in crawler.settings:
            urls = kwargs.pop("url", "").replace(",", " ").split()
            collection = kwargs.pop("collection", None)
            given = {name: crawler.settings[key] for name in option_names() if (key := setting_name(name)) in crawler.settings}
            given |= {name: kwargs.pop(name) for name in option_names() if name in kwargs}
            launch = resolve_launch(tuple(urls), Path(collection) if collection else None, given)
            crawler.settings.update(scrapy_settings(launch), priority="spider")
        return super().from_crawler(crawler, *args, **kwargs)

    @property
    def session(self) -> CaptureSession:
        """What this crawl shares with handler and pipelines."""
        return session_of(self.crawler)

    @property
    def options(self) -> CrawlOptions:
        """The options in force."""
        return self.session.options

    async def start(self) -> AsyncIterator[Any]:
        """One request a seed, then one for each known article that is due to be checked again."""
        if self.options.requisites:
            self.session.requisites = RequisiteRequests(self.session, self.failed)
        for seed in self.session.run.seeds:
            discovery = Discovery("section", discovered_via="seed", seed=seed, page_number=1)
            yield self._request(seed, discovery, self.parse_seed, priority=_LISTING_PRIORITY, dont_filter=True)
        for url, discovery in self._articles_due():
            if self.session.progress.want(normalize_url(url)):
                yield self._request(url, discovery, self.parse_article, priority=_RECHECK_PRIORITY, dont_filter=True)

    def _articles_due(self) -> Iterator[tuple[str, Discovery]]:
        if self.options.recheck == "none":
            return
        moment, schedule = now(), schedule_of(self.options.recheck_schedule)
        check_all = self.options.recheck == "all"
        since = "" if check_all or not schedule else format_warc_date(moment - schedule[-1] - timedelta(days=1))
        for url, discovery, first, last in self.session.lookup.article_checks(since, besides_run=self.session.run.run_id):
            if check_all or is_due(parse_warc_date(first), parse_warc_date(last), moment, schedule):
                yield url, discovery

    def _request(self, url: str, discovery: Discovery, callback: Any, **kwargs: Any) -> Request:
        return Request(url, callback=callback, errback=self.failed, meta={META_DISCOVERY: discovery}, **kwargs)

    async def parse_seed(self, response: Response) -> AsyncIterator[Any]:
        """A seed may be a section or itself an article."""
        try:
            kind, listing, requisites = await self._read_listing(response)
        except PageFailure as failure:
            yield self._given_up_page(response, failure)
            return
        if kind == "article":
            discovery = dataclasses.replace(discovery_of(_request_of(response)), purpose="article", page_number=None)
            self.session.progress.section(discovery.seed).articles_seen += 1
            yield self._article(response, discovery)
            return
        for result in self._listing_results(response, listing, requisites):
            yield result

    async def parse_listing(self, response: Response) -> AsyncIterator[Any]:
        """A further page of a section."""
        try:
            _, listing, requisites = await self._read_listing(response)
        except PageFailure as failure:
            yield self._given_up_page(response, failure)
            return
        for result in self._listing_results(response, listing, requisites):
            yield result

    async def _read_listing(self, response: Response) -> tuple[str, Listing, tuple[tuple[str, str], ...]]:
        _must_be_html(response)
        page = self._capture(response, discovery_of(_request_of(response)))
        rules = self.session.sites.rules_for(page.url_final, page.fetched_at)
        wanted = self.session.requisites is not None
        job = listing_job(response.body, page.url_final, _content_type(response), rules, requisites=wanted)
        outcome = await asyncio.wrap_future(self.session.sandbox.submit(job))
        if outcome.result is None:
            raise PageFailure("extraction", f"the listing could not be read: {outcome.detail}")
        result = outcome.result
        return result["kind"], listing_from(result["listing"]), requisites_from(result["requisites"])

    def _listing_results(self, response: Response, listing: Listing, requisites: tuple[tuple[str, str], ...]) -> Iterator[Any]:
        discovery = discovery_of(_request_of(response))
        section = self.session.progress.section(discovery.seed)
        page = self._capture(response, discovery)
        section.listings += 1
        section.articles_seen += len(listing.entries)
        if not listing.entries and (discovery.page_number or 1) == 1:
            self.logger.warning("found no article links on %s; try `archiver inspect %s`", response.url, response.url)
        yield ListingPage(listing, page)
        for entry in listing.entries:
            yield from self._entry(entry, discovery, response)
        if self.session.requisites is not None:
            yield from self.session.requisites.requests(requisites, page.url_final, discovery)
        yield from self._next_page(listing, discovery, response)

    def _entry(self, entry: ListingEntry, discovery: Discovery, response: Response) -> Iterator[Any]:
        found = Discovery(
            "article",
            discovered_via="pagination" if (discovery.page_number or 1) > 1 else "section",
            discovered_from=response.url,
            via=response.url,
            hops=discovery.hops + 1,
            seed=discovery.seed,
            title=entry.headline,
            date_raw=entry.date_raw,
            date_source="listing" if entry.date_raw else None,
        )
        if self._is_known(entry.url) or not self.session.progress.want(normalize_url(entry.url)):
            return
        if not self._in_scope(entry.url, response.url):
            yield self._given_up(entry.url, found, "scope", "another host than the section's")
            return
        if self.options.max_articles and self.session.progress.articles_requested >= self.options.max_articles:
            self.session.progress.limit = "max_articles"
            return
        self.session.progress.articles_requested += 1
        yield self._request(entry.url, found, self.parse_article, priority=_ARTICLE_PRIORITY, dont_filter=True)

    def _is_known(self, url: str) -> bool:
        """Articles of earlier runs are fetched again by the schedule, not by being listed.

        Those of this run, when it is resumed, go all the way again, answered from the archive: any of them may have been cut off
        before its row, its failure or its requisites.
        """
        return self.session.lookup.is_known_article(url, besides_run=self.session.run.run_id)

    def _was_wanted_before(self, url: str) -> bool:
        return self.session.lookup.was_wanted_by_finished_run(url, besides_run=self.session.run.run_id)

    def _in_scope(self, url: str, listing_url: str) -> bool:
        if self.options.scope == "host":
            return host_of(url) == host_of(listing_url)
        return self.options.scope != "domain" or registrable_domain(url) == registrable_domain(listing_url)

    def _next_page(self, listing: Listing, discovery: Discovery, response: Response) -> Iterator[Any]:
        number = (discovery.page_number or 1) + 1
        next_page = listing.next_page
        if next_page is None or host_of(next_page) != host_of(response.url):
            return
        if self.session.progress.limit is not None:
            return
        if self.options.max_pages and number > self.options.max_pages:
            return
        if listing.entries and all(self._was_wanted_before(entry.url) for entry in listing.entries):
            # Everything from here on was there when an earlier run finished.
            return
        following = dataclasses.replace(
            discovery,
            discovered_via="pagination",
            discovered_from=response.url,
            via=response.url,
            hops=discovery.hops + 1,
            page_number=number,
        )
        yield self._request(next_page, following, self.parse_listing, priority=_LISTING_PRIORITY)

    async def parse_article(self, response: Response) -> AsyncIterator[Any]:
        """An article page; what it really is, extraction says."""
        try:
            _must_be_html(response)
            yield self._article(response, discovery_of(_request_of(response)))
        except PageFailure as failure:
            yield self._given_up_page(response, failure)

    def _article(self, response: Response, discovery: Discovery) -> ArticlePage:
        captured = _request_of(response).meta[META_CAPTURED]
        return ArticlePage(
            page=self._capture(response, discovery),
            is_repeat=self._is_repeat(response),
            body=response.body,
            content_type=_content_type(response),
            headers=captured.head.text_fields if captured.head else (),
        )

    def _is_repeat(self, response: Response) -> bool:
        """The very bytes that the check before had."""
        request = _request_of(response)
        pointer = request.meta[META_CAPTURED].pointer
        if request.meta.get(META_NOT_MODIFIED):
            return True
        date, url = request.meta[META_CAPTURED].date, clean_url(response.url) or response.url
        return pointer.warc_type == "revisit" and self.session.lookup.repeats_the_one_before(date, url, pointer.payload_digest)

    def _capture(self, response: Response, discovery: Discovery) -> PageCapture:
        request = _request_of(response)
        captured = request.meta[META_CAPTURED]
        first = (request.meta.get("redirect_urls") or [request.url])[0]
        return PageCapture(
            url=clean_url(first) or first,
            url_final=clean_url(response.url) or response.url,
            date=captured.date,
            status=captured.head.status or response.status,
            pointer=captured.pointer,
            discovery=discovery,
            run_id=self.session.run.run_id,
        )

    def failed(self, failure: TwistedFailure) -> Iterator[Any]:
        """Every request that ends without a page."""
        error, request = failure.value, failure.request
        if isinstance(error, StoreError):
            # The crawl is stopping: what is not there now, the resumed run fetches.
            return
        if isinstance(error, HttpError):
            request = _request_of(error.response)
        failed = self._failure(request, error)
        if failed.failure.discovery.discovered_via == "seed" and failed.failure.discovery.purpose != "requisite":
            self._say_that_a_seed_failed(failed.failure)
        yield failed

    def _say_that_a_seed_failed(self, failure: Failure) -> None:
        why = f"status {failure.http_status}" if failure.reason == "http_status" else failure.reason
        detail = f" ({failure.detail})" if failure.detail else ""
        self.logger.warning("%s: %s%s", failure.url, why, detail)

    def _given_up_page(self, response: Response, error: PageFailure) -> FailedUrl:
        failed = self._failure(_request_of(response), error, response.status)
        if failed.failure.discovery.discovered_via == "seed":
            self._say_that_a_seed_failed(failed.failure)
        return failed

    def _failure(self, request: Request, error: BaseException, status: int | None = None) -> FailedUrl:
        captured = request.meta.get(META_CAPTURED)
        outcome = classify(error, has_bytes=bool(request.meta.get(META_RECEIVED)))
        first = (request.meta.get("redirect_urls") or [request.url])[0]
        url = clean_url(first) or first
        gone = outcome.http_status in (404, 410, 451) and self._is_known(url)
        return FailedUrl(
            Failure(
                url=url,
                reason="gone" if gone else outcome.reason,
                at=now(),
                discovery=discovery_of(request),
                run_id=self.session.run.run_id,
                http_status=_plausible(outcome.http_status or status),
                detail=outcome.detail,
                tries=_tries(request, error),
                pointer=captured.pointer if captured else None,
            )
        )

    def _given_up(self, url: str, discovery: Discovery, reason: Any, detail: str) -> FailedUrl:
        return FailedUrl(Failure(url, reason, now(), discovery, self.session.run.run_id, detail=detail))


def _request_of(response: Response) -> Request:
    assert response.request is not None
    return response.request


def _content_type(response: Response) -> str | None:
    value = response.headers.get("Content-Type")
    return value.decode("latin-1") if value else None


def _must_be_html(response: Response) -> None:
    """Raises PageFailure for what Scrapy delivers and is no whole HTML page."""
    captured = _request_of(response).meta[META_CAPTURED]
    problem = page_problem(captured.head, captured.truncated, _content_type(response))
    if problem is not None:
        raise PageFailure(*problem)


def _plausible(status: int | None) -> int | None:
    """A status of three digits (RFC 9110 §15); *Quirk:* Twisted reads ``-200`` and ``1200`` as numbers too."""
    return status if status is not None and 100 <= status <= 999 else None


def _tries(request: Request, error: BaseException) -> int:
    if isinstance(error, PageFailure) and error.reason in ("robots", "robots_unavailable"):
        return 0
    return int(request.meta.get("retry_times", 0)) + 1
