"""``archiver exclude``: takedowns and embargoes, without destroying anything."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from archiver.collection.access import AccessList, Exclusion, exclude, read_access, take_back
from archiver.collection.layout import Collection, open_collection
from archiver.errors import UsageError
from archiver.index.cdxj import read_lines
from archiver.model import format_instant
from archiver.urls import clean_url


@click.command(short_help="Keep captures from being shown or handed out.")
@click.argument("collection", type=click.Path(path_type=Path))
@click.option("--url", metavar="URL", help="This URL alone.")
@click.option("--prefix", metavar="URL", help="Every URL that begins like this.")
@click.option("--reason", metavar="TEXT", help="Why: it stays in the list.")
@click.option("--who", metavar="TEXT", help="Who decided.  [default: the user of this machine]")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="From this day on it no longer holds (an embargo)."
)
@click.option("--remove", is_flag=True, help="Take it back; the list keeps that it was.")
@click.option("--list", "lists", is_flag=True, help="Show the list.")
@click.option("--json", "as_json", is_flag=True, help="Print the list, or what was done, as JSON.")
def command(
    collection: Path,
    url: str | None,
    prefix: str | None,
    reason: str | None,
    who: str | None,
    until: datetime | None,
    remove: bool,
    lists: bool,
    as_json: bool,
) -> int:
    """Replay, search, export, select and pack leave out what is excluded. The WARC files stay as they are."""
    opened, now = open_collection(collection), datetime.now(UTC)
    if lists or (as_json and url is None and prefix is None):
        _show(read_access(opened.root), now, as_json=as_json)
        return 0
    if (url is None) == (prefix is None):
        raise UsageError("name one of --url and --prefix (or --list)")
    kind, given = ("url", url) if url is not None else ("prefix", prefix)
    value = clean_url(given or "")
    if value is None:
        raise UsageError(f"--{kind} {given}: not an http or https URL")
    if remove:
        found = take_back(opened.root, kind, value, now)
        done = {"collection": str(collection), "kind": kind, "value": value, "taken_back": found}
        click.echo(json.dumps(done) if as_json else f"{collection}: {found} exclusions of {value} taken back")
        return 0 if found else 1
    if not reason:
        raise UsageError("--reason: say why; whoever comes later must be able to tell")
    item = Exclusion(
        kind,  # type: ignore[arg-type]
        value,
        reason,
        who or getpass.getuser(),
        format_instant(now),
        f"{until:%Y-%m-%d}" if until else None,
    )
    exclude(opened.root, item)
    captures = _captures(opened, item)
    if as_json:
        click.echo(json.dumps({"collection": str(collection), **asdict(item), "captures": captures}, ensure_ascii=False))
    else:
        until_then = f" until {item.until}" if item.until else ""
        click.echo(f"{collection}: {captures} captures of {value} are excluded{until_then}")
    return 0


def _captures(collection: Collection, item: Exclusion) -> int:
    index = collection.indexes / "index.cdxj"
    return sum(item.covers(line.facts["url"]) for line in read_lines(index)) if index.is_file() else 0


def _show(access: AccessList, now: datetime, *, as_json: bool) -> None:
    in_force = set(access.in_force(now).exclusions)
    if as_json:
        click.echo(json.dumps([{**asdict(item), "in_force": item in in_force} for item in access.exclusions], ensure_ascii=False))
        return
    table = Table("in force", "kind", "what", "reason", "who", "when", "until")
    for item in access.exclusions:
        said = "yes" if item in in_force else f"taken back {item.removed_at[:10]}" if item.removed_at else "no longer"
        table.add_row(said, item.kind, item.value, item.reason, item.who, item.at[:10], item.until or "")
    Console(highlight=False, markup=False).print(table)
