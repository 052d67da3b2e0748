"""robots.txt by RFC 9309, fetched through the same recorder as every other exchange.

Scrapy's own parses any status as rules and allows on error; the RFC says: 4xx allows, 5xx and unreachable forbid for now.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from weakref import WeakKeyDictionary

from protego import Protego
from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http.request import NO_CALLBACK

from archiver.capture.outcomes import PageFailure, classify, in_words
from archiver.capture.session import META_DISCOVERY, discovery_of, session_of
from archiver.extraction.sitemaps import sitemaps_named
from archiver.middlewares.hosts import META_TABLE
from archiver.model import Discovery
from archiver.urls import clean_url, host_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

# RFC 9309 §2.5: at least 500 KiB must be parsed; a crawler may stop there.
_MAX_PARSED = 500 * 1024
# RFC 9309 §2.3.1.2
_MAX_REDIRECTS = 5
_PRIORITY = 1000
_EXEMPT = ("robots", "policy")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one authority: parsed ones, or none (everything allowed), or unavailable with the reason."""

    parsed: Protego | None = None
    unavailable: str | None = None


class RobotsMiddleware:
    """Drops requests that robots.txt forbids with PageFailure ``robots``, and ``robots_unavailable`` where it cannot be known."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._obey = crawler.settings.getbool("ARCHIVER_OBEY_ROBOTS", True)
        self._obey_for_requisites = crawler.settings.get("ARCHIVER_REQUISITES_ROBOTS", "obey") == "obey"
        # RFC 9309 §2.2.1: the product token, not the whole User-Agent.
        self._token = crawler.settings["USER_AGENT"].split("/")[0].strip() or "archiver"
        self._rules: dict[str, asyncio.Future[Rules]] = {}
        self._arrived: WeakKeyDictionary[Request, int] = WeakKeyDictionary()
        crawler.signals.connect(self._stop_when_enough, signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises PageFailure when the request must not be sent."""
        purpose = discovery_of(request).purpose
        if not self._obey or purpose in _EXEMPT or (purpose == "requisite" and not self._obey_for_requisites):
            return
        rules = await self._rules_for(request)
        if rules.unavailable is not None:
            raise PageFailure("robots_unavailable", rules.unavailable)
        if rules.parsed is not None and not rules.parsed.can_fetch(request.url, self._token):
            raise PageFailure("robots", "robots.txt forbids it")

    def _stop_when_enough(self, data: bytes, request: Request) -> None:
        if discovery_of(request).purpose == "robots":
            self._arrived[request] = self._arrived.get(request, 0) + len(data)
            if self._arrived[request] > _MAX_PARSED:
                raise StopDownload(fail=False)

    async def _rules_for(self, request: Request) -> Rules:
        url = urljoin(clean_url(request.url) or request.url, "/robots.txt")
        if url not in self._rules:
            rules = self._rules[url] = asyncio.get_running_loop().create_future()
            # Whatever happens, those who wait get an answer.
            found = Rules(unavailable="robots.txt: not read")
            try:
                found = await self._fetch(url, request)
            finally:
                rules.set_result(found)
        return await self._rules[url]

    async def _fetch(self, url: str, cause: Request) -> Rules:
        discovery = Discovery("robots", discovered_via=discovery_of(cause).discovered_via, via=cause.url)
        request = Request(
            url,
            priority=_PRIORITY,
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={
                META_DISCOVERY: discovery,
                "redirect_ttl": _MAX_REDIRECTS,
                # No limit by the announced length: `_stop_when_enough` lets what is parsed arrive.
                "download_maxsize": 0,
                **{key: cause.meta[key] for key in _inherited(cause) if key in cause.meta},
            },
        )
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # every way a download can fail has the same meaning here
            return self._unreachable(url, error)
        session_of(self._crawler).sitemaps[url] = sitemaps_named(response.body) if response.status == 200 else ()
        return self._read(response)

    @staticmethod
    def _unreachable(url: str, error: Exception) -> Rules:
        if isinstance(error, IgnoreRequest) and not isinstance(error, PageFailure):
            # Too many redirects: RFC 9309 §2.3.1.2 lets a crawler take it for unavailable, which allows.
            return Rules()
        outcome = classify(error, has_bytes=False)
        logger.warning("%s: not available (%s): nothing of this host is fetched in this run", url, in_words(outcome.reason))
        return Rules(unavailable=f"robots.txt: {outcome.reason}")

    def _read(self, response: Response) -> Rules:
        if 200 <= response.status < 300:
            parsed = Protego.parse(groups_for(self._token, robots_text(response.body)))
            delay = parsed.crawl_delay(self._token)
            if delay:
                session_of(self._crawler).politeness.set_floor(host_of(response.url), float(delay))
            return Rules(parsed=parsed)
        if 400 <= response.status < 500 and response.status != 429:
            return Rules()
        if 300 <= response.status < 400:
            return Rules()
        logger.warning("%s: status %d: nothing of this host is fetched in this run", response.url, response.status)
        return Rules(unavailable=f"robots.txt: status {response.status}")


def _inherited(cause: Request) -> tuple[str, ...]:
    """A proxy that a spider chose, not one from a host's table: that is put into this request too, if it is the same host's."""
    return ("download_timeout",) if META_TABLE in cause.meta else ("download_timeout", "proxy")


def robots_text(body: bytes) -> str:
    """The lines to parse: the first 500 KiB, without a rule that the limit cuts in two (``Disallow: /a`` may become ``/``).

    Lines end with CR, LF or both (RFC 9309 §2.2) and nothing else: what Python counts among line ends besides is data.
    """
    start = body[:_MAX_PARSED]
    if len(body) > _MAX_PARSED:
        start = start[: max(start.rfind(b"\n"), start.rfind(b"\r")) + 1]
    text = start.decode("utf-8", "replace").removeprefix("\ufeff")
    return re.sub("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", " ", re.sub("\r\n?", "\n", text))


def groups_for(token: str, text: str) -> str:
    """``text`` with every user-agent line that does not name ``token`` (or ``*``) naming somebody else.

    The product token has to be the same, in any case (RFC 9309 §2.2.1); Protego takes a group for ``arch`` as one for ``archiver``.
    """

    def line(match: re.Match[str]) -> str:
        named = match[1].strip()
        product = re.match(r"[A-Za-z_-]*", named)
        same = product is not None and product[0].lower() == token.lower()
        return f"User-agent: {token if same else '*' if named.startswith('*') else 'x'}"

    return re.sub(r"(?im)^[ \t]*user[- ]?agent[ \t]*:([^\n#]*)", line, text)
