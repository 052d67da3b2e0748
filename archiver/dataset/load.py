"""Loading the dataset in Python: rows one by one, or typed columns."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from archiver.dataset.arrow import arrow_schema, record_batches, require_pyarrow
from archiver.dataset.files import find_rows, record_type_of
from archiver.dataset.jsonl import read_rows
from archiver.dataset.schema import TABLES
from archiver.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Target = Literal["arrow", "pandas", "polars"]


def read_articles(path: str | PathLike[str]) -> Iterator[dict[str, Any]]:
    """Rows of articles.jsonl as dicts, in order. ``path`` is the file, a dataset folder or a collection.

    Raises UsageError when there is no such file, ValueError with ``file@offset`` for a torn line.
    """
    for file in find_rows(Path(path)):
        yield from read_rows(file)


@overload
def load(path: str | PathLike[str], to: Literal["arrow"] = "arrow") -> pa.Table: ...
@overload
def load(path: str | PathLike[str], to: Literal["pandas"]) -> pd.DataFrame: ...
@overload
def load(path: str | PathLike[str], to: Literal["polars"]) -> pl.DataFrame: ...
def load(path: str | PathLike[str], to: Target = "arrow") -> Any:
    """JSON Lines of the dataset as a typed table: a pyarrow Table, or a pandas or polars DataFrame.

    The types are the field table's, whatever the values are: instants are timestamps in UTC, integers and booleans with nulls stay
    what they are. ``path`` is any file of the dataset, or a dataset folder or a collection, whose articles are loaded. Needs
    ``archiver[data]``. Raises UsageError when there is no such file, ValueError with ``file@offset`` for a torn line.
    """
    require_pyarrow()
    import pyarrow as pa

    if to not in ("arrow", "pandas", "polars"):
        raise ValueError(f"to={to!r}: not arrow, pandas or polars")
    files = find_rows(Path(path))
    fields = TABLES[record_type_of(files[0])]
    batches = (batch for file in files for batch in record_batches(read_rows(file), fields, file.name))
    table = pa.Table.from_batches(batches, arrow_schema(fields))
    if to == "arrow":
        return table
    try:
        if to == "pandas":
            return table.to_pandas()
        import polars as pl

        return pl.from_arrow(table)
    except ImportError as error:
        raise UsageError(f"this needs {to}: pip install {to}") from error
