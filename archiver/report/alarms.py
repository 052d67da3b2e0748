"""Alarms: the last run against the collection's own history, by median and spread, never against fixed numbers alone. Pure.

Each alarm carries the rows that show it. The tuned numbers are in ``docs/daily.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Literal, get_args

from archiver.report.facts import COVERED, Facts, RunFacts
from archiver.urls import registrable_domain, url_id

AlarmKind = Literal[
    "silent-section",
    "field-coverage",
    "short-texts",
    "failures",
    "robots",
    "walls",
    "replay",
    "certificate",
    "unfinished",
    "overdue",
]
KINDS: tuple[AlarmKind, ...] = get_args(AlarmKind)
_SHOWN = 20
# Fewer rows than this say nothing about a share.
_MIN_ROWS = 5
_TOLERANCE = timedelta(minutes=30)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Alarm:
    """``place`` is a section, domain, host or reason; ``rows`` (at most 20) show what the message says."""

    kind: AlarmKind
    place: str
    message: str
    rows: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate as the last run saw it; ``not_after`` is its last moment."""

    host: str
    not_after: datetime


def find_alarms(facts: Facts, now: datetime, certificates: tuple[Certificate, ...] = ()) -> list[Alarm]:
    """Every alarm of the last run, the kinds in order. ``now`` decides what is overdue or about to expire."""
    last = facts.last
    if last is None:
        return []
    found = [alarm for rule in _RULES for alarm in rule(last, facts)]
    found += _expiring(certificates, now)
    return found + list(_overdue(facts, now))


def usual(values: list[float]) -> tuple[float, float]:
    """Median and spread: 1.4826 times the median distance from it, which is a normal distribution's standard deviation."""
    middle = median(values)
    return middle, 1.4826 * median(abs(value - middle) for value in values)


def silent_sections(last: RunFacts, facts: Facts) -> Iterator[Alarm]:
    """No link on the page at all, or nothing new by this time of day where days like this one gave clearly more than nothing."""
    known = {section for run in facts.history() for section in run.sections} & set(last.sections) | set(last.seeds)
    for section in sorted(known):
        seen_before = [run for run in facts.history() if section in run.sections and run.sections[section].seen]
        if section in last.seeds and seen_before and not (section in last.sections and last.sections[section].seen):
            usually = median(run.sections[section].seen for run in seen_before)
            rows = _section_rows([*seen_before[-7:], last], section)
            yield Alarm("silent-section", section, f"no article link on the page, where there are usually {usually:.0f}", rows)
            continue
        per_day = _new_by_day(facts, last, section)
        today = per_day.pop(last.day, 0)
        expected = _expected(per_day, last.day)
        if today == 0 and expected is not None:
            rows = tuple({"day": str(day), "new articles": count} for day, count in sorted(per_day.items())[-14:])
            rows += ({"day": str(last.day), "new articles": 0},)
            yield Alarm("silent-section", section, f"0 new articles, usual {expected}", rows)


def _section_rows(runs: list[RunFacts], section: str) -> tuple[dict[str, Any], ...]:
    covers = [(run, run.sections.get(section)) for run in runs]
    return tuple({"run": run.run_id, "day": str(run.day), "links seen": cover.seen if cover else 0} for run, cover in covers)


def _new_by_day(facts: Facts, last: RunFacts, section: str) -> dict[date, float]:
    """New articles of a section each day, up to the last run's time of day: what hourly runs have by now is comparable."""
    until = (datetime.combine(last.day, last.started_at.timetz()) + _TOLERANCE) - datetime.combine(
        last.day, datetime.min.time(), last.started_at.tzinfo
    )
    found: dict[date, float] = {}
    for run in [*facts.history(), last]:
        midnight = datetime.combine(run.day, datetime.min.time(), run.started_at.tzinfo)
        if section in run.seeds and run.started_at - midnight <= until and (run is last or run.finish_reason == "finished"):
            cover = run.sections.get(section)
            found[run.day] = found.get(run.day, 0) + (cover.new if cover else 0)
    if found:
        # Everything is new on the first day.
        del found[min(found)]
    return found


