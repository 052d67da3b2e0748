"""One accepted connection as bytes in and bytes out, over TCP or TLS. Every wait is bounded and ends when the server stops."""

from __future__ import annotations

import re
import select
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress

_POLL_S = 0.05  # how late a blocked thread may notice the stop flag; data wakes it at once
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CONTENT_LENGTH = re.compile(rb"^content-length:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)


class Gone(Exception):  # noqa: N818 - an event, not an error
    """The peer closed or reset, or the server stops."""


class Stream:
    """Used by one thread; only `interrupt` may be called from another."""

    def __init__(self, sock: socket.socket, stop: threading.Event, patience_s: float) -> None:
        self.sock = sock
        self.buffer = bytearray()
        self.eof = False
        self._stop = stop
        self._patience_s = patience_s
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)

    def start_tls(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Shake hands as the server; raises `ssl.SSLError` or `OSError`, also when patience ends."""
        self.sock.settimeout(self._patience_s)
        tls = context.wrap_socket(self.sock, server_side=True, do_handshake_on_connect=False)
        self.sock = tls
        tls.do_handshake()
        tls.setblocking(False)
        return tls

    def poll(self) -> None:
        """Move what has arrived into ``buffer``; note EOF."""
        while not self.eof:
            try:
                data = self.sock.recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            except (OSError, ValueError):
                data = b""
            self.buffer += data
            self.eof = not data

    def wait_input(self, seconds: float) -> bool:
        """Wait until more input or EOF came (true), or ``seconds`` passed (false)."""
        known = len(self.buffer)
        deadline = time.monotonic() + seconds
        while True:
            self.poll()
            if self.eof or len(self.buffer) > known:
                return True
            left = deadline - time.monotonic()
            if left <= 0 or self._stop.is_set():
                return False
            with suppress(OSError, ValueError):
                select.select([self.sock], [], [], min(left, _POLL_S))

    def wait_gone(self, seconds: float) -> bool:
        """Wait until the peer closed (true), or ``seconds`` passed (false); input stays in ``buffer``."""
        deadline = time.monotonic() + seconds
        while not self.eof and not self._stop.is_set() and (left := deadline - time.monotonic()) > 0:
            self.wait_input(left)
        self.poll()
        return self.eof

    def send(self, data: bytes) -> int:
        """Send all of ``data``; the count of bytes the kernel took, fewer when the peer is gone or patience ended."""
        view, sent = memoryview(data), 0
        deadline = time.monotonic() + self._patience_s
        while sent < len(data) and not self._stop.is_set() and time.monotonic() < deadline:
            try:
                sent += self.sock.send(view[sent : sent + 262144])
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                with suppress(OSError, ValueError):
                    select.select([], [self.sock], [], _POLL_S)
            except (OSError, ValueError):
                self.eof = True
                break
        return sent

    def take_request(self) -> bytes:
        """Cut one request off ``buffer``: head and, with Content-Length, body; ``b""`` while it is not all there."""
        end = _HEAD_END.search(self.buffer)
        if end is None:
            return b""
        length = _CONTENT_LENGTH.search(self.buffer[: end.end()])
        size = end.end() + (int(length[1]) if length else 0)
        if len(self.buffer) < size:
            return b""
        request = bytes(self.buffer[:size])
        del self.buffer[:size]
        return request

    def read_request(self, seconds: float) -> bytes:
        """The next request; raises `Gone` at EOF (a part of a request stays in ``buffer``) or after ``seconds`` without one."""
        deadline = time.monotonic() + seconds
        while not (request := self.take_request()):
            if self.eof or self._stop.is_set() or not self.wait_input(deadline - time.monotonic()):
                raise Gone
        return request

    def finish(self, *, notify: bool = True) -> None:
        """FIN our direction, close_notify first where asked; reading goes on."""
        if isinstance(self.sock, ssl.SSLSocket) and notify:
            with suppress(OSError, ValueError):  # the alert is out before Python looks for the peer's
                self.sock = self.sock.unwrap()
        with suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_WR)

    def reset(self) -> None:
        """RST in place of FIN."""
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self.sock.close()
        self.eof = True

    def interrupt(self) -> None:
        """Wake the owning thread (from another one): both directions end."""
        with suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
