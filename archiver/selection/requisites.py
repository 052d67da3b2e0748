"""The requisites of the pages of a selection: found again in the pages and style sheets themselves.

The crawl fetches a style sheet once and notes the first page that asked for it; every page that needs it is to have it here.
"""

from __future__ import annotations

from archiver.collection.access import read_access
from archiver.collection.layout import Collection
from archiver.errors import WarcFormatError
from archiver.extraction.requisites import Requisite, find_css_requisites, find_manifest_requisites, find_requisites
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Context, Lookup
from archiver.reextract.source import load_page
from archiver.selection.wanted import Chooser, Page

_MAX_PAGE_BYTES = 64 * 2**20
# A style sheet that imports one that imports one …
_MAX_DEPTH = 5


def take_requisites(chooser: Chooser, source: Collection) -> None:
    """Take what every wanted page needs to be shown, as far as it was captured. A page that cannot be read has none."""
    lookup, access = Lookup(source.indexes / LOOKUP, read_only=True), read_access(source.root).in_force()
    seen: set[tuple[str, str]] = set()
    try:
        waiting = [(page, "page", 0) for page in chooser.pages()]
        while waiting:
            page, role, depth = waiting.pop()
            for requisite in _requisites(source, lookup, page, role):
                found = None if access.excludes(requisite.url) else chooser.requisite(requisite.url, page)
                if found is None or (found.record_id, requisite.role) in seen:
                    continue
                seen.add((found.record_id, requisite.role))
                if requisite.role in ("css", "manifest") and depth < _MAX_DEPTH:
                    waiting.append((found, requisite.role, depth + 1))
    finally:
        lookup.close()


def _requisites(source: Collection, lookup: Lookup, page: Page, role: str) -> tuple[Requisite, ...]:
    capture = lookup.by_record_id(page.record_id)
    if capture is None:
        return ()
    try:
        stored = load_page(source, lookup, capture, Context())
    except (WarcFormatError, OSError):
        return ()
    plain = stored.stored.plain(_MAX_PAGE_BYTES)
    if plain.problem not in (None, "mislabelled"):
        return ()
    if role == "css":
        return find_css_requisites(plain.body, capture.url, stored.content_type)
    if role == "manifest":
        return find_manifest_requisites(plain.body, capture.url)
    return find_requisites(plain.body, capture.url, stored.content_type)
