"""Our own look-up over every capture of a collection: by URL, payload digest and record id.

It holds what replay indexes leave out: server-not-modified revisits and unparsable responses.
"""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from archiver.index.cdxj import Capture
from archiver.index.database import CAPTURE_COLUMNS, connect, connect_to_read
from archiver.index.runs import RunHistory
from archiver.model import PAGE_PURPOSES, Discovery, WarcPointer
from archiver.urls import normalize_url
from archiver.warc.series import order_in_time

# dataclasses.astuple copies each value deeply: a tenth of the time of an index made anew.
_capture_values = attrgetter(*CAPTURE_COLUMNS)
_DISCOVERY = tuple(field.name for field in dataclasses.fields(Discovery))
_discovery_values = attrgetter(*_DISCOVERY)
_SELECT = f"SELECT {', '.join(CAPTURE_COLUMNS)} FROM captures"


@dataclass(frozen=True, slots=True)
class Context:
    """Why a capture was made: what its ``metadata`` record says. All unknown in other tools' files."""

    run_id: str | None = None
    discovery: Discovery | None = None
    first_url: str | None = None


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """What is known of a WARC file: ``size`` is how far it is indexed, in bytes."""

    filename: str
    size: int
    run_id: str | None = None
    exchanges: int = 0
    bytes_received: int = 0


class CaptureFact(NamedTuple):
    """A capture as a report counts it; ``length`` is in compressed bytes."""

    run_id: str | None
    purpose: str | None
    first_url: str
    seed: str | None
    discovered_from: str | None
    status: int | None
    mime: str | None
    warc_type: str
    length: int


