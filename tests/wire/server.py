"""`WireServer`: plays the scripts of a table of cases on raw sockets and logs every byte of both directions.

What it logged, not what a client made of it, is the truth that an archive is compared with.
"""

from __future__ import annotations

import contextlib
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from .listener import Listener
from .model import AwaitClose, Case, Close, Expectation, Flood, HalfClose, Idle, Pause, Reset, Send, Step, Steps, Turn, WaitFor
from .stream import Gone, Stream
from .tls import Certificate, authority

_LINGER_S = 0.5  # after our FIN: room to log a request that was already on its way
_TARGET = re.compile(rb"^\S+ (?:https?://[^/ ]+)?(\S*)")

_NOT_FOUND_BODY = b"<!doctype html><title>No such page</title><p>Nothing is at this address."
_NOT_FOUND = (
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(_NOT_FOUND_BODY)
) + _NOT_FOUND_BODY
UNROUTED = Case(
    name="unrouted",
    path="",
    title="No such page",
    reason="a path that the table does not hold",
    turns=(Turn((Send(_NOT_FOUND),), Expectation(_NOT_FOUND, payload=_NOT_FOUND_BODY, status=404, failure="http_status")),),
    listed=False,
)


@dataclass(frozen=True, slots=True)
class WireExchange:
    """One request and all that was sent for it, byte for byte.

    ``path``: the target as on the request line, query included. ``case``: empty where the request got no answer.
    ``connection`` and ``index`` (on that connection) count from 0; ``turn``: which of the case's turns was played.
    ``complete``: every byte of the script went out. ``client_closed``: the client had closed before that.
    ``crossed``: late surplus met the client's next request on the way; no client can then tell it from an answer.
    """

    path: str
    request: bytes
    interim: bytes
    response: bytes
    surplus: bytes
    connection: int
    index: int
    started_at: datetime
    complete: bool
    case: str
    turn: int = 0
    client_closed: bool = False
    crossed: bool = False
    started_s: float = 0.0
    ended_s: float | None = None


@dataclass(frozen=True, slots=True)
class WireConnection:
    """One accepted connection; the TLS fields are ``None`` over plain TCP, ``error`` says why a handshake failed."""

    number: int
    peer: str
    opened_at: datetime
    tls_version: str | None = None
    cipher: str | None = None
    alpn: str | None = None
    error: str | None = None


class _Record:
    """One exchange while it runs; written by its connection's thread, read through `freeze`."""

    def __init__(self, request: bytes, case: str, turn: int, connection: int, index: int) -> None:
        self._lock = threading.Lock()
        self._interim, self._response, self._surplus = bytearray(), bytearray(), bytearray()
        self._value = WireExchange(
            path=_target(request), request=request, interim=b"", response=b"", surplus=b"",
            connection=connection, index=index, started_at=datetime.now(UTC), complete=False,
            case=case, turn=turn, started_s=time.monotonic(),
        )  # fmt: skip

    def sent(self, step: Send, count: int) -> None:
        """The first ``count`` bytes of ``step`` went out."""
        first, second = len(step.interim), len(step.interim) + len(step.response)
        with self._lock:
            self._interim += step.interim[:count]
            self._response += step.response[: max(0, count - first)]
            self._surplus += step.surplus[: max(0, count - second)]

    def end(self, *, complete: bool, client_closed: bool, crossed: bool = False) -> None:
        with self._lock:
            self._value = replace(
                self._value, complete=complete, client_closed=client_closed, crossed=crossed, ended_s=time.monotonic()
            )

    def freeze(self) -> WireExchange:
        with self._lock:
            parts = bytes(self._interim), bytes(self._response), bytes(self._surplus)
            return replace(self._value, interim=parts[0], response=parts[1], surplus=parts[2])


