"""No request to private addresses: names are looked up before robots.txt or anything else of the host is asked for.

The pool checks the address of the connection again (archiver.capture.pool), since a name may answer otherwise the second time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

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
        self._addresses: dict[str, asyncio.Future[tuple[str, ...]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises PageFailure; a name that is not found is left to the download, which says so."""
        host, port = authority_of(request.url)
        policy = session_of(self._crawler).addresses
        if request.meta.get("proxy") or policy.is_exempt(host, port):
            return
        addresses = await self._addresses_of(host)
        # Where some are public the connection decides, whose address is checked once more.
        if addresses and not any(policy.allows(address, host, port) for address in addresses):
            raise PageFailure("private_address", f"{host} is at {addresses[0]}; --allow-private if that is meant")

    async def _addresses_of(self, host: str) -> tuple[str, ...]:
        if host not in self._addresses:
            found = self._addresses[host] = asyncio.get_running_loop().create_future()
            addresses: tuple[str, ...] = ()
            try:
                addresses = await _look_up(host)
            finally:
                found.set_result(addresses)
        return await self._addresses[host]


@implementer(IResolutionReceiver)
class _Addresses:
    """What a name resolves to, IPv4 and IPv6; ``found`` is fired once, with none where the name is unknown."""

    def __init__(self) -> None:
        self.found: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()
        self._addresses: list[str] = []

    def resolutionBegan(self, resolutionInProgress: object) -> None:  # noqa: N802, N803
        """Nothing to do: it is not cancelled."""

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self._addresses.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        if not self.found.done():
            self.found.set_result(tuple(self._addresses))


async def _look_up(host: str) -> tuple[str, ...]:
    from twisted.internet import reactor

    if ":" in host:
        return (host,)
    receiver = _Addresses()
    reactor.nameResolver.resolveHostName(receiver, host)
    return await receiver.found
