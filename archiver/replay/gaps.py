"""What replay of an article will miss, measured when it is first looked at and kept; a home page does not wait for it long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archiver.collection.layout import Collection
from archiver.errors import CollectionError
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup
from archiver.reextract.completeness import PageCompleteness, measure_rows

# Some 15 ms an article; a page of results has 40.
_WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class Gap:
    """``missing`` of ``needed`` requisites are not in the archive; ``what`` counts them by role; ``items`` are (role, URL)."""

    needed: int
    missing: int
    what: str
    items: tuple[tuple[str, str], ...]


class Gaps:
    """Any thread may ask; one measures at a time."""

    def __init__(self, collection: Collection) -> None:
        self._collection, self._known, self._lock = collection, dict[str, Gap | None](), threading.Lock()

    def of(self, rows: Iterable[dict[str, Any]]) -> dict[str, Gap]:
        """By row id; without those that cannot be read, or that there was no time to measure. Empty where the look-up
        cannot be read."""
        wanted, until = list(rows), time.monotonic() + _WAIT_S
        with self._lock:
            waiting = [row for row in wanted if row["id"] not in self._known]
            if waiting:
                self._measure(waiting, until)
            found = {row["id"]: self._known.get(row["id"]) for row in wanted}
        return {row_id: gap for row_id, gap in found.items() if gap is not None}

    def _measure(self, rows: list[dict[str, Any]], until: float) -> None:
        try:
            lookup = Lookup(self._collection.indexes / LOOKUP, read_only=True)
        except CollectionError:
            return
        try:
            for row, page in measure_rows(self._collection, lookup, rows):
                self._known[row["id"]] = _gap(page) if page is not None else None
                if time.monotonic() > until:
                    break
        finally:
            lookup.close()


def _gap(page: PageCompleteness) -> Gap:
    counts = ((role, page.missing_of(role)) for role in sorted(page.needed))
    what = ", ".join(f"{count} {role}" for role, count in counts if count)
    return Gap(sum(page.needed.values()), len(page.missing), what, tuple((item.role, item.url) for item in page.missing))
