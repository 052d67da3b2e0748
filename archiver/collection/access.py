"""``access.json``: what of a collection must not be shown or handed out, and who said so, why, until when. No WARC is touched."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from archiver.errors import CollectionError, StoreError
from archiver.model import format_instant
from archiver.urlkeys import urlkey
from archiver.urls import normalize_url
from archiver.warc.series import sync_folder

FILENAME = "access.json"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One takedown or embargo. ``value`` is a URL or the beginning of URLs; ``until`` a day (``YYYY-MM-DD``), from which on it no
    longer holds; ``removed_at`` says when it was taken back. Nothing is ever deleted from the list."""

    kind: Literal["url", "prefix"]
    value: str
    reason: str
    who: str
    at: str
    until: str | None = None
    removed_at: str | None = None

    def holds(self, today: str) -> bool:
        """Whether it is in force on the day ``today``."""
        return self.removed_at is None and (self.until is None or today < self.until)

    def covers(self, url: str) -> bool:
        """Whether it speaks of ``url``; scheme, fragment, tracking parameters and a slash at the end do not count."""
        key, mine = normalize_url(url), normalize_url(self.value)
        if self.kind == "url":
            return key == mine
        # ``/news`` is not the beginning of ``/newsletter`` unless it was written so.
        return key == mine or key.startswith(mine if self.value.rstrip()[-1:] not in "/" else mine.rstrip("/") + "/")


@dataclass(frozen=True, slots=True)
class AccessList:
    """The exclusions of a collection, in the order they were made."""

    exclusions: tuple[Exclusion, ...] = ()

    def in_force(self, now: datetime | None = None) -> AccessList:
        """Those that hold now."""
        today = f"{now or datetime.now(UTC):%Y-%m-%d}"
        return AccessList(tuple(item for item in self.exclusions if item.holds(today)))

    def excludes(self, *urls: str | None) -> bool:
        """Whether one of ``urls`` must not be shown. Of a list ``in_force``."""
        return any(item.covers(url) for item in self.exclusions for url in urls if url)

    def aclj(self) -> Iterable[str]:
        """The list as pywb reads it: SURT keys in descending order, ``###`` for one URL alone."""
        lines = {f"{_key(item)} - {json.dumps({'access': 'block', 'default': 'block'})}" for item in self.exclusions}
        return sorted(lines, reverse=True)


def _key(item: Exclusion) -> str:
    return f"{urlkey(item.value)}###" if item.kind == "url" else urlkey(item.value)


def read_access(root: Path) -> AccessList:
    """The list of the collection ``root``; empty where there is none. Raises CollectionError when it cannot be read: what it would
    have kept back must not slip out."""
    path = root / FILENAME
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["exclusions"]
        return AccessList(tuple(Exclusion(**item) for item in listed))
    except FileNotFoundError:
        return AccessList()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CollectionError(f"{path}: not a readable access list ({error}); nothing is shown until it is mended") from error


def exclude(root: Path, exclusion: Exclusion) -> None:
    """Add to the list, durably. Raises StoreError."""
    _write(root, (*read_access(root).exclusions, exclusion))


def take_back(root: Path, kind: str, value: str, now: datetime) -> int:
    """Take back the exclusions of exactly ``value``; how many."""
    found, kept = 0, []
    for item in read_access(root).exclusions:
        if item.kind == kind and item.value == value and item.removed_at is None:
            found += 1
            kept.append(replace(item, removed_at=format_instant(now)))
        else:
            kept.append(item)
    if found:
        _write(root, tuple(kept))
    return found


def _write(root: Path, exclusions: tuple[Exclusion, ...]) -> None:
    path = root / FILENAME
    aside = path.with_name(f".{FILENAME}.new")
    try:
        with aside.open("w", encoding="utf-8") as out:
            json.dump({"exclusions": [asdict(item) for item in exclusions]}, out, ensure_ascii=False, indent=1)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(path)
        sync_folder(root)
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror}") from error
