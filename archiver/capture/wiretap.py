"""Copies the plaintext bytes of both directions below Scrapy's and Twisted's parsing, and says where each exchange ends.

With `wiretap_parser` the only module that touches private names of Scrapy and Twisted: a change there breaks here, and
tests/capture says so. An exchange is frozen before the protocol's own ``_finishResponse`` or ``connectionLost`` runs, or when the
download raises: both deliver the Response first in some endings (``Connection: close``, close-delimited, aborts; DESIGN §5.3).
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IHandshakeListener, IProtocolNegotiationFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from archiver.capture.tap import Tap, Wire
from archiver.capture.wiretap_parser import TappedParser

if TYPE_CHECKING:
    from archiver.capture.pool import TappedPool

# All heads of one exchange together, interim ones included: beyond this it is an attack.
_MAX_HEAD_BYTES = 1 << 20
# Bytes beyond a message come in the next segments: a connection that will not be used again is read on until it has been silent
# for so long, and no longer and no further than the other two.
_LINGER_S, _LINGER_MAX_S, _MAX_SURPLUS = 0.3, 2.0, 1 << 20


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

    def abortConnection(self) -> None:  # noqa: N802
        self._protocol.given_up = True
        self._transport.abortConnection()

    def loseConnection(self) -> None:  # noqa: N802
        if not self._protocol.lingers():
            self._transport.loseConnection()


@implementer(IHandshakeListener)
class TappedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's client protocol with a copy taken of every byte."""

    def __init__(self, quiescent: Callable[[Any], None]) -> None:
        super().__init__(quiescent)
        self.tap: Tap | None = None
        self.tap_before: Tap | None = None
        self.requests_sent = 0
        self.spoiled = False
        self.given_up = False
        self.pool: TappedPool | None = None
        self.peer: str | None = None
        self.protocols: tuple[str, ...] = ("http/1.1",)
        self.cipher_suite: str | None = None
        self.certificate_ends: str | None = None
        self._wire: Wire | None = None
        self._handshaken: Deferred[Any] | None = None
        self._ending = False
        self._beyond: list[bytes] = []
        self._lingers_since = 0.0
        self._hang_up: Any = None

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
            self._parser.__class__ = TappedParser
        if self.requests_sent > 1:
            self._send_now()
        return result

    def _lowest_transport(self) -> Any:
        """The socket's transport: below TLS, which Twisted stacks as protocols."""
        transport = self.transport._transport
        while hasattr(transport, "wrappedProtocol"):
            transport = transport.transport
        return transport

    def _send_now(self) -> None:
        """Write what Twisted would write in the next turn, after reading; or nothing, if something has come meanwhile.

        The shorter the time between looking and writing, the less can a server slip in bytes that look like the answer.
        """
        assert self._wire is not None
        if not self.is_quiet():
            self._wire.discard()
            self.transport.abortConnection()
            return
        with contextlib.suppress(AttributeError):
            self.transport._transport._aggregator.flush()  # of TLS
        with contextlib.suppress(AttributeError):
            self._lowest_transport().doWrite()

    def _came_too_early(self) -> bool:
        """Whether the first bytes after a request were on their way before the server had the request: it is not acknowledged yet.

        Linux only (``tcpi_unacked`` of ``TCP_INFO``); elsewhere nobody can tell.
        """
        try:
            info = self._lowest_transport().socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)
        except (AttributeError, OSError):
            return False
        return len(info) == 28 and struct.unpack_from("=I", info, 24)[0] > 0

    def is_quiet(self) -> bool:
        """Nothing to read on the socket, neither surplus nor the end of the connection; and our side is not closing it.

        A handler of Scrapy's signals that stops a download closes the connection, and Twisted still takes it for a persistent one
        where the message ended in the same segment. It reads no more: a request written to it would wait for ever.
        """
        if self.transport.disconnecting:
            return False
        try:
            poll = select.poll()
            poll.register(self._lowest_transport().fileno(), select.POLLIN)
            return not poll.poll(0)
        except (AttributeError, OSError, ValueError):
            return False

    def ready(self) -> Any:
        """This connection, over TLS after the handshake: what is written before may never be sent, and would be in the record."""
        transport = self.transport._transport
        if self.cipher_suite is not None or not (hasattr(transport, "wrappedProtocol") or getattr(transport, "TLS", False)):
            return self
        self._handshaken = Deferred(self._give_up_handshake)
        return self._handshaken

    def _give_up_handshake(self, _: Any) -> None:
        self._handshaken = None
        self.abort_now()

    def handshakeCompleted(self) -> None:  # noqa: N802
        handle = self.transport.getHandle()
        self.cipher_suite = handle.get_cipher_name()
        self.certificate_ends = _certificate_end(handle)
        self.protocols = ("http/1.1", f"tls/{handle.get_protocol_version_name().removeprefix('TLSv')}")
        # A certificate that is not good aborts the connection first.
        if self._handshaken is not None and not self.transport.disconnecting:
            waiting, self._handshaken = self._handshaken, None
            waiting.callback(self)

    def sent(self, data: bytes) -> None:
        """Bytes are being written: of the request, or of a proxy tunnel, which is nobody's exchange."""
        if self._wire is not None and not self._wire.is_frozen:
            self._wire.sent.append(data)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        wire = self._wire
        if wire is None or self._parser is None:
            self._surplus(data)
            return
        if self.requests_sent > 1 and not wire.received_bytes and not wire.is_frozen and self._came_too_early():
            self.spoiled = True
            if self.tap_before is not None:
                self.tap_before.late_surplus(self.tap_before, data)
            self.transport.abortConnection()
            return
        if not wire.is_frozen:
            wire.received.append(data)
            wire.received_bytes += len(data)
        if wire.received_bytes > _MAX_HEAD_BYTES and self._parser.state != "BODY":
            wire.freeze(truncated="length")
            # Not ``_giveUp``: over TLS that would wait for the peer to agree.
            self.transport.abortConnection()
            self._disconnectParser(Failure(HeadTooLargeError(f"a head of more than {_MAX_HEAD_BYTES} bytes")))
            return
        super().dataReceived(data)

    def _surplus(self, data: bytes) -> None:
        """Bytes beyond a message would become the next URL's response: keep them, never use the connection again."""
        self.spoiled = True
        if self._wire is None or not self._wire.is_whole:
            # The rest of what was given up, or an answer to nothing.
            self.abort_now()
            return
        self._beyond.append(data)
        self._linger()

    def lingers(self) -> bool:
        """Asked where Twisted closes a connection: whether it is read for a moment more, and closed after that."""
        if self._ending:
            self._linger()
        return self._ending

    def retire(self) -> None:
        """Never to be used again; what has come or is coming is read first."""
        self.spoiled = True
        if self._state != "CONNECTION_LOST":
            self._linger()

    def _linger(self) -> None:
        from twisted.internet import reactor

        if self._hang_up is None:
            self._lingers_since = monotonic()
            if self.pool is not None:
                self.pool.lingering.add(self)
        else:
            self._hang_up.cancel()
        enough = sum(map(len, self._beyond)) > _MAX_SURPLUS or monotonic() - self._lingers_since > _LINGER_MAX_S
        self._hang_up = reactor.callLater(0 if enough else _LINGER_S, self.abort_now)

    def abort_now(self) -> None:
        """End the connection without waiting for the peer; safe when it has ended."""
        self._deliver_surplus()
        if self._state != "CONNECTION_LOST":
            self.transport.abortConnection()

    def _deliver_surplus(self) -> None:
        if self._hang_up is not None and self._hang_up.active():
            self._hang_up.cancel()
        beyond, self._beyond = b"".join(self._beyond), []
        if beyond and self.tap is not None:
            self.tap.late_surplus(self.tap, beyond)
        if self.pool is not None:
            self.pool.lingering.discard(self)

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802
        # Twisted also calls this for a close-delimited body that was cut by our own abort.
        if self._wire is not None and not self.given_up:
            self._wire.freeze(surplus_length=len(rest))
        self._ending = bool(rest) or self._wants_close()
        if self._ending and self._currentRequest is not None:
            self._currentRequest.persistent = False
        super()._finishResponse(rest)
        self._ending = False

    def _wants_close(self) -> bool:
        """``Connection: close`` in any case and in lists, and HTTP/1.0 without keep-alive (Twisted knows exactly ``close``)."""
        if self._parser is None or not hasattr(self._parser, "response"):
            return True
        options = b",".join(self._parser.connHeaders.getRawHeaders(b"Connection", ())).lower()
        tokens = {token.strip() for token in options.split(b",")}
        old = tuple(self._parser.response.version[1:]) < (1, 1)
        return b"close" in tokens or (old and b"keep-alive" not in tokens)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        # What our side gave up is frozen by ``Tap.end``, which knows why.
        if self._wire is not None and self._parser is not None and not self.given_up:
            # A reset says that bytes are missing; an unclean TLS end is what many servers do, and says nothing.
            reset = reason.check(ConnectionLost) is not None and self.cipher_suite is None
            self._wire.freeze(truncated="disconnect" if reset else None)
        super().connectionLost(reason)
        self._deliver_surplus()
        if self._handshaken is not None:
            waiting, self._handshaken = self._handshaken, None
            waiting.errback(reason)


class HeadTooLargeError(Exception):
    """The response head does not end within bounds."""


@implementer(IProtocolNegotiationFactory)
class TappedFactory(_LenientHTTP11ClientFactory):
    """Builds tapped connections; offers http/1.1 only, since HTTP/2 has no wire form that a WARC block can hold."""

    def buildProtocol(self, addr: Any) -> TappedProtocol:  # noqa: N802
        return TappedProtocol(self._quiescentCallback)

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802
        return [b"http/1.1"]


def _certificate_end(handle: Any) -> str | None:
    """The last moment of the server's certificate, ISO 8601 in UTC: whoever crawls daily wants to know before it has come."""
    certificate = handle.get_peer_certificate()
    try:
        return datetime.strptime(certificate.get_notAfter().decode(), "%Y%m%d%H%M%SZ").strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007
    except (AttributeError, ValueError):
        return None
