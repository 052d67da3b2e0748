"""Which files of a dataset folder hold which rows, and how a file made from them is put in its place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from archiver.dataset.jsonl import read_rows
from archiver.dataset.schema import FILENAMES, TABLES, RecordType
from archiver.errors import UsageError
from archiver.warc.series import sync_folder


def row_files(folder: Path, record_type: RecordType) -> list[Path]:
    """The JSON Lines of one record type: ``articles.jsonl``, or ``articles-<WARC name>.jsonl`` of a re-extraction, by name."""
    stem = FILENAMES[record_type].removesuffix(".jsonl")
    return sorted([*folder.glob(f"{stem}.jsonl"), *folder.glob(f"{stem}-*.jsonl")])


def rows_of(folder: Path, record_type: RecordType) -> Iterator[dict[str, Any]]:
    """Rows of one record type, in order."""
    for path in row_files(folder, record_type):
        yield from read_rows(path)


def find_rows(path: Path, record_type: RecordType = "article") -> list[Path]:
    """The files that ``path`` names: itself, or those of ``record_type`` in a dataset folder or collection. Raises UsageError."""
    if path.is_file():
        return [path]
    for folder in (path, path / "dataset"):
        if found := row_files(folder, record_type):
            return found
    raise UsageError(f"{path}: no {FILENAMES[record_type]} here")


def record_type_of(path: Path) -> RecordType:
    """What a JSON Lines file holds: its first row says so, the name of an empty one does; else articles."""
    with path.open("rb") as stream:
        first = stream.readline()
    try:
        stated = orjson.loads(first).get("record_type")
    except (orjson.JSONDecodeError, AttributeError):
        stated = None
    for record_type, name in FILENAMES.items():
        if stated == record_type or (stated is None and path.name.startswith(name.removesuffix(".jsonl"))):
            return record_type
    return "article"


def put(path: Path, content: bytes) -> None:
    """Write ``path`` aside and rename it; a file that is the same already is left alone. Raises OSError."""
    if path.is_file() and path.read_bytes() == content:
        return
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def record_types(folder: Path) -> list[RecordType]:
    """The record types that have a file in ``folder``, in the table's order."""
    return [record_type for record_type in TABLES if row_files(folder, record_type)]
