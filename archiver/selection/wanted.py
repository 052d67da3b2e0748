"""What a choice of articles needs to stand alone: which captures, which rows. Reads the look-up and the rows, writes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archiver.collection.access import AccessList
from archiver.export.database import ExportDatabase
from archiver.index.database import connect_to_read, read_uris
from archiver.urls import url_id

_TABLES = (
    "CREATE TEMP TABLE capture (record_id TEXT PRIMARY KEY, run_id TEXT, first_url TEXT, url TEXT, date TEXT, purpose TEXT,"
    " status INTEGER, warc_type TEXT, refers_to_id TEXT, filename TEXT)",
    "INSERT OR IGNORE INTO capture SELECT record_id, run_id, coalesce(first_url, url), url, date, purpose, status, warc_type,"
    " refers_to_id, filename FROM lookup.captures",
    "CREATE INDEX temp.capture_chain ON capture (run_id, first_url)",
    "CREATE INDEX temp.capture_first ON capture (first_url)",
    "CREATE INDEX temp.capture_original ON capture (refers_to_id)",
)
# What must not be handed out, and what would not be whole without it: revisits of it, section pages that print it.
_BAR = (
    "DELETE FROM capture WHERE barred(first_url) OR barred(url) OR record_id IN"
    " (SELECT warc_record_id FROM appearances GROUP BY warc_record_id HAVING count(*) < max(items_on_page))",
    "DELETE FROM capture WHERE refers_to_id IS NOT NULL AND refers_to_id NOT IN (SELECT record_id FROM capture)",
    "DELETE FROM articles WHERE article_id IN"
    " (SELECT article_id FROM articles WHERE warc_record_id NOT IN (SELECT record_id FROM capture))",
    "DELETE FROM appearances WHERE warc_record_id NOT IN (SELECT record_id FROM capture)",
    "DELETE FROM failures WHERE warc_record_id NOT IN (SELECT record_id FROM capture)",
)
_BEGIN = (
    "CREATE TEMP TABLE picked (article_id TEXT PRIMARY KEY)",
    "CREATE TEMP TABLE wanted (record_id TEXT PRIMARY KEY)",
    "CREATE TEMP TABLE asked (url TEXT PRIMARY KEY)",
    "INSERT INTO picked SELECT DISTINCT article_id FROM articles WHERE chosen",
    # Section pages on which a chosen article stood; not those of articles that come along for their bytes.
    "INSERT INTO wanted SELECT DISTINCT warc_record_id FROM appearances WHERE article_id IN (SELECT article_id FROM picked)",
)
# Each adds what those before it need; gone through until nothing is added.
_CLOSE = (
    # Every version of an article: a version without the ones before it says nothing.
    "INSERT OR IGNORE INTO wanted SELECT warc_record_id FROM articles WHERE article_id IN (SELECT article_id FROM picked)",
    "INSERT OR IGNORE INTO wanted SELECT warc_record_id FROM failures WHERE warc_record_id IS NOT NULL AND url IN"
    " (SELECT url FROM asked)",
    # The way to it: redirects and earlier tries of the same request.
    "INSERT OR IGNORE INTO wanted SELECT way.record_id FROM wanted JOIN capture ON capture.record_id = wanted.record_id"
    " JOIN capture AS way ON way.run_id = capture.run_id AND way.first_url = capture.first_url AND way.date <= capture.date",
    # What a revisit has its bytes from.
    "INSERT OR IGNORE INTO wanted SELECT refers_to_id FROM capture JOIN wanted USING (record_id) WHERE refers_to_id IN"
    " (SELECT record_id FROM capture)",
    # An article's page that comes along for its bytes brings the article's rows.
    "INSERT OR IGNORE INTO picked SELECT DISTINCT article_id FROM articles WHERE article_id IN"
    " (SELECT url_id(first_url) FROM capture JOIN wanted USING (record_id) WHERE purpose = 'article')",
    "INSERT OR IGNORE INTO asked SELECT first_url FROM capture JOIN wanted USING (record_id)",
    "INSERT OR IGNORE INTO asked SELECT url FROM articles WHERE article_id IN (SELECT article_id FROM picked)",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A wanted capture whose requisites are to be found; ``record_id`` of the response or revisit."""

    record_id: str
    date: str
    run_id: str | None


