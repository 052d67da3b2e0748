"""A news site that lives through days: pages change, vanish, and answer conditions as RFC 9110 §13 wants."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from wire import pages


def path_of(name: str) -> str:
    """Where the story ``name`` stands."""
    return f"/section/2026/03/{name}.html"


@dataclass
class Page:
    """``etag`` and ``last_modified`` are sent when they are not empty, and answered to."""

    body: bytes
    etag: str = ""
    last_modified: str = ""
    status: int = 200


@dataclass(frozen=True)
class Asked:
    """One request; the names of its fields in lower case."""

    path: str
    fields: dict[str, str]
    status: int

    @property
    def conditions(self) -> dict[str, str]:
        return {name: value for name, value in self.fields.items() if name.startswith("if-")}


@dataclass
class Newsroom:
    """Serves ``pages`` while the ``with`` block runs; they may be changed at any time."""

    pages: dict[str, Page] = field(default_factory=dict)
    log: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def since(self, start: int) -> list[Asked]:
        """What was asked after the first ``start`` requests, robots.txt apart."""
        return [asked for asked in self.log[start:] if asked.path != "/robots.txt"]

    def story(self, name: str, text: str | None = None, **page: Any) -> str:
        """Publish an article, with the page of ``text`` (another name) in its place; its path."""
        path = path_of(name)
        self.pages[path] = Page(pages.article(text or name).encode(), **page)
        return path

    def section(self, *listed: list[str], prefix: str = "/section/", **page: Any) -> None:
        """Publish the pages of a section, each with its stories by name."""
        for number, names in enumerate(listed, 1):
            entries = [
                (f"/section/2026/03/{name}.html", pages.title_of(name), pages.paragraphs(name, 1)[0][:160]) for name in names
            ]
            text = pages.listing(entries, number, len(listed), prefix)
            self.pages[pages.page_path(prefix, number)] = Page(text.encode(), **page)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, newsroom: Newsroom) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.newsroom = newsroom


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        newsroom = self.server.newsroom
        page = newsroom.pages.get(self.path) or Page(b"<!doctype html><title>No such page</title>", status=404)
        fields = {name.lower(): value for name, value in self.headers.items()}
        is_same = page.status == 200 and (
            fields["if-none-match"] == page.etag
            if "if-none-match" in fields
            else bool(page.last_modified) and fields.get("if-modified-since") == page.last_modified
        )
        status = 304 if is_same else page.status
        newsroom.log.append(Asked(self.path, fields, status))
        self.send_response(status)
        for name, value in (("ETag", page.etag), ("Last-Modified", page.last_modified)):
            if value:
                self.send_header(name, value)
        if not is_same:
            self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if not is_same:
            self.wfile.write(page.body)

    def log_message(self, *_: Any) -> None:
        return
