"""The spider of ``archiver patch``: asks for the page requisites that the archive misses, and for what these need in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from archiver.capture.launch import LAUNCH_SETTING
from archiver.capture.requisites import RequisiteRequests
from archiver.spiders.section import SectionSpider


class PatchSpider(SectionSpider):
    """Takes what to fetch from the launch; no section page and no article is asked for."""

    name = "patch"

    async def start(self) -> AsyncIterator[Any]:
        """One request for each missing requisite."""
        session = self.session
        session.requisites = RequisiteRequests(session, self.failed)
        for url, role, page_url, discovery in self.crawler.settings[LAUNCH_SETTING].patch:
            for request in session.requisites.requests([(url, role)], page_url, discovery):
                yield request
