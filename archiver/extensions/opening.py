"""Opening a collection for a crawl: repaired, then an unfinished run is gone on with, or closed and a new one begun."""

from __future__ import annotations

import dataclasses
import socket
import sys
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Literal

from archiver._version import __version__
from archiver.capture.dataset_writer import DatasetWriter
from archiver.capture.fault import fault_from_environment
from archiver.capture.launch import CrawlLaunch, same_crawl
from archiver.capture.store import CaptureStore
from archiver.collection.layout import Collection
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup
from archiver.model import RunInfo
from archiver.reextract.repair import Repaired, repair, written_ids
from archiver.reextract.runs import finish_reason, run_counts

# Ends after which the same command goes on with the run; a limit is an end that was asked for.
_RESUMABLE = frozenset({None, "cancelled", "disk", "error"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the last run: ``resume`` it, ``close`` it as interrupted and begin a new one, or just begin (``new``)."""

    action: Literal["resume", "close", "new"]
    why: str = ""


@dataclass(slots=True)
class Opened:
    """A collection that is ready to be written to."""

    store: CaptureStore
    writer: DatasetWriter
    is_resumed: bool
    messages: list[str]


def plan_run(last: RunInfo | None, ended: str | None, launch: CrawlLaunch, now: datetime) -> Plan:
    """Decide on the last run of the collection (DESIGN §6). Pure."""
    if last is None or ended not in _RESUMABLE:
        return Plan("new")
    age_s = (now - last.started_at).total_seconds()
    reasons = (
        (launch.new_run, "a new run was asked for"),
        (age_s > launch.config.options.resume_max_age, f"it is {age_s / 3600:.1f} h old, more than --resume-max-age"),
        (last.seeds != launch.seeds, "it had other seeds"),
        (not same_crawl(last.settings, launch.settings_json), "it had other options"),
    )
    for applies, why in reasons:
        if applies:
            return Plan("close" if ended is None else "new", why)
    return Plan("resume")


def open_for_crawl(collection: Collection, launch: CrawlLaunch) -> Opened:
    """Repair ``collection`` and open it; the caller holds the lock. Raises StoreError."""
    messages = [repaired_line(item) for item in repair(collection)]
    lookup = Lookup(collection.indexes / LOOKUP)
    runs = lookup.runs.all()
    last = runs[-1] if runs else None
    plan = plan_run(last, finish_reason(collection, lookup, last.run_id) if last else None, launch, datetime.now(UTC))
    counts = run_counts(collection, lookup, last.run_id) if last and plan.action != "new" else Counter()
    files = [file.filename for file in lookup.files_of_run(last.run_id)] if last else []
    lookup.close()
    run = new_run(launch)
    if plan.action == "resume":
        assert last is not None
        # Settings that are not the crawl's identity may have changed: the files from now on say so.
        run = dataclasses.replace(run, run_id=last.run_id, started_at=last.started_at)
    store = CaptureStore(collection, run, max_warc_bytes=launch.config.options.max_warc_bytes, fault=fault_from_environment())
    writer = DatasetWriter(store)
    if plan.action == "resume":
        # Listings are read again from the archive, and counted again.
        store.counts.update(counts - Counter(listings=counts["listings"]))
        writer.rows.written = written_ids(collection, run.run_id)
        messages.append(f"going on with {run.run_id}: what it has is answered from the archive")
    elif plan.action == "close":
        assert last is not None
        writer.close_run(last, counts, files)
        messages.append(f"{last.run_id} did not finish and is closed as interrupted ({plan.why}); a new run begins")
    return Opened(store, writer, plan.action == "resume", messages)


def repaired_line(item: Repaired) -> str:
    """One line that says what was put right."""
    return f"repaired {item.file}: {item.what}" + (f"; lost: {item.lost}" if item.lost else "")


def new_run(launch: CrawlLaunch) -> RunInfo:
    """A run that begins now."""
    now = datetime.now(UTC)
    return RunInfo(
        run_id=f"run:{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z-{uuid.uuid4().hex[:8]}",
        started_at=now,
        seeds=launch.seeds,
        settings=launch.settings_json,
        software=software(),
        user_agent=launch.user_agent,
        operator=launch.config.options.operator or None,
        robots_policy="obey" if launch.config.options.obey_robots else "ignore",
        hostname=socket.gethostname(),
    )


def software() -> tuple[str, ...]:
    """``name/version`` of what takes part in a crawl."""
    python = f"Python/{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    names = ("Scrapy", "Twisted", "trafilatura", "lxml")
    return (f"archiver/{__version__}", *(f"{name}/{version(name)}" for name in names), python)
