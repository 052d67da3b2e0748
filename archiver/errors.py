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
