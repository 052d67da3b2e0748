"""Where the bytes of a revisit are: every capture of the files at hand, by record id, by URL and date, and by payload digest."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from archiver.errors import WarcFormatError
from archiver.index.cdxj import Capture
from archiver.model import WarcPointer
from archiver.reextract.captures import block_at, index_of
from archiver.reextract.inputs import Input
from archiver.urls import normalize_url

_TABLE = """
CREATE TABLE originals (record_id TEXT, key TEXT, date TEXT, digest TEXT, input INTEGER, offset INTEGER, length INTEGER, type TEXT);
CREATE INDEX by_id ON originals (record_id);
CREATE INDEX by_url ON originals (key, date);
CREATE INDEX by_digest ON originals (digest, date);
"""
_SELECT = "SELECT input, offset, length, record_id, type, digest FROM originals WHERE type = 'response'"


class Originals:
    """Look-up over ``inputs``, made on first use in a temporary file: memory does not grow with the archive. One thread."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        self._inputs = inputs
        self._db: sqlite3.Connection | None = None
        self._file: tempfile.TemporaryDirectory[str] | None = None

    def find(self, revisit: Capture) -> tuple[WarcPointer, bytes]:
        """Pointer and block of the response that ``revisit`` repeats; raises WarcFormatError when it is not at hand."""
        db = self._db or self._index()
        # By id, else as WARC/1.1 §6.7.2 names it, else the same payload: tools of WARC/1.0 state a digest alone.
        tries = (
            ("record_id = ?", (revisit.refers_to_id,)),
            ("key = ? AND date = ?", (_key(revisit.refers_to_uri), revisit.refers_to_date)),
            ("digest = ? AND date <= ? ORDER BY date DESC", (_digest(revisit.payload_digest), revisit.date)),
            ("digest = ? ORDER BY date", (_digest(revisit.payload_digest),)),
        )
        for condition, values in tries:
            if None in values:
                continue
            row = db.execute(f"{_SELECT} AND {condition} LIMIT 1", values).fetchone()
            if row is not None:
                number, offset, length, record_id, kind, digest = row
                source = self._inputs[number]
                block = block_at(source.path, offset, record_id, is_arc=source.is_arc)
                return WarcPointer(source.filename, offset, length, record_id, kind, digest), block
        raise WarcFormatError("a revisit whose original is not in these files", f"{revisit.filename}@{revisit.offset}")

    def _index(self) -> sqlite3.Connection:
        self._file = tempfile.TemporaryDirectory(prefix="archiver-")
        db = self._db = sqlite3.connect(Path(self._file.name) / "originals.sqlite", isolation_level=None)
        db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLE}")
        db.execute("BEGIN")
        for number, source in enumerate(self._inputs):
            db.executemany(
                "INSERT INTO originals VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (c.record_id, _key(c.url), c.date, _digest(c.payload_digest), number, c.offset, c.length, c.warc_type)
                    for c in index_of(source.path, is_arc=source.is_arc)
                ),
            )
        db.execute("COMMIT")
        return db

    def close(self) -> None:
        """Drop the look-up."""
        if self._db is not None:
            self._db.close()
        if self._file is not None:
            self._file.cleanup()


def _key(url: str | None) -> str | None:
    return normalize_url(url) if url else None


def _digest(stated: str | None) -> str | None:
    """Without the algorithm's case: ``sha1:`` and ``SHA-1:`` are the same."""
    if not stated:
        return None
    algorithm, colon, value = stated.partition(":")
    return f"{algorithm.lower().replace('-', '')}:{value}" if colon else stated
