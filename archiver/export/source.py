"""What an export reads: the rows of a collection or dataset folder, and the captures that its look-up knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.collection.access import AccessList, read_access
from archiver.dataset.files import record_types, row_files
from archiver.dataset.schema import RecordType
from archiver.errors import UsageError
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup


@dataclass(frozen=True, slots=True)
class DatasetSource:
    """A dataset folder and, in a collection, its look-up (``None`` elsewhere: then nothing is known of unchanged re-checks)."""

    root: Path
    folder: Path
    lookup: Path | None

    @property
    def access(self) -> AccessList:
        """What must not be handed out, now."""
        return read_access(self.folder.parent).in_force()

    @property
    def record_types(self) -> list[RecordType]:
        """The tables that are there."""
        return record_types(self.folder)

    @property
    def name(self) -> str:
        """How files made from it are named."""
        return self.root.resolve().name

    def successes(self) -> Iterator[tuple[str, str]]:
        """``(normalised URL, WARC-Date)`` of every capture that succeeded."""
        if self.lookup is None:
            return
        lookup = Lookup(self.lookup, read_only=True)
        try:
            yield from lookup.successes()
        finally:
            lookup.close()


def open_source(path: Path) -> DatasetSource:
    """``path`` is a collection or a dataset folder. Raises UsageError when it holds no articles."""
    for folder in (path / "dataset", path):
        if row_files(folder, "article"):
            lookup = folder.parent / "indexes" / LOOKUP
            return DatasetSource(path, folder, lookup if lookup.is_file() else None)
    raise UsageError(f"{path}: no articles.jsonl here; name a collection or a dataset folder")
