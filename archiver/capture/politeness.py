"""What a host asked of us, kept per download slot so that other hosts go on: Crawl-delay as a floor, Retry-After as a pause."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING

from scrapy import signals

from archiver.urls import host_of, registrable_domain

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response

# A host that asks for more is asked again when its turn comes; a run cannot stand still for a day.
MAX_PAUSE_S = 600.0
# robots.txt files with a Crawl-delay of hours exist; nobody means it of a reader of ten pages.
MAX_CRAWL_DELAY_S = 120.0


_REQUISITES = "requisites:"


def requisite_slot(url: str) -> str:
    """Name of the downloader's slot for page requisites of the host of ``url``."""
    return _REQUISITES + host_of(url)


class Politeness:
    """Holds the downloader's slots to what hosts asked for. A slot is a host's name (requisites have slots of their own).

    ``requisites_share``: so many crawls at once ask hosts for requisites that are of none of ``domains``; each takes its share.
    """

    def __init__(
        self, crawler: Crawler, requisites_delay_s: float = 0.0, *, requisites_share: int = 1, domains: Collection[str] = ()
    ) -> None:
        self._crawler, self._requisites_delay_s = crawler, requisites_delay_s
        self._share, self._domains = max(1, requisites_share), frozenset(domains)
        self._floors: dict[str, float] = {}
        crawler.signals.connect(self._hold_floor, signals.request_reached_downloader)
        # After AutoThrottle, which connects first and may lower the delay.
        crawler.signals.connect(self._hold_floor, signals.response_downloaded)

    def set_floor(self, host: str, delay_s: float) -> None:
        """Never ask ``host`` faster than every ``delay_s`` seconds (Crawl-delay)."""
        self._floors[host] = min(max(delay_s, self._floors.get(host, 0.0)), MAX_CRAWL_DELAY_S)

    def pause(self, request: Request, seconds: float) -> None:
        """Send nothing to the request's slot for ``seconds`` (Retry-After)."""
        slot = self._slot(request)
        if slot is not None:
            # The downloader waits until ``lastseen + delay``, but only where there is a delay.
            slot.delay = max(slot.delay, 0.001)
            slot.lastseen = max(slot.lastseen, monotonic() + min(seconds, MAX_PAUSE_S) - slot.delay)

    def _slot(self, request: Request) -> Slot | None:
        engine = self._crawler.engine
        return engine.downloader.slots.get(request.meta.get("download_slot", "")) if engine is not None else None

    def _hold_floor(self, request: Request, response: Response | None = None) -> None:
        slot = self._slot(request)
        if slot is None:
            return
        name = str(request.meta.get("download_slot", ""))
        floor = self._floors.get(name.removeprefix(_REQUISITES), 0.0)
        if name.startswith(_REQUISITES):
            # Made by the downloader with the delay of pages.
            host = name.removeprefix(_REQUISITES)
            is_shared = registrable_domain(f"http://[{host}]/" if ":" in host else f"http://{host}/") not in self._domains
            slot.delay = max(self._requisites_delay_s, floor) * (self._share if is_shared else 1)
        elif slot.delay < floor:
            slot.delay = floor


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait, from a number or an HTTP date (RFC 9110 §10.2.3); ``None`` when it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_PAUSE_S)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), MAX_PAUSE_S)
