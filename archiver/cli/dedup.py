"""``archiver dedup``: which articles are nearly the same text, and an export that says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archiver.dataset.near_duplicates import DISTANCE, MAX_DISTANCE
from archiver.export.duplicates import Duplicate, find_duplicates
from archiver.export.files import ExportRequest, export_dataset


@click.command(short_help="Find articles with nearly the same text.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option(
    "--distance",
    type=click.IntRange(0, MAX_DISTANCE),
    default=DISTANCE,
    show_default=True,
    help="Bits in which the SimHashes of near duplicates may differ.",
)
@click.option("--format", "form", type=click.Choice(["parquet", "sqlite"]), help="Write an export with duplicate_of too.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to; default: beside the collection.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a duplicate.")
def command(collection: Path, distance: int, form: Any, output: Path | None, as_json: bool) -> int:
    """The newest versions of articles of 50 words or more are compared by SimHash over three-word runs. Each one within --distance
    bits of an older article that is no duplicate itself is marked as a duplicate of the oldest such. Nothing is deleted.
    """
    if output is not None and form is None:
        form = "sqlite" if output.suffix in (".sqlite", ".db") else "parquet"
    compared, found = find_duplicates(collection, distance)
    if as_json:
        for item in found:
            click.echo(json.dumps(item.as_json()))
    else:
        _show(found)
        click.echo(f"{collection}: {len(found)} near duplicates among {compared} articles, within {distance} bits")
    if form is not None:
        file, counts = export_dataset(collection, output, ExportRequest(form, distance=distance))
        click.echo(f"{file}: " + ", ".join(f"{count} {name}" for name, count in counts.items()), err=as_json)
    return 0


def _show(found: list[Duplicate]) -> None:
    if not found:
        return
    table = Table(box=None, header_style="bold")
    table.add_column("article", overflow="fold")
    table.add_column("is nearly", overflow="fold")
    table.add_column("bits", justify="right")
    for item in found:
        table.add_row(*(escape(f"{title or '—'}\n{url}") for title, url in (item.article, item.original)), str(item.bits))
    Console().print(table)
