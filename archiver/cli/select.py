"""``archiver select``: a smaller collection that stands alone and can be cited."""

from __future__ import annotations

import json
from pathlib import Path

import click

from archiver.collection.layout import open_collection
from archiver.selection.select import select


@click.command(short_help="Make a smaller collection of chosen articles.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option("--where", required=True, metavar="SQL", help="SQLite condition on the rows of articles.jsonl.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="NEW", help="Folder to make.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(collection: Path, where: str, output: Path, as_json: bool) -> int:
    """Copy the WARC records of the articles for which the condition holds, byte for byte, with every version, the way there
    (redirects, tries, failures), the section pages they stood on, page requisites, and the records that revisits have their bytes
    from. Rows and indexes point at the copies. The id printed is made from the records: cite it.

    \b
      archiver select output/demo --where "section = 'World' and date_published >= '2026-01-01'" -o output/world
    """
    made = select(open_collection(collection), output, where)
    if made.note:
        click.echo(f"archiver: {made.note}", err=True)
    counts = made.counts
    if as_json:
        click.echo(json.dumps({"collection": str(output), "selection_id": made.selection_id, "counts": dict(counts)}))
    else:
        captures = counts["response"] + counts["revisit"]
        more = counts["articles"] - counts["chosen"]
        along = f" ({more} of them for their bytes)" if more else ""
        click.echo(f"{output}: {counts['articles']} articles{along}, {captures} captures\n{made.selection_id}")
    return 0
