"""Our own look-up over every capture of a collection: by URL, payload digest and record id, in one SQLite file.

It holds what replay indexes leave out (server-not-modified revisits, unparsable responses) and the runs. It is a cache:
``archiver index`` makes it anew from the WARCs, and nothing in it is true that is not in them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from archiver.index.cdxj import Capture
from archiver.model import Discovery, RunInfo, format_instant
from archiver.urls import normalize_url

FILENAME = "lookup.sqlite"
# Raised when a table changes: an older file is thrown away and made anew.
_VERSION = 2
_CAPTURE = [field.name for field in fields(Capture)]
_SCHEMA = f"""
CREATE TABLE captures (
    url_normalized TEXT NOT NULL, purpose TEXT, run_id TEXT, discovery TEXT, {", ".join(_CAPTURE)},
    PRIMARY KEY (filename, offset)
) WITHOUT ROWID;
CREATE INDEX captures_url ON captures (url_normalized, date);
CREATE INDEX captures_digest ON captures (payload_digest) WHERE payload_digest IS NOT NULL AND warc_type = 'response';
CREATE INDEX captures_record ON captures (record_id);
CREATE TABLE files (
    filename TEXT PRIMARY KEY, size INTEGER NOT NULL, run_id TEXT, exchanges INTEGER NOT NULL, bytes_received INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE runs (run_id TEXT PRIMARY KEY, info TEXT NOT NULL, finish_reason TEXT) WITHOUT ROWID;
"""
_SELECT = f"SELECT {', '.join(_CAPTURE)} FROM captures"
_WHOLE_PAGE = "truncated IS NULL AND status = 200"


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """What is known of a WARC file: ``size`` is how far it is indexed, in bytes."""

    filename: str
    size: int
    run_id: str | None = None
    exchanges: int = 0
    bytes_received: int = 0


class Lookup:
    """The look-up of one collection. One thread writes; ``reader`` gives others a connection of their own (WAL).

    A damaged or outdated file is replaced by an empty one; ``archiver.reextract.repair`` compares ``file_sizes`` with the disk and
    adds what is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = self._connect()
        except sqlite3.DatabaseError:
            remove_lookup(path)
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

    def reader(self) -> Lookup:
        """The same look-up for another thread, to read."""
        return Lookup(self.path)

    def add(self, rows: Iterable[tuple[Capture, Discovery | None]], run_id: str | None) -> None:
        """Add captures with why they were made, in one transaction."""
        values = [
            (
                normalize_url(capture.url),
                discovery.purpose if discovery else None,
                run_id,
                json.dumps(asdict(discovery)) if discovery and discovery.purpose == "article" else None,
                *astuple(capture),
            )
            for capture, discovery in rows
        ]
        marks = ", ".join("?" * (len(_CAPTURE) + 4))
        self._db.execute("BEGIN")
        self._db.executemany(f"INSERT OR REPLACE INTO captures VALUES ({marks})", values)
        self._db.execute("COMMIT")

    # ---- files and runs

    def set_file(self, file: IndexedFile) -> None:
        """Remember how far ``file`` is indexed."""
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", astuple(file))

    def forget_file(self, filename: str) -> None:
        """Drop everything known of ``filename``."""
        self._db.execute("DELETE FROM captures WHERE filename = ?", (filename,))
        self._db.execute("DELETE FROM files WHERE filename = ?", (filename,))

    def file_sizes(self) -> dict[str, int]:
        """Indexed size in bytes of each file that is known whole."""
        return dict(self._db.execute("SELECT filename, size FROM files"))

    def files_of_run(self, run_id: str) -> list[IndexedFile]:
        """The closed files of a run, in order of name."""
        rows = self._db.execute("SELECT * FROM files WHERE run_id = ? ORDER BY filename", (run_id,))
        return [IndexedFile(*row) for row in rows]

    def set_run(self, run: RunInfo, finish_reason: str | None = None) -> None:
        """Remember a run; ``finish_reason`` is kept when it is known already and ``None`` here."""
        info = json.dumps(asdict(run) | {"started_at": format_instant(run.started_at)})
        self._db.execute(
            "INSERT INTO runs VALUES (?, ?, ?) ON CONFLICT (run_id) DO UPDATE SET"
            " finish_reason = coalesce(excluded.finish_reason, finish_reason)",
            (run.run_id, info, finish_reason),
        )

    def end_run(self, run_id: str, finish_reason: str) -> None:
        """Remember how a run ended; the last end counts (a cancelled run may be resumed and finish)."""
        self._db.execute("UPDATE runs SET finish_reason = ? WHERE run_id = ?", (finish_reason, run_id))

    def runs(self) -> list[tuple[RunInfo, str | None]]:
        """Every run with its finish reason, oldest first."""
        found = [(_run_from(json.loads(info)), reason) for info, reason in self._db.execute("SELECT info, finish_reason FROM runs")]
        return sorted(found, key=lambda pair: pair[0].started_at)

    # ---- captures

    def latest(self, url: str) -> Capture | None:
        """The newest whole 200 capture of exactly ``url``, revisits of a payload included."""
        return self._one(f"url_normalized = ? AND url = ? AND {_WHOLE_PAGE} ORDER BY date DESC", normalize_url(url), url)

    def was_captured_by_finished_run(self, url: str) -> bool:
        """Whether a run that finished had the article ``url`` before, whatever came of it."""
        row = self._db.execute(
            "SELECT 1 FROM captures JOIN runs USING (run_id) WHERE url_normalized = ? AND purpose = 'article'"
            " AND finish_reason = 'finished' LIMIT 1",
            (normalize_url(url),),
        ).fetchone()
        return row is not None

    def check_dates(self, url: str) -> list[str]:
        """WARC-Dates of every whole capture of the article ``url`` (304 included), oldest first: its history of checks."""
        rows = self._db.execute(
            "SELECT date FROM captures WHERE url_normalized = ? AND purpose = 'article' AND truncated IS NULL"
            " AND (status = 200 OR status = 304) ORDER BY date",
            (normalize_url(url),),
        )
        return [date for (date,) in rows]

    def young_articles(self, since: str) -> Iterator[tuple[str, Discovery]]:
        """``(url, first discovery)`` of articles first captured at or after the WARC-Date ``since``."""
        rows = self._db.execute(
            "SELECT url, discovery, min(date) AS first FROM captures WHERE purpose = 'article' AND status = 200"
            " GROUP BY url_normalized HAVING first >= ? ORDER BY first",
            (since,),
        )
        for url, discovery, _ in rows.fetchall():
            if discovery:
                yield url, Discovery(**json.loads(discovery))

    def original(self, payload_digest: str) -> Capture | None:
        """The first full response with this payload: what an identical-payload revisit refers to."""
        return self._one("payload_digest = ? AND warc_type = 'response' AND truncated IS NULL ORDER BY date", payload_digest)

    def by_record_id(self, record_id: str) -> Capture | None:
        """The capture with this WARC-Record-ID."""
        return self._one("record_id = ?", record_id)

    def answer_of_run(self, run_id: str, url: str) -> Capture | None:
        """The newest capture of exactly ``url`` by this very run that is a final answer: whole, no 429, no 5xx."""
        return self._one(
            "url_normalized = ? AND url = ? AND run_id = ? AND truncated IS NULL AND status IS NOT NULL"
            " AND status <> 429 AND status < 500 ORDER BY date DESC",
            normalize_url(url),
            url,
            run_id,
        )

    def captures(self, filename: str) -> Iterator[Capture]:
        """Captures of one file in arrival order."""
        for row in self._db.execute(f"{_SELECT} WHERE filename = ? ORDER BY offset", (filename,)):
            yield Capture(*row)

    def _one(self, condition: str, *values: Any) -> Capture | None:
        row = self._db.execute(f"{_SELECT} WHERE {condition} LIMIT 1", values).fetchone()
        return Capture(*row) if row else None

    def count_of_run(self, run_id: str, condition: str = "1") -> int:
        """Captures of a run; ``condition`` is SQL over their columns."""
        row = self._db.execute(f"SELECT count(*) FROM captures WHERE run_id = ? AND {condition}", (run_id,)).fetchone()
        return int(row[0])

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._db.close()


def remove_lookup(path: Path) -> None:
    """Remove the file and SQLite's companions."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _run_from(info: dict[str, Any]) -> RunInfo:
    lists = {name: tuple(info[name]) for name in ("seeds", "software")}
    return RunInfo(**{**info, **lists, "started_at": datetime.fromisoformat(info["started_at"])})
