"""``archiver demo``: the main job on a bundled news site, two days in a row, then a proof. Needs no network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: the two runs and what verify says.")
def command(collection: Path, as_json: bool) -> int:
    """Serve a small news site on loopback, crawl its two sections, let a day pass, crawl again, verify.

    On the second day one story has changed, one is gone and two are new.
    """
    said: dict[str, Any] = {"collection": str(collection), "runs": [], "verify": None}
    with DemoSite() as site:
        for edition, day in ((1, "first day"), (2, "next day")):
            site.edition = edition
            if not as_json:
                click.echo(f"# the {day}: archiver crawl {' '.join(site.sections)} -o {collection} --delay 0 --recheck all")
            arguments = ("crawl", *site.sections, "-o", str(collection), "--delay", "0", "--recheck", "all", "--contact", "demo")
            code, run = _archiver(*arguments, as_json=as_json)
            said["runs"].append(run)
            if code:
                if as_json:
                    click.echo(json.dumps(said))
                return code
    if not as_json:
        click.echo(f"# archiver verify {collection}")
    code, said["verify"] = _archiver("verify", str(collection), as_json=as_json)
    if as_json:
        click.echo(json.dumps(said))
    else:
        _show_where(collection)
    return code


def _archiver(*arguments: str, as_json: bool) -> tuple[int, Any]:
    """Exit code, and the last JSON line where that is wanted."""
    # A process of its own for each crawl: Twisted's reactor starts only once.
    sys.stdout.flush()
    command = [sys.executable, "-m", "archiver", *arguments, *(["--json"] if as_json else [])]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE if as_json else None, text=True)  # noqa: S603
    lines = (done.stdout or "").splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else None


def _show_where(collection: Path) -> None:
    click.echo("# what there is now")
    for path in sorted(collection.rglob("*")):
        if path.is_file() and path.suffix not in (".sqlite", ".log") and not path.name.startswith("."):
            click.echo(f"  {path}  {path.stat().st_size} bytes")
