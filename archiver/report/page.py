"""``report.html``: one self-contained page. Everything in it is escaped; its policy lets nothing load and one known script sort."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from archiver._version import __version__
from archiver.report.alarms import Alarm
from archiver.report.facts import Coverage, Facts, RunFacts, days
from archiver.report.plots import Cell, Plot

# Only comfort: without it every table is there, in its own order.
_SORT = """
for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("th").forEach((th, column) => {
    const button = document.createElement("button");
    button.append(...th.childNodes);
    th.append(button);
    button.addEventListener("click", () => {
      const down = th.getAttribute("aria-sort") !== "ascending";
      table.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", down ? "ascending" : "descending");
      const key = row => row.cells[column].textContent;
      const compare = new Intl.Collator(undefined, {numeric: true}).compare;
      const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? 1 : -1) * compare(key(a), key(b)));
      table.tBodies[0].append(...rows);
    });
  });
}
"""
_LEDGER_DAYS = 14
_FAILURES = 300
_RUNS = 100
LEDGER_HEAD = ("day", "section", *Coverage.__slots__)
_RUN_HEAD = (
    "started (UTC)",
    "end",
    "new",
    "changed",
    "unchanged",
    "appearances",
    "failed URLs",
    "exchanges",
    "revisits",
    "MB received",
)


def policy() -> str:
    """The page's Content-Security-Policy; the script is known by its hash."""
    digest = base64.b64encode(hashlib.sha256(_SORT.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def headline(facts: Facts, alarms: list[Alarm]) -> str:
    """``142 new articles, 3 changed, 2 sections silent``."""
    last = facts.last
    if last is None:
        return "No run yet"
    silent = {alarm.place for alarm in alarms if alarm.kind == "silent-section"}
    parts = [_count(last.new, "new article"), f"{last.changed} changed"]
    if silent:
        parts.append(f"{_count(len(silent), 'section')} silent")
    others = len([alarm for alarm in alarms if alarm.kind != "silent-section"])
    if others:
        parts.append(_count(others, "other alarm" if silent else "alarm"))
    return ", ".join(parts)


def ledger(facts: Facts, limit: int = _LEDGER_DAYS) -> list[tuple[Cell, ...]]:
    """What became of the links of each section, the newest day first."""
    rows: list[tuple[Cell, ...]] = []
    for day, runs in reversed(list(days(facts, limit))):
        for section in sorted({name for run in runs for name in run.sections}):
            total = Coverage()
            for run in runs:
                total.add(run.sections.get(section, Coverage()))
            rows.append((str(day), section, *(getattr(total, name) for name in Coverage.__slots__)))
    return rows


def report_page(facts: Facts, alarms: list[Alarm], plots: list[Plot], made_at: datetime) -> str:
    """The whole page. Needs ``archiver[report]``."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string((Path(__file__).parent / "page.html.jinja").read_text(encoding="utf-8"))
    last = facts.last
    failures = _failures(last)
    return template.render(
        name=facts.name,
        policy=policy(),
        script=_SORT,
        headline=headline(facts, alarms),
        under=_under(last, len(facts.runs)) + (" Another is running now." if facts.running else ""),
        alarms=alarms,
        alarm_rows=_alarm_rows,
        ledger_head=LEDGER_HEAD,
        ledger=ledger(facts),
        plots=plots,
        failures=failures[:_FAILURES],
        more_failures=max(0, len(failures) - _FAILURES),
        run_head=_RUN_HEAD,
        runs=[_run_row(run) for run in reversed(facts.runs[-_RUNS:])],
        version=__version__,
        made_at=f"{made_at:%Y-%m-%d %H:%M}",
    )


def _alarm_rows(alarm: Alarm) -> list[tuple[Cell, ...]]:
    return [tuple("" if value is None else value for value in row.values()) for row in alarm.rows]


def _under(last: RunFacts | None, runs: int) -> str:
    if last is None:
        return "archiver crawl makes one."
    end = last.finish_reason or "it did not end"
    return f"Last run: {last.started_at:%A %Y-%m-%d %H:%M} UTC, {end}. {_count(runs, 'run')} in all."


def _failures(last: RunFacts | None) -> list[tuple[Cell, ...]]:
    found: Iterable[dict[str, Any]] = last.failures.values() if last else ()
    names = ("reason", "url", "http_status", "detail", "discovered_from")
    return sorted((tuple(row[name] if row[name] is not None else "" for name in names) for row in found), key=str)


def _run_row(run: RunFacts) -> tuple[Cell, ...]:
    counted = [run.counts.get(name, 0) for name in ("articles_unchanged", "appearances")]
    wire = [run.counts.get(name, 0) for name in ("exchanges", "revisits")]
    received = round(run.counts.get("bytes_received", 0) / 1e6, 2)
    started = f"{run.started_at:%Y-%m-%d %H:%M}"
    return (started, run.finish_reason or "none", run.new, run.changed, *counted, len(run.failures), *wire, received)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
