"""Where the bytes of a revisit are: every capture of the files at hand, by record id, by URL and date, and by payload digest."""

from __future__ import annotations

import base64
import contextlib
import re
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from archiver.errors import WarcFormatError
from archiver.index.cdxj import Capture
from archiver.model import WarcPointer
from archiver.reextract.captures import CaptureScan, block_at
from archiver.reextract.inputs import ZIP_ERRORS, Input
from archiver.urls import normalize_url

_TABLE = """
CREATE TABLE originals (record_id TEXT, key TEXT, date TEXT, digest TEXT, input INTEGER, offset INTEGER, length INTEGER, type TEXT,
    is_page INTEGER);
CREATE INDEX by_id ON originals (record_id);
CREATE INDEX by_url ON originals (key, date);
CREATE INDEX by_digest ON originals (digest, date);
"""
_HEX = re.compile("[0-9a-f]{40,}|[0-9a-f]{32}")
_SELECT = "SELECT input, offset, length, record_id, type, digest, is_page FROM originals WHERE type = 'response'"


class NoOriginalError(WarcFormatError):
    """The record that a revisit refers to is in none of the files at hand."""


class Originals:
    """Look-up over ``inputs``, made on first use in a temporary file: memory does not grow with the archive. Thread-safe."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        self._inputs = inputs
        self._db: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._file: tempfile.TemporaryDirectory[str] | None = None

    def find(self, revisit: Capture) -> tuple[WarcPointer, bytes]:
        """Pointer and block of the response that ``revisit`` repeats, ``b""`` where that is no page.

        Raises NoOriginalError when it is not at hand, WarcFormatError when it cannot be read.
        """
        with self._lock:
            row = self._row(self._db or self._index(), revisit)
        if row is None:
            raise NoOriginalError("a revisit whose original is not in these files", f"{revisit.filename}@{revisit.offset}")
        number, offset, length, record_id, kind, digest, is_page = row
        source = self._inputs[number]
        block = block_at(source, offset, record_id) if is_page else b""
        return WarcPointer(source.filename, offset, length, record_id, kind, digest), block

    @staticmethod
    def _row(db: sqlite3.Connection, revisit: Capture) -> tuple[Any, ...] | None:
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
                return tuple(row)
        return None

    def _index(self) -> sqlite3.Connection:
        self._file = tempfile.TemporaryDirectory(prefix="archiver-")
        db = self._db = sqlite3.connect(Path(self._file.name) / "originals.sqlite", isolation_level=None, check_same_thread=False)
        db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLE}")
        db.execute("BEGIN")
        for number, source in enumerate(self._inputs):
            db.executemany(
                "INSERT INTO originals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (c.record_id, _key(c.url), c.date, _digest(c.payload_digest), number, c.offset, c.length, c.warc_type, is_page)
                    for c, is_page in _indexed(source)
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


def _indexed(source: Input) -> Iterator[tuple[Capture, bool]]:
    """The captures of a file as far as it can be read, and whether each is a page; whoever reads the pages says where it cannot."""
    with contextlib.suppress(OSError, *ZIP_ERRORS):
        for found in CaptureScan(source).captures():
            yield found.capture, bool(found.block)


def _key(url: str | None) -> str | None:
    return normalize_url(url) if url else None


def _digest(stated: str | None) -> str | None:
    """The same for every way to write it: the algorithm in any case, the value in hex, or base32 as most tools have it."""
    algorithm, colon, value = (stated or "").partition(":")
    if not colon:
        return stated or None
    value = value.strip().rstrip("=").lower()
    if not _HEX.fullmatch(value):
        with contextlib.suppress(ValueError):
            value = base64.b32decode(value.upper() + "=" * (-len(value) % 8)).hex()
    return f"{algorithm.strip().lower().replace('-', '')}:{value}"
