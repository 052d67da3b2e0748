"""Undoes Content-Encoding after the exchange is recorded, by the same function as re-extraction, off the reactor thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.threads import deferToThread

from archiver.capture.outcomes import PageFailure
from archiver.capture.session import META_PLAIN, discovery_of
from archiver.warc.coding import decode_content

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

ACCEPT_ENCODING = "gzip, deflate, br, zstd"


class DecodeMiddleware:
    """Stands where Scrapy's HttpCompressionMiddleware stands, which decodes on the reactor and loses what was wrong."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DecodeMiddleware:
        return cls(crawler.settings.getint("ARCHIVER_MAX_PAGE_BYTES") or crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Offer the codings that can be undone."""
        request.headers.setdefault("Accept-Encoding", ACCEPT_ENCODING)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The response with a plain body; raises PageFailure ``decode`` or ``too_large``."""
        coding = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        decoded = request.meta.pop(META_PLAIN, None)
        if not coding or not response.body or request.method == "HEAD":
            return response
        if decoded is None:
            # Not from the wire: an answer out of the archive.
            decoded = await maybe_deferred_to_future(deferToThread(decode_content, response.body, coding, self._max_bytes))
        if discovery_of(request).purpose == "robots" and decoded.body:
            # What there is of it counts (it may have been cut at the limit that is parsed).
            return _plain(response, decoded.body)
        if decoded.problem == "too_large":
            raise PageFailure("too_large", f"more than {self._max_bytes} bytes after decoding {coding}")
        if decoded.problem in ("truncated", "corrupt", "unsupported"):
            # The message is whole as HTTP; it is its coding that is not.
            raise PageFailure("decode", f"{decoded.problem} Content-Encoding {coding}")
        return _plain(response, decoded.body)


def _plain(response: Response, body: bytes) -> Response:
    """``response`` with another body. Not ``replace``, which guesses the charset of the old one: 13 % of a crawl's CPU."""
    headers = response.headers.copy()
    # The header would be wrong now, as Content-Length would be; the record has both.
    del headers["Content-Encoding"]
    return Response(
        response.url,
        status=response.status,
        headers=headers,
        body=body,
        flags=response.flags,
        request=response.request,
        certificate=response.certificate,
        ip_address=response.ip_address,
        protocol=response.protocol,
    )