def _expected(per_day: dict[date, float], today: date) -> str | None:
    """``about 14 on a Tuesday (spread 3)`` where nothing new is out of the ordinary; weekdays where there are three of them."""
    same = [count for day, count in per_day.items() if day.weekday() == today.weekday()]
    values, when = (same, f" on a {_WEEKDAYS[today.weekday()]}") if len(same) >= 3 else (list(per_day.values()), " a day")
    if len(values) < 3:
        return None
    middle, spread = usual(values)
    # Counts of rare events scatter by their square root at least.
    if middle - 2 * max(spread, middle**0.5) <= 0:
        return None
    return f"about {middle:.0f}{when} (spread {spread:.0f})"


def field_coverage(last: RunFacts, facts: Facts) -> Iterator[Alarm]:
    """A field that most rows of a domain had is missing from most: the layout changed."""
    for domain, rows in sorted(last.domains.items()):
        if rows.rows < _MIN_ROWS:
            continue
        for name in COVERED:
            before = [
                (run, run.domains[domain].covered[name] / run.domains[domain].rows)
                for run in facts.history()
                if domain in run.domains and run.domains[domain].rows >= _MIN_ROWS
            ]
            share = rows.covered[name] / rows.rows
            if len(before) < 2:
                continue
            middle, spread = usual([value for _, value in before])
            if middle >= 0.5 and share < middle - max(0.25, 3 * spread):
                shown = tuple({"day": str(run.day), f"rows with {name}": f"{value:.0%}"} for run, value in before[-7:])
                shown += ({"day": str(last.day), f"rows with {name}": f"{share:.0%}"},)
                yield Alarm("field-coverage", domain, f"{name}: {middle:.0%} -> {share:.0%} of {rows.rows} rows", shown)


def short_texts(last: RunFacts, facts: Facts) -> Iterator[Alarm]:
    """The texts of a domain are less than half as long as they were."""
    for domain, rows in sorted(last.domains.items()):
        before = [
            (run, float(median(run.domains[domain].words)))
            for run in facts.history()
            if domain in run.domains and len(run.domains[domain].words) >= _MIN_ROWS
        ]
        if len(rows.words) < _MIN_ROWS or len(before) < 2:
            continue
        middle, now = median(value for _, value in before), median(rows.words)
        if now < middle / 2:
            shown = tuple({"day": str(run.day), "median words": round(value)} for run, value in before[-7:])
            shown += ({"day": str(last.day), "median words": round(now)},)
            yield Alarm("short-texts", domain, f"median {middle:.0f} -> {now:.0f} words in {len(rows.words)} rows", shown)


def more_failures(last: RunFacts, facts: Facts) -> Iterator[Alarm]:
    """Far more URLs failed for one reason than in the runs before."""
    history = [run.failed_urls() for run in facts.history()]
    if len(history) < 2:
        return
    for reason, count in sorted(last.failed_urls().items()):
        middle, spread = usual([float(failed[reason]) for failed in history])
        if count >= 2 * middle and count > middle + max(5.0, 3 * spread):
            rows = tuple(row for (why, _), row in last.failures.items() if why == reason)[:_SHOWN]
            yield Alarm("failures", reason, f"{count} URLs, usual about {middle:.0f} (spread {spread:.0f})", rows)


def robots_forbids(last: RunFacts, facts: Facts) -> Iterator[Alarm]:
    """robots.txt denies a section, or what earlier runs had."""
    hosts: dict[str, list[dict[str, Any]]] = {}
    for (reason, url), row in last.failures.items():
        if reason == "robots" and (url in last.seeds or url_id(url) in facts.had_before):
            hosts.setdefault(registrable_domain(url), []).append(row)
    for host, rows in sorted(hosts.items()):
        message = f"robots.txt now forbids what was had before or is a section: {len(rows)} URLs"
        yield Alarm("robots", host, message, tuple(rows[:_SHOWN]))


