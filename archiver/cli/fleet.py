"""``archiver fleet``: the same crawl and the same extraction on many machines."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.filesize import decimal

from archiver.cli.flags import crawl_flags, given
from archiver.cli.fleet_progress import print_status, show_shards
from archiver.dataset.companions import write_companions
from archiver.errors import StoreError
from archiver.fleet.board import Board, ShardState
from archiver.fleet.crawl import CrawlPlan, fleet_crawl
from archiver.fleet.engine import DaskEngine, Engine, LocalEngine
from archiver.fleet.extract import Extracted, fleet_extract
from archiver.fleet.fitness import Facts, facts_here
from archiver.fleet.foreman import Foreman, Patience
from archiver.fleet.sites import read_sites, shards_of
from archiver.fleet.status import fleet_status
from archiver.fleet.store import open_store
from archiver.options import OPTIONS
from archiver.reextract.inputs import find_inputs

_F = TypeVar("_F", bound=Callable[..., Any])
# Shards with the scheduler at a time: enough that workers never wait and a cluster sees that there is work, few enough to keep.
_IN_FLIGHT = 1000


@click.group(short_help="The same crawl and extraction on many machines.")
def command() -> None:
    """Shards of whole hosts, or of WARC files, run on processes of this machine, or with --scheduler on a Dask cluster.

    All state lies in files: a killed worker's shard is run again elsewhere, and the same command goes on where it stopped.
    """


_FLAGS = (
    click.option("--scheduler", metavar="ADDRESS", help="Dask's, as tcp://10.0.0.1:8786; without it, this machine."),
    click.option("--workers", type=click.IntRange(1), metavar="N", help="Shards at once.  [default: as many as there is room for]"),
    click.option("--max-tries", type=click.IntRange(1), default=5, show_default=True, help="Then a shard is parked."),
    click.option(
        "--retry-delay", type=click.FloatRange(0), default=30.0, show_default=True, metavar="S", help="Doubled each time."
    ),
    click.option(
        "--patience",
        type=click.FloatRange(0),
        default=600.0,
        show_default=True,
        metavar="S",
        help="How long a scheduler that went away is waited for.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
)


def engine_flags(function: _F) -> _F:
    """Where shards run and how often they are tried."""
    for flag in reversed(_FLAGS):
        function = flag(function)
    return function


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """What ``engine_flags`` gave."""

    scheduler: str | None
    workers: int | None
    max_tries: int
    retry_delay: float
    patience: float


@contextmanager
def opened(root: Path, options: FleetOptions) -> Iterator[tuple[Engine, Facts]]:
    """The engine, checked, and what its workers have to be like. Raises UsageError before anything runs."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        Board(root).prepare()
        facts = facts_here(root)
    except OSError as error:
        raise StoreError(f"{root}: cannot be written: {error.strerror}") from error
    engine: Engine
    if options.scheduler is None:
        engine = LocalEngine(options.workers or os.cpu_count() or 1)
    else:
        engine = dask = DaskEngine(options.scheduler, facts, patience_s=options.patience)
        dask.check()
    stop = Board(root).stop
    stop.unlink(missing_ok=True)
    try:
        yield engine, facts
    except KeyboardInterrupt as error:
        # Workers elsewhere cannot be interrupted: they look for this.
        stop.touch()
        click.echo("archiver: stopped; the same command goes on", err=True)
        raise click.exceptions.Abort from error
    finally:
        engine.close()


@command.command("extract", short_help="Make the dataset again, a WARC file a shard.")
@click.argument("targets", nargs=-1, required=True, metavar="WARC|GLOB|LIST|COLLECTION...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Dataset folder to write to.")
@click.option("--deadline", type=click.FloatRange(0.1), default=30.0, show_default=True, help="Seconds a page may take.")
@engine_flags
def extract(targets: tuple[str, ...], output: Path, deadline: float, as_json: bool, **options: Any) -> int:
    """As `archiver extract`, with the same output whatever the number of workers. All machines see DIR under the same path.

    Exit code 1 when a part of a file could not be read, or a file's shard was parked.
    """
    inputs, chosen = find_inputs(targets), FleetOptions(**options)
    with opened(output, chosen) as (engine, facts), show_shards(len(inputs)) as told:

        def foreman(board: Board) -> Foreman:
            patience = Patience(chosen.max_tries, chosen.retry_delay)
            return Foreman(engine, board, patience, at_once=chosen.workers or _IN_FLIGHT, told=told)

        result = fleet_extract(inputs, output, foreman, facts, deadline_s=deadline)
    if note := write_companions(output):
        click.echo(f"archiver: {note}", err=True)
    return _report_extract(result, output, as_json=as_json)


