"""``archiver repair``: make a collection whole after a crash."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archiver.collection.layout import open_collection, prepare_collection
from archiver.collection.lock import CollectionLock
from archiver.dataset.companions import write_companions
from archiver.reextract.repair import repair
from archiver.reextract.repaired import Repaired


@click.command(short_help="Make a collection whole after a crash.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(collection: Path, as_json: bool) -> int:
    """Close what was being written, keep torn ends in logs/, make index and dataset agree with the archive.

    Every crawl begins with it. Exit code 0: the collection is whole now; what was put right is said in a table.
    """
    opened = prepare_collection(open_collection(collection).root)
    lock = CollectionLock(opened.root)
    lock.acquire()
    try:
        done = repair(opened)
        note = write_companions(opened.dataset) if done else None
    finally:
        lock.release()
    if note:
        click.echo(f"archiver: {note}", err=True)
    if as_json:
        click.echo(json.dumps([{"file": item.file, "what": item.what, "lost": item.lost} for item in done]))
    elif not done:
        click.echo(f"{collection}: whole, nothing to repair")
    else:
        _show(done)
    return 0


def _show(done: list[Repaired]) -> None:
    table = Table(box=None, header_style="bold")
    for column in ("file", "put right", "lost"):
        table.add_column(column, overflow="fold")
    for item in done:
        table.add_row(escape(item.file), escape(item.what), escape(item.lost) or "nothing")
    # Nothing is folded where no person looks at it.
    Console(width=None if sys.stdout.isatty() else 1000).print(table)
