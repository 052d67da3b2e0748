"""``archiver pack``: a collection as a WACZ file, or as a BagIt deposit."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.filesize import decimal

from archiver.collection.layout import open_collection
from archiver.collection.lock import CollectionLock
from archiver.wacz import pack_bag, pack_wacz


@click.command(short_help="Pack a collection into a WACZ file or a BagIt deposit.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Default: COLLECTION.wacz, or -bag, beside it."
)
@click.option("--format", "kind", type=click.Choice(["wacz", "bagit"]), default="wacz", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(collection: Path, output: Path | None, kind: str, as_json: bool) -> int:
    """The collection is only read, and stays where it is. The result is written aside, read back, and only then takes its name.

    collection.toml stays out, since it may hold a login.
    """
    opened = open_collection(collection)
    root = opened.root.resolve()
    target = output or root.with_name(root.name + (".wacz" if kind == "wacz" else "-bag"))
    lock = CollectionLock(opened.root)
    lock.acquire()
    try:
        packed = pack_wacz(opened, target) if kind == "wacz" else pack_bag(opened, target)
    finally:
        lock.release()
    if as_json:
        facts = {"path": str(packed.path), "bytes": packed.size, "resources": [asdict(item) for item in packed.resources]}
        click.echo(json.dumps(facts))
    else:
        click.echo(f"{packed.path}: {len(packed.resources)} files, {decimal(packed.size)}, read back and whole")
    return 0
