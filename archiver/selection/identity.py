"""The id of a selection: made from what it holds, the same wherever and whenever it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from archiver.collection.layout import Collection
from archiver.selection.copy import record_line
from archiver.warc.reader import Damage, read_records

PREFIX = "selection:sha256:"
# The file that tells of the selection itself is no part of it.
OWN_FILE = "Selection-Of"


def selection_id(lines: Iterable[str]) -> str:
    """sha256 over the lines ``<WARC-Record-ID> <WARC-Block-Digest>`` of the copied records, sorted bytewise, a newline each."""
    digest = hashlib.sha256()
    for line in sorted(line.encode() for line in lines):
        digest.update(line + b"\n")
    return PREFIX + digest.hexdigest()


def measured_id(collection: Collection) -> str:
    """The id that the records in ``archive/`` of a selection give now."""
    lines: list[str] = []
    for path in collection.warcs():
        found: list[str] = []
        for record in read_records(path):
            if isinstance(record, Damage):
                continue
            if record.warc_type == "warcinfo" and f"{OWN_FILE}: ".encode() in record.read():
                break
            line = record_line(record)
            found += [line] if line else []
        lines += found
    return selection_id(lines)
