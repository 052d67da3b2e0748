"""What became of each article, from its rows: versions, headlines on the section pages, disappearances; both captures named."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from archiver.export.database import ExportDatabase
from archiver.export.files import filled_database
from archiver.export.source import open_source
from archiver.history.corrections import is_correction
from archiver.history.diff import Paragraph, Piece, diff_texts, diff_words
from archiver.urls import url_id

_COMPARED = ("description", "authors", "section", "date_published", "date_modified", "page_type", "is_accessible_for_free")
_GONE = frozenset({404, 410, 451})
_POINTER = ("warc_filename", "warc_record_offset", "warc_record_id")


@dataclass(frozen=True, slots=True)
class CaptureRef:
    """Where one capture lies, and when it was made."""

    at: str
    warc_filename: str
    warc_record_offset: int
    warc_record_id: str

    @property
    def place(self) -> str:
        return f"archive/{self.warc_filename}@{self.warc_record_offset}"


@dataclass(frozen=True, slots=True)
class Change:
    """One version against the one before. ``title`` is empty when it stayed; ``fields`` are ``(name, before, after)``."""

    version: int
    before: CaptureRef
    after: CaptureRef
    title: tuple[Piece, ...]
    paragraphs: tuple[Paragraph, ...]
    fields: tuple[tuple[str, Any, Any], ...]
    is_correction: bool


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline that a section page printed for the article: from when to when, how often seen, at which ranks."""

    text: str | None
    listing_url: str
    first: CaptureRef
    last: CaptureRef
    times: int
    best_rank: int
    is_title: bool


