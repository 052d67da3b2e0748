"""The demo site on a loopback port: a small, well-behaved HTTP/1.1 server in a background thread."""

from __future__ import annotations

import re
import socket
import socketserver
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from archiver.demo_site import frame, site, stories
from archiver.demo_site.site import Resource
from archiver.demo_site.truth import Truth, truth

IDLE_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request that was answered. ``connection`` is the client's port: equal for requests on one kept-alive connection.

    ``sent_bytes`` counts the body as sent, ``headers`` are in the order received.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    status: int
    sent_bytes: int
    connection: int

    def header(self, name: str) -> str | None:
        """The first value of ``name``, in any case; ``None`` when it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class DemoSite:
    """Serves the bundled news site while the ``with`` block runs.

    ``port`` 0 takes a free one. ``edition`` 1 is the first day, 2 the next; it may be set while the site is served, and the
    next request sees it. Entering raises ``OSError`` when the port is taken. When the block ends no thread and no connection
    is left. Attributes may be read from any thread.
    """

    def __init__(self, *, port: int = 0, edition: int = 1, host: str = "127.0.0.1") -> None:
        stories.stories(edition)
        self._address = (host, port)
        self._edition = edition
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = _Server(self._address)
        self._server.publish(self._edition)
        # The short poll lets the block end at once; it costs nothing while nobody asks for the end.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="demo-site", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``, without a slash at the end."""
        return self._running.base_url

    @property
    def port(self) -> int:
        return int(self._running.server_address[1])

    @property
    def sections(self) -> tuple[str, ...]:
        """The URLs of the sections' first pages."""
        return tuple(self.url + section.path for section in stories.outlet().sections)

    @property
    def tag_page(self) -> str:
        """The URL of the tag page: 15 stories and two fundraising blocks."""
        return self.url + frame.tag_path(stories.outlet().featured_tag)

    @property
    def edition(self) -> int:
        return self._edition

    @edition.setter
    def edition(self, edition: int) -> None:
        stories.stories(edition)
        self._edition = edition
        if self._server is not None:
            self._server.publish(edition)

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """Every request answered so far; one is logged before its answer is sent."""
        return tuple(self._running.log)

    def clear_requests(self) -> None:
        self._running.log.clear()

    def truth(self, edition: int | None = None) -> Truth:
        """What a perfect crawl finds in ``edition`` (default: the one being served)."""
        return truth(self.url, edition or self._edition)

    @property
    def _running(self) -> _Server:
        if self._server is None:
            raise RuntimeError("the demo site is not being served: use it as a context manager")
        return self._server


class _Server(ThreadingHTTPServer):
    # Joined by server_close, so that nothing outlives the block.
    daemon_threads = False
    request_queue_size = 64
    # A second site on a taken port is an error, not a coin toss between the two.
    allow_reuse_port = False

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.base_url = f"http://{address[0]}:{self.server_address[1]}"
        self.log: list[LoggedRequest] = []
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._pages: tuple[int, dict[str, Resource]] = (1, {})

    def server_bind(self) -> None:
        """Without the standard library's reverse look-up of the address, which may ask a name server and wait."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def publish(self, edition: int) -> None:
        self._pages = (edition, dict(site.build(self.base_url, edition)))

    def resource(self, target: str) -> Resource:
        """The answer to a request target (path and query); a query that no page knows is ignored, as most sites do."""
        edition, pages = self._pages
        path, _, query = target.partition("?")
        if target in pages:
            return pages[target]
        if path in pages and not re.search(r"\bpage=", query):
            return pages[path]
        if f"{path}/" in pages:
            return site.moved(f"{path}/")
        return site.missing(edition)

    def close_connections(self) -> None:
        """End the connections that are kept alive; their threads see the end of the stream and return."""
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is everyday: nothing is printed over a progress display."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "BrackwaterCourier/1"
    sys_version = ""
    timeout = IDLE_TIMEOUT_S
    # Head and body in one segment: unbuffered, Nagle and delayed ACK cost 40 ms a response.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: ``DemoSite.requests`` is the log."""

    def _answer(self, *, with_body: bool) -> None:
        resource = self.server.resource(self.path)
        zipped = resource.is_html and bool(resource.body) and accepts_gzip(self.headers.get("Accept-Encoding", ""))
        body = resource.gzipped if zipped else resource.body
        etag = f'"{resource.etag}{"-gzip" if zipped else ""}"'
        status = 304 if resource.status == 200 and self._is_current(etag, resource.modified) else resource.status
        sends_body = with_body and status != 304
        self._log(status, len(body) if sends_body else 0)
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Type", resource.content_type)
            self.send_header("Content-Length", str(len(body)))
        if resource.location:
            self.send_header("Location", resource.location)
        if zipped and status != 304:
            self.send_header("Content-Encoding", "gzip")
        if resource.is_html:
            self.send_header("Vary", "Accept-Encoding")
        if resource.status == 200:
            self._send_validators(etag, resource.modified)
        for name, value in resource.headers:
            self.send_header(name, value)
        self.end_headers()
        if sends_body:
            self.wfile.write(body)

    def _send_validators(self, etag: str, modified: datetime | None) -> None:
        self.send_header("ETag", etag)
        if modified:
            self.send_header("Last-Modified", format_datetime(modified.astimezone(UTC), usegmt=True))
        self.send_header("Cache-Control", "max-age=0, must-revalidate")

    def _is_current(self, etag: str, modified: datetime | None) -> bool:
        """RFC 9110 §13.2.2: If-None-Match decides alone where it is sent, else If-Modified-Since."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tags.strip() == "*" or etag in re.findall(r'"[^"]*"', tags)
        since = _http_date(self.headers.get("If-Modified-Since"))
        return since is not None and modified is not None and modified.replace(microsecond=0) <= since

    def _log(self, status: int, sent_bytes: int) -> None:
        headers = tuple(self.headers.items())
        port = self.client_address[1]
        self.server.log.append(LoggedRequest(self.command, self.path, headers, status, sent_bytes, port))


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the header's value allows gzip (RFC 9110 §12.5.3): named or covered by ``*``, and not with a weight of 0."""
    weights: dict[str, bool] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return weights.get("gzip", weights.get("*", False))


def _http_date(text: str | None) -> datetime | None:
    """An HTTP date as an aware ``datetime``; ``None`` when absent or unreadable, which is as good as absent."""
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
