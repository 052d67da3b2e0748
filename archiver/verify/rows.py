"""Reads the dataset's JSON Lines into the ledger, each row checked by itself on the way."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from archiver.collection.layout import Collection
from archiver.dataset.jsonl import encode_row
from archiver.dataset.schema import FILENAMES, RecordType
from archiver.verify.findings import shown
from archiver.verify.ledger import Ledger
from archiver.verify.lines import Line, read_lines
from archiver.verify.row_rules import Row, derived_faults, shape_faults

# A page of the largest size that is taken, as text of one row.
_MAX_LINE = 128 << 20
_REPAIR = "run archiver repair"


class RowReader:
    """Loads the files of a dataset. ``numbers``: the ledger's number of each WARC file of ``archive/`` by its name.

    Only what was there when ``stops`` was taken is read, so that rows a crawl appends meanwhile do not count.
    """

    def __init__(self, collection: Collection, numbers: dict[str, int], ledger: Ledger) -> None:
        self._collection, self._numbers, self._ledger = collection, numbers, ledger
        self.count = 0

    def read(self, record_type: RecordType, stop: int) -> None:
        """Load one file up to byte ``stop``."""
        path = self._collection.dataset / FILENAMES[record_type]
        place = f"dataset/{path.name}"
        if not path.exists():
            # What should be in it is missed where the records are looked at.
            return
        try:
            for line in read_lines(path, max_line=_MAX_LINE, stop=stop):
                self._line(record_type, place, line)
        except OSError as error:
            self._ledger.find("error", "unreadable", place, f"cannot be read: {error.strerror}")

    def _line(self, record_type: RecordType, place: str, line: Line) -> None:
        self.count += 1
        row, fault = _parse(line)
        if row is None:
            self._find("row-line", place, line, fault)
            return
        if fault:
            self._find("row-line", place, line, fault)
        faults = shape_faults(record_type, row)
        for what in faults:
            self._find("row-schema", place, line, f"{what}: not as in dataset/schema; run archiver rebuild")
        if faults:
            return
        for what in derived_faults(record_type, row):
            self._find("row-value", place, line, f"{what}; run archiver rebuild")
        if record_type == "run":
            self._enter_run(place, line, row)
        else:
            self._enter(record_type, place, line, row)

    def _find(self, kind: str, place: str, line: Line, message: str) -> None:
        self._ledger.find("error", kind, place, message, line=line.number)

    def _file(self, place: str, line: Line, filename: str | None) -> int | None:
        """The number of a WARC file that a row names; one that is not there is remembered as wanted."""
        if filename is None:
            return None
        number = self._numbers.get(filename)
        if number is None:
            self._ledger.add("wanted", (filename, place, line.number))
        return number

    def _enter(self, record_type: RecordType, place: str, line: Line, row: Row) -> None:
        values = _COLUMNS[record_type](row)
        pointer = (
            self._file(place, line, row["warc_filename"]),
            row["warc_record_offset"],
            row["warc_record_length"],
            row["warc_record_id"],
            row["warc_type"],
            row["warc_payload_digest"],
            self._file(place, line, row["warc_refers_to_filename"]),
            row["warc_refers_to_offset"],
            row["warc_refers_to_length"],
            row["warc_refers_to_record_id"],
        )
        self._ledger.add(
            "rows", (record_type, line.number, line.offset, row["id"], row["run_id"], *values[:5], *pointer, *values[5:])
        )

    def _enter_run(self, place: str, line: Line, row: Row) -> None:
        for filename in row["warc_files"]:
            self._file(place, line, filename)
        articles = row["articles_new"] + row["articles_changed"]
        counts = (articles, row["appearances"], row["failures"], row["ended_at"] is not None)
        if articles < 2**63:
            self._ledger.add("run_rows", (line.number, row["run_id"], *counts))


def _parse(line: Line) -> tuple[Row | None, str]:
    """The row of a line, and what is wrong with its form."""
    if line.data is None:
        return None, f"a line of over {_MAX_LINE} bytes is no row: {_REPAIR}"
    if not line.ends:
        return None, f"a torn last line of {len(line.data)} bytes, which loaders refuse the whole file for: {_REPAIR}"
    try:
        row = orjson.loads(line.data)
    except (orjson.JSONDecodeError, RecursionError) as error:
        return None, f"not JSON ({shown(str(error))}): {_REPAIR}"
    if not isinstance(row, dict):
        return None, f"no JSON object: {_REPAIR}"
    try:
        same = encode_row(row)[:-1] == line.data
    except (TypeError, ValueError, RecursionError):
        same = False
    return (
        row,
        "" if same else "written in another form than this program's: a key stated twice, spaces or escapes; run archiver rebuild",
    )


def read_row(path: Path, offset: int) -> Row | None:
    """The row whose line begins at ``offset``, ``None`` when it is no longer there."""
    with path.open("rb") as stream:
        stream.seek(offset)
        try:
            row = orjson.loads(stream.readline(_MAX_LINE))
        except orjson.JSONDecodeError:
            return None
    return row if isinstance(row, dict) else None


def _article_columns(row: Row) -> tuple[Any, ...]:
    first = (row["article_id"], row["url"], row["url_final"], row["fetched_at"], row["http_status"])
    text = sha256(row["text"].encode()).hexdigest()
    discovery = (row["discovered_via"], row["discovered_from"], row["depth"])
    return (*first, row["version"], row["content_digest"], text, None, None, *discovery, row["extraction_status"])


def _appearance_columns(row: Row) -> tuple[Any, ...]:
    first = (row["listing_id"], row["listing_url"], row["listing_url_final"], row["observed_at"], None)
    return (*first, None, None, None, row["rank"], row["items_on_page"], None, None, None, None)


def _failure_columns(row: Row) -> tuple[Any, ...]:
    first = (None, row["url"], None, None, row["http_status"])
    return (*first, None, None, None, None, None, row["discovered_via"], row["discovered_from"], None, None)


_COLUMNS = {"article": _article_columns, "appearance": _appearance_columns, "failure": _failure_columns}
