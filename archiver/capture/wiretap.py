"""Copies the plaintext bytes of both directions below Scrapy's and Twisted's parsing, and says where each exchange ends.

The only module that touches private names of Scrapy and Twisted: a change there breaks here, and tests/capture says so. An
exchange is frozen before the protocol's own ``_finishResponse`` or ``connectionLost`` runs, or when the download raises: both
deliver the Response first in some endings (``Connection: close``, close-delimited, aborts; DESIGN §5.3).
"""

from __future__ import annotations

import contextlib
import re
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web.client import HTTPConnectionPool
from twisted.web.http import _DataLoss
from zope.interface import implementer

from archiver.capture.chunked import ChunkedDecoder
from archiver.model import TruncatedReason
from archiver.warc.exchange import Exchange

# Twisted cuts header lines at 16 KiB; servers send longer ones (cookies, CSP), and browsers take 256 KiB.
_MAX_HEADER_LINE = 1 << 18
# All heads of one exchange together, interim ones included: beyond this it is an attack.
_MAX_HEAD_BYTES = 1 << 20

_current_tap: ContextVar[Tap | None] = ContextVar("archiver_tap", default=None)


class Tap:
    """Collects the exchanges of one download. ``proxied`` leaves out the address, which would be the proxy's.

    ``late_surplus`` is called with bytes that arrive on an idle connection after this tap's last exchange.
    """

    def __init__(self, url: str, *, proxied: bool, late_surplus: Callable[[Tap, bytes], None]) -> None:
        self.url, self.proxied, self.late_surplus = url, proxied, late_surplus
        self.exchanges: list[Exchange] = []
        self.surplus: list[bytes] = []
        self.response_id: str | None = None
        self.fresh_connection_only = False
        self.reused_connection = False
        self._wire: _Wire | None = None

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Connections asked for inside are tied to this tap (never by URL: two requests may share one)."""
        token = _current_tap.set(self)
        try:
            yield
        finally:
            _current_tap.reset(token)

    def begin(self, connection: TappedProtocol) -> _Wire:
        """A request is about to be written on ``connection``."""
        self.reused_connection = connection.requests_sent > 0
        self._wire = _Wire(self, connection)
        return self._wire

    def abort(self, reason: TruncatedReason) -> None:
        """The download raised: what has passed until now is the exchange."""
        if self._wire is not None:
            self._wire.freeze(truncated=reason)


class _Wire:
    """One exchange while it passes. Frozen once; bytes after that are not part of it."""

    def __init__(self, tap: Tap, connection: TappedProtocol) -> None:
        self.tap = tap
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.received_bytes = 0
        self.is_frozen = False
        self._started_at, self._started = datetime.now(UTC), monotonic()
        self._connection = connection

    def freeze(self, *, surplus_length: int = 0, truncated: TruncatedReason | None = None) -> None:
        if self.is_frozen:
            return
        self.is_frozen = True
        connection = self._connection
        self.tap.exchanges.append(
            Exchange(
                url=self.tap.url,
                request=b"".join(self.sent),
                received=b"".join(self.received),
                started_at=self._started_at,
                fetch_time_ms=round((monotonic() - self._started) * 1000),
                surplus_length=surplus_length,
                truncated=truncated,
                ip_address=None if self.tap.proxied else connection.peer,
                protocols=connection.protocols,
                cipher_suite=connection.cipher_suite,
            )
        )


class _WriteTap:
    """The transport of a tapped connection: everything passes through, and what is written is copied."""

    def __init__(self, transport: Any, protocol: TappedProtocol) -> None:
        self._transport, self._protocol = transport, protocol

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._protocol.sent(data)
        self._transport.write(data)

    def writeSequence(self, pieces: Any) -> None:  # noqa: N802 (Twisted's name)
        self.write(b"".join(pieces))


class TappedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's client protocol with a copy taken of every byte."""

    def __init__(self, quiescent: Callable[[Any], None]) -> None:
        super().__init__(quiescent)
        self.tap: Tap | None = None
        self.requests_sent = 0
        self.spoiled = False
        self.peer: str | None = None
        self.protocols: tuple[str, ...] = ("http/1.1",)
        self.cipher_suite: str | None = None
        self._wire: _Wire | None = None

    def makeConnection(self, transport: Any) -> None:  # noqa: N802
        super().makeConnection(transport)
        self.transport = _WriteTap(transport, self)
        self.peer = getattr(transport.getPeer(), "host", None)

    def request(self, request: Any) -> Any:
        assert self.tap is not None
        self._wire = self.tap.begin(self)
        self.requests_sent += 1
        result = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = _TappedParser
        if self.requests_sent > 1:
            self._flush()
        return result

    def _lowest_transport(self) -> Any:
        """The socket's transport: below TLS, which Twisted stacks as protocols."""
        transport = self.transport._transport
        while hasattr(transport, "wrappedProtocol"):
            transport = transport.transport
        return transport

    def _flush(self) -> None:
        """Write now what Twisted would write in the next turn, after reading: the shorter the time between ``is_quiet`` and the
        request, the less can a server slip in bytes that look like the answer."""
        with contextlib.suppress(AttributeError):
            self._lowest_transport().doWrite()

    def is_quiet(self) -> bool:
        """Nothing to read on the socket: neither surplus nor the end of the connection."""
        try:
            poll = select.poll()
            poll.register(self._lowest_transport().fileno(), select.POLLIN)
            return not poll.poll(0)
        except (AttributeError, OSError, ValueError):
            return False

    def _describe_tls(self) -> None:
        """Called when the first answer comes: the handshake is over then, and the handle still there."""
        handle = self.transport.getHandle()
        if hasattr(handle, "get_cipher_name"):
            self.cipher_suite = handle.get_cipher_name()
            self.protocols = ("http/1.1", f"tls/{handle.get_protocol_version_name().removeprefix('TLSv')}")

    def sent(self, data: bytes) -> None:
        """Bytes are being written: of the request, or of a proxy tunnel, which is nobody's exchange."""
        if self._wire is not None and not self._wire.is_frozen:
            self._wire.sent.append(data)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        wire = self._wire
        if wire is None or self._parser is None:
            self._surplus(data)
            return
        if self.requests_sent == 1 and not wire.received:
            self._describe_tls()
        if not wire.is_frozen:
            wire.received.append(data)
            wire.received_bytes += len(data)
        if wire.received_bytes > _MAX_HEAD_BYTES and self._parser.state != "BODY":
            wire.freeze(truncated="length")
            self._giveUp(Failure(HeadTooLargeError(f"a head of more than {_MAX_HEAD_BYTES} bytes")))
            return
        super().dataReceived(data)

    def _surplus(self, data: bytes) -> None:
        """Bytes on an idle connection would become the next URL's response: keep them, never use the connection again."""
        self.spoiled = True
        if self.tap is not None and self._wire is not None and self._wire.is_frozen:
            self.tap.late_surplus(self.tap, data)
        self.transport.abortConnection()

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802
        if self._wire is not None:
            self._wire.freeze(surplus_length=len(rest))
        if self._currentRequest is not None and (rest or self._wants_close()):
            self._currentRequest.persistent = False
        super()._finishResponse(rest)

    def _wants_close(self) -> bool:
        """``Connection: close`` in any case and in lists, and HTTP/1.0 without keep-alive (Twisted knows exactly ``close``)."""
        if self._parser is None or not hasattr(self._parser, "response"):
            return True
        options = b",".join(self._parser.connHeaders.getRawHeaders(b"Connection", ())).lower()
        tokens = {token.strip() for token in options.split(b",")}
        old = tuple(self._parser.response.version[1:]) < (1, 1)
        return b"close" in tokens or (old and b"keep-alive" not in tokens)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        if self._wire is not None and self._parser is not None:
            # A reset says that bytes are missing; an unclean TLS end is what many servers do, and says nothing.
            reset = reason.check(ConnectionLost) is not None and self.cipher_suite is None
            self._wire.freeze(truncated="disconnect" if reset else None)
        super().connectionLost(reason)


