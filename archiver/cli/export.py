"""``archiver export``: one SQLite or Parquet file of a dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from archiver.dataset.near_duplicates import DISTANCE, MAX_DISTANCE
from archiver.errors import UsageError
from archiver.export.columns import NAMES
from archiver.export.files import ExportRequest, export_dataset


@click.command(short_help="Write the dataset as one SQLite or Parquet file.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["parquet", "sqlite"]), required=True, help="What to write.")
@click.option("--where", metavar="SQL", help="Only rows for which this SQLite condition holds.")
@click.option("--table", type=click.Choice(list(NAMES)), default="articles", show_default=True, help="Which one, for Parquet.")
@click.option(
    "--distance",
    type=click.IntRange(0, MAX_DISTANCE),
    default=DISTANCE,
    show_default=True,
    help="Bits in which the SimHashes of near duplicates may differ.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Default: beside the collection.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(collection: Path, form: Any, where: str | None, table: str, distance: int, output: Path | None, as_json: bool) -> int:
    """Every row with is_latest, last_checked_at and duplicate_of; failures that a later success made good are left out.

    SQLite holds all tables, and full-text search on title and text: SELECT title FROM articles_fts WHERE articles_fts MATCH
    'bridge'. --where picks articles there, and the appearances of these. Lists are JSON texts, instants sort as text:

    \b
      --where "section = 'World' and date_published >= '2026-01-01'"
      --where "is_latest and exists (select 1 from json_each(tags) where value = 'rivers')"
    """
    if form == "sqlite" and table != "articles":
        raise UsageError("--table is for --format parquet: SQLite holds all tables")
    file, counts = export_dataset(collection, output, ExportRequest(form, where, NAMES[table], distance))
    if as_json:
        click.echo(json.dumps({"file": str(file), "rows": dict(counts)}))
    else:
        click.echo(f"{file}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    return 0
