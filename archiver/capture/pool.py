"""Ties every connection to the download that asked for it: the pool of tapped connections, and Scrapy's handler over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from twisted.internet.defer import Deferred, succeed
from twisted.web.client import HTTPConnectionPool

from archiver.capture.addresses import PrivateAddressError
from archiver.capture.tap import Tap, current_tap
from archiver.capture.tls_policy import TlsPolicy
from archiver.capture.wiretap import TappedFactory, TappedProtocol


class TappedPool(HTTPConnectionPool):
    """Ties each connection it hands out to the tap of the download that asked for it.

    Twisted re-sends silently when a kept-alive connection turns out stale; here that is the handler's, so that each attempt is an
    exchange of its own.
    """

    _factory = TappedFactory
    retryAutomatically = False  # noqa: N815

    def __init__(self, reactor: Any) -> None:
        super().__init__(reactor, persistent=True)
        self.lingering: set[TappedProtocol] = set()

    def getConnection(self, key: Any, endpoint: Any) -> Deferred[Any]:  # noqa: N802
        tap = current_tap.get()
        assert tap is not None, "a connection was asked for outside of a tap"
        return self._connection_for(tap, key, endpoint)

    def _connection_for(self, tap: Tap, key: Any, endpoint: Any) -> Deferred[Any]:
        idle = None if tap.fresh_connection_only else self._take_idle(key)
        if idle is None:
            connected = self._newConnection(key, endpoint).addCallback(self._checked, tap)
            return connected.addCallback(TappedProtocol.ready).addCallback(self._tie, tap)
        if idle.is_quiet():
            return succeed(self._tie(idle, tap))
        # Something has arrived: after one turn of the reactor it is read, and known for surplus, a close or a TLS ticket.
        looked: Deferred[Any] = Deferred(lambda _: idle.abort_now())
        self._reactor.callLater(0, lambda: looked.called or looked.callback(None))
        return looked.addCallback(lambda _: self._reuse(idle, tap, key, endpoint))

    @staticmethod
    def _checked(connection: TappedProtocol, tap: Tap) -> TappedProtocol:
        """The address that was really connected to: a name may resolve otherwise than when it was looked at."""
        if not tap.proxied and not tap.may_talk_to(connection.peer or ""):
            connection.abort_now()
            raise PrivateAddressError(f"the connection went to {connection.peer}")
        return connection

    def _reuse(self, idle: TappedProtocol, tap: Tap, key: Any, endpoint: Any) -> Any:
        if idle.state == "QUIESCENT" and not idle.spoiled and idle.is_quiet():
            return self._tie(idle, tap)
        idle.retire()
        return self._connection_for(tap, key, endpoint)

    def _take_idle(self, key: Any) -> TappedProtocol | None:
        connections = self._connections.get(key)
        while connections:
            connection: TappedProtocol = connections.pop(0)
            self._timeouts.pop(connection).cancel()
            if connection.state == "QUIESCENT" and not connection.spoiled and not connection.transport.disconnecting:
                return connection
        return None

    def _tie(self, connection: TappedProtocol, tap: Tap) -> TappedProtocol:
        connection.tap_before, connection.tap, connection.pool = connection.tap, tap, self
        return connection


class TappedHTTP11Handler(HTTP11DownloadHandler):
    """Scrapy's own HTTP/1.1 handler over tapped connections; ``download_request`` must run inside ``Tap.connected``.

    ``verifies`` says of a URL whether the certificate of its host must be good.
    """

    def __init__(self, crawler: Any, *, verifies: Callable[[str], bool] = lambda _: True) -> None:
        super().__init__(crawler)
        lenient = type(self._contextFactory).from_crawler(crawler)
        lenient._verify_certificates = False
        self._contextFactory = TlsPolicy(self._contextFactory, lenient, verifies)
        pool = TappedPool(self._pool._reactor)
        pool.maxPersistentPerHost = self._pool.maxPersistentPerHost
        self._pool = pool

    @property
    def lingering(self) -> int:
        """Connections that are read on for bytes beyond their last message."""
        return len(self._pool.lingering)
