"""The look-up against the records. It is a cache: what is wrong with it is one warning, and ``archiver index`` makes it anew."""

from __future__ import annotations

import shutil
import sqlite3

from archiver.collection.layout import Collection
from archiver.index.database import FILENAME
from archiver.verify.hashes import CAPTURE_COLUMNS, hash_values
from archiver.verify.ledger import Ledger

_PLACE = f"indexes/{FILENAME}"
_REMEDY = "it is a cache: run archiver index to make it anew"
_SELECT = f"SELECT {', '.join(CAPTURE_COLUMNS)} FROM captures"  # noqa: S608
_FILENAME, _OFFSET = CAPTURE_COLUMNS.index("filename"), CAPTURE_COLUMNS.index("offset")


def check_lookup(collection: Collection, numbers: dict[str, int], ledger: Ledger) -> None:
    """Whether the look-up knows exactly the captures that are there. Reads a copy: opening the file itself may write to it."""
    path = collection.indexes / FILENAME
    expected = ledger.number("SELECT count(*) FROM records WHERE capture_hash IS NOT NULL")
    if not path.is_file():
        if expected:
            ledger.find("warning", "lookup", _PLACE, f"not there; {_REMEDY}")
        return
    try:
        for suffix in ("", "-wal"):
            source = path.with_name(path.name + suffix)
            if source.is_file():
                shutil.copyfile(source, ledger.folder / source.name)
        right, stale = _compared(ledger.folder / FILENAME, numbers, ledger)
    except (sqlite3.Error, OSError, OverflowError, UnicodeError) as error:
        ledger.find("warning", "lookup", _PLACE, f"cannot be read ({type(error).__name__}); {_REMEDY}")
        return
    if stale or right != expected:
        what = f"{expected - right} captures missing or different, {stale} of no record; {_REMEDY}"
        ledger.find("warning", "lookup", _PLACE, what)


def _compared(copy: object, numbers: dict[str, int], ledger: Ledger) -> tuple[int, int]:
    """How many of its captures are as the records say, and how many are of no record."""
    right = stale = 0
    db = sqlite3.connect(str(copy))
    try:
        # A table, not a view: nothing in the file may compute.
        kind = db.execute("SELECT type FROM sqlite_master WHERE name = 'captures'").fetchone()
        if kind != ("table",):
            raise sqlite3.DatabaseError("no captures")
        for row in db.execute(_SELECT):
            number, offset = numbers.get(row[_FILENAME]), row[_OFFSET]
            found = None
            if number is not None and type(offset) is int:
                found = ledger.one("SELECT capture_hash FROM records WHERE file = ? AND offset = ?", (number, offset))
            if found is None or found[0] is None:
                stale += 1
            elif found[0] == hash_values(row):
                right += 1
    finally:
        db.close()
    return right, stale