class HeadTooLargeError(Exception):
    """The response head does not end within bounds."""


class _TappedParser(_LenientHTTPClientParser):
    """Scrapy's response parser, lenient where browsers are. Each *quirk* is a row of tests/wire/cases."""

    MAX_LENGTH = _MAX_HEADER_LINE

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        bare = line.removesuffix(b"\r")
        # Quirk: blank lines before the status line (RFC 9112 §2.2 asks for it of servers only).
        if self.state == STATUS and not bare:
            return
        # Quirk: white space before the first field (RFC 9112 §2.2: to be ignored).
        if self.state == HEADER and self._partialHeader is None and bare[:1] in (b" ", b"\t"):
            return
        super().lineReceived(line)

    def statusReceived(self, status: bytes) -> None:  # noqa: N802
        # Quirk: several blanks or a tab between the parts (seen from embedded servers).
        super().statusReceived(b" ".join(status.split(None, 2)) if b"  " in status or b"\t" in status else status)

    def parseVersion(self, strversion: bytes) -> Any:  # noqa: N802
        # Quirk: ``HTTP/2 200`` from proxies that translate badly, ``HTTP/1`` from scripts.
        if re.fullmatch(rb"(?i)HTTP/?\d?", strversion):
            return (b"HTTP", 1, 1)
        # Quirk: ``ICY 200 OK`` from streaming servers, which speak HTTP/1.0.
        if b"/" not in strversion:
            return (b"HTTP", 1, 0)
        return super().parseVersion(strversion)

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802
        try:
            super().headerReceived(name, value)
        except ValueError:
            # Quirk: names that are no token (blanks, colons, NUL); the field is lost to Scrapy, not to the record.
            return

    def allHeadersReceived(self) -> None:  # noqa: N802
        codings = self.connHeaders.getRawHeaders(b"Transfer-Encoding")
        if codings is not None:
            names = [name.strip().lower() for name in b",".join(codings).split(b",")]
            self.connHeaders.removeHeader(b"Transfer-Encoding")
            if names[-1] == b"chunked":
                self.connHeaders.setRawHeaders(b"Transfer-Encoding", [b"chunked"])
        super().allHeadersReceived()


