"""No request to private addresses: names are looked up before robots.txt or anything else of the host is asked for.

The pool checks the address of the connection again (archiver.capture.pool), since a name may answer otherwise the second time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import DNSLookupError

from archiver.capture.outcomes import PageFailure
from archiver.capture.session import session_of
from archiver.urls import authority_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class AddressMiddleware:
    """Drops requests for hosts at private addresses with PageFailure ``private_address``; a seed's own host and port is allowed."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._addresses: dict[str, asyncio.Future[str | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises PageFailure; a name that is not found is left to the download, which says so."""
        host, port = authority_of(request.url)
        policy = session_of(self._crawler).addresses
        if request.meta.get("proxy") or policy.is_exempt(host, port):
            return
        address = await self._address_of(host)
        if address is not None and not policy.allows(address, host, port):
            raise PageFailure("private_address", f"{host} is at {address}; --allow-private if that is meant")

    async def _address_of(self, host: str) -> str | None:
        if host not in self._addresses:
            found = self._addresses[host] = asyncio.get_running_loop().create_future()
            address = None
            try:
                address = await _look_up(host)
            finally:
                found.set_result(address)
        return await self._addresses[host]


async def _look_up(host: str) -> str | None:
    from twisted.internet import reactor

    if ":" in host:
        return host
    try:
        address: str = await maybe_deferred_to_future(reactor.resolve(host))
    except (DNSLookupError, TimeoutError, OSError):
        return None
    return address
