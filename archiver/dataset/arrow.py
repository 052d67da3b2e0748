"""Rows as typed Arrow columns, and Parquet files of them; the only place that knows pyarrow's types. Needs ``archiver[data]``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archiver.dataset.schema import Table
from archiver.errors import MissingExtraError, RowFormatError
from archiver.warc.series import sync_folder

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]
# A batch becomes a row group: enough rows to compress well, few enough that memory stays flat (bench/dataset.py).
_BATCH_ROWS = 2048
_BATCH_TEXT = 1 << 23


def require_pyarrow() -> None:
    """Raises MissingExtraError where pyarrow is not installed."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("pyarrow", "data") from error


def arrow_schema(table: Table) -> pa.Schema:
    """``table`` as an Arrow schema; instants are timestamps in UTC to the millisecond."""
    import pyarrow as pa

    kinds = {
        "str": pa.string(),
        "int": pa.int64(),
        "bool": pa.bool_(),
        "instant": pa.timestamp("ms", "UTC"),
        "list": pa.list_(pa.string()),
    }
    fields = [pa.field(field.name, kinds[field.kind], nullable=field.nullable) for field in table]
    return pa.schema(fields, metadata={"pandas": json.dumps(_pandas_metadata(table))})


def _pandas_metadata(table: Table) -> dict[str, Any]:
    """What pandas reads beside the types: it makes floats of an integer column with nulls, and objects of such booleans."""
    masked = {"int": ("int64", "Int64"), "bool": ("bool", "boolean")}
    columns = [
        {
            "name": field.name,
            "field_name": field.name,
            "pandas_type": masked[field.kind][0],
            "numpy_type": masked[field.kind][1],
            "metadata": None,
        }
        for field in table
        if field.nullable and field.kind in masked
    ]
    return {"index_columns": [], "column_indexes": [], "columns": columns, "pandas_version": "3.0.0"}


def record_batches(rows: Iterable[Row], table: Table, source: str) -> Iterator[pa.RecordBatch]:
    """``rows`` in typed batches; memory does not grow. Raises RowFormatError, naming ``source``, for a value of another type."""
    schema = arrow_schema(table)
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row.get("text") or "")
        if len(batch) >= _BATCH_ROWS or size >= _BATCH_TEXT:
            yield _batch(batch, table, schema, source)
            batch, size = [], 0
    if batch:
        yield _batch(batch, table, schema, source)


def _batch(rows: list[Row], table: Table, schema: pa.Schema, source: str) -> pa.RecordBatch:
    import pyarrow as pa

    columns = []
    for field, target in zip(table, schema, strict=True):
        values = [row.get(field.name) for row in rows]
        try:
            if field.kind == "instant":
                columns.append(pa.array(values, pa.string()).cast(target.type))
            else:
                columns.append(pa.array(values, target.type))
        except (pa.ArrowException, TypeError, OverflowError) as error:
            raise RowFormatError(f"{field.name}: {error}; run archiver verify", source) from error
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def write_parquet(batches: Iterable[pa.RecordBatch], schema: pa.Schema, target: Path) -> int:
    """Write a zstd Parquet file with page checksums, aside and renamed; rows written. Raises OSError."""
    import pyarrow.parquet as pq

    aside = target.with_name(target.name + ".new")
    count = 0
    with pq.ParquetWriter(aside, schema, compression="zstd", write_page_checksum=True) as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=_BATCH_ROWS)
            count += batch.num_rows
    with aside.open("rb") as written:
        os.fsync(written.fileno())
    aside.replace(target)
    sync_folder(target.parent)
    return count
