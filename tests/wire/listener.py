"""A listening socket with one thread per connection, all of which end at `close`. The server and the proxy stand on it."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

from .stream import Stream

_JOIN_S = 5.0


class Listener:
    """Listens from construction to `close`; a subclass says in `serve` what happens on a connection."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0, *, patience_s: float = 20.0) -> None:
        self.patience_s = patience_s
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()
        self._threads: list[threading.Thread] = []
        self._accepted = 0
        self._socket = socket.create_server((address, port), backlog=128)
        self._socket.settimeout(0.1)
        self.address: str = address
        self.port: int = self._socket.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name=f"wire-accept-{self.port}", daemon=True)

    def start(self) -> Self:
        self._acceptor.start()
        return self

    def serve(self, stream: Stream, number: int, peer: str) -> None:
        """Play one connection to its end; ``number`` counts accepted connections from 0."""
        raise NotImplementedError

    def close(self) -> None:
        """End every connection and thread; raises if one does not end."""
        self._stop.set()
        if self._acceptor.ident is not None:
            self._acceptor.join(_JOIN_S)
        self._socket.close()
        with self._lock:
            streams, threads = list(self._streams), list(self._threads)
        for stream in streams:
            stream.interrupt()
        for thread in threads:
            thread.join(_JOIN_S)
        stuck = [thread.name for thread in (self._acceptor, *threads) if thread.is_alive()]
        if stuck:
            raise RuntimeError(f"threads did not end: {', '.join(stuck)}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                sock, peer = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._adopt(sock, f"{peer[0]}:{peer[1]}")

    def _adopt(self, sock: socket.socket, peer: str) -> None:
        stream = Stream(sock, self._stop, self.patience_s)
        with self._lock:
            number, self._accepted = self._accepted, self._accepted + 1
            name = f"wire-{self.port}-{number}"
            thread = threading.Thread(target=self._run, args=(stream, number, peer), name=name, daemon=True)
            self._streams.add(stream)
            self._threads = [known for known in self._threads if known.is_alive()]
            self._threads.append(thread)
            thread.start()  # under the lock: a thread that is listed has been started

    def _run(self, stream: Stream, number: int, peer: str) -> None:
        try:
            self.serve(stream, number, peer)
        finally:
            stream.close()
            with self._lock:
                self._streams.discard(stream)
