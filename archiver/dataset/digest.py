"""What a dataset holds, counted: the facts its card states. Memory grows with distinct values only, and those are few."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archiver.dataset.files import record_types, rows_of
from archiver.dataset.schema import RecordType
from archiver.urls import url_id

Row = dict[str, Any]


@dataclass(slots=True)
class Span:
    """First and last value seen; empty strings while there is none."""

    first: str = ""
    last: str = ""

    def add(self, value: str | None) -> None:
        if value:
            self.first = min(self.first or value, value)
            self.last = max(self.last, value)


@dataclass(slots=True)
class Digest:
    """Counts over the rows of one folder. ``gaps`` are URLs, counted by reason, that failed and have no row at all."""

    rows: Counter[RecordType] = field(default_factory=Counter)
    articles: int = 0
    fetched: Span = field(default_factory=Span)
    published: Span = field(default_factory=Span)
    languages: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    page_types: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    stated: Counter[str] = field(default_factory=Counter)
    opt_outs: Counter[str] = field(default_factory=Counter)
    runs: Span = field(default_factory=Span)
    finish_reasons: Counter[str] = field(default_factory=Counter)
    robots: Counter[str] = field(default_factory=Counter)
    seeds: Counter[str] = field(default_factory=Counter)
    software: Counter[str] = field(default_factory=Counter)
    operators: Counter[str] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)

    @property
    def hosts(self) -> list[str]:
        """Hosts of the seeds, or the commonest domains where no run is known."""
        hosts = dict.fromkeys(urlsplit(seed).hostname or "" for seed in self.seeds)
        return [host for host in hosts if host] or [domain for domain, _ in self.domains.most_common(3)]


def digest(folder: Path) -> Digest:
    """Count everything in ``folder``. Raises ValueError with ``file@offset`` for a torn line, OSError."""
    found = Digest()
    missing = _failed_urls(rows_of(folder, "failure"))
    for row in rows_of(folder, "article"):
        _add_article(found, row)
        missing.pop(row["article_id"], None)
    for row in rows_of(folder, "appearance"):
        found.rows["appearance"] += 1
        missing.pop(row["listing_id"], None)
    for row in rows_of(folder, "run"):
        _add_run(found, row)
    found.rows["failure"] = sum(1 for _ in rows_of(folder, "failure"))
    found.gaps.update(missing.values())
    for record_type in record_types(folder):
        found.rows[record_type] += 0
    return found


def _failed_urls(failures: Iterable[Row]) -> dict[str, str]:
    """The last reason of each URL that failed, by its id."""
    return {url_id(row["url"]): row["reason"] for row in failures}


def _add_article(found: Digest, row: Row) -> None:
    found.rows["article"] += 1
    found.articles += row["version"] == 1
    found.fetched.add(row["fetched_at"])
    found.published.add(row["date_published_day"])
    if row["language_detected"]:
        found.languages[row["language_detected"]] += 1
    found.domains[row["domain"]] += 1
    found.page_types[row["page_type"]] += 1
    found.statuses[row["extraction_status"]] += 1
    found.software[row["extractor"]] += 1
    for name in ("title", "authors", "date_published_day", "section", "language"):
        found.stated[name] += bool(row[name])
    found.opt_outs["tdm_reservation"] += row["tdm_reservation"] is True
    found.opt_outs["noarchive"] += row["noarchive"] is True


def _add_run(found: Digest, row: Row) -> None:
    found.rows["run"] += 1
    found.runs.add(row["started_at"])
    found.finish_reasons[row["finish_reason"] or "unknown"] += 1
    found.robots[row["robots_policy"]] += 1
    found.seeds.update(row["seeds"])
    found.software.update(row["software"])
    if row["operator"]:
        found.operators[row["operator"]] += 1


def share(part: int, whole: int) -> str:
    """``96 %``, or a dash of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def as_json(value: Any) -> bytes:
    """A JSON document as files of the dataset hold it: indented, keys in the order given, a newline at its end."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")
