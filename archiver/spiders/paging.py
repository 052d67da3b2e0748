"""Whether a section's next page is worth asking for: the end of what is new, and traps that page for ever. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from archiver.extraction.stated_date import parse_date
from archiver.model import Listing, ListingEntry
from archiver.urls import clean_url, has_session_id, normalize_url, path_and_query

# A front page may show what its archive begins with, over a few pages of it; a trap shows it for ever.
_MAX_PAGES_WITHOUT_NEWS = 3
# Nobody's section is this long; a generator of stories is, and nothing else tells it from a section.
_MOST_PAGES = 20_000
_FIRST_YEAR = 1990
_DAY_IN_PATH = re.compile(r"(?<![\d])((?:19|20|21)\d\d)(?:[/-](\d{1,2})(?:[/-](\d{1,2}))?)?(?=[/?#&-]|$)")
_PAGE_IN_PATH = re.compile(r"(?i)/(?:page|pages|seite|pagina|p|offset|start)[/-]\d+")
_NAMED_PART = re.compile(
    r"(?i)(?:^|[?&])(?:cal\w*_|tribe-bar-)?(date|day|month|mon|year|yr|ym|y|m|d)=(\d{1,4})(?:-?(\d\d))?(?:-?(\d\d))?(?=&|$)"
)


@dataclass(slots=True)
class PagingGuard:
    """Follows the pages of one section through one run; pages are told in their order."""

    _asked: dict[str, str] = field(default_factory=dict)
    _seen: set[bytes] = field(default_factory=set)
    _before: tuple[tuple[str, ...], tuple[str | None, ...]] = ((), ())
    _without_news: int = 0
    _pages: int = 0

    def trap(self, listing: Listing, next_page: str, captured_at: datetime) -> str | None:
        """Why ``next_page`` of the page just read, captured at that time, must not be asked for; ``None`` when it may be."""
        repeats = self._look(listing)
        number = self._pages
        if repeats:
            return f"page {number} lists the same articles as the page before"
        if self._without_news >= _MAX_PAGES_WITHOUT_NEWS:
            return f"{_MAX_PAGES_WITHOUT_NEWS} pages in a row, up to page {number}, list no article that the pages before did not"
        if number >= _MOST_PAGES:
            return f"{_MOST_PAGES} pages; --max-pages with a larger number goes on"
        before = self._asked.get(normalize_url(next_page))
        if before is not None and before != clean_url(next_page) and has_session_id(next_page):
            return f"the same page as {before} under another session id"
        return _calendar_trap(next_page, captured_at)

    def is_new(self, page: str) -> bool:
        """Whether the page is asked for for the first time in this section; remembers it."""
        key = normalize_url(page)
        if key in self._asked:
            return False
        self._asked[key] = clean_url(page) or page
        return True

    def _look(self, listing: Listing) -> bool:
        """Take note of a page; whether it is the page before once more: the same addresses, or the same headlines under others."""
        self._pages += 1
        urls = tuple(normalize_url(entry.url) for entry in listing.entries)
        headlines = tuple(entry.headline for entry in listing.entries)
        before, self._before = self._before, (urls, headlines)
        marks = {_digest(url) for url in urls}
        self._without_news = 0 if marks - self._seen else self._without_news + 1
        self._seen |= marks
        has_headlines = len(headlines) > 1 and all(headlines)
        return bool(urls) and (urls == before[0] or (has_headlines and headlines == before[1]))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def _calendar_trap(url: str, captured_at: datetime) -> str | None:
    """A calendar turns its leaves for ever: into the future, or back to before there was a web."""
    stated = _stated_month(url)
    if stated is None:
        return None
    today = captured_at.astimezone(UTC).date()
    year, month = stated
    if (year, month or 1) > (today.year, today.month) and not (month is None and year == today.year):
        return f"a calendar: the next page is of {_shown(stated)}, which is to come"
    if year < _FIRST_YEAR:
        return f"a calendar: the next page is of {_shown(stated)}, before there was a web"
    return None


def _stated_month(url: str) -> tuple[int, int | None] | None:
    path, query = path_and_query(url)
    found = [match for match in _DAY_IN_PATH.finditer(_PAGE_IN_PATH.sub("", path)) if match[2] is None or 1 <= int(match[2]) <= 12]
    if found:
        last = found[-1]
        return int(last[1]), int(last[2]) if last[2] else None
    parts = {match[1].lower(): match for match in _NAMED_PART.finditer(query)}
    for match in parts.values():
        if len(match[2]) == 4 and 1900 <= int(match[2]) < 2200:
            month = match[3] or next(
                (parts[name][2] for name in ("month", "mon", "m") if name in parts and parts[name] is not match), None
            )
            return int(match[2]), int(month) if month and 1 <= int(month) <= 12 else None
    return None


def _shown(stated: tuple[int, int | None]) -> str:
    return f"{stated[0]}-{stated[1]:02d}" if stated[1] else str(stated[0])


def is_older(entry: ListingEntry, since: date) -> bool:
    """Whether the entry's stated date is a day before ``since``."""
    stated = parse_date(entry.date_raw, "listing") if entry.date_raw else None
    return stated is not None and stated.day < since


def are_all_older(listing: Listing, since: date) -> bool:
    """Whether the page dates any of its entries, and those it dates are all older than ``since``."""
    dated = [entry for entry in listing.entries if entry.date_raw and parse_date(entry.date_raw, "listing")]
    return bool(dated) and all(is_older(entry, since) for entry in dated)
