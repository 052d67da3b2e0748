"""``archiver patch``: fetch the page requisites that the archive misses, and nothing else."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from archiver.capture.launch import resolve_launch
from archiver.cli.flags import crawl_flags, given
from archiver.cli.process import run_crawl
from archiver.cli.replay_report import measured
from archiver.cli.summary import crawl_summary
from archiver.collection.layout import open_collection
from archiver.errors import UsageError
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup


@click.command(short_help="Fetch the page requisites that are missing.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the run's record as JSON.")
@crawl_flags
def command(collection: Path, as_json: bool, **options: Any) -> int:
    """A run of its own, by the same rules as a crawl: robots.txt, pace, limits, records. `archiver report --replay` says what is
    missing.
    """
    opened = open_collection(collection)
    wanted = [(page, item) for page in measured(opened) for item in page.missing]
    if not wanted:
        nothing = f"{collection}: nothing is missing"
        click.echo(json.dumps({"collection": str(collection), "missing": 0, "text": nothing}) if as_json else nothing)
        return 0
    launch = resolve_launch(_seeds(opened.indexes / LOOKUP), collection, given(options), new_run=True)
    launch = dataclasses.replace(launch, patch=tuple((item.url, item.role, item.page_url, page.discovery) for page, item in wanted))
    session = run_crawl(launch, quiet=as_json)
    summary = crawl_summary(session)
    had = session.recorder.store.counts["requisites"]
    line = f"{collection}: {had} answers for {len(launch.patch)} places where a requisite was missing"
    click.echo(json.dumps(summary) if as_json else line)
    if session.recorder.failure is not None:
        return 3
    return 0 if session.finish_reason == "finished" else 1


def _seeds(lookup_path: Path) -> tuple[str, ...]:
    """The sections of the last run: what this one belongs to, and whose addresses it may ask."""
    lookup = Lookup(lookup_path, read_only=True)
    try:
        runs = lookup.runs.all()
    finally:
        lookup.close()
    if not runs:
        raise UsageError(f"{lookup_path.parent.parent}: no run in this collection; it was not made by archiver crawl")
    return runs[-1].seeds