class WireServer(Listener):
    """Serves ``cases`` on ``address``; over TLS when a ``tls`` certificate is named. Any thread may read the log at any time.

    ``on_accept``: a case to play on every connection before (in place of) reading a request.
    ``patience_s``: the longest any single wait or send may last.
    """

    def __init__(
        self,
        cases: Iterable[Case],
        address: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: Certificate | None = None,
        on_accept: Case | None = None,
        patience_s: float = 20.0,
    ) -> None:
        self._routes = {case.path: case for case in cases if not case.on_accept}
        self._context: ssl.SSLContext | None = None
        self.ca_path: Path | None = None
        if tls is not None:
            self._context, self.ca_path = authority().server_context(tls, address), authority().ca_path
        self._on_accept = on_accept
        self._turns: Counter[str] = Counter()
        self._records: list[_Record] = []
        self._connections: list[WireConnection] = []
        self._events: dict[str, threading.Event] = {}
        self._running = 0
        super().__init__(address, port, patience_s=patience_s)
        self._quiet = threading.Condition(self._lock)

    @property
    def scheme(self) -> str:
        return "http" if self._context is None else "https"

    def url(self, path: str = "/") -> str:
        return f"{self.scheme}://{self.address}:{self.port}{path}"

    def exchanges(self) -> list[WireExchange]:
        """A snapshot in the order in which requests arrived; one still running has ``ended_s`` None."""
        with self._lock:
            records = list(self._records)
        return [record.freeze() for record in records]

    def connections(self) -> list[WireConnection]:
        with self._lock:
            return list(self._connections)

    def settled(self, timeout_s: float = 5.0) -> list[WireExchange]:
        """`exchanges` once no script and no handshake is running any more; raises `TimeoutError`."""
        with self._quiet:
            if not self._quiet.wait_for(lambda: not self._running, timeout_s):
                raise TimeoutError(f"{self._running} scripts still run after {timeout_s} s")
        return self.exchanges()

    def release(self, event: str) -> None:
        """Let every `WaitFor` of this name go on, now and later."""
        self._event(event).set()

    def add(self, cases: Iterable[Case]) -> None:
        """Serve these too: pages that name the port of a server that already listens."""
        with self._lock:
            self._routes |= {case.path: case for case in cases}

    def clear(self) -> None:
        """Forget log and turns (between two tests on one server); connections that are open stay open."""
        with self._lock:
            self._records.clear()
            self._connections.clear()
            self._turns.clear()

    def serve(self, stream: Stream, number: int, peer: str) -> None:
        connection = WireConnection(number, peer, datetime.now(UTC))
        with self._lock:
            self._running += 1  # a handshake is awaited by `settled` too
        if self._context is not None:
            connection = _shake_hands(stream, self._context, connection)
        with self._lock:
            self._connections.append(connection)
        self._ended()
        if connection.error is None:
            with contextlib.suppress(Gone):
                _Connection(self, stream, number).run()

    def _event(self, name: str) -> threading.Event:
        with self._lock:
            return self._events.setdefault(name, threading.Event())

    def _route(self, target: str) -> Case:
        plain = target.partition("?")[0]
        for path in (target, plain):
            if path in self._routes:
                return self._routes[path]
        wanted = unquote_to_bytes(target.encode("latin-1"))
        return next((case for path, case in self._routes.items() if unquote_to_bytes(path) == wanted), UNROUTED)

    def _open(self, request: bytes, number: int, index: int, override: Steps | None) -> tuple[Case | None, Steps, _Record]:
        """Choose the answer to ``request`` and open its record."""
        case = self._on_accept or self._route(_target(request))
        with self._lock:
            self._running += 1
            turn = 0
            if override is None:
                turn = min(self._turns[case.name], len(case.turns) - 1)
                self._turns[case.name] += 1
            record = _Record(request, case.name if override is None else "", turn, number, index)
            self._records.append(record)
        if override is not None:
            return None, override, record
        return case, case.turns[turn].steps, record

    def _ended(self) -> None:
        with self._quiet:
            self._running -= 1
            self._quiet.notify_all()


class _End(NamedTuple):
    """How a script ended. ``client_closed``: before every byte was out, or before we meant to close."""

    complete: bool
    client_closed: bool
    open: bool


