"""``archiver rebuild``: index, dataset and pages from the archive alone."""

from __future__ import annotations

import json
from pathlib import Path

import click

from archiver.collection.layout import open_collection, prepare_collection
from archiver.collection.lock import CollectionLock
from archiver.errors import CollectionError
from archiver.reextract.rebuild import rebuild


@click.command(short_help="Make index, dataset and pages anew from archive/ alone.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Extraction processes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(collection: Path, workers: int, as_json: bool) -> int:
    """With the same versions and options the rows come out equal, field by field.

    Exit code 1 when a part of the archive could not be read.
    """
    opened = prepare_collection(open_collection(collection).root)
    lock = CollectionLock(opened.root)
    lock.acquire()
    try:
        if opened.open_warcs():
            raise CollectionError(f"{collection}: a crawl did not finish; run archiver repair first")
        result = rebuild(opened, workers=workers, progress=lambda path: click.echo(f"archiver: {path.name}", err=True))
    finally:
        lock.release()
    for damage in result.damages:
        click.echo(f"archiver: {damage}", err=True)
    if result.note:
        click.echo(f"archiver: {result.note}", err=True)
    if as_json:
        click.echo(
            json.dumps({"captures": result.captures, "rows": dict(result.rows), "damages": [str(item) for item in result.damages]})
        )
    else:
        rows = ", ".join(f"{count} {name}" for name, count in sorted(result.rows.items()))
        click.echo(f"{collection}: {result.captures} captures indexed, rows: {rows}")
    return 1 if result.damages else 0
