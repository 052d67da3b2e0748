"""The download handler that sends nothing: every request is answered from a collection, or not at all."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.threads import deferToThread

from archiver.capture.session import META_POINTER
from archiver.capture.stored_answer import answer_from, stored_entity
from archiver.collection.access import AccessList, read_access
from archiver.collection.layout import Collection, open_collection
from archiver.errors import UsageError, WarcFormatError
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup
from archiver.urls import clean_url

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

OFFLINE_SETTING = "ARCHIVER_OFFLINE"


class NotArchivedError(IgnoreRequest):
    """The collection has no whole answer for this request; it goes to the request's errback."""


class ExcludedError(NotArchivedError):
    """The collection has an answer that must not be shown (`archiver exclude`)."""


@dataclass(frozen=True, slots=True)
class OfflineSource:
    """A collection that can be asked: indexed, and with an access list that can be read. ``access`` is what holds now."""

    collection: Collection
    access: AccessList

    @property
    def lookup(self) -> Path:
        return self.collection.indexes / LOOKUP


def offline_source(root: Path) -> OfflineSource:
    """Open ``root`` for answering. Raises CollectionError, and UsageError where it has no index."""
    source = OfflineSource(open_collection(root), read_access(root).in_force())
    if not source.lookup.exists():
        raise UsageError(f"{root}: not indexed; run archiver repair {root}")
    return source


class OfflineDownloadHandler:
    """Answers GET with the newest whole capture of exactly that URL, as it came: redirects and errors are answers too.

    ``request.meta["warc"]`` is its place. The response has the flag ``archived``.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        source = offline_source(Path(crawler.settings[OFFLINE_SETTING]))
        self._collection, self._access, self._stats = source.collection, source.access, crawler.stats
        self._lookup = Lookup(source.lookup, read_only=True)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OfflineDownloadHandler:
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """The archived response; raises NotArchivedError, ExcludedError where it may not be given."""
        request.meta.pop(META_POINTER, None)
        if self._access.excludes(request.url):
            self._count("excluded")
            logger.warning("%s: excluded by the access list of %s", request.url, self._collection.root)
            raise ExcludedError(f"{request.url}: excluded by the access list of {self._collection.root}")
        capture = self._lookup.newest_answer(clean_url(request.url) or request.url) if request.method == "GET" else None
        if capture is None:
            self._count("missing")
            why = f"{request.method} requests are not answered" if request.method != "GET" else f"not in {self._collection.root}"
            logger.warning("%s: %s", request.url, why)
            raise NotArchivedError(f"{request.url}: {why}")
        pointer = self._lookup.pointer(capture)
        try:
            stored, entity = await maybe_deferred_to_future(deferToThread(stored_entity, self._collection, pointer))
        except (WarcFormatError, OSError) as error:
            self._count("unreadable")
            logger.warning("%s: cannot be read from the archive: %s", request.url, error)
            raise NotArchivedError(f"{request.url}: {error}") from error
        self._count("answered")
        request.meta[META_POINTER] = pointer
        return answer_from(request, capture, stored, entity)

    def _count(self, what: str) -> None:
        if self._stats is not None:
            self._stats.inc_value(f"archiver/offline/{what}")

    async def close(self) -> None:
        """Let go of the index."""
        self._lookup.close()