class _Connection:
    """The exchanges of one connection, one after the other."""

    def __init__(self, server: WireServer, stream: Stream, number: int) -> None:
        self._server = server
        self._stream = stream
        self._number = number
        self._index = 0
        self._override: Steps | None = None
        self._crossed = False

    def run(self) -> None:
        while self._exchange(self._request()):
            pass
        self._log_unanswered()

    def _request(self) -> bytes:
        if self._server._on_accept is not None:
            return b""
        try:
            return self._stream.read_request(self._server.patience_s)
        except Gone:
            self._log_unanswered()
            raise

    def _exchange(self, request: bytes) -> bool:
        """Play one script; true when the connection is still good for another request."""
        case, steps, record = self._server._open(request, self._number, self._index, self._override)
        self._index += 1
        self._override = (case.next_request or None) if case else None
        self._crossed = False
        end = _End(complete=False, client_closed=False, open=False)
        try:
            end = self._play(steps, record)
        finally:
            record.end(complete=end.complete, client_closed=end.client_closed, crossed=self._crossed)
            self._server._ended()
        if not end.open:
            self._stream.wait_gone(_LINGER_S)
        return end.open and self._server._on_accept is None

    def _play(self, steps: Steps, record: _Record) -> _End:
        stream = self._stream
        for position, step in enumerate(steps):
            left = any(isinstance(later, Send | Flood) for later in steps[position:])
            stream.poll()
            if stream.eof and left:
                return _End(complete=False, client_closed=True, open=False)
            if isinstance(step, Idle):
                stream.wait_input(step.seconds)
                if stream.buffer or stream.eof:
                    return _End(complete=not left, client_closed=stream.eof, open=not stream.eof)
            elif not self._step(step, record):
                ours = isinstance(step, Close | HalfClose | Reset)
                ends = ours or isinstance(step, AwaitClose)
                return _End(complete=ends and not left, client_closed=stream.eof and not ours, open=False)
        return _End(complete=True, client_closed=False, open=True)

    def _step(self, step: Step, record: _Record) -> bool:
        """Play one step; false when nothing can follow."""
        stream, patience_s = self._stream, self._server.patience_s
        match step:
            case Send():
                data = step.interim + step.response + step.surplus
                count = stream.send(data)
                record.sent(step, count)
                if step.surplus and not step.response:
                    stream.poll()
                    self._crossed = bool(stream.buffer)
                return count == len(data)
            case Flood():
                return self._flood(step, record)
            case Pause():
                stream.wait_gone(step.seconds)
                return True
            case WaitFor():
                return self._wait_for(step.event)
            case AwaitClose():
                stream.wait_gone(patience_s)
            case Close():
                stream.finish(notify=step.notify)
            case HalfClose():
                stream.finish()
                stream.wait_gone(patience_s)
            case Reset():
                stream.reset()
        return False

    def _flood(self, step: Flood, record: _Record) -> bool:
        left = step.total_bytes
        while left > 0:
            block = step.block[:left]
            count = self._stream.send(block)
            record.sent(Send(block), count)
            left -= count
            self._stream.poll()
            if count < len(block) or self._stream.eof:
                return False
        return True

    def _wait_for(self, name: str) -> bool:
        event = self._server._event(name)
        deadline = time.monotonic() + self._server.patience_s
        while not event.wait(0.02):
            self._stream.poll()
            if self._stream.eof or self._server._stop.is_set() or time.monotonic() > deadline:
                return False
        return True

    def _log_unanswered(self) -> None:
        """What the client had sent when the connection ended is a request too, even if nobody answers it."""
        while self._stream.buffer:
            request = self._stream.take_request()
            if not request:
                request = bytes(self._stream.buffer)
                self._stream.buffer.clear()
            record = _Record(request, "", 0, self._number, self._index)
            record.end(complete=False, client_closed=self._stream.eof)
            self._index += 1
            with self._server._lock:
                self._server._records.append(record)


def _target(request: bytes) -> str:
    """The request target in origin form, as latin-1."""
    match = _TARGET.match(request)
    return match[1].decode("latin-1") if match else ""


def _shake_hands(stream: Stream, context: ssl.SSLContext, connection: WireConnection) -> WireConnection:
    try:
        tls = stream.start_tls(context)
    except OSError as error:  # ssl.SSLError is one
        return replace(connection, error=str(error))
    cipher = tls.cipher()
    return replace(connection, tls_version=tls.version(), cipher=cipher[0] if cipher else None, alpn=tls.selected_alpn_protocol())
