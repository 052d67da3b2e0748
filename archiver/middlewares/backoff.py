"""429 and 503: the host named in the answer is left alone for as long as it asks; the exchange is a record already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archiver.capture.politeness import parse_retry_after
from archiver.capture.session import session_of
from archiver.clock import now

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_ASKS_FOR_PATIENCE = (429, 503)


class BackoffMiddleware:
    """Stands below RetryMiddleware, which asks again: by then the slot waits."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BackoffMiddleware:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """The response as it is; its host's slot is paused when it says Retry-After."""
        value = response.headers.get("Retry-After")
        if response.status in _ASKS_FOR_PATIENCE and value and "archived" not in response.flags:
            seconds = parse_retry_after(value.decode("latin-1"), now())
            if seconds:
                session_of(self._crawler).politeness.pause(request, seconds)
        return response
