"""The golden pages of bundled profiles: self-made pages in a site's shape, and beside each what is to be read from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from archiver.errors import UsageError
from archiver.extraction.document import parse_document
from archiver.extraction.reading import read_page
from archiver.model import ListingEntry
from archiver.site_rules import RulesVersion, SiteProfile
from archiver.sites.book import SiteBook

# Why an entry was taken is for people, and changes with every better wording.
_LEFT_OUT = frozenset({"reason"})


@dataclass(frozen=True, slots=True)
class GoldenFault:
    """What is wrong with a golden file."""

    file: str
    what: str


def golden_names(profile: SiteProfile) -> list[str]:
    """The names, without suffix, of the golden pages that ``profile`` should have: one a version."""
    return [f"{profile.name}-{version.until or 'now'}" for version in profile.versions]


def check_golden(profile: SiteProfile, *, update: bool = False) -> Iterator[GoldenFault]:
    """Faults of the golden pages of a bundled profile; with ``update`` what is read is written first. Raises UsageError."""
    folder = Path(str(files("archiver.sites").joinpath("golden")))
    for version, name in zip(profile.versions, golden_names(profile), strict=True):
        page, values = folder / f"{name}.html", folder / f"{name}.json"
        if not page.is_file():
            yield GoldenFault(page.name, "missing: a self-made page in the shape that the site had then")
            continue
        stated = json.loads(values.read_text(encoding="utf-8")) if values.is_file() else {}
        url = stated.get("url") or next(iter(profile.sections), None)
        if url is None:
            raise UsageError(f"{profile.name}: no sections, so its golden page has no URL")
        found = _read(page.read_bytes(), url, version, profile)
        if update:
            values.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        elif found != stated:
            yield GoldenFault(values.name, _difference(stated, found) if stated else "missing: archiver sites check --update")


def _read(page: bytes, url: str, version: RulesVersion, profile: SiteProfile) -> dict[str, Any]:
    """As a crawl reads it at a time when ``version`` held."""
    last = datetime.combine(version.until - timedelta(days=1), time(), UTC) if version.until else datetime.max.replace(tzinfo=UTC)
    book = SiteBook({profile.name: profile})
    reading = read_page(parse_document(page, url, "text/html; charset=utf-8"), url, book.rules_for(url, last))
    listing = reading.listing
    return {
        "url": url,
        "kind": reading.kind,
        "title": listing.title,
        "next_page": listing.next_page,
        "feeds": list(listing.feeds),
        "entries": [_values(entry) for entry in listing.entries],
    }


def _values(entry: ListingEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name not in _LEFT_OUT}


def _difference(stated: dict[str, Any], found: dict[str, Any]) -> str:
    for name in (name for name in found if name != "entries"):
        if stated.get(name) != found[name]:
            return f"{name}: {found[name]!r}, should be {stated.get(name)!r}"
    wanted, got = stated.get("entries", []), found["entries"]
    if len(wanted) != len(got):
        return f"{len(got)} entries, should be {len(wanted)}"
    for one, other in zip(wanted, got, strict=True):
        for name in other:
            if one.get(name) != other[name]:
                return f"entry {other['rank']}: {name}: {other[name]!r}, should be {one.get(name)!r}"
    return "not in the form that this program writes: archiver sites check --update"
