"""Applies the ``[host."…"]`` tables of collection.toml: headers, login, cookies, proxy, pace. None of it reaches another host."""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware

from archiver.capture.politeness import requisite_slot
from archiver.capture.session import discovery_of
from archiver.options import HostOptions, host_table
from archiver.urls import host_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from archiver.capture.launch import CrawlLaunch

logger = logging.getLogger(__name__)

# Request.meta: name of the table that was applied, so that a redirect to another host can be rid of it.
META_TABLE = "archiver_host_table"


class HostsMiddleware:
    """Stands above Scrapy's cookie and proxy middlewares, which do the rest. Secrets go into requests and nowhere else."""

    def __init__(self, crawler: Crawler, launch: CrawlLaunch) -> None:
        self._crawler, self._launch, self._hosts = crawler, launch, launch.config.hosts
        crawler.signals.connect(self._load_cookies, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HostsMiddleware:
        return cls(crawler, crawler.settings["ARCHIVER_LAUNCH"])

    def process_request(self, request: Request) -> None:
        """Put the table of the request's host into it, after taking out that of the host it was redirected from."""
        before = request.meta.pop(META_TABLE, None)
        if before is not None:
            _take_out(request, self._hosts[before])
        _leave_slot_of_redirecting_host(request)
        name = host_table(self._hosts, request.url)
        if name is not None:
            request.meta[META_TABLE] = name
            _put_in(request, name, self._hosts[name])

    def _load_cookies(self) -> None:
        if not self._launch.cookies:
            return
        middleware = self._crawler.get_downloader_middleware(CookiesMiddleware)
        if middleware is None:
            logger.warning("COOKIES_ENABLED is off: the cookies files of collection.toml are not used")
            return
        for cookie in self._launch.cookies:
            middleware.jars[None].set_cookie(cookie)


def _put_in(request: Request, name: str, host: HostOptions) -> None:
    for field, value in host.headers.items():
        request.headers[field] = value
    if host.username is not None:
        login = base64.b64encode(f"{host.username}:{host.password or ''}".encode())
        request.headers["Authorization"] = b"Basic " + login
    if host.proxy is not None:
        # HttpProxyMiddleware moves credentials into Proxy-Authorization.
        request.meta["proxy"] = host.proxy
    if host.delay is not None and discovery_of(request).purpose != "requisite":
        # A pace that somebody chose for this host: AutoThrottle would pull it towards that of all others.
        request.meta["download_slot"] = name
        request.meta["autothrottle_dont_adjust_delay"] = True


def _take_out(request: Request, host: HostOptions) -> None:
    for field in (*host.headers, *(("Authorization",) if host.username is not None else ())):
        request.headers.pop(field, None)
    if host.proxy is not None:
        request.headers.pop("Proxy-Authorization", None)
        for key in ("proxy", "_auth_proxy"):
            request.meta.pop(key, None)
    if host.delay is not None:
        for key in ("download_slot", "autothrottle_dont_adjust_delay"):
            request.meta.pop(key, None)


def _leave_slot_of_redirecting_host(request: Request) -> None:
    """Scrapy copies the slot with the rest of ``meta``: the next host would be asked at the pace of the last."""
    if discovery_of(request).purpose == "requisite":
        request.meta["download_slot"] = requisite_slot(request.url)
        return
    hops = request.meta.get("redirect_urls") or ()
    if hops and request.meta.get("download_slot") == host_of(hops[-1]) != host_of(request.url):
        del request.meta["download_slot"]
