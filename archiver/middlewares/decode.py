"""Undoes Content-Encoding after the exchange is recorded, by the same function as re-extraction, off the reactor thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.threads import deferToThread

from archiver.capture.outcomes import PageFailure
from archiver.capture.session import discovery_of
from archiver.warc.coding import decode_content

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ACCEPT_ENCODING = "gzip, deflate, br, zstd"


class DecodeMiddleware:
    """Stands where Scrapy's HttpCompressionMiddleware stands, which decodes on the reactor and loses what was wrong."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DecodeMiddleware:
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Offer the codings that can be undone."""
        request.headers.setdefault("Accept-Encoding", ACCEPT_ENCODING)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The response with a plain body; raises PageFailure ``decode`` or ``too_large``."""
        coding = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        if not coding or not response.body or request.method == "HEAD":
            return response
        is_robots = discovery_of(request).purpose == "robots"
        decoded = await maybe_deferred_to_future(deferToThread(decode_content, response.body, coding, self._max_bytes))
        if is_robots and decoded.body:
            # What there is of it counts (it may have been cut at the limit that is parsed).
            return response.replace(body=decoded.body)
        if decoded.problem == "too_large":
            raise PageFailure("too_large", f"more than {self._max_bytes} bytes after decoding {coding}")
        if decoded.problem in ("truncated", "corrupt", "unsupported"):
            # The message is whole as HTTP; it is its coding that is not.
            raise PageFailure("decode", f"{decoded.problem} Content-Encoding {coding}")
        plain = response.replace(body=decoded.body)
        # The header would be wrong now, as Content-Length would be; the record has both.
        del plain.headers["Content-Encoding"]
        return plain