class _ChunkedTransferDecoder:
    """Twisted's interface of a transfer decoder over ours."""

    def __init__(self, data: Callable[[bytes], None], finished: Callable[[bytes], None]) -> None:
        self._decoder = ChunkedDecoder(data, finished)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self._decoder.received(data)

    def noMoreData(self) -> None:  # noqa: N802
        if not self._decoder.done:
            raise _DataLoss("the connection ended within a chunked body")


_TappedParser._transferDecoders = {b"chunked": _ChunkedTransferDecoder}


@implementer(IProtocolNegotiationFactory)
class _TappedFactory(_LenientHTTP11ClientFactory):
    """Builds tapped connections; offers http/1.1 only, since HTTP/2 has no wire form that a WARC block can hold."""

    def buildProtocol(self, addr: Any) -> TappedProtocol:  # noqa: N802
        return TappedProtocol(self._quiescentCallback)

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802
        return [b"http/1.1"]


class TappedPool(HTTPConnectionPool):
    """Ties each connection it hands out to the tap of the download that asked for it.

    Twisted re-sends silently when a kept-alive connection turns out stale; here that is the handler's, so that each attempt is an
    exchange of its own.
    """

    _factory = _TappedFactory
    retryAutomatically = False  # noqa: N815

    def getConnection(self, key: Any, endpoint: Any) -> Deferred[Any]:  # noqa: N802
        tap = _current_tap.get()
        assert tap is not None, "a connection was asked for outside of a tap"
        return self._connection_for(tap, key, endpoint)

    def _connection_for(self, tap: Tap, key: Any, endpoint: Any) -> Deferred[Any]:
        idle = None if tap.fresh_connection_only else self._take_idle(key)
        if idle is None:
            return self._newConnection(key, endpoint).addCallback(self._tie, tap)
        if idle.is_quiet():
            return succeed(self._tie(idle, tap))
        # Something has arrived: after one turn of the reactor it is read, and known for surplus, a close or a TLS ticket.
        looked: Deferred[Any] = Deferred(lambda _: idle.transport.abortConnection())
        self._reactor.callLater(0, lambda: looked.called or looked.callback(None))
        return looked.addCallback(lambda _: self._reuse(idle, tap, key, endpoint))

    def _reuse(self, idle: TappedProtocol, tap: Tap, key: Any, endpoint: Any) -> Any:
        if idle.state == "QUIESCENT" and not idle.spoiled and idle.is_quiet():
            return self._tie(idle, tap)
        idle.transport.abortConnection()
        return self._connection_for(tap, key, endpoint)

    def _take_idle(self, key: Any) -> TappedProtocol | None:
        connections = self._connections.get(key)
        while connections:
            connection: TappedProtocol = connections.pop(0)
            self._timeouts.pop(connection).cancel()
            if connection.state == "QUIESCENT" and not connection.spoiled:
                return connection
        return None

    @staticmethod
    def _tie(connection: TappedProtocol, tap: Tap) -> TappedProtocol:
        connection.tap = tap
        return connection


class TappedHTTP11Handler(HTTP11DownloadHandler):
    """Scrapy's own HTTP/1.1 handler over tapped connections; ``download_request`` must run inside ``Tap.connected``."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        pool = TappedPool(self._pool._reactor, persistent=True)
        pool.maxPersistentPerHost = self._pool.maxPersistentPerHost
        self._pool = pool
