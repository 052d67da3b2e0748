"""``write_report`` and ``examine``: facts, alarms and page of one collection, put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.collection.layout import Collection
from archiver.dataset.files import put
from archiver.errors import StoreError
from archiver.report.alarms import Alarm, find_alarms
from archiver.report.facts import Facts, gather
from archiver.report.page import report_page
from archiver.report.plots import draw_all, require_plots
from archiver.report.shown import measure_shown
from archiver.report.wire import WireFacts, read_wire_facts

# Reading more of the last run's WARCs than this takes longer than a look is worth.
_MAX_WIRE_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Examined:
    """What is known of a collection now."""

    facts: Facts
    wire: WireFacts
    alarms: list[Alarm]


def examine(collection: Collection, now: datetime, *, max_wire_bytes: int = _MAX_WIRE_BYTES, replay: bool = True) -> Examined:
    """Facts and alarms; ``now`` decides what is overdue. Of the WARCs only the last run's are read, if they are not too large, and
    with ``replay`` a sample of pages.
    """
    facts = gather(collection)
    if replay:
        measure_shown(collection, facts)
    names = facts.last.counts.get("warc_files", []) if facts.last else []
    files = [path for path in map(collection.find_warc, names) if path.is_file()]
    small = sum(path.stat().st_size for path in files) <= max_wire_bytes
    wire = read_wire_facts(files if small else [])
    return Examined(facts, wire, find_alarms(facts, now, tuple(wire.certificates.values())))


def write_report(collection: Collection, output: Path | None, now: datetime) -> tuple[Path, Examined]:
    """Write ``report.html``, aside and renamed. Raises MissingExtraError before anything is read, StoreError."""
    require_plots()
    examined = examine(collection, now)
    page = report_page(examined.facts, examined.alarms, draw_all(examined.facts, examined.wire), now)
    target = output or collection.root / "report.html"
    try:
        put(target, page.encode("utf-8", "replace"))
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror}") from error
    return target, examined