class Lookup:
    """The look-up of one collection. One thread writes; ``reader`` gives others a connection of their own (WAL).

    ``archiver.reextract.repair`` compares ``file_sizes`` with the disk and adds what is missing.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """``read_only``: an existing file, left as it is; raises CollectionError where it cannot be read."""
        self.path = path
        self._db: sqlite3.Connection = connect_to_read(path) if read_only else connect(path)
        self.runs = RunHistory(self._db)

    def reader(self) -> Lookup:
        """The same look-up for another thread, to read."""
        return Lookup(self.path)

    def add(self, captures: Iterable[tuple[Capture, Context]]) -> None:
        """Add captures with why they were made, in one transaction."""
        marks = ", ".join("?" * (len(CAPTURE_COLUMNS) + 6))
        self._db.execute("BEGIN")
        self._db.executemany(f"INSERT OR REPLACE INTO captures VALUES ({marks})", (_values(*pair) for pair in captures))
        self._db.execute("COMMIT")

    def set_file(self, file: IndexedFile) -> None:
        """Remember how far ``file`` is indexed."""
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", astuple(file))

    def forget_file(self, filename: str) -> None:
        """Drop everything known of ``filename``."""
        for table in ("captures", "files", "run_ends", "failures"):
            self._db.execute(f"DELETE FROM {table} WHERE filename = ?", (filename,))

    def file_sizes(self) -> dict[str, int]:
        """Indexed size in bytes of each file that is known whole."""
        return dict(self._db.execute("SELECT filename, size FROM files"))

    def run_of_file(self, filename: str) -> str | None:
        """The run that wrote a file."""
        row = self._db.execute("SELECT run_id FROM files WHERE filename = ?", (filename,)).fetchone()
        return row[0] if row else None

    def files_of_run(self, run_id: str) -> list[IndexedFile]:
        """The closed files of a run, in the order of time."""
        rows = self._db.execute("SELECT * FROM files WHERE run_id = ?", (run_id,))
        return sorted((IndexedFile(*row) for row in rows), key=lambda file: order_in_time(file.filename))

    def latest(self, url: str) -> Capture | None:
        """The newest whole 200 capture of exactly ``url``; identical-payload revisits count, server-not-modified do not."""
        return self._one(
            "url_normalized = ? AND url = ? AND truncated IS NULL AND status = 200 ORDER BY date DESC", normalize_url(url), url
        )

    def newest_answer(self, url: str) -> Capture | None:
        """The newest whole capture of exactly ``url`` that is an answer by itself: any status but 304."""
        return self._one(
            "url_normalized = ? AND url = ? AND truncated IS NULL AND status IS NOT NULL AND status <> 304 ORDER BY date DESC",
            normalize_url(url),
            url,
        )

    def last_answered(self, url: str, *, but_by_run: str = "") -> str | None:
        """WARC-Date of the newest whole answer under 400 for exactly ``url``, leaving out those of the run ``but_by_run``."""
        row = self._db.execute(
            "SELECT max(date) FROM captures WHERE url_normalized = ? AND url = ? AND truncated IS NULL AND status < 400"
            " AND run_id IS NOT ?",
            (normalize_url(url), url, but_by_run),
        ).fetchone()
        return row[0] if row else None

    def was_wanted_by_finished_run(self, article_url: str, *, besides_run: str) -> bool:
        """Whether another run than this one wanted the article and finished, whatever came of it (robots.txt may forbid it)."""
        key = normalize_url(article_url)
        row = self._db.execute(
            "WITH finished AS (SELECT run_id FROM run_ends WHERE finish_reason = 'finished' AND run_id <> ?)"
            " SELECT 1 FROM captures WHERE article_key = ? AND run_id IN finished"
            " UNION ALL SELECT 1 FROM failures WHERE url_normalized = ? AND run_id IN finished LIMIT 1",
            (besides_run, key, key),
        ).fetchone()
        return row is not None

    def is_known_article(self, article_url: str, *, besides_run: str) -> bool:
        """Whether another run than this one has a whole 200 capture of the article, under the URL it was first asked for."""
        row = self._db.execute(
            "SELECT 1 FROM captures WHERE article_key = ? AND truncated IS NULL AND status = 200 AND run_id IS NOT ? LIMIT 1",
            (normalize_url(article_url), besides_run),
        ).fetchone()
        return row is not None

    def repeats_the_one_before(self, capture_date: str, url: str, payload_digest: str | None) -> bool:
        """Whether the whole 200 capture of ``url`` before ``capture_date`` had this very payload (A, B, A is a change twice)."""
        before = self._one(
            "url_normalized = ? AND url = ? AND truncated IS NULL AND status = 200 AND date < ? ORDER BY date DESC",
            normalize_url(url),
            url,
            capture_date,
        )
        return before is not None and before.payload_digest == payload_digest

    def article_checks(self, max_age_s: float | None, *, besides_run: str) -> Iterator[tuple[str, Discovery, str, str]]:
        """``(URL first asked for, first discovery, first date, last date)`` of articles; oldest first.

        Only those last captured at an age under ``max_age_s``, where it is given. Dates are WARC-Dates of whole captures of other
        runs than this one: the first with 200, the last also with 304 or gone.
        """
        rows = self._db.execute(
            "WITH checks AS (SELECT article_key AS key, min(date) FILTER (WHERE status = 200) AS first, max(date) AS last"
            " FROM captures WHERE article_key IS NOT NULL AND truncated IS NULL AND status IN (200, 304, 404, 410, 451)"
            " AND run_id IS NOT ?1 GROUP BY article_key)"
            " SELECT coalesce(first_url, url), discovery, first, last FROM checks JOIN captures"
            " ON article_key = key AND date = first AND status = 200"
            " WHERE ?2 IS NULL OR julianday(last) - julianday(first) < ?2 / 86400 GROUP BY key ORDER BY first",
            (besides_run, max_age_s),
        )
        for url, discovery, first, last in rows.fetchall():
            yield url, Discovery(**json.loads(discovery)), first, last

    def facts(self) -> Iterator[CaptureFact]:
        """What a report counts of every capture, in no order."""
        rows = self._db.execute(
            "SELECT run_id, purpose, coalesce(first_url, url), discovery, status, mime, warc_type, length FROM captures"
        )
        for run_id, purpose, first_url, discovery, *facts in rows:
            why = json.loads(discovery) if discovery else {}
            yield CaptureFact(run_id, purpose, first_url, why.get("seed"), why.get("discovered_from"), *facts)

    def successes(self) -> Iterator[tuple[str, str]]:
        """``(normalised URL first asked for, WARC-Date)`` of every whole 200 and 304 capture, in no order."""
        yield from self._db.execute(
            "SELECT coalesce(article_key, url_normalized), date FROM captures WHERE truncated IS NULL AND status IN (200, 304)"
        )

    def original(self, payload_digest: str) -> Capture | None:
        """The first full response with this payload: what an identical-payload revisit refers to."""
        return self._one("payload_digest = ? AND warc_type = 'response' AND truncated IS NULL ORDER BY date", payload_digest)

    def holder(self, capture: Capture) -> Capture | None:
        """The capture whose record holds the bytes: ``capture`` itself, or what it refers to when it is a revisit."""
        return self.by_record_id(capture.refers_to_id or "") if capture.warc_type == "revisit" else capture

    def by_record_id(self, record_id: str) -> Capture | None:
        """The capture with this WARC-Record-ID."""
        return self._one("record_id = ?", record_id)

    def pointer(self, capture: Capture) -> WarcPointer:
        """The pointer of a capture, with the record it refers to when it is a revisit."""
        original = self.by_record_id(capture.refers_to_id) if capture.refers_to_id else None
        return dataclasses.replace(capture.pointer, refers_to=original.pointer if original else None)

    def answer_of_run(self, run_id: str, url: str, first_url: str, purpose: str) -> Capture | None:
        """The newest capture of exactly ``url`` by this very run that is a final answer: whole, no 429, no 5xx.

        Only for the same purpose and as the answer to ``first_url``, where its redirects began: a page that two URLs lead to is two
        exchanges, and a row of each.
        """
        return self._one(
            "url_normalized = ? AND url = ? AND run_id = ? AND first_url = ? AND purpose = ? AND truncated IS NULL"
            " AND status IS NOT NULL AND status <> 429 AND status < 500 ORDER BY date DESC",
            normalize_url(url),
            url,
            run_id,
            first_url,
            purpose,
        )

    def captures(self, filename: str) -> Iterator[Capture]:
        """Captures of one file in arrival order."""
        for row in self._db.execute(f"{_SELECT} WHERE filename = ? ORDER BY offset", (filename,)):
            yield Capture(*row)

    def pages(self, filename: str) -> Iterator[tuple[Capture, Context]]:
        """Captures of articles and listings of one file, with why they were made, in arrival order."""
        rows = self._db.execute(
            f"SELECT run_id, discovery, first_url, {', '.join(CAPTURE_COLUMNS)} FROM captures"
            f" WHERE filename = ? AND purpose IN {PAGE_PURPOSES} ORDER BY offset",
            (filename,),
        )
        for run_id, discovery, first_url, *columns in rows:
            yield Capture(*columns), Context(run_id, Discovery(**json.loads(discovery)), first_url)

    def count_of_run(self, run_id: str, condition: str = "1") -> int:
        """Captures of a run; ``condition`` is SQL over their columns."""
        row = self._db.execute(f"SELECT count(*) FROM captures WHERE run_id = ? AND {condition}", (run_id,)).fetchone()
        return int(row[0])

    def _one(self, condition: str, *values: Any) -> Capture | None:
        row = self._db.execute(f"{_SELECT} WHERE {condition} LIMIT 1", values).fetchone()
        return Capture(*row) if row else None

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._db.close()


def _values(capture: Capture, context: Context) -> tuple[Any, ...]:
    discovery = context.discovery
    return (
        normalize_url(capture.url),
        discovery.purpose if discovery else None,
        context.run_id,
        context.first_url,
        normalize_url(context.first_url or capture.url) if discovery and discovery.purpose == "article" else None,
        # Requisites, the many, need none.
        json.dumps(dict(zip(_DISCOVERY, _discovery_values(discovery), strict=True)))
        if discovery and discovery.purpose in PAGE_PURPOSES
        else None,
        *_capture_values(capture),
    )
