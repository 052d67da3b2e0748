"""A loopback site made of a function from request target to answer, and a crawl of it with its proofs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HTML = "text/html; charset=utf-8"
_SENTENCE = "The council met on the quay and spoke of the ferry, of the roof of the market hall, and of what either would cost. "


@dataclass(frozen=True)
class Answer:
    """One answer of the site."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """Serves ``answer(target, base_url)``; ``None`` is a 404. ``asked`` holds the targets in order."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.asked: list[str] = []
        host, port = server.server_address[:2]
        self.url = f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"


class _OverIpv6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


@contextmanager
def serve(answer: Callable[[str, str], Answer | None], *, address: str = "127.0.0.1") -> Iterator[Site]:
    """The site while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body in one segment.
        wbufsize = -1

        def do_GET(self) -> None:
            site.asked.append(self.path)
            found = answer(self.path, site.url) or Answer(b"<html><body><p>Not here.</p></body></html>", status=404)
            self.send_response(found.status)
            for name, value in {
                "Content-Type": found.content_type,
                "Content-Length": str(len(found.body)),
                **found.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet: ``Site.asked`` is the log."""

    server = (_OverIpv6 if ":" in address else ThreadingHTTPServer)((address, 0), Handler)
    server.daemon_threads = True
    site = Site(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def section(
    *stories: tuple[str, str], title: str = "Science", head: str = "", next_page: str | None = None, date: str = ""
) -> Answer:
    """A section page that lists ``stories`` (path, headline)."""
    cards = "".join(
        f'<article class="story"><h2><a href="{path}">{headline}</a></h2><p>A few words on what this story tells its readers.</p>'
        f"{f'<time>{date}</time>' if date else ''}</article>"
        for path, headline in stories
    )
    pager = f'<nav class="pagination"><a rel="next" href="{next_page}">Older stories</a></nav>' if next_page else ""
    body = f"<body><h1>{title}</h1><main>{cards}</main>{pager}</body>"
    return Answer(f"<!doctype html><html><head><title>{title}</title>{head}</head>{body}</html>".encode())


def article(headline: str, *, date: str = "") -> Answer:
    """An article; without ``date`` its page states none."""
    paragraphs = "".join(f"<p>{headline}: {number}. {_SENTENCE * 2}</p>" for number in range(4))
    body = f"<body><article><h1>{headline}</h1>{date}{paragraphs}</article></body>"
    return Answer(f"<!doctype html><html><head><title>{headline}</title></head>{body}</html>".encode())
