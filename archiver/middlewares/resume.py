"""A resumed run: what it has captured is answered from its WARC, above the downloader: nothing waits, nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archiver.capture.session import META_CAPTURED, META_POINTER, META_RECEIVED, CaptureSession, discovery_of, session_of
from archiver.capture.stored_answer import answer_from, captured_of, stored_entity
from archiver.errors import WarcFormatError
from archiver.urls import clean_url

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

# robots.txt is read again: it may have changed since (DESIGN §6).
_NEVER_ANSWERED = ("robots", "policy")


class ResumeMiddleware:
    """Answers requests of a resumed run whose final answer this run has: whole, no 429, no 5xx."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ResumeMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        """The archived response, ``None`` when the network must be asked."""
        session = session_of(self._crawler)
        if not session.is_resumed or request.method != "GET" or discovery_of(request).purpose in _NEVER_ANSWERED:
            return None
        return await session.recorder.run(lambda: _answer(session, request))


def _answer(session: CaptureSession, request: Request) -> Response | None:
    store = session.recorder.store
    first_url = (request.meta.get("redirect_urls") or [request.url])[0]
    url, purpose = clean_url(request.url) or request.url, discovery_of(request).purpose
    capture = store.lookup.answer_of_run(session.run.run_id, url, first_url, purpose)
    if capture is None:
        return None
    pointer = store.lookup.pointer(capture)
    try:
        stored, entity = stored_entity(session.collection, pointer)
    except (WarcFormatError, FileNotFoundError):
        # Not readable: the network has it still.
        return None
    request.meta[META_POINTER] = pointer
    request.meta[META_CAPTURED] = captured_of(capture, pointer, stored)
    request.meta[META_RECEIVED] = True
    return answer_from(request, capture, stored, entity if capture.status != 304 else b"")
