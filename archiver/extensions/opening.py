"""Opening a collection for a crawl: repaired, then an unfinished run is gone on with, or closed and a new one begun."""

from __future__ import annotations

import dataclasses
import logging
import socket
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Literal

from archiver._version import __version__
from archiver.capture.dataset_writer import DatasetWriter
from archiver.capture.fault import fault_from_environment
from archiver.capture.launch import CrawlLaunch, same_crawl
from archiver.capture.lease import under_lease
from archiver.capture.store import CaptureStore
from archiver.clock import now
from archiver.collection.layout import Collection
from archiver.errors import CollectionError, StoreError
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup
from archiver.model import RunInfo, format_instant
from archiver.reextract.repair import repair, written_ids
from archiver.reextract.runs import finish_reasons, run_counts, run_line

# So far the clocks of two machines of a fleet may be apart; it is waited for.
_CLOCKS_DIFFER = timedelta(minutes=1)
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
    steps = under_lease(fault_from_environment())
    messages = list(map(str, repair(collection)))
    try:
        return _open(collection, launch, steps, messages)
    except (OSError, sqlite3.Error) as error:
        raise StoreError.cannot("open", collection.root, error) from error


def _open(collection: Collection, launch: CrawlLaunch, steps: Callable[[str], None], messages: list[str]) -> Opened:
    past = _read_past(collection)
    _must_be_past(past, collection)
    last = past.runs[-1] if past.runs else None
    plan = plan_run(last, past.ended.get(last.run_id) if last else None, launch, now())
    run = new_run(launch)
    if plan.action == "resume":
        assert last is not None
        # Settings that are not the crawl's identity may have changed: the files from now on say so.
        run = dataclasses.replace(run, run_id=last.run_id, started_at=last.started_at)
    store = CaptureStore(collection, run, max_warc_bytes=launch.config.options.max_warc_bytes, fault=steps)
    writer = DatasetWriter(store)
    for unfinished in past.unfinished:
        if unfinished.run_id != run.run_id:
            why = f" ({plan.why})" if unfinished == last else ""
            messages.append(_close_run(unfinished, collection, writer) + f"{why}; a new run begins")
    if plan.action == "resume":
        counts = run_counts(collection, store.lookup, run)
        # These leave no row of their own: read again from the archive, and counted again.
        store.counts.update({name: count for name, count in counts.items() if name not in ("listings", "articles_unchanged")})
        writer.rows.written = written_ids(collection, run.run_id)
        messages.append(f"going on with {run.run_id}: what it has is answered from the archive")
    return Opened(store, writer, plan.action == "resume", messages)


@dataclass(frozen=True, slots=True)
class _Past:
    """The runs of a collection, oldest first, and how those ended that did."""

    runs: list[RunInfo]
    ended: dict[str, str]
    # The last instant that a run states, its beginning or its end.
    latest: datetime | None = None

    @property
    def unfinished(self) -> list[RunInfo]:
        """Mostly one, the last. More where a run was killed before it had closed the one before."""
        return [run for run in self.runs if run.run_id not in self.ended]


def _read_past(collection: Collection) -> _Past:
    lookup = Lookup(collection.indexes / LOOKUP)
    try:
        runs = lookup.runs.all()
        stated = [dict(pairs).get("ended_at") for _, pairs in lookup.runs.ends()]
        instants = [run.started_at for run in runs] + [datetime.fromisoformat(instant) for instant in stated if instant]
        return _Past(runs, finish_reasons(collection, lookup), max(instants, default=None))
    finally:
        lookup.close()


def _must_be_past(past: _Past, collection: Collection) -> None:
    """Versions, revisits and their originals are told apart by time: a clock that was set back would mix them up for good."""
    moment = now()
    if past.latest is None or past.latest < moment:
        return
    if past.latest > moment + _CLOCKS_DIFFER:
        raise CollectionError(
            f"{collection.root}: has a run of {format_instant(past.latest)}, and here it is {format_instant(moment)}: nothing is"
            " crawled before the past; set the clock, or crawl into another collection"
        )
    wait_s = (past.latest - moment).total_seconds()
    # Before the first request: nothing else waits for this.
    logging.getLogger(__name__).warning("%s: its last run is %.0f s ahead of this clock: waiting", collection.root, wait_s)
    time.sleep(wait_s)


def _close_run(run: RunInfo, collection: Collection, writer: DatasetWriter) -> str:
    """Say in the archive and in runs.jsonl that ``run`` is over; the line for people."""
    lookup = writer.store.lookup
    end = next((pairs for run_id, pairs in reversed(list(lookup.runs.ends())) if run_id == run.run_id), None)
    if end is not None and lookup.runs.finish_reason(run.run_id) == "finished":
        writer.rows.run(run_line(run, end))
        return f"{run.run_id} had finished when it was stopped"
    counts = run_counts(collection, lookup, run)
    writer.close_run(run, counts, [file.filename for file in lookup.files_of_run(run.run_id)])
    return f"{run.run_id} did not finish and is closed as interrupted"


def new_run(launch: CrawlLaunch) -> RunInfo:
    """A run that begins now."""
    started_at = now()
    return RunInfo(
        run_id=f"run:{started_at:%Y%m%dT%H%M%S}{started_at.microsecond // 1000:03d}Z-{uuid.uuid4().hex[:8]}",
        started_at=started_at,
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
