"""What of a feed or sitemap is kept: the stories of the sections followed. Told from the list alone, so again at any time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from archiver.extraction.belonging import belongs
from archiver.extraction.links import address_weight
from archiver.extraction.machine_lists import SITEMAP, MachineReading
from archiver.model import ListingEntry
from archiver.urls import normalize_url, path_and_query

# address_weight: below this a link is a gathering, a file or an errand (login, imprint).
_MIN_STORY_WEIGHT = 0.5
# A story may have a second page or two below it.
_MIN_BELOW = 3
_MAX_FOLDERS = 12
_NO_PAGE = re.compile(r"(?i)\.(?:pdf|jpe?g|png|gif|webp|svg|xml|gz|zip|mp[34]|docx?|xlsx?|pptx?|odt|epub|css|js|json|txt)$")


def narrowed(reading: MachineReading, within: str | None, terms: Sequence[tuple[str, ...]] = ()) -> MachineReading:
    """``reading`` with the entries of the sections ``within`` (URLs, a space between; ``None``: all), ranked 1, 2, …

    ``terms`` are what the entries are filed under, in their order. An entry of a plain sitemap must have an address that may be a
    story's too: a sitemap names every page of a site.
    """
    kept: list[ListingEntry] = []
    seen: set[str] = set()
    sections = within.split() if within is not None else []
    fronts = {normalize_url(section) for section in sections} | _folders(reading)
    for place, entry in enumerate(reading.listing.entries):
        key = normalize_url(entry.url)
        if key in seen or key in fronts or (entry.reason == SITEMAP and not _may_be_story(entry.url)):
            continue
        filed_under = terms[place] if terms else ()
        if within is not None and not any(belongs(entry.url, section, filed_under) for section in sections):
            continue
        seen.add(key)
        kept.append(replace(entry, rank=len(kept) + 1))
    others = len(reading.listing.entries) - len(kept)
    return replace(reading, listing=replace(reading.listing, entries=tuple(kept)), others=others)


def _folders(reading: MachineReading) -> set[str]:
    """Addresses under which other entries of a plain sitemap lie: sections and not stories."""
    below: Counter[str] = Counter()
    for entry in reading.listing.entries:
        if entry.reason == SITEMAP:
            parts = normalize_url(entry.url).split("/")[:_MAX_FOLDERS]
            below.update("/".join(parts[:count]) for count in range(1, len(parts)))
    return {folder for folder, count in below.items() if count >= _MIN_BELOW}


def _may_be_story(url: str) -> bool:
    return address_weight(url) >= _MIN_STORY_WEIGHT and not _NO_PAGE.search(path_and_query(url)[0])
