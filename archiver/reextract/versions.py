"""Versions of articles counted over all parts of a dataset folder, in the order of capture, whatever the order of extraction."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from archiver.dataset.jsonl import encode_row, read_rows
from archiver.reextract.extract import UNKNOWN_RUN

_TABLES = """
CREATE TABLE rows (article TEXT, at TEXT, part INTEGER, line INTEGER, digest TEXT, version INTEGER, is_own INTEGER, record TEXT);
CREATE TABLE changes (part INTEGER, line INTEGER, version INTEGER, PRIMARY KEY (part, line)) WITHOUT ROWID;
"""


def count_versions(parts: Sequence[Path], failed: set[str]) -> int:
    """Number the versions of each article over ``parts``; returns the rows that are left.

    Of our own crawls, a capture that says what the one before said gives no row (SCHEMA: an unchanged re-check writes none), nor
    does one that the crawl had given up (``failed``: its record ids). Parts that change are written aside and renamed. Facts lie in
    a temporary file: memory does not grow with the rows. Raises OSError.
    """
    with tempfile.TemporaryDirectory(prefix="archiver-") as folder:
        db = sqlite3.connect(Path(folder) / "versions.sqlite", isolation_level=None)
        try:
            db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
            db.execute("BEGIN")
            for number, path in enumerate(parts):
                db.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _facts(number, path))
            db.executemany("INSERT INTO changes VALUES (?, ?, ?)", _changes(db, failed))
            for number, path in enumerate(parts):
                _apply(path, dict(db.execute("SELECT line, version FROM changes WHERE part = ?", (number,))))
            (total,) = db.execute(
                "SELECT (SELECT count(*) FROM rows) - (SELECT count(*) FROM changes WHERE version = 0)"
            ).fetchone()
        finally:
            db.close()
    return int(total)


def _facts(number: int, path: Path) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(read_rows(path)):
        is_own, article, record = row["run_id"] != UNKNOWN_RUN, row["article_id"], row["warc_record_id"]
        yield article, row["fetched_at"], number, line, row["content_digest"], row["version"], is_own, record


def _changes(db: sqlite3.Connection, failed: set[str]) -> Iterator[tuple[int, int, int]]:
    """``(part, line, version)`` where that is another; 0: no row."""
    seen, newest, newest_digest = None, 0, ""
    for article, part, line, digest, version, is_own, record in db.execute(
        "SELECT article, part, line, digest, version, is_own, record FROM rows ORDER BY article, at, part, line"
    ):
        if article != seen:
            seen, newest, newest_digest = article, 0, ""
        is_same = newest > 0 and digest == newest_digest
        if is_own and (record in failed or is_same):
            yield part, line, 0
            continue
        newest, newest_digest = newest if is_same else newest + 1, digest
        if version != newest:
            yield part, line, newest


def _apply(path: Path, changes: dict[int, int]) -> None:
    if not changes:
        return
    aside = path.with_name(f".{path.name}.new")
    with aside.open("wb") as out:
        for line, row in enumerate(read_rows(path)):
            version = changes.get(line, row["version"])
            if version:
                out.write(encode_row({**row, "version": version}))
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
