"""``archiver status``: what a collection holds, in a few lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.filesize import decimal

from archiver.collection.layout import Collection, open_collection
from archiver.dataset.jsonl import read_rows
from archiver.dataset.schema import FILENAMES


@click.command(short_help="Show what a collection holds.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(collection: Path, as_json: bool) -> int:
    """Runs, files and rows of a collection, and its last run."""
    status = collection_status(open_collection(collection))
    click.echo(json.dumps(status) if as_json else _as_text(status))
    return 0


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
