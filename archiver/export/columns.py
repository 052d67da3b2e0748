"""The columns of an export: the field table's, and those that are computed from all rows together."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson

from archiver.dataset.schema import FILENAMES, TABLES, Field, Kind, RecordType, Table

COMPUTED: Mapping[RecordType, Table] = MappingProxyType(
    {
        "article": (
            Field("is_latest", "bool", False, "no later version of this article is there"),
            Field("last_checked_at", "instant", False, "last capture that found this very version, as a row or unchanged"),
            Field("duplicate_of", "str", True, "article_id of the oldest article with nearly the same text, by SimHash"),
        ),
        "failure": (Field("article_id", "str", False, "url: + 32 hex of the URL that failed, joins the other tables"),),
    }
)
NAMES: Mapping[str, RecordType] = MappingProxyType({name.removesuffix(".jsonl"): kind for kind, name in FILENAMES.items()})
TABLE_NAMES: Mapping[RecordType, str] = MappingProxyType({kind: name for name, kind in NAMES.items()})
_SQL_TYPES: dict[Kind, str] = {"str": "TEXT", "int": "INTEGER", "bool": "INTEGER", "instant": "TEXT", "list": "TEXT"}


def columns(record_type: RecordType) -> Table:
    """Every column of the exported table, the computed ones last."""
    return (*TABLES[record_type], *COMPUTED.get(record_type, ()))


def create_table(record_type: RecordType) -> str:
    """The table in SQLite: lists are JSON texts, booleans 0 and 1, instants as in the JSON Lines (they sort as text)."""
    parts = [f'"{field.name}" {_SQL_TYPES[field.kind]}' for field in columns(record_type)]
    # A key of its own: FTS5 refers to it, and VACUUM may renumber a hidden one.
    return f"CREATE TABLE {TABLE_NAMES[record_type]} (row INTEGER PRIMARY KEY, {', '.join(parts)}) STRICT"


def to_sql(field: Field, value: Any) -> Any:
    """``value`` of a row as SQLite holds it."""
    return orjson.dumps(value).decode() if field.kind == "list" and value is not None else value


def from_sql(field: Field, value: Any) -> Any:
    """The value of a row again."""
    if value is None:
        return None
    if field.kind == "list":
        return orjson.loads(value)
    return bool(value) if field.kind == "bool" else value