@dataclass(frozen=True, slots=True)
class Disappearance:
    """The page was not there any more: what answered, and whether it came back. ``last`` is the last capture that had it."""

    at: str
    why: str
    last: CaptureRef
    came_back: bool


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of one article through time."""

    article_id: str
    url: str
    title: str | None
    versions: int
    first: CaptureRef
    last_checked_at: str
    changes: tuple[Change, ...]
    headlines: tuple[Headline, ...]
    disappearances: tuple[Disappearance, ...]

    @property
    def has_changed(self) -> bool:
        """Another version, another headline on a section page than before, or gone."""
        pages = [headline.listing_url for headline in self.headlines]
        return bool(self.changes or self.disappearances or len(pages) > len(set(pages)))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def stories(path: Path, url: str | None = None, since: str = "") -> Iterator[Story]:
    """The article ``url``, or every article that has changed since ``since`` (an instant or day), by first capture.

    Raises UsageError when there is no dataset.
    """
    with filled_database(open_source(path), superseded=True) as database:
        yield from _Teller(database).stories(url, since)


class _Teller:
    def __init__(self, database: ExportDatabase) -> None:
        self._db = database.db
        self._db.row_factory = sqlite3.Row

    def stories(self, url: str | None, since: str) -> Iterator[Story]:
        for article_id in [url_id(url)] if url is not None else self._changed(since):
            story = self._story(article_id)
            if story is not None and (url is not None or story.has_changed):
                yield story

    def _changed(self, since: str) -> list[str]:
        return [row[0] for row in self._db.execute(_CHANGED, {"since": since}).fetchall()]

    def _story(self, article_id: str) -> Story | None:
        rows = self._db.execute("SELECT * FROM articles WHERE article_id = ? ORDER BY version", (article_id,)).fetchall()
        if not rows:
            return None
        titles = {_plain(row["title"]) for row in rows}
        return Story(
            article_id=article_id,
            url=rows[-1]["url"],
            title=rows[-1]["title"],
            versions=len(rows),
            first=_capture(rows[0], "fetched_at"),
            last_checked_at=rows[-1]["last_checked_at"],
            changes=tuple(_change(before, after) for before, after in pairwise(rows)),
            headlines=tuple(self._headlines(article_id, titles)),
            disappearances=tuple(self._disappearances(article_id, rows)),
        )

    def _headlines(self, article_id: str, titles: set[str]) -> Iterator[Headline]:
        """Runs of the same headline on the same listing, in order of time: A, B, A are three."""
        rows = self._db.execute(
            "SELECT * FROM appearances WHERE article_id = ? ORDER BY listing_url, observed_at, row", (article_id,)
        ).fetchall()
        same: list[sqlite3.Row] = []
        for row in [*rows, None]:
            if same and (row is None or (row["listing_url"], row["headline"]) != (same[0]["listing_url"], same[0]["headline"])):
                yield Headline(
                    text=same[0]["headline"],
                    listing_url=same[0]["listing_url"],
                    first=_capture(same[0], "observed_at"),
                    last=_capture(same[-1], "observed_at"),
                    times=len(same),
                    best_rank=min(seen["rank"] for seen in same),
                    is_title=_plain(same[0]["headline"]) in titles,
                )
                same = []
            if row is not None:
                same.append(row)

    def _disappearances(self, article_id: str, rows: list[sqlite3.Row]) -> Iterator[Disappearance]:
        """The first failure of each absence; a page that turned into a soft 404 is a version, and one of these."""
        failures = self._db.execute("SELECT * FROM failures WHERE article_id = ? ORDER BY at", (article_id,)).fetchall()
        gone = [(row["at"], f"HTTP {row['http_status']}") for row in failures if row["http_status"] in _GONE]
        gone += [(row["fetched_at"], "a page that says it is not there") for row in rows if row["page_type"] == "soft_404"]
        had = sorted([(row["fetched_at"], row) for row in rows if row["page_type"] != "soft_404"], key=lambda pair: pair[0])
        checks = self._checks(article_id)
        until = ""
        for at, why in sorted(gone):
            before = [row for moment, row in had if moment < at]
            if not before or at < until:
                continue
            back = min((check for check in checks if check > at), default=None)
            until = back or "9"
            yield Disappearance(at, why, _capture(before[-1], "fetched_at"), back is not None)

    def _checks(self, article_id: str) -> list[str]:
        """When the page was had, as a row or unchanged."""
        return [row[0] for row in self._db.execute("SELECT at FROM had WHERE key = ?", (article_id,))]


# Articles with a second version, with two headlines on one listing, or with a failure after they were had.
_CHANGED = """
SELECT article_id FROM articles WHERE version = 1 AND article_id IN (
  SELECT article_id FROM articles WHERE version > 1 AND fetched_at >= :since
  UNION SELECT article_id FROM appearances GROUP BY article_id, listing_url
    HAVING count(DISTINCT coalesce(headline, '')) > 1 AND max(observed_at) >= :since
  UNION SELECT article_id FROM failures WHERE http_status IN (404, 410, 451) AND at >= :since
  UNION SELECT article_id FROM articles WHERE page_type = 'soft_404' AND fetched_at >= :since
) ORDER BY fetched_at, row
"""


def _change(before: sqlite3.Row, after: sqlite3.Row) -> Change:
    old_title, new_title = before["title"] or "", after["title"] or ""
    paragraphs = tuple(diff_texts(before["text"], after["text"]))
    fields = tuple((name, _value(name, before), _value(name, after)) for name in _COMPARED if before[name] != after[name])
    return Change(
        version=after["version"],
        before=_capture(before, "fetched_at"),
        after=_capture(after, "fetched_at"),
        title=diff_words(old_title, new_title) if old_title != new_title else (),
        paragraphs=paragraphs,
        fields=fields,
        # A note that was there before is no news.
        is_correction=any(is_correction(p.after) and not is_correction(p.before) for p in paragraphs),
    )


def _value(name: str, row: sqlite3.Row) -> Any:
    if name == "authors":
        return orjson.loads(row[name])
    return bool(row[name]) if name == "is_accessible_for_free" and row[name] is not None else row[name]


def _capture(row: sqlite3.Row, instant: str) -> CaptureRef:
    return CaptureRef(row[instant], *(row[name] for name in _POINTER))


def _plain(text: str | None) -> str:
    """A headline without what typesetting changes."""
    return " ".join(re.sub(r"[^\w\s]", "", text or "").casefold().split())
