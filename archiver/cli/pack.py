"""``archiver pack``: a collection as a WACZ file, or as a BagIt deposit."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.filesize import decimal

from archiver.collection.access import read_access
from archiver.collection.layout import Collection, open_collection
from archiver.collection.lock import CollectionLock
from archiver.index.cdxj import read_lines
from archiver.selection.select import select
from archiver.wacz import pack_bag, pack_wacz


@contextmanager
def _allowed(collection: Collection, target: Path) -> Iterator[Collection]:
    """The collection, or, where something in it is excluded, a copy without that, made beside ``target``."""
    access = read_access(collection.root).in_force()
    index = collection.indexes / "index.cdxj"
    if not access.exclusions or not index.is_file() or not any(access.excludes(line.facts["url"]) for line in read_lines(index)):
        yield collection
        return
    with tempfile.TemporaryDirectory(prefix=".pack-", dir=target.resolve().parent) as folder:
        made = Path(folder) / collection.root.resolve().name
        selected = select(collection, made, "1")
        click.echo(f"archiver: without what is excluded: {selected.selection_id}", err=True)
        yield Collection(made)


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
    with _allowed(opened, target) as allowed:
        lock = CollectionLock(allowed.root)
        lock.acquire()
        try:
            packed = pack_wacz(allowed, target) if kind == "wacz" else pack_bag(allowed, target)
        finally:
            lock.release()
    if as_json:
        facts = {"path": str(packed.path), "bytes": packed.size, "resources": [asdict(item) for item in packed.resources]}
        click.echo(json.dumps(facts))
    else:
        click.echo(f"{packed.path}: {len(packed.resources)} files, {decimal(packed.size)}, read back and whole")
    return 0
