"""A dataset as one SQLite file: every row, the computed columns, full-text search. Memory does not grow with the rows."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from archiver.collection.access import AccessList
from archiver.dataset.files import rows_of
from archiver.dataset.near_duplicates import fingerprint, near_duplicates
from archiver.dataset.schema import TABLES, RecordType
from archiver.errors import UsageError
from archiver.export.columns import COMPUTED, TABLE_NAMES, columns, create_table, from_sql, to_sql
from archiver.export.source import DatasetSource
from archiver.model import format_instant
from archiver.urls import url_id
from archiver.warc.records import parse_warc_date

_BATCH = 500
# Below it SimHash says little: half of the three-word runs of two short texts may be a common phrase.
MIN_WORDS = 50


class ExportDatabase:
    """A new SQLite file at ``path``, filled by ``fill``. One thread; ``close`` it. Raises sqlite3.Error, OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.unlink(missing_ok=True)
        self.db = sqlite3.connect(path, isolation_level=None, uri=True)
        # Thrown away or renamed when whole: nobody needs what a crash leaves.
        self.db.execute("PRAGMA journal_mode = OFF")
        self.db.execute("PRAGMA synchronous = OFF")

    def fill(self, source: DatasetSource, *, distance: int, superseded: bool = False) -> None:
        """Load every row of ``source`` and compute what only the whole can say; ``superseded`` failures only if asked for."""
        self.db.execute("BEGIN")
        access = source.access
        for record_type in TABLES:
            self.db.execute(create_table(record_type))
            self._load(record_type, _allowed(rows_of(source.folder, record_type), access))
        self._load_checks(source)
        for statement in _COMPUTE:
            self.db.execute(statement)
        if not superseded:
            self.db.execute(_DROP_SUPERSEDED)
        self._mark_duplicates(distance)
        self.db.execute("COMMIT")

    def _load(self, record_type: RecordType, rows: Iterable[dict[str, Any]]) -> None:
        fields = TABLES[record_type]
        computed = len(COMPUTED.get(record_type, ()))
        statement = f"INSERT INTO {TABLE_NAMES[record_type]} VALUES ({', '.join('?' * (len(fields) + computed + 1))})"

        def values() -> Iterator[tuple[Any, ...]]:
            for row in rows:
                known = [to_sql(field, row.get(field.name)) for field in fields]
                extra = [url_id(row["url"])] if record_type == "failure" else [None] * computed
                yield (None, *known, *extra)

        for batch in _batches(values()):
            self.db.executemany(statement, batch)

    def _load_checks(self, source: DatasetSource) -> None:
        """Every moment at which a URL was had, as a row, a sighting of the listing, or an unchanged re-check."""
        self.db.execute("CREATE TEMP TABLE had (key TEXT, at TEXT)")
        pairs = ((url_id(url), format_instant(parse_warc_date(date))) for url, date in source.successes())
        for batch in _batches(pairs):
            self.db.executemany("INSERT INTO had VALUES (?, ?)", batch)
        self.db.execute("INSERT INTO had SELECT article_id, fetched_at FROM articles")
        self.db.execute("INSERT INTO had SELECT DISTINCT listing_id, observed_at FROM appearances")
        self.db.execute("CREATE INDEX temp.had_key ON had (key, at)")

    def _mark_duplicates(self, distance: int) -> None:
        rows = self.db.execute(
            "SELECT article_id, simhash, word_count FROM articles WHERE is_latest AND extraction_status = 'ok' AND word_count >= ?"
            " ORDER BY (SELECT min(fetched_at) FROM articles AS first WHERE first.article_id = articles.article_id), article_id",
            (MIN_WORDS,),
        ).fetchall()
        found = near_duplicates([fingerprint(row[1]) for row in rows], distance)
        marks = ((rows[original][0], rows[place][0]) for place, (original, _) in found.items())
        self.db.executemany("UPDATE articles SET duplicate_of = ? WHERE article_id = ?", marks)

    def keep(self, record_type: RecordType, where: str) -> int:
        """Drop the rows of one table for which ``where`` does not hold; rows left. Raises UsageError for wrong SQL."""
        table = TABLE_NAMES[record_type]
        ids = [(row,) for row in self.matching(record_type, where)]
        self.db.execute("CREATE TEMP TABLE kept (row INTEGER PRIMARY KEY)")
        self.db.executemany("INSERT INTO kept VALUES (?)", ids)
        self.db.execute(f"DELETE FROM {table} WHERE row NOT IN (SELECT row FROM kept)")
        self.db.execute("DROP TABLE kept")
        return len(ids)

    def matching(self, record_type: RecordType, where: str) -> list[int]:
        """The numbers of the rows for which ``where`` holds. Raises UsageError for wrong SQL."""
        self.db.set_authorizer(_only_reads)
        try:
            found = self.db.execute(f"SELECT row FROM {TABLE_NAMES[record_type]} WHERE ({where}\n)").fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise UsageError(f"--where {where!r}: {error}; {_hint(str(error), record_type)}") from error
        finally:
            self.db.set_authorizer(None)
        return [row for (row,) in found]

    def rows(self, record_type: RecordType) -> Iterator[dict[str, Any]]:
        """The rows of a table as they were, with the computed columns, in order."""
        fields = columns(record_type)
        names = ", ".join(f'"{field.name}"' for field in fields)
        for values in self.db.execute(f"SELECT {names} FROM {TABLE_NAMES[record_type]} ORDER BY row"):
            yield {field.name: from_sql(field, value) for field, value in zip(fields, values, strict=True)}

    def count(self, record_type: RecordType) -> int:
        """Rows of a table."""
        return int(self.db.execute(f"SELECT count(*) FROM {TABLE_NAMES[record_type]}").fetchone()[0])

    def finish(self) -> None:
        """Indexes, full-text search and a view of the newest versions; then the file is compacted."""
        for statement in _FINISH:
            self.db.execute(statement)

    def close(self) -> None:
        """Close the file."""
        self.db.close()


