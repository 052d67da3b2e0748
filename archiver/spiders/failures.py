"""Requests and pages that failed as rows of failures.jsonl, and as lines for people where a seed is among them."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from archiver.capture.items import FailedUrl
from archiver.capture.outcomes import PageFailure, classify, in_words
from archiver.capture.session import META_CAPTURED, META_RECEIVED, CaptureSession, discovery_of
from archiver.clock import now
from archiver.errors import StoreError
from archiver.model import Discovery, Failure, FailureReason
from archiver.urls import clean_url

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


def failed_url(session: CaptureSession, request: Request, error: BaseException, status: int | None = None) -> FailedUrl:
    """The row of a request that ended in ``error``; ``status`` is that of the response, where one came."""
    captured = request.meta.get(META_CAPTURED)
    outcome = classify(error, has_bytes=bool(request.meta.get(META_RECEIVED)))
    first = (request.meta.get("redirect_urls") or [request.url])[0]
    url = clean_url(first) or first
    gone = outcome.http_status in (404, 410, 451) and session.is_known_article(url)
    return FailedUrl(
        Failure(
            url=url,
            reason="gone" if gone else outcome.reason,
            at=now(),
            discovery=discovery_of(request),
            run_id=session.run.run_id,
            http_status=_plausible(outcome.http_status or status),
            detail=outcome.detail,
            tries=_tries(request, error),
            pointer=captured.pointer if captured else None,
        )
    )


def given_up(session: CaptureSession, url: str, discovery: Discovery, reason: FailureReason, detail: str) -> FailedUrl:
    """The row of a URL that is not asked for."""
    return FailedUrl(Failure(url, reason, now(), discovery, session.run.run_id, detail=detail))


def line_of_a_seed(failure: Failure) -> str | None:
    """What people are told of a seed that failed; ``None`` for other URLs."""
    if failure.discovery.discovered_via != "seed" or failure.reason == "robots_unavailable":
        # The latter was said of its host, once, when robots.txt could not be had.
        return None
    why = f"status {failure.http_status}" if failure.reason == "http_status" else in_words(failure.reason)
    return f"{failure.url}: {why}" + (f" ({failure.detail})" if failure.detail else "")


def until_the_store_fails(callback: Callable[[Any, Response], AsyncIterator[Any]]) -> Callable[[Any, Response], AsyncIterator[Any]]:
    """A callback that ends without a word when the store has failed: the crawl is stopping, and that is said once."""

    @functools.wraps(callback)
    async def quiet(spider: Any, response: Response) -> AsyncIterator[Any]:
        with contextlib.suppress(StoreError):
            async for result in callback(spider, response):
                yield result

    return quiet


def _plausible(status: int | None) -> int | None:
    """A status of three digits (RFC 9110 §15); *Quirk:* Twisted reads ``-200`` and ``1200`` as numbers too."""
    return status if status is not None and 100 <= status <= 999 else None


def _tries(request: Request, error: BaseException) -> int:
    if isinstance(error, PageFailure) and error.reason in ("robots", "robots_unavailable"):
        return 0
    return int(request.meta.get("retry_times", 0)) + 1
