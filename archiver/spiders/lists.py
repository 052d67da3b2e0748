"""A response that is a list of articles, read in the sandbox: section page, feed, sitemap or REST answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archiver.capture.outcomes import PageFailure
from archiver.capture.session import META_CAPTURED, CaptureSession, discovery_of
from archiver.dataset.rows import PageCapture
from archiver.extraction.machine_lists import SubSitemap
from archiver.extraction.pages import listing_job, listing_problem
from archiver.extraction.transfer import listing_from, requisites_from
from archiver.model import Discovery, Listing
from archiver.urls import clean_url

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list that was read. ``kind`` is ``listing``, ``article`` or ``unknown`` of a page; ``feed``, ``sitemap`` or ``posts`` else.

    ``cut`` counts entries beyond a format's limits; ``problem`` says why a kind is unknown; ``total_pages`` is X-WP-TotalPages.
    """

    kind: str
    listing: Listing
    page: PageCapture
    requisites: tuple[tuple[str, str], ...] = ()
    sitemaps: tuple[SubSitemap, ...] = ()
    posts_url: str | None = None
    cut: int = 0
    problem: str = ""
    total_pages: int = 1

    @property
    def is_for_machines(self) -> bool:
        """Whether it is a feed, a sitemap or a REST answer."""
        return self.kind in ("feed", "sitemap", "posts")


async def read_list(session: CaptureSession, response: Response) -> ListPage:
    """What ``response`` lists; raises PageFailure when it cannot be read as a list at all."""
    discovery = discovery_of(request_of(response))
    captured = request_of(response).meta[META_CAPTURED]
    problem = listing_problem(captured.head, captured.truncated, content_type_of(response), response.body, discovery)
    if problem is not None:
        raise PageFailure(*problem)
    page = page_capture(session, response, discovery)
    job = listing_job(
        response.body,
        page.url_final,
        content_type_of(response),
        session.sites.rules_for(page.url_final, page.fetched_at),
        discovery=discovery,
        requisites=session.requisites is not None,
    )
    outcome = await session.read(job)
    if outcome.result is None:
        raise PageFailure("extraction", f"the listing could not be read: {outcome.detail}")
    result = outcome.result
    return ListPage(
        result["kind"],
        listing_from(result["listing"]),
        page,
        requisites_from(result["requisites"]),
        tuple(SubSitemap(**sitemap) for sitemap in result.get("sitemaps", ())),
        result["posts_url"],
        result.get("cut", 0),
        result.get("problem", ""),
        _total_pages(response),
    )


def page_capture(session: CaptureSession, response: Response, discovery: Discovery) -> PageCapture:
    """The capture behind ``response``."""
    request = request_of(response)
    captured = request.meta[META_CAPTURED]
    first = (request.meta.get("redirect_urls") or [request.url])[0]
    return PageCapture(
        url=clean_url(first) or first,
        url_final=clean_url(response.url) or response.url,
        date=captured.date,
        status=captured.head.status or response.status,
        pointer=captured.pointer,
        discovery=discovery,
        run_id=session.run.run_id,
    )


def request_of(response: Response) -> Request:
    """The request that ``response`` answers, the last of a chain of redirects."""
    assert response.request is not None
    return response.request


def content_type_of(response: Response) -> str | None:
    """The Content-Type as sent."""
    value = response.headers.get("Content-Type")
    return value.decode("latin-1") if value else None


def _total_pages(response: Response) -> int:
    value = (response.headers.get("X-WP-TotalPages") or b"").strip()
    return int(value) if value.isdigit() and len(value) < 7 else 1