@dataclass(slots=True)
class Wanted:
    """Records and rows to take: ``by_file`` are record ids of captures by the name of their WARC file."""

    by_file: dict[str, set[str]] = field(default_factory=dict)
    failures: set[str] = field(default_factory=set)
    articles: int = 0


class Chooser:
    """Works out what is wanted, in the export's temporary database: ``choose``, then ``pages`` and ``requisite``, then ``result``.

    ``access`` is what must not be handed out, now.
    """

    def __init__(self, database: ExportDatabase, lookup: Path, access: AccessList) -> None:
        self._db, self._is_limited = database.db, bool(access.exclusions)
        self._db.create_function("barred", 1, access.excludes, deterministic=True)
        self._db.create_function("url_id", 1, url_id, deterministic=True)
        connect_to_read(lookup).close()
        first, second = read_uris(lookup)
        try:
            self._db.execute("ATTACH ? AS lookup", (first,))
            self._db.execute("SELECT 1 FROM lookup.captures LIMIT 1").fetchone()
        except sqlite3.OperationalError:
            self._db.execute("DETACH lookup")
            self._db.execute("ATTACH ? AS lookup", (second,))

    def choose(self, rows: list[int]) -> int:
        """Begin with the articles of these rows; how many there are."""
        self._db.execute("ALTER TABLE articles ADD COLUMN chosen INTEGER")
        self._db.executemany("UPDATE articles SET chosen = 1 WHERE row = ?", ((row,) for row in rows))
        for statement in (*_TABLES, *(_BAR if self._is_limited else ()), *_BEGIN):
            self._db.execute(statement)
        self._close()
        return int(self._db.execute("SELECT count(*) FROM picked").fetchone()[0])

    def _close(self) -> None:
        size = -1
        while size != (size := self._size()):
            for statement in _CLOSE:
                self._db.execute(statement)

    def _size(self) -> int:
        return sum(self._db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("wanted", "picked", "asked"))  # noqa: S608

    def pages(self) -> Iterator[Page]:
        """Captures of articles and section pages that are wanted."""
        rows = self._db.execute(
            "SELECT record_id, date, run_id FROM capture JOIN wanted USING (record_id)"
            " WHERE purpose IN ('article', 'section') AND status IN (200, 304) ORDER BY date, record_id"
        ).fetchall()
        yield from (Page(*row) for row in rows)

    def requisite(self, url: str, page: Page) -> Page | None:
        """Take the capture of ``url`` that a page of that time was shown with: of its own run, else the nearest in time."""
        self._db.execute("INSERT OR IGNORE INTO asked VALUES (?)", (url,))
        row = self._db.execute(
            "SELECT record_id, date, run_id FROM capture WHERE first_url = ? AND status = 200"
            " AND purpose NOT IN ('article', 'section')"
            " ORDER BY run_id IS NOT ?, abs(julianday(date) - julianday(?)), date LIMIT 1",
            (url, page.run_id, page.date),
        ).fetchone()
        if row is None:
            return None
        self._db.execute("INSERT OR IGNORE INTO wanted VALUES (?)", (row[0],))
        return Page(*row)

    def result(self) -> Wanted:
        """Everything that is wanted now."""
        self._close()
        found = Wanted(articles=self._db.execute("SELECT count(*) FROM picked").fetchone()[0])
        for filename, record_id in self._db.execute("SELECT filename, record_id FROM capture JOIN wanted USING (record_id)"):
            found.by_file.setdefault(filename, set()).add(record_id)
        self._drop_others()
        found.failures = {row[0] for row in self._db.execute("SELECT id FROM failures")}
        for (filename,) in self._db.execute("SELECT DISTINCT filename FROM failure_files"):
            found.by_file.setdefault(filename, set())
        return found

    def _drop_others(self) -> None:
        """Leave only the rows to take. A captured section page is taken with all of its rows."""
        self._db.execute("DELETE FROM articles WHERE article_id NOT IN (SELECT article_id FROM picked)")
        self._db.execute("DELETE FROM appearances WHERE warc_record_id NOT IN (SELECT record_id FROM wanted)")
        self._db.execute("DELETE FROM failures WHERE url NOT IN (SELECT url FROM asked)")
        # A failure's record lies in a file of its run.
        self._db.execute(
            "CREATE TEMP TABLE failure_files AS SELECT DISTINCT filename FROM lookup.failures"
            " WHERE run_id IN (SELECT run_id FROM failures)"
        )
