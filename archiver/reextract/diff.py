"""Two extractions of the same captures, field by field: what newer code gained and lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

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
    """``both`` rows are of captures that both sides have, ``same`` of them equal."""

    both: int = 0
    same: int = 0
    only_old: list[str] = field(default_factory=list)
    only_new: list[str] = field(default_factory=list)
    fields: dict[str, FieldDiff] = field(default_factory=dict)


def compare(old: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]]) -> Diff:
    """Rows are joined by ``id`` (article and capture); the old ones are held in memory."""
    before = {row["id"]: row for row in old}
    diff = Diff()
    for row in new:
        other = before.pop(row["id"], None)
        if other is None:
            diff.only_new.append(row["url"])
            continue
        diff.both += 1
        names = [name for name in {**other, **row} if name not in _MADE_WITH and other.get(name) != row.get(name)]
        diff.same += not names
        for name in names:
            _note(diff.fields.setdefault(name, FieldDiff()), row["url"], other.get(name), row.get(name))
    diff.only_old = [row["url"] for row in before.values()]
    return diff


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
