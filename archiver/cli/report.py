"""``archiver report``: one page that says at a glance whether the last crawl was good."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from archiver.cli.alarms import exit_code, fail_on_option, show_alarms
from archiver.cli.replay_report import show
from archiver.collection.layout import open_collection
from archiver.report.page import headline
from archiver.report.write import write_report


@click.command(short_help="Write one page that says how the crawls went.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Default: COLLECTION/report.html.")
@click.option("--replay", is_flag=True, help="Print instead what replay of each article will miss.")
@fail_on_option
@click.option("--json", "as_json", is_flag=True, help="Print headline and alarms as JSON.")
def command(collection: Path, output: Path | None, replay: bool, fail_on: frozenset[str], as_json: bool) -> int:
    """One self-contained HTML page: alarms with the rows that show them, what became of the links of each section, plots with their
    numbers, failures, runs. It loads nothing from anywhere and needs no script.
    """
    if replay:
        return show(open_collection(collection), as_json=as_json)
    file, examined = write_report(open_collection(collection), output, datetime.now(UTC))
    line = headline(examined.facts, examined.alarms)
    if as_json:
        alarms = [alarm.as_json() for alarm in examined.alarms]
        click.echo(json.dumps({"file": str(file), "headline": line, "alarms": alarms}, default=str))
    else:
        click.echo(f"{file}: {line}")
        show_alarms(examined.alarms)
    return exit_code(examined.alarms, fail_on)
