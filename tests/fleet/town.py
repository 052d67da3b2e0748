"""Twenty small news sites on hosts of 127.0.0.0/8, one port, raw sockets; the log says who was asked what and when."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from wire.pages import article, listing, paragraphs, title_of

_TYPE = b"text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when its head was whole, by this machine's monotonic clock."""

    host: str
    path: str
    at: float


class Town:
    """``hosts`` sites of a section page and ``stories``, each with ``pictures`` on its own host and as many on the last one."""

    def __init__(self, hosts: int, stories: int, *, pictures: int = 0) -> None:
        self.hosts = [f"127.0.7.{number}" for number in range(1, 1 + hosts)]
        self._stories, self._pictures = stories, pictures
        self._log, self._lock = list[Asked](), threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._ended = False
        self.port = 0
        for host in self.hosts:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, self.port))
            self.port = listener.getsockname()[1]
            listener.listen(64)
            self._selector.register(listener, selectors.EVENT_READ, host)
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"

    def stories(self, host: str) -> list[str]:
        """URLs of the articles of ``host``."""
        return [self.url(host, f"/news/2026/11/story-{number}-of-{host.replace('.', '-')}") for number in range(self._stories)]

    @property
    def asked(self) -> list[Asked]:
        """What was asked so far."""
        with self._lock:
            return list(self._log)

    def gaps(self) -> dict[str, list[float]]:
        """Seconds between the requests of each host, in order."""
        times = defaultdict(list)
        for asked in self.asked:
            times[asked.host].append(asked.at)
        return {host: [b - a for a, b in pairwise(seen)] for host, seen in times.items()}

    def close(self) -> None:
        self._ended = True
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]

    def __enter__(self) -> Town:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            while not self._ended:
                for key, _ in self._selector.select(0.5):
                    connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
                    threading.Thread(target=self._serve, args=(connection, key.data), daemon=True).start()

    def _serve(self, connection: socket.socket, host: str) -> None:
        with connection, contextlib.suppress(OSError):
            pending = b""
            while True:
                while b"\r\n\r\n" not in pending:
                    data = connection.recv(65536)
                    if not data:
                        return
                    pending += data
                head, _, pending = pending.partition(b"\r\n\r\n")
                path = head.split(b" ")[1].decode()
                with self._lock:
                    self._log.append(Asked(host, path, time.monotonic()))
                connection.sendall(self._answer(host, path))

    def _answer(self, host: str, path: str) -> bytes:
        name = path.rpartition("/")[2]
        if path == "/":
            stories = [url.removeprefix(self.url(host, "")) for url in self.stories(host)]
            entries = [(path, title_of(path.rpartition("/")[2]), paragraphs(path, 1)[0][:90]) for path in stories]
            body = listing(entries, 1, 1, "/").encode()
        elif name.startswith("story-"):
            shown = "".join(
                f'<img src="{self.url(where, f"/p/{name}-{number}.png")}">'
                for number in range(self._pictures)
                for where in (host, self.hosts[-1])
            )
            body = article(name).replace("</article>", f"{shown}</article>").encode()
        elif path.startswith("/p/"):
            body = b"\x89PNG\r\n\x1a\n" + path.encode()
        else:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (_TYPE, len(body)) + body
