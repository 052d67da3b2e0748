"""Where the bytes of a revisit are: every capture of the files at hand, by record id, by URL and date, and by payload digest."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from archiver.errors import WarcFormatError
from archiver.index.cdxj import Capture
from archiver.model import WarcPointer
from archiver.reextract.captures import CaptureScan, block_at
from archiver.reextract.inputs import ZIP_ERRORS, Input
from archiver.urls import normalize_url

_TABLES = """
CREATE TABLE inputs (number INTEGER PRIMARY KEY, path TEXT, name TEXT, size INTEGER, members TEXT);
CREATE TABLE originals (
    input INTEGER, record_id TEXT, key TEXT, second TEXT, date TEXT, digest TEXT,
    stated TEXT, offset INTEGER, length INTEGER, is_page INTEGER
);
CREATE INDEX by_id ON originals (record_id);
CREATE INDEX by_url ON originals (key, second);
CREATE INDEX by_digest ON originals (digest, date);
"""
_SELECT = "SELECT input, offset, length, record_id, stated, is_page FROM originals WHERE"
_HEX = re.compile("[0-9a-f]{40,}|[0-9a-f]{32}")


class NoOriginalError(WarcFormatError):
    """The record that a revisit refers to is in none of the files at hand."""


class Referable(NamedTuple):
    """A response that revisits may refer to: the keys it is found by, and where it lies. JSON-ready."""

    record_id: str
    key: str | None
    second: str | None
    date: str
    digest: str | None
    stated: str | None
    offset: int
    length: int
    is_page: bool


def referables(source: Input) -> Iterator[Referable]:
    """The responses of a file as far as it can be read: whoever reads the pages says where it cannot."""
    with contextlib.suppress(OSError, *ZIP_ERRORS):
        for found in CaptureScan(source).captures():
            c = found.capture
            if c.warc_type == "response":
                keys = (c.record_id, _key(c.url), _second(c.date), c.date, _digest(c.payload_digest), c.payload_digest)
                yield Referable(*keys, c.offset, c.length, bool(found.block))


def write_index(path: Path, files: Iterable[tuple[Input, Iterable[Sequence[Any]]]]) -> None:
    """The look-up over ``files`` (each with its referables) as a new SQLite file, which any process may read then."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
        db.execute("BEGIN")
        for number, (source, found) in enumerate(files):
            place = (number, str(source.path), source.name, source.size, json.dumps(source.members))
            db.execute("INSERT INTO inputs VALUES (?, ?, ?, ?, ?)", place)
            db.executemany("INSERT INTO originals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ((number, *one) for one in found))
        db.execute("COMMIT")
    finally:
        db.close()


class Originals:
    """Look-up over ``inputs``, made on first use in a temporary file: memory does not grow with the archive. Thread-safe.

    With ``index`` it is one that ``write_index`` made before.
    """

    def __init__(self, inputs: Sequence[Input] = (), *, index: Path | None = None) -> None:
        self._inputs, self._index = inputs, index
        self._db: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def find(self, revisit: Capture) -> tuple[WarcPointer, bytes]:
        """Pointer and block of the response that ``revisit`` repeats, ``b""`` where that is no page.

        Raises NoOriginalError when it is not at hand, WarcFormatError when it cannot be read.
        """
        with self._lock:
            db = self._db or self._open()
            row = _row(db, revisit)
            if row is None:
                raise NoOriginalError("a revisit whose original is not in these files", f"{revisit.filename}@{revisit.offset}")
            number, offset, length, record_id, digest, is_page = row
            path, name, size, members = db.execute(
                "SELECT path, name, size, members FROM inputs WHERE number = ?", (number,)
            ).fetchone()
        source = Input(Path(path), name, size, tuple(json.loads(members)))
        block = block_at(source, offset, record_id) if is_page else b""
        return WarcPointer(source.filename, offset, length, record_id, "response", digest), block

    def _open(self) -> sqlite3.Connection:
        path = self._index
        if path is None:
            self._folder = tempfile.TemporaryDirectory(prefix="archiver-")
            path = Path(self._folder.name) / "originals.sqlite"
            write_index(path, ((source, referables(source)) for source in self._inputs))
        # Nobody writes to it any more; locks are what shared file systems are bad at.
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        return self._db

    def close(self) -> None:
        """Drop the look-up."""
        if self._db is not None:
            self._db.close()
        if self._folder is not None:
            self._folder.cleanup()


def _row(db: sqlite3.Connection, revisit: Capture) -> tuple[Any, ...] | None:
    # By id, else as WARC/1.1 §6.7.2 names it, else the same payload: tools of WARC/1.0 state a digest alone.
    tries = (
        ("record_id = ?", (revisit.refers_to_id,)),
        ("key = ? AND second = ?", (_key(revisit.refers_to_uri), _second(revisit.refers_to_date))),
        ("digest = ? AND date <= ? ORDER BY date DESC", (_digest(revisit.payload_digest), revisit.date)),
        ("digest = ? ORDER BY date", (_digest(revisit.payload_digest),)),
    )
    for condition, values in tries:
        if None in values:
            continue
        row = db.execute(f"{_SELECT} {condition} LIMIT 1", values).fetchone()
        if row is not None:
            return tuple(row)
    return None


def _key(url: str | None) -> str | None:
    return normalize_url(url) if url else None


def _second(date: str | None) -> str | None:
    """To the second: of a date with a fraction a tool of WARC/1.0 states the second only."""
    return date[:19] if date else None


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
