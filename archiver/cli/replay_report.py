"""The table behind ``archiver report --replay``: per article, what replay will miss."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from archiver.collection.layout import Collection
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup
from archiver.reextract.completeness import PageCompleteness, measure

_SHOWN = 40
_ROLES = ("css", "font", "image", "script", "icon", "frame", "media")


def measured(collection: Collection) -> list[PageCompleteness]:
    """Completeness of every article of ``collection``, the least complete first."""
    lookup = Lookup(collection.indexes / LOOKUP, read_only=True)
    try:
        return sorted(measure(collection, lookup), key=lambda page: page.share)
    finally:
        lookup.close()


def show(collection: Collection, *, as_json: bool) -> int:
    """Print the table or JSON; the exit code."""
    pages = measured(collection)
    whole = sum(not page.missing for page in pages)
    if as_json:
        lines = [
            {
                "article_id": page.article_id,
                "url": page.url,
                "title": page.title,
                "needed": dict(page.needed),
                "missing": [asdict(item) for item in page.missing],
                "lead_image": page.lead_image,
                "share": round(page.share, 4),
            }
            for page in pages
        ]
        click.echo(json.dumps({"articles": len(pages), "whole": whole, "pages": lines}, ensure_ascii=False))
        return 0
    urls = Counter((item.url, item.role) for page in pages for item in page.missing)
    click.echo(
        f"{collection.root}: {whole} of {len(pages)} articles have all that replay needs; {len(urls)} requisites are missing"
    )
    if urls:
        table = Table("missing of", *_ROLES, "lead image", "article")
        for page in pages[:_SHOWN]:
            if page.missing:
                lead = {True: "there", False: "missing", None: ""}[page.lead_image]
                cells = [f"{page.missing_of(role) or ''}" for role in _ROLES]
                table.add_row(f"{len(page.missing)} of {sum(page.needed.values())}", *cells, lead, page.title or page.url)
        Console(highlight=False).print(table)
        click.echo(f"archiver patch {collection.root} fetches what is missing")
    return 0
