"""Requests for what pages need to be shown: once a run, again when old, at a pace of their own, after everything else."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from scrapy import Request

from archiver.capture.politeness import requisite_slot
from archiver.capture.session import META_DISCOVERY, CaptureSession, discovery_of
from archiver.clock import now
from archiver.errors import StoreError
from archiver.extraction.nesting import Place, read_as
from archiver.extraction.pages import requisites_job
from archiver.extraction.transfer import requisites_from
from archiver.model import Discovery
from archiver.warc.records import parse_warc_date

if TYPE_CHECKING:
    from scrapy.http import Response

_PRIORITY = -10
META_ROLE = "archiver_requisite_role"
META_PLACE = "archiver_requisite_place"
_IN_THE_PAGE = Place()


class RequisiteRequests:
    """Makes the requests and reads what nests (sheets, manifests, frames). On the reactor's thread; parsing is the sandbox's."""

    def __init__(self, session: CaptureSession, failed: Callable[..., Any]) -> None:
        self._session, self._failed = session, failed

    def requests(
        self, found: Iterable[tuple[str, str]], page_url: str, discovery: Discovery, place: Place = _IN_THE_PAGE
    ) -> Iterator[Request]:
        """Requests for those of ``found`` (URL, role) that are wanted; ``discovery`` is that of the page, frame or style sheet."""
        options = self._session.options
        for url, role in place.wanted(found):
            # A page that frames itself is there already.
            if url == page_url or not self._session.progress.want(f"requisite {url}") or self._is_fresh(url):
                continue
            because = Discovery(
                "requisite",
                discovered_via=discovery.discovered_via,
                discovered_from=page_url,
                via=page_url,
                hops=discovery.hops + 1,
                seed=discovery.seed,
            )
            yield Request(
                url,
                callback=self.parse,
                errback=self._failed,
                priority=_PRIORITY,
                dont_filter=True,
                meta={
                    META_DISCOVERY: because,
                    META_ROLE: role,
                    META_PLACE: place,
                    "download_slot": requisite_slot(url),
                    "autothrottle_dont_adjust_delay": True,
                    "download_maxsize": options.requisites_max_bytes,
                },
            )

    def _is_fresh(self, url: str) -> bool:
        """Whether the archive has it, and not for too long. What this very run has is asked for again: a resumed run answers it
        from the archive, and so finds what it needs in turn."""
        date = self._session.lookup.last_answered(url, but_by_run=self._session.run.run_id)
        return date is not None and now() - parse_warc_date(date) < timedelta(seconds=self._session.options.requisites_max_age)

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        """What a style sheet, manifest or frame needs in turn; nothing of anything else."""
        request = response.request
        assert request is not None
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        kind = read_as(request.meta[META_ROLE], content_type)
        place = request.meta[META_PLACE].inside(kind)
        if kind is None or place is None or not response.body:
            return
        for found in await self.of_page(response.body, response.url, content_type, discovery_of(request), kind, place):
            yield found

    async def of_page(
        self,
        body: bytes,
        url: str,
        content_type: str | None,
        discovery: Discovery,
        kind: str = "html",
        place: Place = _IN_THE_PAGE,
    ) -> list[Request]:
        """Requests for the requisites of a page that nothing else reads; none when it cannot be read in time."""
        try:
            outcome = await self._session.read(requisites_job(body, url, content_type, kind))
        except StoreError:
            # The crawl is stopping.
            return []
        found = requisites_from(outcome.result["requisites"]) if outcome.result is not None else ()
        return list(self.requests(found, url, dataclasses.replace(discovery), place))
