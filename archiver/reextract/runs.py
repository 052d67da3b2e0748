"""What is known of a run afterwards: its own settings, and its counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from archiver.collection.layout import Collection
from archiver.dataset.jsonl import read_rows
from archiver.dataset.rows import run_values
from archiver.dataset.schema import FILENAMES, RecordType
from archiver.index.lookup import Lookup
from archiver.model import RunInfo
from archiver.warc.metadata import Pairs


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
    limit = _setting(run, "max_page_bytes", 64 * 2**20)
    return limit if isinstance(limit, int) and limit > 0 else 64 * 2**20


def finish_reasons(collection: Collection, lookup: Lookup) -> dict[str, str]:
    """How each run ended. Those that did not are not in it: the line in runs.jsonl is the last thing that an ending run writes."""
    path = collection.dataset / FILENAMES["run"]
    told = {(row["run_id"], row["finish_reason"]) for row in (read_rows(path) if path.exists() else ())}
    reasons = ((run.run_id, lookup.runs.finish_reason(run.run_id)) for run in lookup.runs.all())
    return {run_id: reason for run_id, reason in reasons if reason is not None and (run_id, reason) in told}


def run_line(run: RunInfo, pairs: Pairs) -> dict[str, Any]:
    """The line of a run in runs.jsonl, from its ``warcinfo`` and the record that ended it."""
    found = dict(reversed(pairs))
    ended_at = found.get("ended_at")
    counted = [(name.removeprefix("count."), value) for name, value in pairs if name.startswith("count.")]
    return run_values(
        run,
        ended_at=datetime.fromisoformat(ended_at) if ended_at else None,
        finish_reason=found.get("finish_reason"),
        counts={name: int(value) for name, value in counted if value.isdigit() and len(value) < 16},
        warc_files=[value for name, value in pairs if name == "warc_file"],
    )


def ends_to_tell(lookup: Lookup) -> Iterator[tuple[RunInfo, Pairs]]:
    """The ends that have a line in runs.jsonl, in order.

    A run that was killed between the record of its end and the line was gone on with when it had finished, and ended once more; any
    other end is told, and a run that was stopped twice has two lines.
    """
    runs = {run.run_id: run for run in lookup.runs.all()}
    ends = list(lookup.runs.ends())
    last = {run_id: place for place, (run_id, _) in enumerate(ends)}
    for place, (run_id, pairs) in enumerate(ends):
        if run_id in runs and (place == last[run_id] or dict(pairs).get("finish_reason") != "finished"):
            yield runs[run_id], pairs


# Captures of article pages that were there; what was no page after all has failed.
_CHECKED = (
    "purpose = 'article' AND truncated IS NULL AND status IN (200, 304)"
    " AND record_id NOT IN (SELECT record_id FROM failures WHERE record_id IS NOT NULL)"
)


def run_counts(collection: Collection, lookup: Lookup, run: RunInfo) -> Counter[str]:
    """Counts of a run's line in runs.jsonl from its files and rows, which must be complete."""
    counts: Counter[str] = Counter()
    for file in lookup.files_of_run(run.run_id):
        counts["exchanges"] += file.exchanges
        counts["bytes_received"] += file.bytes_received
    counts["revisits"] = lookup.count_of_run(run.run_id, "warc_type = 'revisit'")
    counts["requisites"] = lookup.count_of_run(run.run_id, "purpose = 'requisite'")
    for row in _rows(collection, "article", run.run_id):
        counts["articles_new" if row["version"] == 1 else "articles_changed"] += 1
    if extracts(run):
        with_a_row = counts["articles_new"] + counts["articles_changed"]
        counts["articles_unchanged"] = max(0, lookup.count_of_run(run.run_id, _CHECKED) - with_a_row)
    listings = set()
    for row in _rows(collection, "appearance", run.run_id):
        counts["appearances"] += 1
        if row["listing_type"] in ("feed", "sitemap"):
            counts[f"{row['listing_type']}_appearances"] += 1
        listings.add(row["warc_record_id"])
    counts["listings"] = len(listings)
    counts["failures"] = sum(1 for _ in _rows(collection, "failure", run.run_id))
    return counts


def _rows(collection: Collection, kind: RecordType, run_id: str) -> Iterator[dict[str, Any]]:
    path = collection.dataset / FILENAMES[kind]
    if path.exists():
        yield from (row for row in read_rows(path) if row["run_id"] == run_id)
