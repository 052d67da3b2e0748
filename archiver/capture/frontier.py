"""Requests that wait, in half the memory: a section's archive may list a hundred thousand articles before the first is fetched.

Not Scrapy's disk queues, which unpickle what lies in a folder (DESIGN §7), and which a crawl that resumes from its archive does not
need.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from queuelib.queue import LifoMemoryQueue
from scrapy import Request

from archiver.capture.session import META_DISCOVERY
from archiver.model import Discovery

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# URL, discovery, names of the spider's callback and errback, priority, dont_filter
_Packed = tuple[str, Discovery, str, str, int, bool]
_PACKED_ATTRIBUTES = frozenset({"url", "meta", "callback", "errback", "priority", "dont_filter"})
_DEFAULTS = {name: getattr(Request("http://a.invalid/"), name) for name in Request.attributes if name not in _PACKED_ATTRIBUTES}


class FrontierQueue(LifoMemoryQueue):
    """A ``SCHEDULER_MEMORY_QUEUE``: last in, first out, as Scrapy's own.

    Requests that the section spider makes are kept as their few facts and made anew when their turn comes; others stay as they are.
    """

    def __init__(self, spider: Any) -> None:
        super().__init__()
        self._spider = spider

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """For Scrapy's scheduler."""
        return cls(crawler.spider)

    def push(self, request: Request) -> None:
        """Add ``request``."""
        super().push(self._packed(request) or request)

    def pop(self) -> Request | None:
        """Take the newest, ``None`` when there is none."""
        return self._whole(super().pop())

    def peek(self) -> Request | None:
        """The newest, which stays."""
        return self._whole(super().peek())

    def _packed(self, request: Request) -> _Packed | None:
        discovery = request.meta.get(META_DISCOVERY)
        if type(request) is not Request or len(request.meta) != 1 or not isinstance(discovery, Discovery):
            return None
        callback, errback = self._method_name(request.callback), self._method_name(request.errback)
        if not callback or not errback or any(getattr(request, name) != value for name, value in _DEFAULTS.items()):
            return None
        return request.url, discovery, callback, errback, request.priority, request.dont_filter

    def _method_name(self, method: Callable[..., Any] | None) -> str | None:
        """Of a method of the spider, by which it is found again."""
        name = getattr(method, "__name__", "")
        return name if name and getattr(self._spider, name, None) == method else None

    def _whole(self, waiting: _Packed | Request | None) -> Request | None:
        if not isinstance(waiting, tuple):
            return waiting
        url, discovery, callback, errback, priority, dont_filter = waiting
        return Request(
            url,
            callback=getattr(self._spider, callback),
            errback=getattr(self._spider, errback),
            meta={META_DISCOVERY: discovery},
            priority=priority,
            dont_filter=dont_filter,
        )
