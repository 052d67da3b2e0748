"""The reading room: pages made from the catalogue and the archive, read-only but for one button that changes nothing.

Everything that came from the web is escaped by the templates, or stands in a frame of another origin; no page has a script.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from archiver._version import __version__
from archiver.collection.layout import Collection
from archiver.replay.catalogue import MARK_BEGIN, MARK_END, PAGE_SIZE, Catalogue, Filters
from archiver.replay.gaps import Gaps
from archiver.replay.proof import check_row, heads_of
from archiver.replay.worddiff import diff_paragraphs

_STATIC = Path(__file__).parent / "static"


class ReadingRoom:
    """The pages of one collection. ``originals`` is the base URL of pywb, ``hosts`` the Host headers that are answered."""

    def __init__(self, collection: Collection, catalogue: Catalogue, originals: str, title: str) -> None:
        self._collection, self._catalogue, self._originals, self._title = collection, catalogue, originals, title
        self._gaps = Gaps(collection)
        self._templates = Environment(
            loader=PackageLoader("archiver.replay"), autoescape=select_autoescape(default=True), undefined=StrictUndefined
        )
        self._templates.globals.update(version=__version__, collection_title=title, original=self.original_url)
        self._templates.filters.update(moment=_moment, marked=_marked)

    def original_url(self, url: str, instant: str, *, framed: bool = False) -> str:
        """Where pywb shows the capture of ``url`` at ``instant``."""
        digits = "".join(char for char in instant[:19] if char.isdigit())
        return f"{self._originals}{digits}{'' if framed else 'mp_'}/{url}"

    def home(self, request: Request) -> Response:
        """Search, filters, newest articles, section pages, calendar."""
        filters = _filters(request)
        found, total = self._catalogue.search(filters)
        calendar = self._catalogue.calendar()
        pages = max(1, math.ceil(total / PAGE_SIZE))
        return self._page(
            "home.html",
            filters=filters,
            found=found,
            gaps=self._gaps.of(found),
            total=total,
            pages=pages,
            is_filtered=filters != Filters(),
            link=lambda **changes: "/?" + urlencode(_given(replace(filters, **{"page": 1, **changes}))),
            counts=self._catalogue.counts(),
            sections=self._catalogue.sections(),
            authors=self._catalogue.authors(),
            listings=self._catalogue.listings(),
            calendar=calendar,
            most=max((day["captures"] for day in calendar), default=1),
        )

    def article(self, request: Request) -> Response:
        """One article: the original beside the text, versions, sightings, proof."""
        versions = self._catalogue.versions(request.path_params["article_id"])
        shown = _chosen(versions, request.query_params.get("row"))
        if shown is None:
            return self._missing("There is no such article in this collection.")
        return self._article(versions, shown, checks=None)

    def check(self, request: Request) -> Response:
        """*Check it now*: the record read and hashed again. The one POST; it changes nothing."""
        row = self._catalogue.row(request.path_params["row_id"])
        if row is None:
            return self._missing("There is no such row in this collection.")
        return self._article(self._catalogue.versions(row["article_id"]), row, checks=check_row(self._collection, row))

    def _article(self, versions: list[dict[str, Any]], shown: dict[str, Any], checks: Any) -> Response:
        return self._page(
            "article.html",
            row=shown,
            versions=versions,
            appearances=self._catalogue.appearances(shown["article_id"]),
            gap=self._gaps.of([shown]).get(shown["id"]),
            heads=heads_of(self._collection, shown),
            checks=checks,
        )

    def difference(self, request: Request) -> Response:
        """Two versions of an article, word by word."""
        versions = self._catalogue.versions(request.path_params["article_id"])
        old, new = (_chosen(versions, request.query_params.get(name)) for name in ("old", "new"))
        if old is None or new is None:
            return self._missing("There are no such versions of this article.")
        return self._page(
            "difference.html",
            old=old,
            new=new,
            versions=versions,
            title=diff_paragraphs(old["title"] or "", new["title"] or ""),
            text=diff_paragraphs(old["text"], new["text"]),
        )

    def listing(self, request: Request) -> Response:
        """A section page through time, and what it showed at one of them."""
        listing_id = request.path_params["listing_id"]
        captures = self._catalogue.listing(listing_id)
        wanted = request.query_params.get("capture", captures[0]["warc_record_id"] if captures else "")
        shown = next((item for item in captures if item["warc_record_id"] == wanted), None)
        if shown is None:
            return self._missing("There is no such section page in this collection.")
        links = self._catalogue.listing_links(listing_id, wanted)
        return self._page("listing.html", listing_id=listing_id, captures=captures, shown=shown, links=links)

    def _page(self, template: str, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(**values))

    def _missing(self, what: str) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template("missing.html").render(what=what), status_code=404)


def make_app(room: ReadingRoom, *, hosts: frozenset[str], frames: str) -> Starlette:
    """The ASGI application; ``hosts`` are the values of Host that are answered, ``frames`` the origin of the originals."""
    routes = [
        Route("/", room.home, methods=["GET"]),
        Route("/article/{article_id}", room.article, methods=["GET"]),
        Route("/article/{article_id}/difference", room.difference, methods=["GET"]),
        Route("/listing/{listing_id}", room.listing, methods=["GET"]),
        Route("/check/{row_id}", room.check, methods=["POST"]),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(_Guard, hosts=hosts, frames=frames)])


class _Guard:
    """Refuses what did not come from our own pages (DNS rebinding, forged forms) and says what a page of ours may load."""

    def __init__(self, app: Callable[..., Awaitable[None]], hosts: frozenset[str], frames: str) -> None:
        self._app, self._hosts = app, hosts
        policy = f"default-src 'none'; style-src 'self'; img-src 'self'; frame-src {frames}; form-action 'self'; base-uri 'none';"
        self._headers = [
            (b"content-security-policy", f"{policy} frame-ancestors 'none'".encode()),
            (b"x-content-type-options", b"nosniff"),
            # Not no-referrer: forms would then say that they come from nowhere, and be refused.
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cache-control", b"private, no-cache"),
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if host.lower() not in self._hosts:
            await PlainTextResponse("not a name of this server\n", 421)(scope, receive, send)
            return
        if scope["method"] == "POST" and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            await PlainTextResponse("this form came from elsewhere\n", 403)(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._app(scope, receive, guarded)


def _filters(request: Request) -> Filters:
    given = {name: request.query_params.get(name, "")[:300] for name in asdict(Filters()) if name != "page"}
    page = request.query_params.get("page", "1")
    return Filters(**given, page=min(int(page), 100_000) if page.isascii() and page.isdigit() and len(page) < 7 else 1)


def _given(filters: Filters) -> dict[str, Any]:
    return {name: value for name, value in asdict(filters).items() if value and not (name == "page" and value == 1)}


def _chosen(versions: list[dict[str, Any]], row_id: str | None) -> dict[str, Any] | None:
    if row_id is None:
        return versions[0] if versions else None
    return next((row for row in versions if row["id"] == row_id), None)


def _moment(instant: str | None) -> str:
    """An instant for people, in UTC."""
    return f"{instant[:10]} {instant[11:16]} UTC" if instant else ""


def _marked(snippet: str | None) -> Markup:
    """A snippet with its hits marked; everything else in it is escaped."""
    safe = str(escape(snippet or ""))
    return Markup(safe.replace(MARK_BEGIN, "<mark>").replace(MARK_END, "</mark>"))  # noqa: S704 - escaped above
