"""What is copied of one download while it passes: a `Tap` collects its exchanges, a `Wire` the bytes of one. No socket here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Protocol

from archiver.clock import now
from archiver.model import TruncatedReason
from archiver.warc.exchange import Exchange

current_tap: ContextVar[Tap | None] = ContextVar("archiver_tap", default=None)


class Connection(Protocol):
    """What a tap asks of the connection that carries its exchange."""

    requests_sent: int
    peer: str | None
    protocols: tuple[str, ...]
    cipher_suite: str | None
    certificate_ends: str | None


class Tap:
    """Collects the exchanges of one download. ``proxied`` leaves out the address and the cipher, which would be the proxy's.

    ``may_talk_to`` says of a connection's address whether this download may use it. ``late_surplus`` is called with bytes that
    arrive on an idle connection after this tap's last exchange.
    """

    def __init__(
        self,
        url: str,
        *,
        proxied: bool,
        late_surplus: Callable[[Tap, bytes], None],
        may_talk_to: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.url, self.proxied, self.late_surplus, self.may_talk_to = url, proxied, late_surplus, may_talk_to
        self.exchanges: list[Exchange] = []
        self.surplus: list[bytes] = []
        self.response_id: str | None = None
        self.fresh_connection_only = False
        self.reused_connection = False
        # Nothing was written: the connection turned out to be no good.
        self.unsent = False
        self._wire: Wire | None = None

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Connections asked for inside are tied to this tap (never by URL: two requests may share one)."""
        token = current_tap.set(self)
        try:
            yield
        finally:
            current_tap.reset(token)

    def begin(self, connection: Connection) -> Wire:
        """A request is about to be written on ``connection``."""
        self.reused_connection, self.unsent = connection.requests_sent > 0, False
        self._wire = Wire(self, connection)
        return self._wire

    def end(self, reason: TruncatedReason) -> None:
        """The download is over: where the message had not ended, our side ended it for ``reason``."""
        if self._wire is not None:
            self._wire.freeze(truncated=reason)


class Wire:
    """One exchange while it passes. Frozen once; bytes after that are not part of it."""

    def __init__(self, tap: Tap, connection: Connection) -> None:
        self.tap = tap
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.received_bytes = 0
        self.is_frozen = False
        # The message ended as its framing says; what comes after it is surplus.
        self.is_whole = False
        self._started_at, self._started = now(), monotonic()
        self._connection = connection

    def discard(self) -> None:
        """Nothing of it was written: there is no exchange."""
        self.is_frozen, self.tap.unsent = True, True

    def freeze(self, *, surplus_length: int | None = None, truncated: TruncatedReason | None = None) -> None:
        """Make it an Exchange; ``surplus_length`` is given where the message ended by its framing."""
        if self.is_frozen:
            return
        self.is_frozen, self.is_whole = True, surplus_length is not None
        connection, through_tls = self._connection, not self.tap.proxied or self.tap.url.startswith("https:")
        self.tap.exchanges.append(
            Exchange(
                url=self.tap.url,
                request=b"".join(self.sent),
                received=b"".join(self.received),
                started_at=self._started_at,
                fetch_time_ms=round((monotonic() - self._started) * 1000),
                surplus_length=surplus_length or 0,
                truncated=truncated,
                ip_address=None if self.tap.proxied else connection.peer,
                protocols=connection.protocols if through_tls else ("http/1.1",),
                cipher_suite=connection.cipher_suite if through_tls else None,
                notes=(("certificateNotAfter", connection.certificate_ends),)
                if connection.certificate_ends and through_tls
                else (),
            )
        )
        # Held by idle connections, where nobody needs a second copy of a large body.
        self.sent, self.received = [], []
