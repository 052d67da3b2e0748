"""A collection's past, day by day, as rows: what alarms are about takes weeks to crawl and a moment to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archiver.collection.layout import Collection
from archiver.dataset.jsonl import encode_row
from archiver.dataset.schema import FILENAMES, TABLES, RecordType, complete_row
from archiver.urls import url_id

FIRST = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # a Monday
WORLD, SPORT = "https://news.example/world/", "https://news.example/sport/"


def plain(record_type: RecordType, **values: Any) -> dict[str, Any]:
    """A row with something in every field that must have something."""
    defaults: dict[str, Any] = {"str": "x", "int": 1, "bool": False, "instant": "2026-01-01T00:00:00.000Z", "list": []}
    filled = {
        f.name: None if f.nullable else defaults[f.kind] for f in TABLES[record_type] if f.name[-4:] != "type" or f.kind != "str"
    }
    filled = {name: value for name, value in filled.items() if name not in ("schema_version", "record_type")}
    types = {"simhash": f"sh64:{0:016x}", "listing_type": "section", "page_type": "article", "warc_type": "response"}
    names = {f.name for f in TABLES[record_type]}
    if record_type == "failure":
        types["warc_type"] = None  # type: ignore[assignment]
    return complete_row(record_type, {**filled, **{k: v for k, v in types.items() if k in names}, **values})


@dataclass
class Day:
    """One run: how many new articles each section gave, and what was unusual about them."""

    new: dict[str, int]
    article: dict[str, Any] = field(default_factory=dict)
    failures: Sequence[tuple[str, str]] = ()
    finish_reason: str | None = "finished"
    hour: float = 0
    silent: Sequence[str] = ()


def usual(**more: Any) -> Day:
    return Day({WORLD: 14, SPORT: 4}, **more)


def write_past(root: Path, days: Sequence[Day], seeds: Sequence[str] = (WORLD, SPORT)) -> Collection:
    """A collection of these days' runs. Each section page shows the last 20 articles."""
    collection = Collection(root)
    for folder in (collection.archive, collection.dataset, collection.indexes):
        folder.mkdir(parents=True, exist_ok=True)
    rows: dict[RecordType, list[dict[str, Any]]] = {record_type: [] for record_type in TABLES}
    shown: dict[str, list[str]] = {seed: [] for seed in seeds}
    for number, day in enumerate(days):
        _write_day(rows, shown, number, day, seeds)
    for record_type, name in FILENAMES.items():
        (collection.dataset / name).write_bytes(b"".join(map(encode_row, rows[record_type])))
    return collection


def _write_day(
    rows: dict[RecordType, list[dict[str, Any]]], shown: dict[str, list[str]], number: int, day: Day, seeds: Sequence[str]
) -> None:
    at = FIRST + timedelta(days=number, hours=day.hour, minutes=number % 7)
    instant, run_id = f"{at:%Y-%m-%dT%H:%M:%S}.000Z", f"run:{number:04d}"
    for section, count in day.new.items():
        for item in range(count):
            url = f"{section}{number}/{item}"
            shown[section].insert(0, url)
            values = {
                "id": f"art:{number}-{item}-{section}",
                "article_id": url_id(url),
                "url": url,
                "url_final": url,
                "run_id": run_id,
                "domain": "news.example",
                "fetched_at": instant,
                "discovered_from": section,
                "title": f"Story {item}",
                "authors": ["Ann Other"],
                "date_published_day": "2026-03-01",
                "section": "World",
                "language": "en",
                "word_count": 400 + item,
                "extraction_status": "ok",
                "page_type": "article",
                "warc_record_id": f"urn:uuid:{number}-{item}",
            }
            rows["article"].append(plain("article", **(values | day.article)))
    for section, urls in shown.items():
        for rank, url in enumerate(urls[:20] if section not in day.silent else [], 1):
            rows["appearance"].append(
                plain(
                    "appearance",
                    id=f"app:{number}-{rank}-{section}",
                    run_id=run_id,
                    listing_url=section,
                    listing_id=url_id(section),
                    observed_at=instant,
                    rank=rank,
                    url=url,
                    article_id=url_id(url),
                    page_number=1,
                    headline=f"Story {rank}",
                )
            )
    for item, (reason, url) in enumerate(day.failures):
        rows["failure"].append(
            plain(
                "failure", id=f"fail:{number}-{item}", run_id=run_id, url=url, reason=reason, at=instant, discovered_from=seeds[0]
            )
        )
    rows["run"].append(
        plain(
            "run",
            run_id=run_id,
            started_at=instant,
            ended_at=instant,
            finish_reason=day.finish_reason,
            seeds=list(seeds),
            exchanges=100 + number,
            revisits=number % 5,
            robots_policy="obey",
            settings="{}",
            articles_new=sum(day.new.values()),
        )
    )