def _report_extract(result: Extracted, output: Path, *, as_json: bool) -> int:
    problems = sum(state.facts.get("problems", 0) for state in result.shards)
    parked = [state for state in result.shards if state.status != "done"]
    for state in result.shards:
        for line in state.facts.get("first_problems", ()):
            click.echo(f"archiver: {line}", err=True)
        if (more := state.facts.get("problems", 0) - len(state.facts.get("first_problems", ()))) > 0:
            click.echo(f"archiver: {state.shard}: {more} more problems", err=True)
    say_parked(parked)
    counts = {"rows": result.rows, "files": len(result.shards), "problems": problems, "parked": len(parked)}
    say(
        counts,
        f"{output}: {result.rows} articles from {len(result.shards)} files, {problems} problems, {len(parked)} parked",
        as_json,
    )
    return 1 if problems or parked else 0


@command.command("crawl", short_help="Crawl many sites, one collection each.")
@click.argument("sites", type=click.Path(path_type=Path), metavar="SITES.toml")
@click.option(
    "-o", "--output", "root", required=True, type=click.Path(path_type=Path), metavar="ROOT", help="Folder of collections."
)
@click.option("--store", metavar="URL", help="Copy finished WARC files there (s3://…, file://…), digests checked.")
@click.option(
    "--lease",
    type=click.FloatRange(0.5),
    default=60.0,
    show_default=True,
    metavar="S",
    help="A silent worker is replaced after so long.",
)
@engine_flags
@crawl_flags
def crawl(sites: Path, root: Path, store: str | None, lease: float, as_json: bool, **values: Any) -> int:
    """Each [[site]] of SITES.toml is the collection ROOT/<name>. Sites that share a registrable domain run one after the other.

    The flags of `crawl` are defaults for all sites. Articles are taken on a section's own domain unless a site says scope = "any".
    The same command goes on with a job that did not end; after one that did, it begins the next.

    Exit code 1 when a shard was parked, or a section held no article link.
    """
    defaults = given(values)
    chosen = FleetOptions(**{name: value for name, value in values.items() if name not in OPTIONS})
    shards = shards_of(read_sites(sites, {"scope": "domain", **defaults}))
    if store is not None:
        open_store(store)
    with opened(root, chosen) as (engine, facts), show_shards(len(shards)) as told:
        at_once = min(chosen.workers or engine.slots or 1, len(shards))

        def foreman(board: Board) -> Foreman:
            return Foreman(engine, board, Patience(chosen.max_tries, chosen.retry_delay), at_once=at_once, told=told)

        states = fleet_crawl(shards, CrawlPlan(root, lease, store, at_once), foreman, facts)
    return _report_crawl(states, root, as_json=as_json)


def _report_crawl(states: tuple[ShardState, ...], root: Path, *, as_json: bool) -> int:
    parked = [state for state in states if state.status != "done"]
    say_parked(parked)
    sites = {name: site for state in states for name, site in state.facts.get("sites", {}).items()}
    empty = [f"{name}: no article link: {url}" for name, site in sites.items() for url in site.get("sections_without_links") or ()]
    for line in empty:
        click.echo(f"archiver: {line}", err=True)
    counts: Counter[str] = Counter()
    for site in sites.values():
        counts.update(site.get("counts") or {})
    ended = sum(bool(site.get("ended")) for site in sites.values())
    line = (
        f"{root}: {ended} sites crawled, {len(parked)} shards parked; {counts['articles_new']} new articles,"
        f" {counts['articles_changed']} changed, {counts['failures']} failures, {decimal(counts['bytes_received'])} received"
    )
    say({"sites": ended, "parked": len(parked), "counts": dict(sorted(counts.items()))}, line, as_json)
    return 1 if parked or empty else 0


@command.command("status", short_help="What a fleet is doing.")
@click.argument("root", type=click.Path(path_type=Path), metavar="ROOT|DIR")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(root: Path, as_json: bool) -> int:
    """Shards waiting, running, done, failed and parked, with reasons, rate and time left, and alarms by site. Changes nothing.

    Exit code 1 when a shard failed or is parked, or there is an alarm.
    """
    found = fleet_status(root)
    if as_json:
        click.echo(json.dumps(found.as_json()))
    else:
        print_status(found)
    return 1 if found.failed or found.parked or found.alarms else 0


def say_parked(parked: list[ShardState]) -> None:
    """One line a shard that was given up."""
    for state in parked:
        click.echo(f"archiver: {state.shard}: parked: {state.reason}; the same command tries it again", err=True)


def say(counts: dict[str, Any], line: str, as_json: bool) -> None:
    """The result, for machines or people."""
    click.echo(json.dumps(counts) if as_json else line)
