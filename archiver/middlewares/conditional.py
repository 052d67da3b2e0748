"""Conditional GET (RFC 9110 §13) from our own index, and the page that a 304 stands for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.threads import deferToThread

from archiver.capture.outcomes import PageFailure
from archiver.capture.session import META_CAPTURED, META_NOT_MODIFIED, discovery_of, session_of
from archiver.clock import now
from archiver.errors import WarcFormatError
from archiver.model import PAGE_PURPOSES
from archiver.urls import clean_url
from archiver.warc.records import parse_warc_date
from archiver.warc.stored import read_stored

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_HEADERS = ("If-None-Match", "If-Modified-Since")
# Servers that answer 304 for ever would freeze a listing: now and then the page itself is asked for (DESIGN §6).
_UNCONDITIONAL_AFTER = timedelta(days=7)
META_OWN_CONDITION = "archiver_condition"


class ConditionalMiddleware:
    """Adds conditions to requests whose page is in the archive; a 304 becomes the stored page with ``META_NOT_MODIFIED`` set."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._enabled = crawler.settings.getbool("ARCHIVER_CONDITIONAL", True)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ConditionalMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Set the conditions for this very URL (a redirect copies the headers of the request before)."""
        request.meta.pop(META_NOT_MODIFIED, None)
        if request.meta.pop(META_OWN_CONDITION, False):
            for name in _HEADERS:
                request.headers.pop(name, None)
        session = session_of(self._crawler)
        if not self._enabled or discovery_of(request).purpose not in (*PAGE_PURPOSES, "requisite"):
            return
        latest = session.lookup.latest(clean_url(request.url) or request.url)
        if latest is None or now() - parse_warc_date(latest.date) > _UNCONDITIONAL_AFTER:
            return
        holder = session.lookup.holder(latest)
        if holder is None or not session.collection.find_warc(holder.filename).exists():
            # A 304 would stand for bytes that nobody has.
            return
        for name, value in zip(_HEADERS, (latest.etag, latest.last_modified), strict=True):
            if value:
                request.headers[name] = value.encode("latin-1", "ignore")
                request.meta[META_OWN_CONDITION] = True

    async def process_response(self, request: Request, response: Response) -> Response:
        """The stored page in place of a 304; raises PageFailure when it cannot be read."""
        captured = request.meta.get(META_CAPTURED)
        if response.status != 304 or captured is None or captured.pointer.refers_to is None:
            return response
        session = session_of(self._crawler)
        source = session.collection.find_warc(captured.pointer.refers_to.filename)
        try:
            original = await maybe_deferred_to_future(deferToThread(read_stored, source, captured.pointer.refers_to.offset))
        except (WarcFormatError, OSError) as error:
            raise PageFailure("decode", f"the page that a 304 refers to cannot be read: {error}") from error
        request.meta[META_NOT_MODIFIED] = True
        headers = {name: original.head.all(name) for name in (b"Content-Type", b"Content-Encoding")} if original.head else {}
        return response.replace(status=200, headers={**response.headers, **headers}, body=original.entity)
