"""``archiver extract``: the dataset made again from WARC files, any tool's."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from archiver.dataset.companions import write_companions
from archiver.dataset.load import read_articles
from archiver.errors import StoreError
from archiver.reextract.diff import Diff, old_rows
from archiver.reextract.inputs import Input, find_inputs
from archiver.reextract.job import Progress, extract_all
from archiver.reextract.parts import Part, Parts


@click.command(short_help="Make the dataset again from WARC files, any tool's.")
@click.argument("targets", nargs=-1, required=True, metavar="WARC|WACZ|COLLECTION...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Dataset folder to write to.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Extraction processes.")
@click.option("--deadline", type=click.FloatRange(0.1), default=30.0, show_default=True, help="Seconds a page may take.")
@click.option(
    "--diff", "old", type=click.Path(path_type=Path), metavar="OLD", help="Compare with an older dataset, field by field."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(targets: tuple[str, ...], output: Path, workers: int, deadline: float, old: Path | None, as_json: bool) -> int:
    """Every HTTP 200 capture of HTML gives one row in DIR/articles-<WARC name>.jsonl; page_type says what it is. Of our own WARCs
    the rows are those that the crawl wrote. A second run skips the files that are finished.

    Exit code 1 when a part of a file could not be read; each is named on stderr.
    """
    inputs = find_inputs(targets)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{output}: cannot be written: {error.strerror}") from error
    with old_rows(read_articles(old) if old is not None else ()) as before:
        with _progress(inputs) as progress:
            parts = extract_all(inputs, output, workers=workers, deadline_s=deadline, progress=progress)
        total = Parts(output).count_versions()
        diff = before.compare(read_articles(output)) if old is not None else None
    if note := write_companions(output):
        click.echo(f"archiver: {note}", err=True)
    for part in parts:
        for problem in part.problems:
            click.echo(f"archiver: {problem}", err=True)
    report = _report(parts, total, diff)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print(parts, total, output, diff)
    return 1 if any(part.problems for part in parts) else 0


@contextmanager
def _progress(inputs: list[Input]) -> Iterator[Progress]:
    """Bytes read, rate and time left, on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda source, at: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    done: dict[str, int] = {}
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("extract", total=sum(source.size for source in inputs))

        def told(source: Input, at: int) -> None:
            done[source.place] = at
            bar.update(task, completed=sum(done.copy().values()), description=escape(source.filename))

        yield told


def _report(parts: list[Part], total: int, diff: Diff | None) -> dict[str, Any]:
    files = [{**asdict(part), "problems": list(part.problems), "failed": list(part.failed)} for part in parts]
    return {"rows": total, "files": files, **({"diff": asdict(diff)} if diff is not None else {})}


def _print(parts: list[Part], total: int, output: Path, diff: Diff | None) -> None:
    skipped = sum(part.was_there for part in parts)
    problems = sum(len(part.problems) for part in parts)
    click.echo(f"{output}: {total} articles from {len(parts)} files ({skipped} were finished before), {problems} problems")
    if diff is None:
        return
    click.echo(f"against the old dataset: {diff.both} captures in both, {diff.same} the same, {diff.only_new} new, "
               f"{diff.only_old} gone")  # fmt: skip
    table = Table("field", "gained", "lost", "changed", "words gained", "words lost")
    for name, seen in sorted(diff.fields.items(), key=lambda pair: -(pair[1].gained + pair[1].lost + pair[1].changed)):
        table.add_row(name, *map(str, (seen.gained, seen.lost, seen.changed, seen.words_gained, seen.words_lost)))
    if diff.fields:
        Console(highlight=False).print(table)
