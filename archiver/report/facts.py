"""The facts of each run, counted from the rows and the look-up; everything the report and its alarms say comes from them.

Memory grows with runs, sections and links seen, not with texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from archiver.collection.layout import Collection
from archiver.dataset.files import rows_of
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import CaptureFact, Lookup
from archiver.urls import url_id
from archiver.verify.files import is_busy

Row = dict[str, Any]
# What history is: longer ago a site was another one.
WINDOW = timedelta(days=56)
COVERED = ("title", "authors", "date_published_day", "section", "language")
WALLS = frozenset({"consent", "blocked", "js_required"})
# Listings and stubs say nothing about how well articles are read.
_READ = frozenset({"article", "liveblog", "video", "gallery", "unknown"})
OTHER = "(no section)"
FAILURE_KEYS = ("url", "reason", "http_status", "detail", "at", "discovered_from")


@dataclass(slots=True)
class Coverage:
    """What became of the links of one section in one run (or day). ``short``: rows under 100 characters or without text."""

    seen: int = 0
    fetched: int = 0
    new: int = 0
    changed: int = 0
    extracted: int = 0
    short: int = 0
    blocked: int = 0
    robots: int = 0
    failed: int = 0

    def add(self, other: Coverage) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class DomainRows:
    """The rows that one run wrote for articles of one domain: how many, which fields they have, how long the texts are."""

    rows: int = 0
    covered: Counter[str] = field(default_factory=Counter)
    words: list[int] = field(default_factory=list)
    walls: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class RunFacts:
    """One run. ``failures`` holds each failed URL once a reason, of its row what is shown."""

    run_id: str
    started_at: datetime
    finish_reason: str | None = None
    seeds: tuple[str, ...] = ()
    counts: Row = field(default_factory=dict)
    sections: dict[str, Coverage] = field(default_factory=dict)
    domains: dict[str, DomainRows] = field(default_factory=dict)
    failures: dict[tuple[str, str], Row] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def day(self) -> date:
        return self.started_at.date()

    def section(self, name: str) -> Coverage:
        return self.sections.setdefault(name, Coverage())

    def domain(self, name: str) -> DomainRows:
        return self.domains.setdefault(name, DomainRows())

    def failed_urls(self) -> Counter[str]:
        """URLs by reason."""
        return Counter(reason for reason, _ in self.failures)

    @property
    def new(self) -> int:
        return sum(coverage.new for coverage in self.sections.values())

    @property
    def changed(self) -> int:
        return sum(coverage.changed for coverage in self.sections.values())


@dataclass(frozen=True, slots=True)
class Shown:
    """How much of what an article needs replay finds: ``share`` from 0 to 1, and what is missing first."""

    url: str
    share: float
    missing: str | None


@dataclass(slots=True)
class Facts:
    """All runs, oldest first, and what is told over all of them.

    ``on_page_hours``: how long articles that have left their section page stood on it, as far as runs saw it. ``running`` has not
    ended and is none of ``runs``. ``newest_run``: the run of each article's newest row; ``shown``: by run, where it was measured.
    """

    name: str
    runs: list[RunFacts] = field(default_factory=list)
    bytes_by_type: Counter[str] = field(default_factory=Counter)
    words: list[int] = field(default_factory=list)
    on_page_hours: list[float] = field(default_factory=list)
    had_before: frozenset[str] = frozenset()
    running: RunFacts | None = None
    newest_run: dict[str, str] = field(default_factory=dict)
    shown: dict[str, list[Shown]] = field(default_factory=dict)

    @property
    def last(self) -> RunFacts | None:
        return self.runs[-1] if self.runs else None

    def history(self) -> list[RunFacts]:
        """The runs before the last one, as far back as ``WINDOW``."""
        last = self.last
        return [run for run in self.runs[:-1] if last and last.started_at - run.started_at <= WINDOW]


def gather(collection: Collection) -> Facts:
    """Count everything in ``collection``. Raises RowFormatError for a torn line."""
    return _Gatherer(collection).gather()


class _Gatherer:
    def __init__(self, collection: Collection) -> None:
        self._folder, self._lookup = collection.dataset, collection.indexes / LOOKUP
        self._runs: dict[str, RunFacts] = {}
        self._seed_of: dict[str, str] = {}
        self._patches: set[str] = set()
        # Run and URL of failures that are no article's: a ledger of links does not count them.
        self._failed_requisites: set[tuple[str, str]] = set()
        self._facts = Facts(collection.root.resolve().name)
        self._is_busy = is_busy(collection.root)

    def gather(self) -> Facts:
        for row in rows_of(self._folder, "run"):
            if '"kind":"patch"' in row["settings"]:
                # Looked at no section: its silence says nothing.
                self._patches.add(row["run_id"])
                continue
            run = self._run(row["run_id"], row["started_at"])
            run.finish_reason, run.seeds, run.counts = row["finish_reason"], tuple(row["seeds"]), row
        self._captures()
        self._appearances()
        for row in rows_of(self._folder, "failure"):
            self._failure(row)
        self._articles()
        self._facts.runs = sorted(self._runs.values(), key=lambda run: run.started_at)
        if self._is_busy and self._facts.runs and self._facts.runs[-1].finish_reason is None:
            self._facts.running = self._facts.runs.pop()
        self._facts.had_before = self._had_before()
        return self._facts

    def _run(self, run_id: str, at: str) -> RunFacts:
        if run_id not in self._runs:
            self._runs[run_id] = RunFacts(run_id, datetime.fromisoformat(at))
        return self._runs[run_id]

    def _captures(self) -> None:
        if not self._lookup.is_file():
            return
        lookup = Lookup(self._lookup, read_only=True)
        try:
            for capture in lookup.facts():
                self._capture(capture)
            for run_id in self._runs:
                failures = lookup.runs.failures_of(run_id)
                self._failed_requisites |= {(run_id, item.url) for item in failures if item.discovery.purpose == "requisite"}
        finally:
            lookup.close()

    def _capture(self, capture: CaptureFact) -> None:
        self._facts.bytes_by_type[_type_group(capture.mime, capture.warc_type)] += capture.length
        run = self._runs.get(capture.run_id or "")
        if run is None:
            return
        run.statuses[f"{capture.status // 100}xx" if capture.status else "no answer"] += 1
        if capture.purpose != "article" and capture.seed:
            self._seed_of[capture.first_url] = capture.seed
        if capture.purpose == "article" and capture.status in (200, 304):
            run.section(capture.seed or self._section(capture.discovered_from)).fetched += 1

    def _section(self, listing: str | None) -> str:
        return self._seed_of.get(listing, listing) if listing else OTHER

    def _appearances(self) -> None:
        """Links seen: each once a run and section, whichever page of it they stood on. Feeds and sitemaps are no pages."""
        seen: set[tuple[str, str, str]] = set()
        times: dict[tuple[str, str], list[str]] = {}
        last_look: dict[str, str] = {}
        for row in rows_of(self._folder, "appearance"):
            if row["listing_type"] in ("feed", "sitemap"):
                continue
            section, article, at = self._section(row["listing_url"]), row["article_id"], row["observed_at"]
            key = (row["run_id"], section, article)
            run = self._run(row["run_id"], at)
            if key not in seen:
                seen.add(key)
                run.section(section).seen += 1
            if row["page_number"] == 1:
                last_look[section] = max(last_look.get(section, ""), at)
                first_last = times.setdefault((section, article), [at, at])
                first_last[:] = [min(first_last[0], at), max(first_last[1], at)]
        for (section, _), (first, last) in times.items():
            if last < last_look[section]:
                hours = datetime.fromisoformat(last) - datetime.fromisoformat(first)
                self._facts.on_page_hours.append(hours.total_seconds() / 3600)

    def _failure(self, row: Row) -> None:
        if row["run_id"] in self._patches:
            return
        run = self._run(row["run_id"], row["at"])
        key = (row["reason"], row["url"])
        if key in run.failures:
            return
        run.failures[key] = {name: row[name] for name in FAILURE_KEYS}
        if (row["run_id"], row["url"]) in self._failed_requisites:
            return
        coverage = run.section(self._section(row["discovered_from"]))
        if row["reason"] == "robots":
            coverage.robots += 1
        elif row["reason"] == "blocked":
            coverage.blocked += 1
        else:
            coverage.failed += 1

    def _articles(self) -> None:
        newest: dict[str, int] = {}
        for row in rows_of(self._folder, "article"):
            run = self._run(row["run_id"], row["fetched_at"])
            coverage, domain = run.section(self._section(row["discovered_from"])), run.domain(row["domain"])
            coverage.new += row["version"] == 1
            coverage.changed += row["version"] > 1
            coverage.extracted += row["extraction_status"] == "ok"
            coverage.short += row["extraction_status"] in ("short", "empty")
            if row["page_type"] in WALLS:
                coverage.blocked += 1
                domain.walls.append({name: row[name] for name in ("url", "page_type", "title", "id")})
            if row["page_type"] in _READ:
                domain.words.append(row["word_count"])
                newest[row["article_id"]] = row["word_count"]
                domain.covered.update(name for name in COVERED if row[name])
            domain.rows += row["page_type"] in _READ
            self._facts.newest_run[row["article_id"]] = row["run_id"]
        self._facts.words = list(newest.values())

    def _had_before(self) -> frozenset[str]:
        """Ids of the URLs that the last run was denied by robots.txt and that are rows of earlier ones."""
        last = self._facts.last
        denied = {url_id(url) for reason, url in last.failures if reason == "robots"} if last else set()
        if not denied or last is None:
            return frozenset()
        had = (
            row[name]
            for kind, name in (("article", "article_id"), ("appearance", "listing_id"))
            for row in rows_of(self._folder, kind)  # type: ignore[arg-type]
            if row["run_id"] != last.run_id
        )
        return frozenset(denied.intersection(had))


def _type_group(mime: str | None, warc_type: str) -> str:
    """What a person calls it."""
    if warc_type == "revisit":
        return "kept as revisits"
    first, _, second = (mime or "").partition("/")
    if second in ("html", "xhtml+xml"):
        return "pages"
    if first in ("image", "video", "audio", "font"):
        return {"image": "images", "font": "fonts"}.get(first, first)
    known = {"css": "style sheets", "javascript": "scripts", "x-javascript": "scripts", "json": "data", "xml": "feeds and XML"}
    return known.get(second, known.get(second.rpartition("+")[2], "other"))


def days(facts: Facts, limit: int = 60) -> Iterator[tuple[date, list[RunFacts]]]:
    """The last ``limit`` days with runs, oldest first."""
    by_day: dict[date, list[RunFacts]] = {}
    for run in facts.runs:
        by_day.setdefault(run.day, []).append(run)
    yield from sorted(by_day.items())[-limit:]