# By anything had from its URL later.
_DROP_SUPERSEDED = "DELETE FROM failures WHERE EXISTS (SELECT 1 FROM had WHERE key = failures.article_id AND had.at > failures.at)"
# A version was last seen by the last check before the next one.
_COMPUTE = (
    "CREATE INDEX articles_article ON articles (article_id, version)",
    "CREATE INDEX appearances_article ON appearances (article_id, observed_at)",
    "CREATE INDEX appearances_listing ON appearances (listing_id, observed_at)",
    "UPDATE articles SET is_latest = NOT EXISTS (SELECT 1 FROM articles AS later"
    " WHERE later.article_id = articles.article_id AND later.version > articles.version),"
    " last_checked_at = max(fetched_at, coalesce((SELECT max(at) FROM had WHERE key = articles.article_id AND at <"
    " coalesce((SELECT min(later.fetched_at) FROM articles AS later WHERE later.article_id = articles.article_id"
    " AND later.version > articles.version), '9')), ''))",
)
_FINISH = (
    "CREATE VIEW latest_articles AS SELECT * FROM articles WHERE is_latest",
    "CREATE VIRTUAL TABLE articles_fts USING fts5 (title, text, content = 'articles', content_rowid = 'row',"
    " tokenize = 'unicode61 remove_diacritics 2')",
    "INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')",
    "PRAGMA user_version = 1",
    "ANALYZE",
    "VACUUM",
)
_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, 33})  # 33: SQLITE_RECURSIVE


def _only_reads(action: int, one: str | None, two: str | None, *_: str | None) -> int:
    """An SQLite authorizer: a condition may read and compute, nothing else."""
    allowed = action in _READS and not (action == sqlite3.SQLITE_FUNCTION and two == "load_extension")
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _hint(error: str, record_type: RecordType) -> str:
    """The column that was meant, or where they are listed."""
    near = difflib.get_close_matches(error.partition("no such column: ")[2], [field.name for field in columns(record_type)], 1)
    return f"did you mean {near[0]}?" if near else f"the columns of {TABLE_NAMES[record_type]} are in docs/dataset.md"


def _allowed(rows: Iterator[dict[str, Any]], access: AccessList) -> Iterator[dict[str, Any]]:
    """The rows that no exclusion speaks of: by the article's, the listing's or the failed URL."""
    if not access.exclusions:
        return rows
    named = ("url", "url_final", "listing_url", "listing_url_final")
    return (row for row in rows if not access.excludes(*(row.get(name) for name in named)))


def _batches(values: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    iterator = iter(values)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
