"""The SQLite file behind our own look-up: connection and tables. A cache: everything in it is made from the WARCs."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import fields
from pathlib import Path
from urllib.parse import quote

from archiver.errors import CollectionError
from archiver.index.cdxj import Capture

FILENAME = "lookup.sqlite"
CAPTURE_COLUMNS = tuple(field.name for field in fields(Capture))
# Raised when a table changes: an older file is thrown away and made anew.
_VERSION = 5
_SCHEMA = f"""
CREATE TABLE captures (
    url_normalized TEXT NOT NULL, purpose TEXT, run_id TEXT, first_url TEXT, article_key TEXT, discovery TEXT,
    {", ".join(CAPTURE_COLUMNS)},
    PRIMARY KEY (filename, offset)
) WITHOUT ROWID;
CREATE INDEX captures_url ON captures (url_normalized, date);
CREATE INDEX captures_article ON captures (article_key, date) WHERE article_key IS NOT NULL;
CREATE INDEX captures_digest ON captures (payload_digest) WHERE payload_digest IS NOT NULL AND warc_type = 'response';
CREATE INDEX captures_record ON captures (record_id);
CREATE TABLE files (
    filename TEXT PRIMARY KEY, size INTEGER NOT NULL, run_id TEXT, exchanges INTEGER NOT NULL, bytes_received INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE runs (run_id TEXT PRIMARY KEY, info TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run_ends (filename TEXT, place INTEGER, run_id TEXT NOT NULL, finish_reason TEXT NOT NULL, pairs TEXT NOT NULL);
CREATE TABLE failures (
    filename TEXT, place INTEGER, run_id TEXT NOT NULL, url_normalized TEXT NOT NULL, record_id TEXT, failure TEXT NOT NULL
);
CREATE INDEX failures_url ON failures (url_normalized);
CREATE INDEX failures_record ON failures (record_id) WHERE record_id IS NOT NULL;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, with empty tables when it is new, damaged or of another version; to read only, where nothing can be written.

    Raises sqlite3.OperationalError.
    """
    try:
        return _open(path)
    except sqlite3.OperationalError:
        # Nothing is wrong with the file: the disk is full or read-only, or no descriptor is left.
        if os.access(path.parent, os.W_OK) or not path.exists():
            raise
        return sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None, check_same_thread=False)
    except sqlite3.DatabaseError:
        remove(path)
        return _open(path)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open an existing file for reading, whoever may write to it; nothing is made or thrown away.

    Raises CollectionError where it cannot be read or is of another version.
    """
    for uri in read_uris(path):
        try:
            db = sqlite3.connect(uri, uri=True, isolation_level=None)
            version = db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.OperationalError:
            continue
        except sqlite3.DatabaseError:
            break
        if version == _VERSION:
            return db
        db.close()
        break
    raise CollectionError(f"{path}: cannot be read, or is of another version of this program; run archiver index")


def read_uris(path: Path) -> tuple[str, str]:
    """How SQLite is told to open ``path`` for reading: first as others may write to it, then as it lies there.

    The second is for a medium that cannot be written to, where there is no room for the companions of a file with a log.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    return uri, f"{uri}&immutable=1"


def _open(path: Path) -> sqlite3.Connection:
    # check_same_thread: opened by the main thread, then handed to the writer thread for good.
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
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


def remove(path: Path) -> None:
    """Remove the file and SQLite's companions."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
