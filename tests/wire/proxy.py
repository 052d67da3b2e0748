"""`WireProxy`: a forward proxy on loopback that logs what it was asked: absolute-form requests and CONNECT."""

from __future__ import annotations

import base64
import contextlib
import re
import select
import socket
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from .listener import Listener
from .stream import Gone, Stream

_REQUEST_LINE = re.compile(rb"^(\S+) (\S+) (HTTP/1\.[01])\r?\n")
_ABSOLUTE = re.compile(rb"^http://([^/:?]+)(?::(\d+))?([^\r\n ]*)$", re.IGNORECASE)
_AUTHORITY = re.compile(rb"^([^/:]+):(\d+)$")
_HOP_FIELD = re.compile(rb"^proxy-[^\n]*\n", re.IGNORECASE | re.MULTILINE)
_CREDENTIALS = re.compile(rb"^proxy-authorization:[ \t]*basic[ \t]+(\S+)", re.IGNORECASE | re.MULTILINE)

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\nProxy-Agent: Wire/1\r\n\r\n"
_AUTH_REQUIRED = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="wire"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
)
_BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ProxyExchange:
    """One request to the proxy: ``request`` as it came, ``forwarded`` as it went on (empty for CONNECT and refusals).

    ``outcome``: what the proxy did with it; ``connection`` counts accepted connections from 0.
    """

    kind: Literal["connect", "forward", "bad"]
    target: str
    request: bytes
    forwarded: bytes
    outcome: Literal["relayed", "auth", "unreachable", "bad"]
    connection: int
    started_at: datetime


class WireProxy(Listener):
    """Proxies for anybody, or only for ``credentials`` (user, password) if given."""

    def __init__(
        self,
        address: str = "127.0.0.1",
        port: int = 0,
        *,
        credentials: tuple[str, str] | None = None,
        patience_s: float = 20.0,
    ) -> None:
        self._token = base64.b64encode(":".join(credentials).encode()) if credentials else None
        self._log: list[ProxyExchange] = []
        super().__init__(address, port, patience_s=patience_s)

    def url(self, credentials: str = "") -> str:
        """For a client's proxy setting; ``credentials`` as ``user:password``."""
        return f"http://{credentials + '@' if credentials else ''}{self.address}:{self.port}"

    def exchanges(self) -> list[ProxyExchange]:
        with self._lock:
            return list(self._log)

    def serve(self, stream: Stream, number: int, peer: str) -> None:
        with contextlib.suppress(Gone):
            _Relay(self, stream, number).run()


class _Relay:
    """One client connection; forwards to one origin at a time."""

    def __init__(self, proxy: WireProxy, client: Stream, number: int) -> None:
        self._proxy = proxy
        self._client = client
        self._number = number
        self._origin: socket.socket | None = None
        self._origin_key: tuple[str, int] | None = None
        self._pump: threading.Thread | None = None

    def run(self) -> None:
        try:
            while self._one(self._client.read_request(self._proxy.patience_s)):
                pass
        finally:
            self._drop_origin()

    def _one(self, request: bytes) -> bool:
        """Handle one request; true when another may follow."""
        line = _REQUEST_LINE.match(request)
        connect = line is not None and line[1].upper() == b"CONNECT"
        place = (_AUTHORITY if connect else _ABSOLUTE).match(line[2]) if line else None
        if line is None or place is None:
            return self._refuse("bad", request, "bad", _BAD_REQUEST)
        kind: Literal["connect", "forward"] = "connect" if connect else "forward"
        if not self._authorised(request):
            return self._refuse(kind, request, "auth", _AUTH_REQUIRED)
        host, port = place[1].decode("latin-1"), int(place[2] or 80)
        try:
            origin = self._reach(host, port)
        except OSError:
            return self._refuse(kind, request, "unreachable", _BAD_GATEWAY)
        if connect:
            self._note(kind, request, b"", "relayed")
            self._client.send(_ESTABLISHED)
            self._tunnel(origin)
            return False
        forwarded = _origin_form(request, line, place[3] or b"/")
        self._note(kind, request, forwarded, "relayed")
        with contextlib.suppress(OSError):
            origin.sendall(forwarded)
        return True

    def _authorised(self, request: bytes) -> bool:
        given = _CREDENTIALS.search(request)
        return self._proxy._token is None or (given is not None and given[1] == self._proxy._token)

    def _refuse(
        self,
        kind: Literal["connect", "forward", "bad"],
        request: bytes,
        outcome: Literal["auth", "unreachable", "bad"],
        answer: bytes,
    ) -> bool:
        self._note(kind, request, b"", outcome)
        self._client.send(answer)
        self._client.finish()
        self._client.wait_gone(0.5)
        return False

    def _note(
        self,
        kind: Literal["connect", "forward", "bad"],
        request: bytes,
        forwarded: bytes,
        outcome: Literal["relayed", "auth", "unreachable", "bad"],
    ) -> None:
        line = request.split(b" ", 2)
        target = line[1].decode("latin-1") if len(line) == 3 else ""
        entry = ProxyExchange(kind, target, request, forwarded, outcome, self._number, datetime.now(UTC))
        with self._proxy._lock:
            self._proxy._log.append(entry)

    def _reach(self, host: str, port: int) -> socket.socket:
        """The connection to the origin, a new one when the last is another's or has ended; its bytes flow to the client."""
        if self._origin is not None and self._origin_key == (host, port) and self._pump and self._pump.is_alive():
            return self._origin
        self._drop_origin()
        origin = socket.create_connection((host, port), timeout=self._proxy.patience_s)
        self._origin, self._origin_key = origin, (host, port)
        self._pump = threading.Thread(target=self._to_client, args=(origin,), name=f"wire-pump-{self._number}", daemon=True)
        self._pump.start()
        return origin

    def _to_client(self, origin: socket.socket) -> None:
        """Copy until the origin ends; its end is the end for the client, a reset too."""
        deadline = time.monotonic() + self._proxy.patience_s
        with contextlib.suppress(OSError, ValueError):
            while not self._proxy._stop.is_set() and time.monotonic() < deadline:
                if not select.select([origin], [], [], 0.05)[0]:
                    continue
                data = origin.recv(65536)
                if not data:
                    break
                self._client.send(data)
        if self._origin is origin:  # ended by itself, not dropped for another
            self._client.finish()

    def _tunnel(self, origin: socket.socket) -> None:
        """Copy what the client sends until it ends; the other direction is the pump's."""
        while not self._client.eof and not self._proxy._stop.is_set():
            data, self._client.buffer = bytes(self._client.buffer), bytearray()
            try:
                origin.sendall(data)
            except OSError:
                return
            if not self._client.wait_input(self._proxy.patience_s):
                return

    def _drop_origin(self) -> None:
        origin, self._origin = self._origin, None
        if origin is not None:
            with contextlib.suppress(OSError):
                origin.shutdown(socket.SHUT_RDWR)
            if self._pump:
                self._pump.join(5.0)
            origin.close()


def _origin_form(request: bytes, line: re.Match[bytes], target: bytes) -> bytes:
    """``request`` as the origin gets it: origin-form target, no Proxy-* field, all else as it came."""
    path = target if target.startswith(b"/") else b"/" + target
    start = line[1] + b" " + path + b" " + line[3] + b"\r\n"
    head, gap, body = request[line.end() :].partition(b"\r\n\r\n")
    return start + _HOP_FIELD.sub(b"", head + b"\r\n")[:-2] + gap + body
