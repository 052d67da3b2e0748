"""Append-only JSON Lines: one write a line, a torn tail cut before anything is added, lines read back with their place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from archiver.appending import AppendedFile
from archiver.dataset.schema import FILENAMES, RecordType, complete_row
from archiver.errors import RowFormatError


def encode_row(row: Mapping[str, Any]) -> bytes:
    """One line with its newline: UTF-8, no NaN; lone surrogates (which JSON cannot hold) become U+FFFD."""
    try:
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode() + b"\n"


class RowFile:
    """One file of the dataset, open for appending. After ``append`` the line is with the kernel. One thread."""

    def __init__(self, folder: Path, record_type: RecordType) -> None:
        self.record_type = record_type
        self.path = folder / FILENAMES[record_type]
        self._file = AppendedFile(self.path)

    def append(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Complete ``values`` to a row, write its line, return the row. Raises StoreError and leaves no half line behind."""
        row = complete_row(self.record_type, values)
        self._file.append(encode_row(row))
        return row

    def sync(self) -> None:
        """fsync; raises StoreError."""
        self._file.sync()

    def close(self) -> None:
        """fsync and close; raises StoreError."""
        self._file.close()


def torn_tail(path: Path) -> int:
    """Bytes after the last newline of ``path``: 0 when it ends well or does not exist."""
    if not path.exists():
        return 0
    size = path.stat().st_size
    torn = 0
    with path.open("rb") as stream:
        while torn < size:
            step = min(1 << 16, size - torn)
            stream.seek(size - torn - step)
            newline = stream.read(step).rfind(b"\n")
            if newline >= 0:
                return torn + step - newline - 1
            torn += step
    return torn


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSON Lines file in order; RowFormatError (a ValueError) with ``file@offset`` for a line that is no JSON object."""
    offset = 0
    with path.open("rb") as stream:
        for line in stream:
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise RowFormatError("not a JSON line; run archiver repair", f"{path.name}@{offset}") from error
            if not isinstance(row, dict):
                raise RowFormatError("not a JSON object", f"{path.name}@{offset}")
            yield row
            offset += len(line)
