"""Loading the dataset in Python: rows one by one, or typed columns."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archiver.dataset.jsonl import read_rows
from archiver.dataset.schema import FILENAMES, TABLES, RecordType
from archiver.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa


def read_articles(path: str | PathLike[str]) -> Iterator[dict[str, Any]]:
    """Rows of articles.jsonl as dicts, in order. ``path`` is the file, a dataset folder or a collection.

    Raises UsageError when there is no such file, ValueError with ``file@offset`` for a torn line.
    """
    for file in article_files(Path(path)):
        yield from read_rows(file)


def article_files(path: Path) -> list[Path]:
    """The article files that ``path`` names: itself, or those in a dataset folder or collection."""
    if path.is_file():
        return [path]
    for folder in (path, path / "dataset"):
        found = sorted(folder.glob("articles*.jsonl"))
        if found:
            return found
    raise UsageError(f"{path}: no articles.jsonl here")


def load(path: str | PathLike[str]) -> pa.Table:
    """A JSON Lines file of the dataset as a typed pyarrow Table; the types are the field table's, whatever the values are.

    ``path`` as in ``read_articles``, or any other file of the dataset by its name. Needs ``archiver[data]``.
    """
    try:
        import pyarrow as pa
    except ImportError as error:
        raise MissingExtraError("pyarrow", "data") from error
    location = Path(path)
    record_type = _record_type(location.name)
    files = [location] if location.is_file() else article_files(location)
    rows = [row for file in files for row in read_rows(file)]
    return pa.Table.from_pylist(rows, schema=arrow_schema(record_type))


def _record_type(filename: str) -> RecordType:
    for record_type, name in FILENAMES.items():
        if filename.startswith(name.removesuffix(".jsonl")):
            return record_type
    return "article"


def arrow_schema(record_type: RecordType) -> pa.Schema:
    """The table as an Arrow schema; instants are timestamps in UTC to the millisecond. Needs pyarrow."""
    import pyarrow as pa

    kinds = {
        "str": pa.string(),
        "int": pa.int64(),
        "bool": pa.bool_(),
        "instant": pa.string(),
        "list": pa.list_(pa.string()),
    }
    return pa.schema([pa.field(field.name, kinds[field.kind], nullable=field.nullable) for field in TABLES[record_type]])
