"""Which articles the dataset holds already, and in which version: a cache beside articles.jsonl, made anew from it at any time."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import orjson

from archiver.urls import url_id

FILENAME = "articles.sqlite"
_SCHEMA = """
CREATE TABLE articles (article_id TEXT PRIMARY KEY, version INTEGER NOT NULL, content_digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE captured (record_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE loaded (bytes INTEGER NOT NULL);
INSERT INTO loaded VALUES (0);
"""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Known:
    """The newest row of an article."""

    version: int
    content_digest: str


class KnownArticles:
    """The newest version of each article, and the record ids that have a row. One thread.

    Follows articles.jsonl by the number of bytes read; a shorter file than remembered, or a damaged cache, is read from its start.
    """

    def __init__(self, path: Path, articles: Path) -> None:
        self.path, self._articles = path, articles
        try:
            self._open()
        except sqlite3.DatabaseError:
            self._reset()
        self._follow()

    def _open(self) -> None:
        self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        if self._db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            if self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise sqlite3.DatabaseError("an older cache")
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")

    def _reset(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self._open()

    def _follow(self) -> None:
        size = self._articles.stat().st_size if self._articles.exists() else 0
        loaded = self._db.execute("SELECT bytes FROM loaded").fetchone()[0]
        if loaded > size:
            self._db.close()
            self._reset()
            loaded = 0
        if loaded == size:
            return
        self._db.execute("BEGIN")
        with self._articles.open("rb") as lines:
            lines.seek(loaded)
            for line in lines:
                row = orjson.loads(line)
                self._set(row["article_id"], row["version"], row["content_digest"], row["warc_record_id"])
                loaded += len(line)
        self._db.execute("UPDATE loaded SET bytes = ?", (loaded,))
        self._db.execute("COMMIT")

    def get(self, article_id: str) -> Known | None:
        """The newest row of ``article_id``."""
        row = self._db.execute("SELECT version, content_digest FROM articles WHERE article_id = ?", (article_id,)).fetchone()
        return Known(*row) if row else None

    def has_url(self, url: str) -> bool:
        """Whether the article ``url`` has a row."""
        return self.get(url_id(url)) is not None

    def has_record(self, record_id: str) -> bool:
        """Whether the capture with this WARC-Record-ID has a row."""
        return self._db.execute("SELECT 1 FROM captured WHERE record_id = ?", (record_id,)).fetchone() is not None

    def add(self, article_id: str, version: int, content_digest: str, record_id: str) -> None:
        """A row has been appended to articles.jsonl."""
        self._db.execute("BEGIN")
        self._set(article_id, version, content_digest, record_id)
        self._db.execute("UPDATE loaded SET bytes = ?", (self._articles.stat().st_size,))
        self._db.execute("COMMIT")

    def _set(self, article_id: str, version: int, content_digest: str, record_id: str) -> None:
        self._db.execute(
            "INSERT INTO articles VALUES (?, ?, ?) ON CONFLICT (article_id) DO UPDATE SET"
            " version = excluded.version, content_digest = excluded.content_digest WHERE excluded.version > version",
            (article_id, version, content_digest),
        )
        self._db.execute("INSERT OR IGNORE INTO captured VALUES (?)", (record_id,))

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM articles").fetchone()[0])

    def close(self) -> None:
        """Close the cache."""
        self._db.close()
