"""Rows in the order that loaders which sniff types get wrong: every nullable field is null until the last lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archiver.dataset.jsonl import encode_row
from archiver.dataset.schema import FILENAMES, TABLES, RecordType, complete_row

# Each one breaks some loader where types are guessed or values touched: zeros in front, a whole second, a line in U+2028,
# the first and last instants that all tools hold, an integer that no float holds.
STRINGS = (
    "",
    "007",
    "2026-01-01",
    "a\nb",
    "line\u2028end",
    "nul\u0000",
    "\U0001f5de",
    '"quoted", comma',
    "NaN",
    "null",
    "1e5",
)
INSTANTS = ("2026-03-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z", "1900-02-28T23:59:59.999Z", "2099-12-31T23:59:59.001Z")
INTEGERS = (0, 1, 2**53 + 1, 2**63 - 1)


def value(kind: str, number: int) -> Any:
    if kind == "str":
        return STRINGS[number % len(STRINGS)]
    if kind == "int":
        return INTEGERS[number % len(INTEGERS)]
    if kind == "bool":
        return number % 2 == 1
    if kind == "instant":
        return INSTANTS[number % len(INSTANTS)]
    return [] if number % 3 == 0 else [STRINGS[number % len(STRINGS)], "x"][: number % 3]


def worst_rows(record_type: RecordType, count: int) -> list[dict[str, Any]]:
    """``count`` rows; only the last ten have values in the fields that may be null, and in lists."""
    rows = []
    for number in range(count):
        rare = number >= count - 10
        values = {}
        for place, field in enumerate(TABLES[record_type]):
            if field.name in ("schema_version", "record_type"):
                continue
            if not rare and (field.nullable or field.kind == "list"):
                values[field.name] = [] if field.kind == "list" else None
            else:
                values[field.name] = value(field.kind, number + place)
        if "id" in values:
            values["id"] = f"id:{number:05d}"
        rows.append(complete_row(record_type, values))
    return rows


def write_rows(folder: Path, record_type: RecordType, rows: list[dict[str, Any]]) -> Path:
    path = folder / FILENAMES[record_type]
    path.write_bytes(b"".join(map(encode_row, rows)))
    return path
