"""What is known of a run afterwards: its own settings, and its counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from archiver.collection.layout import Collection
from archiver.dataset.jsonl import read_rows
from archiver.dataset.schema import FILENAMES, RecordType
from archiver.index.lookup import Lookup
from archiver.model import RunInfo


def _setting(run: RunInfo, name: str, default: Any) -> Any:
    try:
        return json.loads(run.settings).get(name, default)
    except (ValueError, AttributeError):
        return default


def extracts(run: RunInfo) -> bool:
    """Whether the run wrote a dataset (not ``--no-extract``)."""
    return bool(_setting(run, "extract", True))


def max_page_bytes(run: RunInfo) -> int:
    """The largest decoded page the run took, in bytes."""
    limit = _setting(run, "max_response_bytes", 64 * 2**20)
    return limit if isinstance(limit, int) and limit > 0 else 64 * 2**20


def run_counts(collection: Collection, lookup: Lookup, run_id: str) -> Counter[str]:
    """Counts of a run's line in runs.jsonl, from its files and rows; ``articles_unchanged`` leaves no trace and is not counted."""
    counts: Counter[str] = Counter()
    for file in lookup.files_of_run(run_id):
        counts["exchanges"] += file.exchanges
        counts["bytes_received"] += file.bytes_received
    counts["revisits"] = lookup.count_of_run(run_id, "warc_type = 'revisit'")
    counts["requisites"] = lookup.count_of_run(run_id, "purpose = 'requisite'")
    for row in _rows(collection, "article", run_id):
        counts["articles_new" if row["version"] == 1 else "articles_changed"] += 1
    listings = set()
    for row in _rows(collection, "appearance", run_id):
        counts["appearances"] += 1
        listings.add(row["warc_record_id"])
    counts["listings"] = len(listings)
    counts["failures"] = sum(1 for _ in _rows(collection, "failure", run_id))
    return counts


def _rows(collection: Collection, kind: RecordType, run_id: str) -> Iterator[dict[str, Any]]:
    path = collection.dataset / FILENAMES[kind]
    if path.exists():
        yield from (row for row in read_rows(path) if row["run_id"] == run_id)
