"""``export_dataset``: one file for others, written aside and renamed."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archiver.dataset.arrow import arrow_schema, record_batches, require_pyarrow, write_parquet
from archiver.dataset.near_duplicates import DISTANCE
from archiver.dataset.schema import TABLES, RecordType
from archiver.errors import ArchiverError, StoreError, UsageError
from archiver.export.columns import TABLE_NAMES, columns
from archiver.export.database import ExportDatabase
from archiver.export.source import DatasetSource, open_source

Form = Literal["parquet", "sqlite"]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """``table`` is what Parquet holds and what ``where`` is about; SQLite holds every table, and ``where`` is about articles."""

    form: Form
    where: str | None = None
    table: RecordType = "article"
    distance: int = DISTANCE


@contextmanager
def filled_database(
    source: DatasetSource, *, distance: int = DISTANCE, superseded: bool = False, beside: Path | None = None
) -> Iterator[ExportDatabase]:
    """The dataset in a temporary SQLite file, in the folder ``beside`` where one is given."""
    with tempfile.TemporaryDirectory(prefix=".export-", dir=beside) as folder:
        database = ExportDatabase(Path(folder) / "export.sqlite")
        try:
            database.fill(source, distance=distance, superseded=superseded)
            yield database
        except sqlite3.Error as error:
            raise ArchiverError(f"{source.folder}: cannot be loaded into SQLite: {error}") from error
        finally:
            database.close()


def export_dataset(path: Path, output: Path | None, request: ExportRequest) -> tuple[Path, Counter[str]]:
    """Write the export of the collection or dataset folder ``path``; the file, and its rows by table.

    Raises UsageError for wrong SQL or a missing extra, StoreError when the file cannot be written.
    """
    if request.form == "parquet":
        require_pyarrow()
    source = open_source(path)
    target = output or _default_target(source, request)
    if target.is_dir():
        raise UsageError(f"{target}: a folder; name a file with -o")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with filled_database(source, distance=request.distance, beside=target.parent) as database:
            if request.where:
                database.keep(request.table, request.where)
            write = _write_parquet if request.form == "parquet" else _write_sqlite
            return target, write(database, target, request)
    except OSError as error:
        raise StoreError(f"{error.filename or target}: {error.strerror}; name another file with -o") from error


def _default_target(source: DatasetSource, request: ExportRequest) -> Path:
    table = f"-{TABLE_NAMES[request.table]}" if request.table != "article" else ""
    return source.root.resolve().parent / f"{source.name}{table}.{request.form}"


def _write_parquet(database: ExportDatabase, target: Path, request: ExportRequest) -> Counter[str]:
    fields = columns(request.table)
    batches = record_batches(database.rows(request.table), fields, TABLE_NAMES[request.table])
    return Counter({TABLE_NAMES[request.table]: write_parquet(batches, arrow_schema(fields), target)})


def _write_sqlite(database: ExportDatabase, target: Path, request: ExportRequest) -> Counter[str]:
    if request.where:
        database.db.execute("DELETE FROM appearances WHERE article_id NOT IN (SELECT article_id FROM articles)")
    database.finish()
    counts = Counter({TABLE_NAMES[record_type]: database.count(record_type) for record_type in TABLES})
    database.close()
    database.path.replace(target)
    return counts