def walls(last: RunFacts, facts: Facts) -> Iterator[Alarm]:
    """Consent pages, bot walls or empty shells where articles used to be."""
    for domain, rows in sorted(last.domains.items()):
        total = rows.rows + len(rows.walls)
        blocked = [row for (reason, url), row in last.failures.items() if reason == "blocked" and registrable_domain(url) == domain]
        shown = [*rows.walls, *blocked]
        share = len(shown) / (total + len(blocked)) if shown else 0.0
        before = [
            len(run.domains[domain].walls) / (run.domains[domain].rows + len(run.domains[domain].walls))
            for run in facts.history()
            if domain in run.domains and run.domains[domain].rows + len(run.domains[domain].walls) >= _MIN_ROWS
        ]
        if len(shown) >= 3 and share >= max(0.2, 3 * (median(before) if before else 0.0)):
            message = f"{len(shown)} of {total + len(blocked)} pages are consent pages, bot walls or empty shells"
            yield Alarm("walls", domain, message, tuple(shown[:_SHOWN]))


def replay_incomplete(last: RunFacts, facts: Facts) -> Iterator[Alarm]:
    """Replay will find far less of what the last run's articles need than of those before."""
    means = {run.run_id: _mean([page.share for page in facts.shown[run.run_id]]) for run in facts.runs if run.run_id in facts.shown}
    now = means.pop(last.run_id, None)
    if now is None or len(means) < 2 or len(facts.shown[last.run_id]) < 3:
        return
    middle, spread = usual(list(means.values()))
    if now < middle - max(0.1, 3 * spread):
        pages = sorted(facts.shown[last.run_id], key=lambda page: page.share)[:_SHOWN]
        rows = tuple({"url": page.url, "found": f"{page.share:.0%}", "missing, the first": page.missing} for page in pages)
        message = f"replay finds {now:.0%} of what articles need, usual {middle:.0%}; archiver patch fetches what is missing"
        yield Alarm("replay", facts.name, message, rows)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def unfinished(last: RunFacts, facts: Facts) -> Iterator[Alarm]:
    """The last run did not end by itself."""
    if last.finish_reason != "finished":
        reason = last.finish_reason or "it did not end"
        yield Alarm("unfinished", last.run_id, f"the last run, {last.started_at:%Y-%m-%d %H:%M} UTC: {reason}")


def _expiring(certificates: tuple[Certificate, ...], now: datetime) -> list[Alarm]:
    soon = now + timedelta(days=14)
    return [
        Alarm(
            "certificate",
            item.host,
            f"the certificate {'expired' if item.not_after < now else 'expires'} on {item.not_after:%Y-%m-%d}: captures will fail",
            ({"host": item.host, "not_after": item.not_after.isoformat()},),
        )
        for item in sorted(certificates, key=lambda item: item.host)
        if item.not_after < soon
    ]


def _overdue(facts: Facts, now: datetime) -> Iterator[Alarm]:
    """No run for far longer than there usually is between two."""
    starts = [run.started_at for run in [*facts.history(), *facts.runs[-1:]]]
    if len(starts) < 4:
        return
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(starts)]
    middle, since = median(gaps), (now - starts[-1]).total_seconds()
    if since > 2.5 * middle + 3600:
        rows = tuple({"run": run.run_id, "started": f"{run.started_at:%Y-%m-%d %H:%M}"} for run in facts.runs[-5:])
        yield Alarm("overdue", facts.name, f"no run for {since / 3600:.0f} h, usual every {middle / 3600:.0f} h", rows)


Rule = Callable[[RunFacts, Facts], Iterator[Alarm]]
_RULES: tuple[Rule, ...] = (
    silent_sections,
    field_coverage,
    short_texts,
    more_failures,
    robots_forbids,
    walls,
    replay_incomplete,
    unfinished,
)
