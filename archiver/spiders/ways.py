"""The other ways to a section's articles: its feed, the site's sitemaps, WordPress REST. One list at a time, all archived."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.spidermiddlewares.httperror import HttpError

from archiver.capture.items import FailedUrl
from archiver.capture.outcomes import PageFailure
from archiver.capture.session import META_DISCOVERY, CaptureSession
from archiver.errors import StoreError
from archiver.extraction.belonging import section_feeds
from archiver.extraction.sitemaps import may_list_articles, sitemaps_named
from archiver.extraction.stated_date import parse_date
from archiver.extraction.wp_posts import posts_page
from archiver.model import DiscoveredVia, Discovery, Purpose
from archiver.spiders.lists import ListPage, read_list, request_of
from archiver.spiders.paging import are_all_older
from archiver.urls import authority_of, normalize_url, path_and_query

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_PRIORITY = 100
# Where sitemaps lie that robots.txt does not name.
_USUAL_PLACES = ("/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml")
# The protocol allows no index in an index; some sites have one, a trap has them without end.
_MAX_DEPTH = 3
_MOST_SITEMAPS = 1000
_NAMES: dict[Purpose, str] = {"feed": "feed", "sitemap": "sitemap", "api": "list of posts"}

Found = ListPage | FailedUrl


class OtherWays:
    """Fetches and reads lists beside the section pages. ``failure_of`` makes the row of a request that failed.

    A list is asked for once a run, whichever sections name it: a site's feed or sitemap is narrowed to all of the run's sections
    of that site at once.
    """

    def __init__(
        self, session: CaptureSession, crawler: Crawler, failure_of: Callable[[Request, BaseException], FailedUrl]
    ) -> None:
        self._session, self._crawler, self._failure_of = session, crawler, failure_of
        self._sitemaps_asked = 0

    async def feeds(self, section: ListPage) -> AsyncIterator[Found]:
        """The section's feed, or the site's narrowed to the section; the next one that the page names when one cannot be read."""
        for url, is_own in section_feeds(section.page.url_final, section.listing.feeds):
            if not self._is_new(url):
                return
            found = await self._fetch(
                url, self._discovery("feed", "section", section, within=None if is_own else self._within(section))
            )
            if found is not None:
                yield found
            if not isinstance(found, FailedUrl):
                return

    async def sitemaps(self, section: ListPage) -> AsyncIterator[Found]:
        """The sitemaps that robots.txt names or that lie in the usual places, and those that they name."""
        robots = urljoin(section.page.url_final, "/robots.txt")
        named = await self._named_in(robots, section)
        if not named:
            async for found in self._usual(section):
                yield found
            return
        async for found in self._walk(deque((url, robots, 1) for url in sorted(named, key=_is_not_of_news)), section):
            yield found

    async def named_by(self, index: ListPage) -> AsyncIterator[Found]:
        """The sitemaps that a seed names which is an index; everything in them is wanted."""
        async for found in self._walk(self._further(index, 1), index):
            yield found

    async def _usual(self, section: ListPage) -> AsyncIterator[Found]:
        """The first of the usual places that has one; a failure when none has."""
        failures: list[FailedUrl] = []
        for place in _USUAL_PLACES:
            url = urljoin(section.page.url_final, place)
            if not self._is_new(url):
                return
            found = await self._fetch(url, self._discovery("sitemap", "sitemap", section, within=self._within(section)))
            if isinstance(found, ListPage):
                yield found
                async for further in self._walk(self._further(found, 1), section):
                    yield further
                return
            if found is None:
                return
            failures.append(found)
        yield failures[0]

    async def _walk(self, waiting: deque[tuple[str, str, int]], section: ListPage) -> AsyncIterator[Found]:
        while waiting and not self._is_stopping():
            url, via, depth = waiting.popleft()
            if not self._is_new(url):
                continue
            discovery = self._discovery("sitemap", "sitemap", section, within=self._within(section), via=via)
            if self._sitemaps_asked >= _MOST_SITEMAPS or depth > _MAX_DEPTH:
                what = f"more than {_MOST_SITEMAPS} sitemaps" if depth <= _MAX_DEPTH else "an index in an index in an index"
                yield self._failure_of(_request(url, discovery), PageFailure("trap", what))
                continue
            self._sitemaps_asked += 1
            found = await self._fetch(url, discovery)
            if found is None:
                return
            yield found
            if isinstance(found, ListPage):
                waiting.extend(self._further(found, depth))

    def _further(self, found: ListPage, depth: int) -> deque[tuple[str, str, int]]:
        """The sitemaps of an index that may list articles, and articles that ``--since`` asks for."""
        since = self._session.options.since
        wanted = (item for item in found.sitemaps if may_list_articles(item.url) and not _changed_before(item.lastmod, since))
        urls = sorted((item.url for item in wanted), key=_is_not_of_news)
        return deque((url, found.page.url_final, depth + 1) for url in urls)

    async def posts(self, section: ListPage) -> AsyncIterator[Found]:
        """Pages of posts of the category or tag that the section's page shows, newest first."""
        options, number = self._session.options, 1
        while section.posts_url is not None and not self._is_stopping():
            url = posts_page(section.posts_url, number)
            if not self._is_new(url):
                return
            found = await self._fetch(url, self._discovery("api", "section", section, page_number=number))
            if found is not None:
                yield found
            if not isinstance(found, ListPage) or number >= found.total_pages or number == options.max_pages:
                return
            entries = found.listing.entries
            if not entries or all(self._session.was_wanted_before(entry.url) for entry in entries):
                return
            if options.since and are_all_older(found.listing, date.fromisoformat(options.since)):
                return
            number += 1

    async def _named_in(self, robots: str, section: ListPage) -> tuple[str, ...]:
        if robots not in self._session.sitemaps:
            # robots.txt is not obeyed, so nobody has read it.
            discovery = Discovery("robots", discovered_via="section", via=section.page.url_final)
            try:
                response = await self._download(_request(robots, discovery))
                self._session.sitemaps[robots] = sitemaps_named(response.body) if response.status == 200 else ()
            except Exception:  # however it failed: it names none
                self._session.sitemaps[robots] = ()
        return self._session.sitemaps[robots]

    async def _fetch(self, url: str, discovery: Discovery) -> Found | None:
        """The list at ``url``, or its failure; ``None`` when the crawl is ending."""
        request = _request(url, discovery)
        try:
            response = await self._download(request)
            request = request_of(response)
            if response.status != 200:
                raise HttpError(response, "Ignoring non-200 response")
            found = await read_list(self._session, response)
            if found.kind == "unknown":
                raise PageFailure("extraction", f"not a {_NAMES[discovery.purpose]}: {found.problem}")
        except StoreError:
            return None
        except Exception as error:  # every way a download can fail is an outcome
            return self._failure_of(request, error)
        return found

    async def _download(self, request: Request) -> Any:
        assert self._crawler.engine is not None
        return await self._crawler.engine.download_async(request)

    def _discovery(
        self,
        purpose: Purpose,
        discovered_via: DiscoveredVia,
        section: ListPage,
        *,
        within: str | None = None,
        via: str | None = None,
        page_number: int | None = None,
    ) -> Discovery:
        return Discovery(
            purpose,
            discovered_via=discovered_via,
            discovered_from=via or section.page.url_final,
            via=via or section.page.url_final,
            hops=section.page.discovery.hops + 1,
            seed=section.page.discovery.seed,
            page_number=page_number,
            within=within,
        )

    def _within(self, section: ListPage) -> str | None:
        """The sections of this site that the run follows; ``None`` for a seed that is itself a sitemap."""
        if section.is_for_machines:
            return None
        url = section.page.url_final
        return " ".join(
            dict.fromkeys([*(seed for seed in self._session.run.seeds if authority_of(seed) == authority_of(url)), url])
        )

    def _is_new(self, url: str) -> bool:
        return self._session.progress.want(f"list {normalize_url(url)}")

    def _is_stopping(self) -> bool:
        return self._session.progress.limit is not None or not self._crawler.crawling


def _is_not_of_news(sitemap: str) -> bool:
    """To sort by: a news sitemap first, since it states title and date of what the others name too."""
    return "news" not in path_and_query(sitemap)[0].lower()


def _request(url: str, discovery: Discovery) -> Request:
    return Request(url, callback=NO_CALLBACK, priority=_PRIORITY, dont_filter=True, meta={META_DISCOVERY: discovery})


def _changed_before(lastmod: str | None, since: str) -> bool:
    stated = parse_date(lastmod, "sitemap") if lastmod and since else None
    return stated is not None and stated.day < date.fromisoformat(since)
