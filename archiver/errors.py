"""The exception tree: what stops a command, and with which exit code. What is expected to go wrong on the web is not here.

ArchiverError                 exit 3
├── UsageError                exit 2  wrong argument, flag or setting: nothing was started
│   └── MissingExtraError     an optional dependency is not installed
├── CollectionError           the folder cannot be used
│   └── CollectionLockedError another crawl holds it
├── StoreError                a write to the store failed: the crawl stops at once
└── FormatError               bytes that are not what they should be, with their place
    ├── WarcFormatError
    ├── HttpFormatError
    ├── RowFormatError        a ValueError too
    └── CdxjFormatError
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Self

# What a person has to do before the same command goes on, by what the kernel said.
_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room and "),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "make it writable and "),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "allow more open files (ulimit -n) and "),
}


class ArchiverError(Exception):
    """Base of all errors this package raises; ``str()`` is one line: what, where, what to do."""

    exit_code = 3


class UsageError(ArchiverError):
    """A wrong argument, flag or setting; raised before the first request."""

    exit_code = 2


class MissingExtraError(UsageError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs {package}: pip install 'archiver[{extra}]'")


class CollectionError(ArchiverError):
    """The collection folder is missing, not a collection, or not writable."""


class CollectionLockedError(CollectionError):
    """Another process writes to the collection."""


class StoreError(ArchiverError):
    """A write to the store failed (disk full, read-only, too many open files)."""

    @classmethod
    def cannot(cls, doing: str, where: Path | str, error: OSError | sqlite3.Error) -> Self:
        """``where: cannot doing: why; how to go on``. A path (not a ``file@offset``) gives way to the one that ``error`` names."""
        if isinstance(error, sqlite3.Error):
            # Its words are SQLite's own, and seldom say why: "database or disk is full", "disk I/O error".
            return cls(f"{where}: cannot {doing}: {error}; make room (or allow more open files) and run the same command again")
        place = error.filename if isinstance(where, Path) and isinstance(error.filename, str | Path) else where
        remedy = _REMEDIES.get(error.errno or 0, "")
        return cls(f"{place}: cannot {doing}: {error.strerror or error}; {remedy}run the same command again")


class FormatError(ArchiverError):
    """Bytes that are not what they should be.

    ``place`` is ``file@offset`` (offset in bytes of the file as it lies on disk), or ``None`` where bytes came from memory.
    """

    def __init__(self, what: str, place: str | None = None) -> None:
        super().__init__(f"{place}: {what}" if place else what)
        self.what = what
        self.place = place


class WarcFormatError(FormatError):
    """Not a WARC record (WARC/1.1 §4)."""


class HttpFormatError(FormatError):
    """Not an HTTP/1.x message (RFC 9112)."""


class RowFormatError(FormatError, ValueError):
    """Not a line of a JSON Lines file of the dataset, or one with a value of another type."""


class CdxjFormatError(FormatError):
    """Not a CDXJ line."""
