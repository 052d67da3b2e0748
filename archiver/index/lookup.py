"""Our own look-up over every capture of a collection: by URL, payload digest and record id, in one SQLite file.

It holds what replay indexes leave out (server-not-modified revisits, unparsable responses). It is a cache: ``archiver index``
makes it anew from the WARCs, and nothing in it is true that is not in them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from pathlib import Path

from archiver.index.cdxj import Capture
from archiver.urls import normalize_url
from archiver.warc.records import SERVER_NOT_MODIFIED

FILENAME = "lookup.sqlite"
# Raised when a table changes: an older file is thrown away and made anew.
_VERSION = 1
_COLUMNS = [field.name for field in fields(Capture)]
_SCHEMA = f"""
CREATE TABLE captures (url_normalized TEXT NOT NULL, purpose TEXT, run_id TEXT, {", ".join(_COLUMNS)},
                       PRIMARY KEY (filename, offset)) WITHOUT ROWID;
CREATE INDEX captures_url ON captures (url_normalized, date);
CREATE INDEX captures_digest ON captures (payload_digest) WHERE payload_digest IS NOT NULL AND warc_type = 'response';
CREATE INDEX captures_record ON captures (record_id);
CREATE TABLE files (filename TEXT PRIMARY KEY, size INTEGER NOT NULL, run_id TEXT);
"""
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM captures"  # noqa: S608


class Lookup:
    """The look-up of one collection. One thread writes; other processes may read at the same time (WAL).

    A damaged or outdated file is replaced by an empty one; the caller compares ``file_sizes`` with the disk and adds what is
    missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = self._connect()
        except sqlite3.DatabaseError:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self._db = self._connect()

    def _connect(self) -> sqlite3.Connection:
        # check_same_thread: opened by the main thread, then handed to the writer thread for good.
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        # A cache may lose its last lines in a power cut: repair compares it with the WARCs.
        db.execute("PRAGMA synchronous = OFF")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version != _VERSION:
            if version or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                db.close()
                raise sqlite3.DatabaseError("an older look-up")
            db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
        return db

    def add(self, captures: Iterable[tuple[Capture, str | None]], run_id: str | None) -> None:
        """Add captures with their purpose (``section``, ``article``, …), in one transaction."""
        rows = [(normalize_url(capture.url), purpose, run_id, *astuple(capture)) for capture, purpose in captures]
        marks = ", ".join("?" * (len(_COLUMNS) + 3))
        self._db.execute("BEGIN")
        self._db.executemany(f"INSERT OR REPLACE INTO captures VALUES ({marks})", rows)  # noqa: S608
        self._db.execute("COMMIT")

    def set_file(self, filename: str, size: int, run_id: str | None) -> None:
        """Remember that ``filename`` is indexed up to ``size`` bytes."""
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (filename, size, run_id))

    def forget_file(self, filename: str) -> None:
        """Drop everything known of ``filename``."""
        self._db.execute("DELETE FROM captures WHERE filename = ?", (filename,))
        self._db.execute("DELETE FROM files WHERE filename = ?", (filename,))

    def file_sizes(self) -> dict[str, int]:
        """Indexed size in bytes of each file that is known whole."""
        return dict(self._db.execute("SELECT filename, size FROM files"))

    def latest(self, url: str) -> Capture | None:
        """The newest complete 200 capture of ``url`` (by its normalised form) whose bytes are on disk, revisits included."""
        rows = self._db.execute(
            f"{_SELECT} WHERE url_normalized = ? AND truncated IS NULL AND status = 200 ORDER BY date DESC LIMIT 1",
            (normalize_url(url),),
        )
        return next((Capture(*row) for row in rows), None)

    def checks(self, url: str) -> list[Capture]:
        """Every complete capture of ``url``, oldest first, 304 included: its history of checks."""
        rows = self._db.execute(f"{_SELECT} WHERE url_normalized = ? AND truncated IS NULL ORDER BY date", (normalize_url(url),))
        return [Capture(*row) for row in rows]

    def original(self, payload_digest: str) -> Capture | None:
        """The first full response with this payload: what an identical-payload revisit refers to."""
        rows = self._db.execute(
            f"{_SELECT} WHERE payload_digest = ? AND warc_type = 'response' AND truncated IS NULL ORDER BY date LIMIT 1",
            (payload_digest,),
        )
        return next((Capture(*row) for row in rows), None)

    def by_record_id(self, record_id: str) -> Capture | None:
        """The capture with this WARC-Record-ID."""
        rows = self._db.execute(f"{_SELECT} WHERE record_id = ?", (record_id,))
        return next((Capture(*row) for row in rows), None)

    def of_run(self, run_id: str, url: str) -> Capture | None:
        """The newest capture of ``url`` by this very run that holds a final answer (complete, no 429, no 5xx)."""
        rows = self._db.execute(
            f"{_SELECT} WHERE url_normalized = ? AND run_id = ? AND truncated IS NULL AND status IS NOT NULL"
            " AND status <> 429 AND status < 500 ORDER BY date DESC LIMIT 1",
            (normalize_url(url), run_id),
        )
        return next((Capture(*row) for row in rows), None)

    def captures(self, filename: str) -> Iterator[Capture]:
        """Captures of one file in arrival order."""
        for row in self._db.execute(f"{_SELECT} WHERE filename = ? ORDER BY offset", (filename,)):
            yield Capture(*row)

    def of_purpose(self, purpose: str) -> Iterator[Capture]:
        """Captures made for this purpose, oldest first."""
        for row in self._db.execute(f"{_SELECT} WHERE purpose = ? ORDER BY date", (purpose,)):
            yield Capture(*row)

    def counts(self) -> dict[str, int]:
        """Captures by WARC-Type, and ``server-not-modified`` among the revisits."""
        counts = dict(self._db.execute("SELECT warc_type, count(*) FROM captures GROUP BY warc_type"))
        counts["server-not-modified"] = self._db.execute(
            "SELECT count(*) FROM captures WHERE profile = ?", (SERVER_NOT_MODIFIED,)
        ).fetchone()[0]
        return counts

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._db.close()
