"""``archiver sites``: what is known of each site, and whether it still holds on its golden pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archiver.capture.launch import read_config
from archiver.cli.golden import GoldenFault, check_golden, golden_names
from archiver.collection.layout import Collection
from archiver.errors import UsageError
from archiver.site_rules import SiteProfile, profile_table, rules_table
from archiver.sites.book import SiteBook, bundled

_config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    metavar="FILE_OR_COLLECTION",
    help="Also the site tables of a collection.toml.",
)


@click.group(short_help="List, show and check what is known of each site.")
def command() -> None:
    """Site profiles: CSS selectors and address patterns that override the generic reading of section pages."""


@command.command("list")
@_config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_sites(config: Path | None, as_json: bool) -> int:
    """The sites that something is known of."""
    profiles = known_profiles(config)
    if as_json:
        click.echo(json.dumps([{"name": name, **profile_table(profile)} for name, profile in profiles.items()]))
        return 0
    table = Table(title=f"{len(profiles)} sites", title_justify="left")
    for column in ("site", "hosts", "sections", "versions", "rules of today"):
        table.add_column(column, overflow="fold")
    for name, profile in profiles.items():
        rules = ", ".join(rules_table(profile.versions[-1].rules))
        table.add_row(name, "\n".join(profile.hosts), str(len(profile.sections)), str(len(profile.versions)), escape(rules))
    Console().print(table)
    return 0


@command.command("show")
@click.argument("site", metavar="SITE_OR_URL")
@click.option(
    "--at", "at", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The rules for captures of that day.  [default: today]"
)
@_config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_site(site: str, at: datetime | None, config: Path | None, as_json: bool) -> int:
    """The profile of a site, or the one that holds for a URL. Exit code 1 when there is none."""
    own = own_profiles(config)
    profile = SiteBook(own).profile_for(site) if "://" in site else known_profiles(config).get(site)
    if profile is None:
        click.echo(f"archiver: {site}: nothing is known of it; its section pages are read generically", err=True)
        return 1
    rules = rules_table(profile.rules_at(at.replace(tzinfo=UTC) if at else datetime.now(UTC)))
    if as_json:
        click.echo(json.dumps({"name": profile.name, **profile_table(profile), "rules": rules}))
        return 0
    click.echo(f"site: {profile.name}\nhosts: {', '.join(profile.hosts)}")
    for url in profile.sections:
        click.echo(f"section: {url}")
    for version in profile.versions:
        click.echo(f"version: {f'until {version.until}' if version.until else 'now'}")
    for name, value in rules.items():
        click.echo(f"{name}: {value or '(none is printed)'}")
    return 0


@command.command("check", short_help="Read the golden pages of bundled profiles and compare.")
@click.argument("names", nargs=-1, metavar="[SITE]…")
@click.option("--update", is_flag=True, help="Write what is read now as what should be read; look at the difference then.")
@_config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_sites(names: tuple[str, ...], update: bool, config: Path | None, as_json: bool) -> int:
    """Read the golden page of each version of each bundled profile and compare with what should be read.

    Exit code 1 when something differs or a golden page is missing. Tables of --config are checked for faults only: look at them
    with archiver inspect --config.
    """
    own_profiles(config)
    unknown = [name for name in names if name not in bundled()]
    if unknown:
        raise UsageError(f"{unknown[0]}: no bundled profile; there are {', '.join(bundled())}")
    chosen = [bundled()[name] for name in names or bundled()]
    faults = [fault for profile in chosen for fault in check_golden(profile, update=update)]
    pages = sum(len(golden_names(profile)) for profile in chosen)
    if as_json:
        click.echo(json.dumps({"profiles": len(chosen), "pages": pages, "faults": [_values(fault) for fault in faults]}))
    else:
        for fault in faults:
            click.echo(f"{fault.file}: {fault.what}")
        click.echo(f"{len(chosen)} profiles, {pages} golden pages, {len(faults)} faults")
    return 1 if faults else 0


def _values(fault: GoldenFault) -> dict[str, Any]:
    return {"file": fault.file, "what": fault.what}


def known_profiles(config: Path | None) -> Mapping[str, SiteProfile]:
    """Bundled profiles and, over them, those of ``config``."""
    own = own_profiles(config)
    return {**bundled(), **own}


def own_profiles(config: Path | None) -> Mapping[str, SiteProfile]:
    """The site tables of a collection.toml, or of the one in a collection folder; raises UsageError."""
    if config is None:
        return {}
    path = Collection(config).config if config.is_dir() else config
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    return read_config(path).sites
