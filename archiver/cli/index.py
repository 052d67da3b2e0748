"""``archiver index``: CDXJ of a collection made anew, or of any WARC files on stdout."""

from __future__ import annotations

import json
from pathlib import Path

import click

from archiver.collection.layout import Collection, open_collection
from archiver.collection.lock import CollectionLock
from archiver.errors import UsageError
from archiver.index.build import index_files
from archiver.index.scan import FileScan


@click.command(short_help="Make the CDXJ index anew, or print that of WARC files.")
@click.argument("targets", nargs=-1, required=True, metavar="COLLECTION|WARC...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON (of a collection).")
def command(targets: tuple[Path, ...], as_json: bool) -> int:
    """A collection gets its indexes/ made anew from its WARCs; WARC files of any tool are printed as sorted CDXJ.

    Exit code 1 when a part of a file could not be read.
    """
    if len(targets) == 1 and targets[0].is_dir():
        return _index_collection(open_collection(targets[0]), as_json=as_json)
    missing = [target for target in targets if not target.is_file()]
    if missing:
        raise UsageError(f"{missing[0]}: no such file")
    return _print_cdxj(targets)


def _index_collection(collection: Collection, *, as_json: bool) -> int:
    lock = CollectionLock(collection.root)
    lock.acquire()
    try:
        count, damages = index_files({path: collection.cdxj(path.name) for path in collection.warcs()}, collection.indexes)
    finally:
        lock.release()
    for damage in damages:
        click.echo(f"archiver: {damage}", err=True)
    if as_json:
        click.echo(json.dumps({"captures": count, "damages": [str(damage) for damage in damages]}))
    else:
        click.echo(f"{collection.root}: {count} captures indexed")
    return 1 if damages else 0


def _print_cdxj(files: tuple[Path, ...]) -> int:
    lines, damaged = [], False
    for path in files:
        scan = FileScan(path)
        lines += [capture.line() for capture, _ in scan if capture.is_replayable]
        for damage in scan.damages:
            damaged = True
            click.echo(f"archiver: {damage}", err=True)
    for line in sorted(lines, key=str.encode):
        click.echo(line)
    return 1 if damaged else 0
