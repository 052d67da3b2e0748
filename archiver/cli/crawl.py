"""``archiver crawl``: the main job."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from archiver.capture.launch import resolve_launch
from archiver.cli.flags import crawl_flags, given
from archiver.cli.process import run_crawl
from archiver.cli.summary import crawl_summary, exit_code
from archiver.errors import UsageError


@click.command(short_help="Crawl news sections into a collection.")
@click.argument("urls", nargs=-1, metavar="URL...")
@click.option("-o", "--output", "collection", type=click.Path(path_type=Path), metavar="COLLECTION", help="Collection folder.")
@click.option("--seeds", type=click.Path(path_type=Path), metavar="FILE", help="File with one URL a line; # begins a comment.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Read this instead of COLLECTION/collection.toml.")
@click.option("--new-run", is_flag=True, help="Close an unfinished run as interrupted and begin a new one.")
@click.option("--json", "as_json", is_flag=True, help="Print the run's record as JSON.")
@crawl_flags
def command(
    urls: tuple[str, ...],
    collection: Path | None,
    seeds: Path | None,
    config: Path | None,
    new_run: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Follow section pages and their pagination, take the article pages, and keep every exchange as WARC.

    A URL may also be an article. Without -o the collection is output/<host>-<section>.
    """
    named = (*urls, *(_read_seeds(seeds) if seeds else ()))
    launch = resolve_launch(named, collection, given(options), config_file=config, new_run=new_run)
    session = run_crawl(launch, quiet=as_json)
    if as_json:
        click.echo(json.dumps(crawl_summary(session)))
    else:
        click.echo(crawl_summary(session)["text"])
    return exit_code(session)


def _read_seeds(path: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot read the seeds: {error}") from error
    lines = (line.split("#")[0].strip() if "://" not in line.split("#")[0] else line.strip() for line in text.splitlines())
    return [line.split(" #")[0].strip() for line in lines if line and not line.startswith("#")]
