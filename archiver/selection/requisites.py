"""The requisites of the pages of a selection: found again in the pages and style sheets themselves.

The crawl fetches a style sheet once and notes the first page that asked for it; every page that needs it is to have it here.
"""

from __future__ import annotations

from collections.abc import Iterator

from archiver.collection.access import read_access
from archiver.collection.layout import Collection
from archiver.errors import WarcFormatError
from archiver.extraction.nesting import NESTED, Place, read_as
from archiver.extraction.requisites import find_nested
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Context, Lookup
from archiver.reextract.source import load_page
from archiver.selection.wanted import Chooser, Page

_MAX_PAGE_BYTES = 64 * 2**20


def take_requisites(chooser: Chooser, source: Collection) -> None:
    """Take what every wanted page needs to be shown, as far as it was captured. A page that cannot be read has none."""
    lookup, access = Lookup(source.indexes / LOOKUP, read_only=True), read_access(source.root).in_force()
    seen: set[tuple[str, str]] = set()
    try:
        # Each with its role, and the place where it was named; a page is named by none.
        waiting: list[tuple[Page, str, Place | None]] = [(page, "page", None) for page in chooser.pages()]
        while waiting:
            page, role, named = waiting.pop()
            for url, needed, place in _requisites(source, lookup, page, role, named):
                found = None if access.excludes(url) else chooser.requisite(url, page)
                if found is not None and (found.record_id, needed) not in seen:
                    seen.add((found.record_id, needed))
                    waiting.append((found, needed, place))
    finally:
        lookup.close()


def _requisites(source: Collection, lookup: Lookup, page: Page, role: str, named: Place | None) -> Iterator[tuple[str, str, Place]]:
    """``(URL, role, place)`` of what a page, frame, style sheet or manifest needs; of anything else, nothing."""
    capture = lookup.by_record_id(page.record_id)
    if capture is None or (named is not None and role not in NESTED):
        return
    try:
        stored = load_page(source, lookup, capture, Context())
    except (WarcFormatError, OSError):
        return
    kind = "html" if named is None else read_as(role, stored.content_type)
    place = Place() if named is None else named.inside(kind)
    plain = stored.stored.plain(_MAX_PAGE_BYTES) if kind and place else None
    if kind is None or place is None or plain is None or plain.problem not in (None, "mislabelled"):
        return
    found = find_nested(kind, plain.body, capture.url, stored.content_type)
    yield from ((url, needed, place) for url, needed in place.wanted((item.url, item.role) for item in found))
