"""Where a section goes on after a page that was read: the next page, its end, or a trap that is left with a row."""

from __future__ import annotations

import dataclasses
from datetime import date

from archiver.capture.items import FailedUrl
from archiver.capture.session import CaptureSession
from archiver.model import Discovery, Listing
from archiver.spiders.failures import given_up
from archiver.spiders.lists import ListPage
from archiver.spiders.paging import PagingGuard, are_all_older
from archiver.urls import host_of


class NextPages:
    """How far each section of one run was paged; pages of a section are told in their order."""

    def __init__(self) -> None:
        self._guards: dict[str, PagingGuard] = {}

    def after(self, found: ListPage, session: CaptureSession) -> tuple[str, Discovery] | FailedUrl | None:
        """The page to ask for after ``found``, the row of a trap, or ``None`` where the section ends for this run."""
        listing, discovery, url = found.listing, found.page.discovery, found.page.url_final
        next_page, guard = listing.next_page, self._guards.setdefault(discovery.seed or "", PagingGuard())
        guard.is_new(url)
        if next_page is None or host_of(next_page) != host_of(url):
            return None
        number = (discovery.page_number or 1) + 1
        if _is_enough(listing, number, session):
            return None
        following = dataclasses.replace(
            discovery,
            discovered_via="pagination",
            discovered_from=url,
            via=url,
            hops=discovery.hops + 1,
            page_number=number,
        )
        trap = guard.trap(listing, next_page, found.page.fetched_at)
        if trap is not None:
            return given_up(session, next_page, following, "trap", trap)
        return (next_page, following) if guard.is_new(next_page) else None


def _is_enough(listing: Listing, number: int, session: CaptureSession) -> bool:
    """Whether page ``number``, the one after ``listing``, is beyond what this run wants."""
    options = session.options
    if session.progress.limit is not None or (options.max_pages and number > options.max_pages):
        return True
    if listing.entries and all(session.was_wanted_before(entry.url) for entry in listing.entries):
        # Everything from here on was there when an earlier run finished.
        return True
    return bool(options.since) and are_all_older(listing, date.fromisoformat(options.since))
