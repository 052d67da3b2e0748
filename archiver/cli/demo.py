"""``archiver demo``: the main job on a bundled news site, two days in a row, then a proof. Needs no network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from archiver.demo_site import DemoSite


@click.command(short_help="Crawl a bundled news site and verify the result.")
@click.option(
    "-o",
    "--output",
    "collection",
    type=click.Path(path_type=Path),
    default=Path("output/demo"),
    show_default=True,
    metavar="COLLECTION",
    help="Collection folder.",
)
def command(collection: Path) -> int:
    """Serve a small news site on loopback, crawl its two sections, let a day pass, crawl again, verify.

    On the second day one story has changed, one is gone and two are new.
    """
    with DemoSite() as site:
        for edition, day in ((1, "first day"), (2, "next day")):
            site.edition = edition
            click.echo(f"# the {day}: archiver crawl {' '.join(site.sections)} -o {collection} --delay 0 --recheck all")
            code = _archiver(
                "crawl", *site.sections, "-o", str(collection), "--delay", "0", "--recheck", "all", "--contact", "demo"
            )
            if code:
                return code
    click.echo(f"# archiver verify {collection}")
    code = _archiver("verify", str(collection))
    _show_where(collection)
    return code


def _archiver(*arguments: str) -> int:
    # A process of its own for each crawl: Twisted's reactor starts only once.
    sys.stdout.flush()
    return subprocess.run([sys.executable, "-m", "archiver", *arguments], check=False).returncode  # noqa: S603


def _show_where(collection: Path) -> None:
    click.echo("# what there is now")
    for path in sorted(collection.rglob("*")):
        if path.is_file() and path.suffix not in (".sqlite", ".log") and not path.name.startswith("."):
            click.echo(f"  {path}  {path.stat().st_size} bytes")
