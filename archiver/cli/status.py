"""``archiver status``: what a collection holds, in a few lines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.filesize import decimal

from archiver.cli.alarms import exit_code, fail_on_option, show_alarms
from archiver.collection.layout import Collection, open_collection
from archiver.dataset.jsonl import read_rows
from archiver.dataset.schema import FILENAMES
from archiver.report.alarms import Alarm
from archiver.report.write import examine

# A look at the status should take moments: certificates are read from the last run's files where they are no larger.
_MAX_WIRE_BYTES = 200_000_000


@click.command(short_help="Show what a collection holds.")
@click.argument("collection", type=click.Path(path_type=Path))
@fail_on_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(collection: Path, fail_on: frozenset[str], as_json: bool) -> int:
    """Runs, files and rows of a collection, its last run, and alarms where that was not as the ones before it."""
    opened = open_collection(collection)
    status = collection_status(opened)
    alarms = examine(opened, datetime.now(UTC), max_wire_bytes=_MAX_WIRE_BYTES, replay=False).alarms
    if as_json:
        click.echo(json.dumps({**status, "alarms": [alarm.as_json() for alarm in alarms]}, default=str))
    else:
        _print(status, alarms)
    return exit_code(alarms, fail_on)


def _print(status: dict[str, Any], alarms: list[Alarm]) -> None:
    click.echo(_as_text(status))
    if alarms:
        click.echo(f"  {len(alarms)} alarms; `archiver report` shows the rows:")
        show_alarms(alarms)


def collection_status(collection: Collection) -> dict[str, Any]:
    """Counts of files and rows, and the last line of runs.jsonl."""
    warcs, still_open = collection.warcs(), collection.open_warcs()
    rows = {name: _count_lines(collection.dataset / name) for name in FILENAMES.values()}
    return {
        "collection": str(collection.root),
        "warc_files": len(warcs),
        "warc_bytes": sum(path.stat().st_size for path in warcs),
        "open_files": [path.name for path in still_open],
        "rows": rows,
        "last_run": _last_run(collection.dataset / FILENAMES["run"]),
    }


def _count_lines(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))


def _last_run(path: Path) -> dict[str, Any] | None:
    last = None
    if path.exists():
        for row in read_rows(path):
            last = row
    return last


def _as_text(status: dict[str, Any]) -> str:
    rows = status["rows"]
    lines = [
        f"{status['collection']}: {status['warc_files']} WARC files, {decimal(status['warc_bytes'])}",
        f"  {rows['articles.jsonl']} article rows, {rows['appearances.jsonl']} appearances,"
        f" {rows['failures.jsonl']} failures, {rows['runs.jsonl']} runs",
    ]
    run = status["last_run"]
    if run is not None:
        lines.append(
            f"  last run {run['started_at']}: {run['finish_reason']}, {run['articles_new']} new articles,"
            f" {run['articles_changed']} changed, {run['failures']} failures"
        )
    if status["open_files"]:
        lines.append(
            f"  {len(status['open_files'])} files are open: a crawl is running, or `archiver repair {status['collection']}`"
        )
    return "\n".join(lines)
