"""The section spider: follows section pages and their pagination, takes the article pages, drops nothing silently."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider
from scrapy.spidermiddlewares.httperror import HttpError

from archiver.capture.items import ArticlePage, FailedUrl, ListingPage
from archiver.capture.launch import LAUNCH_SETTING, resolve_launch, scrapy_settings
from archiver.capture.outcomes import PageFailure
from archiver.capture.requisites import RequisiteRequests
from archiver.capture.session import (
    META_CAPTURED,
    META_DISCOVERY,
    META_NOT_MODIFIED,
    CaptureSession,
    discovery_of,
    session_of,
)
from archiver.errors import StoreError
from archiver.extraction.machine_lists import DATED_BY, FEED, FEED_UPDATED, NEWS_SITEMAP, POSTS, SITEMAP
from archiver.extraction.pages import page_problem
from archiver.model import DiscoveredVia, Discovery, ListingEntry
from archiver.options import CrawlOptions, option_names, setting_name
from archiver.spiders.failures import failed_url, given_up, line_of_a_seed, until_the_store_fails
from archiver.spiders.lists import ListPage, content_type_of, page_capture, read_list, request_of
from archiver.spiders.next_page import NextPages
from archiver.spiders.paging import is_older
from archiver.spiders.rechecks import articles_due
from archiver.spiders.ways import OtherWays
from archiver.urls import clean_url, host_of, normalize_url, registrable_domain

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure as TwistedFailure

# A listing before its articles, so that a run that is cut short knows what there was; requisites last.
_LISTING_PRIORITY, _ARTICLE_PRIORITY, _RECHECK_PRIORITY = 100, 10, 5
_VIA: dict[str, DiscoveredVia] = {
    FEED: "feed",
    FEED_UPDATED: "feed",
    NEWS_SITEMAP: "news_sitemap",
    SITEMAP: "sitemap",
    POSTS: "wp_rest",
}


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What feeds state of articles, by url_normalized.
        self._evidence: dict[str, ListingEntry] = {}
        self._pages = NextPages()

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
        for url, discovery in articles_due(self.session):
            if self.session.progress.want(normalize_url(url)):
                yield self._request(url, discovery, self.parse_article, priority=_RECHECK_PRIORITY, dont_filter=True)

    def _request(self, url: str, discovery: Discovery, callback: Any, **kwargs: Any) -> Request:
        return Request(url, callback=callback, errback=self.failed, meta={META_DISCOVERY: discovery}, **kwargs)

    @until_the_store_fails
    async def parse_seed(self, response: Response) -> AsyncIterator[Any]:
        """A seed may be a section, a feed, a sitemap, or itself an article."""
        try:
            found = await read_list(self.session, response)
        except PageFailure as failure:
            yield self._given_up_page(response, failure)
            return
        if found.kind == "article":
            discovery = dataclasses.replace(found.page.discovery, purpose="article", page_number=None)
            self.session.progress.section(discovery.seed).articles_seen += 1
            yield self._article(response, discovery)
            return
        async for result in self._section_results(found):
            yield result

    async def _section_results(self, found: ListPage) -> AsyncIterator[Any]:
        """The first page of a section with what the other ways to its articles give.

        The feed is read before the page's articles are asked for, so that they go with the date that it states for them.
        """
        ways, wanted = OtherWays(self.session, self.crawler, functools.partial(failed_url, self.session)), self.options.discover
        feeds = [result async for result in ways.feeds(found)] if "feed" in wanted and found.kind != "sitemap" else []
        for result in feeds:
            if isinstance(result, ListPage):
                self._evidence |= {normalize_url(entry.url): entry for entry in result.listing.entries if entry.date_raw}
        for result in self._listing_results(found):
            yield result
        for result in feeds:
            for each in self._machine_results(result):
                yield each
        if found.kind == "sitemap":
            async for result in ways.named_by(found):
                for each in self._machine_results(result):
                    yield each
        if "sitemap" in wanted and not found.is_for_machines:
            async for result in ways.sitemaps(found):
                for each in self._machine_results(result):
                    yield each
        if "wp_rest" in wanted and not found.is_for_machines:
            if found.posts_url is None:
                self.logger.warning("%s: names no WordPress REST address of this section", found.page.url_final)
            async for result in ways.posts(found):
                for each in self._machine_results(result):
                    yield each

    @until_the_store_fails
    async def parse_listing(self, response: Response) -> AsyncIterator[Any]:
        """A further page of a section or feed."""
        try:
            found = await read_list(self.session, response)
        except PageFailure as failure:
            yield self._given_up_page(response, failure)
            return
        for result in self._listing_results(found):
            yield result

    def _listing_results(self, found: ListPage) -> Iterator[Any]:
        listing, page, discovery = found.listing, found.page, found.page.discovery
        section = self.session.progress.section(discovery.seed)
        section.listings += 1
        section.articles_seen += len(listing.entries)
        if not listing.entries and not found.sitemaps and (discovery.page_number or 1) == 1:
            self.logger.warning("found no article links on %s; try `archiver inspect %s`", page.url_final, page.url_final)
        yield ListingPage(listing, page)
        yield from self._cut_off(found)
        if found.is_for_machines or "section" in self.options.discover:
            for entry in listing.entries:
                yield from self._entry(entry, found)
        if self.session.requisites is not None:
            yield from self.session.requisites.requests(found.requisites, page.url_final, discovery)
        if found.is_for_machines or "section" in self.options.discover:
            following = self._pages.after(found, self.session)
            if isinstance(following, FailedUrl):
                yield following
            elif following is not None:
                yield self._request(*following, self.parse_listing, priority=_LISTING_PRIORITY)

    def _machine_results(self, found: ListPage | FailedUrl) -> Iterator[Any]:
        """What a feed, sitemap or REST answer beside the section's pages gives, or its failure."""
        if isinstance(found, FailedUrl):
            yield found
            return
        self.session.progress.section(found.page.discovery.seed).articles_seen += len(found.listing.entries)
        yield ListingPage(found.listing, found.page)
        yield from self._cut_off(found)
        for entry in found.listing.entries:
            yield from self._entry(entry, found)

    def _cut_off(self, found: ListPage) -> Iterator[Any]:
        """A row for what a list has beyond its format's limits, which nobody reads."""
        if found.cut:
            what = f"{found.cut} or more entries beyond what a sitemap may hold (50,000 URLs, 50 MiB)"
            yield given_up(self.session, found.page.url, found.page.discovery, "trap", what)

    def _entry(self, entry: ListingEntry, found: ListPage) -> Iterator[Any]:
        options, progress = self.options, self.session.progress
        if found.is_for_machines and options.since and is_older(entry, date.fromisoformat(options.since)):
            return
        if self.session.is_known_article(entry.url) or not progress.want(normalize_url(entry.url)):
            return
        discovery = self._discovery_of_entry(entry, found)
        if not self._in_scope(entry.url, found.page.url_final):
            yield given_up(self.session, entry.url, discovery, "scope", "another host than the section's")
            return
        if options.max_articles and progress.articles_requested >= options.max_articles:
            progress.limit = "max_articles"
            return
        progress.articles_requested += 1
        yield self._request(entry.url, discovery, self.parse_article, priority=_ARTICLE_PRIORITY, dont_filter=True)

    def _discovery_of_entry(self, entry: ListingEntry, found: ListPage) -> Discovery:
        """How an article was found, with what is stated of it: by its feed, if there is one, else by the list it was found on."""
        on = found.page.discovery
        stated = self._evidence.get(normalize_url(entry.url), entry)
        by_page: DiscoveredVia = "pagination" if (on.page_number or 1) > 1 else "section"
        return Discovery(
            "article",
            discovered_via=_VIA.get(entry.reason, by_page),
            discovered_from=found.page.url_final,
            via=found.page.url_final,
            hops=on.hops + 1,
            seed=on.seed,
            title=stated.headline or entry.headline,
            date_raw=stated.date_raw,
            date_source=(DATED_BY.get(stated.reason, "listing") if stated.date_raw else None),
        )

    def _in_scope(self, url: str, listing_url: str) -> bool:
        if self.options.scope == "host":
            return host_of(url) == host_of(listing_url)
        return self.options.scope != "domain" or registrable_domain(url) == registrable_domain(listing_url)

    async def parse_article(self, response: Response) -> AsyncIterator[Any]:
        """An article page; what it really is, extraction says."""
        try:
            _must_be_html(response)
            yield self._article(response, discovery_of(request_of(response)))
        except PageFailure as failure:
            yield self._given_up_page(response, failure)

    def _article(self, response: Response, discovery: Discovery) -> ArticlePage:
        captured = request_of(response).meta[META_CAPTURED]
        return ArticlePage(
            page=page_capture(self.session, response, discovery),
            is_repeat=self._is_repeat(response),
            body=response.body,
            content_type=content_type_of(response),
            headers=captured.head.text_fields if captured.head else (),
        )

    def _is_repeat(self, response: Response) -> bool:
        """The very bytes that the check before had."""
        request = request_of(response)
        pointer = request.meta[META_CAPTURED].pointer
        if request.meta.get(META_NOT_MODIFIED):
            return True
        date, url = request.meta[META_CAPTURED].date, clean_url(response.url) or response.url
        return pointer.warc_type == "revisit" and self.session.lookup.repeats_the_one_before(date, url, pointer.payload_digest)

    def failed(self, failure: TwistedFailure) -> Iterator[Any]:
        """Every request that ends without a page."""
        error, request = failure.value, failure.request
        if isinstance(error, StoreError):
            # The crawl is stopping: what is not there now, the resumed run fetches.
            return
        if isinstance(error, HttpError):
            request = request_of(error.response)
        failed = failed_url(self.session, request, error)
        if failed.failure.discovery.purpose != "requisite":
            self._say(failed)
        yield failed

    def _given_up_page(self, response: Response, error: PageFailure) -> FailedUrl:
        failed = failed_url(self.session, request_of(response), error, response.status)
        self._say(failed)
        return failed

    def _say(self, failed: FailedUrl) -> None:
        line = line_of_a_seed(failed.failure)
        if line is not None:
            self.logger.warning("%s", line)


def _must_be_html(response: Response) -> None:
    """Raises PageFailure for what Scrapy delivers and is no whole HTML page."""
    captured = request_of(response).meta[META_CAPTURED]
    problem = page_problem(captured.head, captured.truncated, content_type_of(response))
    if problem is not None:
        raise PageFailure(*problem)
