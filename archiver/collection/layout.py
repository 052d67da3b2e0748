"""Where things lie in a collection folder. Paths only; nothing here reads a record."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import CollectionError
from archiver.warc.series import OPEN_SUFFIX, order_in_time, safe_name

CONFIG = "collection.toml"
# What a folder that is not empty must hold to be taken for a collection.
_MARKS = ("archive", CONFIG)


@dataclass(frozen=True, slots=True)
class Collection:
    """The paths of one collection."""

    root: Path

    @property
    def name(self) -> str:
        """Prefix of its WARC files."""
        return safe_name(self.root.resolve().name)

    @property
    def config(self) -> Path:
        return self.root / CONFIG

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def text(self) -> Path:
        return self.root / "text"

    @property
    def indexes(self) -> Path:
        return self.root / "indexes"

    @property
    def pages(self) -> Path:
        return self.root / "pages" / "pages.jsonl"

    @property
    def dataset(self) -> Path:
        return self.root / "dataset"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def manifest(self) -> Path:
        return self.root / "manifest-sha256.txt"

    def warcs(self) -> list[Path]:
        """Finished WARC files of ``archive/``, in the order of time, whatever the folder was called when they were written."""
        found = (*self.archive.glob("*.warc.gz"), *self.archive.glob("*.warc"))
        return sorted(found, key=lambda path: order_in_time(path.name))

    def open_warcs(self) -> list[Path]:
        """WARC files (of ``archive/`` and ``text/``) that are being written, or were when a process died."""
        return sorted(self.archive.glob(f"*{OPEN_SUFFIX}")) + sorted(self.text.glob(f"*{OPEN_SUFFIX}"))

    def find_warc(self, filename: str) -> Path:
        """The file a row or index calls ``filename``, finished or still open; the finished path when there is neither."""
        path = self.archive / filename
        still_open = path.with_name(path.name + OPEN_SUFFIX)
        return still_open if not path.exists() and still_open.exists() else path

    def cdxj(self, warc_filename: str) -> Path:
        """The CDXJ file of one WARC."""
        return self.indexes / (warc_filename.removesuffix(".gz").removesuffix(".warc") + ".cdxj")


def open_collection(root: Path) -> Collection:
    """An existing collection, for reading. Raises CollectionError when ``root`` is none."""
    if not root.is_dir():
        raise CollectionError(f"{root}: no such collection folder")
    if not any((root / mark).exists() for mark in _MARKS):
        raise CollectionError(f"{root}: not a collection (no archive/ in it)")
    return Collection(root)


def prepare_collection(root: Path) -> Collection:
    """A collection to write to: made when missing or empty. Raises CollectionError when the folder is something else."""
    if root.exists() and not root.is_dir():
        raise CollectionError(f"{root}: not a folder")
    if root.is_dir() and any(root.iterdir()) and not any((root / mark).exists() for mark in _MARKS):
        raise CollectionError(f"{root}: a folder with other things in it, not a collection; name another with -o")
    collection = Collection(root)
    try:
        for folder in _folders(collection):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CollectionError(f"{root}: cannot be written: {error.strerror}") from error
    for folder in _folders(collection):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise CollectionError(f"{folder}: not writable")
    return collection


def _folders(collection: Collection) -> Iterator[Path]:
    yield from (
        collection.archive,
        collection.text,
        collection.indexes,
        collection.pages.parent,
        collection.dataset,
        collection.logs,
    )
