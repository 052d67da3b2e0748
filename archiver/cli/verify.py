"""``archiver verify``: prove a collection."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from archiver.collection.layout import open_collection
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.findings import Summary
from archiver.verify.ledger import Ledger

# Of each kind in one file; --json gives them all.
_SHOWN = 20
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


@click.command(
    short_help="Prove a collection: records, digests, index, rows.",
    epilog="Payload digests are those of WARC/1.1 §6.3.2: transfer coding removed. `warcio check` counts the chunk sizes in and so"
    " calls the right digest of every chunked response wrong.",
)
@click.argument("collection", type=click.Path(path_type=Path))
@click.option("--extract/--no-extract", default=True, help="Extract pages again and compare them with their rows.  [default: yes]")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Extract only N pages again, chosen at random.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, metavar="N", help="Processes that read and extract.  [default: 1]"
)
@click.option("--json", "as_json", is_flag=True, help="Print findings and counts as JSON lines.")
def command(collection: Path, extract: bool, sample: int | None, workers: int, as_json: bool) -> int:
    """Read everything in COLLECTION and compare it: WARC records and their digests, manifest, indexes, every row with the record it
    points to and the other way round, and every text with what its page gives now. Changes nothing.

    Exit code 0: clean, 1: findings.
    """
    opened = open_collection(collection)
    with Ledger() as ledger:
        with _progress() as progress:
            summary = verify_collection(opened, ledger, VerifyOptions(extract, sample, workers), progress)
        if as_json:
            _print_json(ledger, summary)
        else:
            _print(ledger, summary)
    return 0 if summary.is_clean else 1


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What is being read, on a line of its own that goes away; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Console(stderr=True).status("reading") as status:
        yield lambda text: status.update(Text(text))


def _print_json(ledger: Ledger, summary: Summary) -> None:
    for finding in ledger.findings():
        click.echo(json.dumps({"place": finding.place, **dataclasses.asdict(finding)}))
    click.echo(json.dumps({"clean": summary.is_clean, **dataclasses.asdict(summary), "by_kind": dict(summary.by_kind)}))


def _print(ledger: Ledger, summary: Summary) -> None:
    """One finding a line, those of a file together and errors first; then the counts."""
    console = Console(highlight=False, soft_wrap=True)
    for (severity, path), findings in groupby(ledger.findings(), key=attrgetter("severity", "path")):
        label, seen = (f"{severity:<8}", _COLOURS[severity]), Counter[str]()
        for finding in findings:
            seen[finding.kind] += 1
            if seen[finding.kind] <= _SHOWN:
                console.print(Text.assemble(label, (finding.place, "bold"), f" {finding.kind}: {finding.message}"))
        for kind, count in seen.items():
            if count > _SHOWN:
                console.print(Text.assemble(label, (path, "bold"), f" {kind}: {count - _SHOWN} more; --json names them all"))
    console.print(Text(summary.line))
