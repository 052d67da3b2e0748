"""Two extractions of the same captures, field by field: what newer code gained and lost."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

# What says where and with what a row was made, not what the page says.
_MADE_WITH = frozenset(
    {"schema_version", "extractor", "extractor_config", "warc_filename", "warc_record_offset", "warc_record_length"}
)
_WORD = re.compile(r"\w+")
_EXAMPLES = 3


@dataclass(slots=True)
class FieldDiff:
    """Rows in which a field was gained (had been unknown), lost, or is another; of texts and lists, words gained and lost."""

    gained: int = 0
    lost: int = 0
    changed: int = 0
    words_gained: int = 0
    words_lost: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Diff:
    """``both`` rows are of captures that both sides have, ``same`` of them equal; ``old_urls`` and ``new_urls`` are examples."""

    both: int = 0
    same: int = 0
    only_old: int = 0
    only_new: int = 0
    old_urls: list[str] = field(default_factory=list)
    new_urls: list[str] = field(default_factory=list)
    fields: dict[str, FieldDiff] = field(default_factory=dict)


class OldRows:
    """Rows of the older extraction, kept in a temporary file: memory does not grow with them, and the new may take their place."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def compare(self, new: Iterable[dict[str, Any]]) -> Diff:
        """Rows are joined by ``id`` (article and capture)."""
        diff = Diff()
        for row in new:
            found = self._db.execute("SELECT line FROM rows WHERE id = ?", (row["id"],)).fetchone()
            if found is None:
                diff.only_new += 1
                diff.new_urls += [row["url"]] * (len(diff.new_urls) < _EXAMPLES)
                continue
            self._db.execute("UPDATE rows SET seen = 1 WHERE id = ?", (row["id"],))
            _compare_rows(diff, orjson.loads(found[0]), row)
        (diff.only_old,) = self._db.execute("SELECT count(*) FROM rows WHERE NOT seen").fetchone()
        lines = self._db.execute("SELECT line FROM rows WHERE NOT seen ORDER BY id LIMIT ?", (_EXAMPLES,))
        diff.old_urls = [orjson.loads(line)["url"] for (line,) in lines]
        return diff


@contextmanager
def old_rows(old: Iterable[dict[str, Any]]) -> Iterator[OldRows]:
    """``old`` set aside, to be compared with what is made next."""
    with tempfile.TemporaryDirectory(prefix="archiver-") as folder:
        db = sqlite3.connect(Path(folder) / "old.sqlite", isolation_level=None)
        try:
            db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            db.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, line BLOB, seen INTEGER DEFAULT 0)")
            db.execute("BEGIN")
            db.executemany("INSERT OR REPLACE INTO rows (id, line) VALUES (?, ?)", ((row["id"], orjson.dumps(row)) for row in old))
            yield OldRows(db)
        finally:
            db.close()


def _compare_rows(diff: Diff, old: dict[str, Any], new: dict[str, Any]) -> None:
    diff.both += 1
    names = [name for name in {**old, **new} if name not in _MADE_WITH and old.get(name) != new.get(name)]
    diff.same += not names
    for name in names:
        _note(diff.fields.setdefault(name, FieldDiff()), new["url"], old.get(name), new.get(name))


def _note(seen: FieldDiff, url: str, old: Any, new: Any) -> None:
    if old in (None, "", []):
        seen.gained += 1
    elif new in (None, "", []):
        seen.lost += 1
    else:
        seen.changed += 1
    first, second = _words(old), _words(new)
    seen.words_gained += sum((second - first).values())
    seen.words_lost += sum((first - second).values())
    if len(seen.examples) < _EXAMPLES:
        seen.examples.append({"url": url, "old": old, "new": new})


def _words(value: Any) -> Counter[str]:
    if isinstance(value, str):
        return Counter(_WORD.findall(value))
    return Counter(value) if isinstance(value, list) else Counter()
