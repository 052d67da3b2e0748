"""The download handler: no response reaches a middleware or spider before its records are on disk."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError
from scrapy.utils.defer import deferred_from_coro

from archiver.capture.outcomes import starvation
from archiver.capture.pool import TappedHTTP11Handler
from archiver.capture.session import META_CAPTURED, META_PLAIN, META_POINTER, META_RECEIVED, Captured, discovery_of, session_of
from archiver.capture.store import Stored
from archiver.capture.tap import Tap
from archiver.errors import StoreError
from archiver.model import TruncatedReason, WarcPointer
from archiver.urls import authority_of, clean_url
from archiver.warc.exchange import Exchange
from archiver.warc.http1 import without_field

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)


class ArchivingDownloadHandler(TappedHTTP11Handler):
    """Scrapy's HTTP/1.1 handler with every exchange recorded before it is answered (DESIGN §5).

    Sits below all downloader middlewares, so that robots.txt, each redirect hop and each retry is an exchange of its own. Sets
    ``request.meta["warc"]`` to the WarcPointer of the response, cleared first, since Scrapy copies meta on redirect.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        self._session = session_of(crawler)
        super().__init__(crawler, verifies=self._session.verifies_tls)
        self._session.settled = self._settled

    async def download_request(self, request: Request) -> Response:
        """Download, record, then return or raise as Scrapy's handler does; StoreError when it cannot be recorded."""
        request.meta.pop(META_POINTER, None)
        request.meta.pop(META_CAPTURED, None)
        request.meta.pop(META_RECEIVED, None)
        if self._session.recorder.failure is not None:
            raise self._session.recorder.failure
        host, port = authority_of(request.url)
        tap = Tap(
            _target_uri(request),
            proxied=bool(request.meta.get("proxy")),
            late_surplus=self._late_surplus,
            may_talk_to=lambda address: self._session.addresses.allows(address, host, port),
        )
        try:
            return await self._download(request, tap)
        except BaseException as error:
            if self._is_stale(tap, error):
                tap.fresh_connection_only = True
                return await self._download(request, tap)
            raise

    @staticmethod
    def _is_stale(tap: Tap, error: BaseException) -> bool:
        """A kept-alive connection that the server had closed: RFC 9112 §9.3.1 lets a client send again, once."""
        unanswered = tap.unsent or (bool(tap.exchanges) and not tap.exchanges[-1].received)
        lost = isinstance(error, DownloadFailedError)
        return lost and unanswered and tap.reused_connection and not tap.fresh_connection_only

    async def _download(self, request: Request, tap: Tap) -> Response:
        already = len(tap.exchanges)
        try:
            with tap.connected():
                response = await super().download_request(request)
        except BaseException as error:
            tap.end(_truncated_by(error))
            await self._record(request, tap, already)
            self._stop_if_starved(request, error)
            raise
        # Not over yet where a signal handler raised StopDownload: Scrapy then delivers what there is.
        tap.end("length")
        await self._record(request, tap, already)
        return response

    def _stop_if_starved(self, request: Request, error: BaseException) -> None:
        """Raises StoreError where the machine has no more descriptors: thousands of failed pages would be the alternative."""
        refused = starvation(error)
        if refused is not None:
            failure = StoreError.cannot("connect", request.url, refused)
            self._session.recorder.fail(failure)
            raise failure from error

    async def _record(self, request: Request, tap: Tap, already: int) -> None:
        for exchange in tap.exchanges[already:]:
            stored = await self._session.recorder.record(
                self._as_recorded(exchange, tap), self._session.metadata_for(request), discovery_of(request)
            )
            request.meta[META_RECEIVED] = bool(exchange.received)
            if stored.pointer is not None:
                request.meta[META_POINTER] = stored.pointer
                request.meta[META_CAPTURED] = _captured(stored.pointer, stored)
                request.meta[META_PLAIN] = stored.plain
                tap.response_id = stored.pointer.record_id
        await self._record_surplus(tap)

    def _as_recorded(self, exchange: Exchange, tap: Tap) -> Exchange:
        """Proxy credentials are between us and the proxy; other headers are replaced only when the user asks for it.

        The notes go into the exchange's ``metadata`` record: what was changed, and why a field is missing or weak.
        """
        sent = without_field(exchange.request, b"Proxy-Authorization") if tap.proxied else exchange.request
        redacted = sent
        for name in self._session.redact_request_headers:
            redacted = without_field(redacted, name, b"[redacted]")
        notes = (
            *((("redacted", "request headers"),) if redacted != sent else ()),
            *((("proxied", "yes"),) if tap.proxied else ()),
            *((("tls", "not verified"),) if exchange.cipher_suite and not self._session.verifies_tls(exchange.url) else ()),
        )
        return _replaced(exchange, redacted, notes)

    def _late_surplus(self, tap: Tap, data: bytes) -> None:
        """Kept after the record it refers to: at once when that is written, else by ``_record``."""
        tap.surplus.append(data)
        if self._session.recorder.is_finished:
            logger.debug("%s: surplus after the end of the run", tap.url)
        elif tap.response_id is not None:
            deferred = deferred_from_coro(self._record_surplus(tap))
            deferred.addErrback(lambda failure: logger.error("%s: late surplus not kept: %s", tap.url, failure.value))

    async def _settled(self) -> None:
        # Bounded: a connection lingers for two seconds at most.
        while self.lingering:
            await asyncio.sleep(0.02)

    async def _record_surplus(self, tap: Tap) -> None:
        recorder, (surplus, tap.surplus) = self._session.recorder, (b"".join(tap.surplus), [])
        if surplus:
            await recorder.run(lambda: recorder.store.write_surplus(tap.url, tap.response_id, surplus))


def _captured(pointer: WarcPointer, stored: Stored) -> Captured:
    reading = stored.reading
    return Captured(pointer, stored.date, reading.message.head if reading.message else None, reading.truncated)


def _replaced(exchange: Exchange, request: bytes, notes: tuple[tuple[str, str], ...]) -> Exchange:
    return dataclasses.replace(exchange, request=request, notes=exchange.notes + notes)


def _target_uri(request: Request) -> str:
    """WARC-Target-URI: what was asked for, without fragment and credentials."""
    return clean_url(request.url) or urldefrag(request.url)[0]


def _truncated_by(error: BaseException) -> TruncatedReason:
    """WARC-Truncated (WARC/1.1 §5.13) for an exchange that our side gave up."""
    if isinstance(error, DownloadTimeoutError):
        return "time"
    if isinstance(error, DownloadCancelledError):
        return "length"
    return "unspecified"
