"""``archiver inspect``: what a page is to this tool, and why."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archiver.cli.annotated import SLIGHT, annotated_page
from archiver.cli.fetch import fetch_page
from archiver.cli.sites import own_profiles
from archiver.errors import UsageError
from archiver.extraction.article import extract_from_document
from archiver.extraction.document import parse_document
from archiver.extraction.machine_lists import MachineReading, machine_kind
from archiver.extraction.machine_reading import read_machine_list
from archiver.extraction.reading import Reading, read_page
from archiver.model import Article, Listing
from archiver.sites.book import SiteBook

# Control characters but the newline, bidirectional overrides, lone surrogates; joiners stay, which Persian and Hindi need.
_STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@click.command(short_help="Show the listing or article that would be taken from a page, and why.")
@click.argument("target", metavar="URL_OR_FILE")
@click.option("--url", default=None, help="The URL that a FILE was saved from.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE_OR_COLLECTION",
    help="Read the page by the site tables of that collection.toml.",
)
@click.option("--no-profile", is_flag=True, help="Read it generically, whatever is known of the site.")
@click.option(
    "--captured", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day a FILE was captured.  [default: today]"
)
@click.option(
    "--html", "page_file", type=click.Path(path_type=Path), metavar="FILE", help="Also write a page that shows it on the original."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    target: str,
    url: str | None,
    config: Path | None,
    no_profile: bool,
    captured: datetime | None,
    page_file: Path | None,
    as_json: bool,
) -> int:
    """Read one page as a crawl would; nothing is stored. Exit code 1 when it is no listing, article, feed or sitemap."""
    sites = SiteBook(own_profiles(config))
    body, page_url, content_type, headers = _load(target, url)
    if machine_kind(body) != "unknown":
        if page_file is not None:
            raise UsageError(f"{target}: a feed or sitemap, and no page to show anything on: leave --html out")
        return _inspect_machine_list(read_machine_list(body, page_url, content_type), as_json=as_json)
    document = parse_document(body, page_url, content_type)
    day = captured.replace(tzinfo=UTC) if captured else datetime.now(UTC)
    reading = read_page(document, page_url, None if no_profile else sites.rules_for(page_url, day))
    article = extract_from_document(document, page_url, content_type, headers=headers)
    profile = None if no_profile else sites.profile_for(page_url)
    if page_file is not None:
        _write(page_file, annotated_page(reading))
    if as_json:
        facts = {
            "url": page_url,
            "kind": reading.kind,
            "profile": profile.name if profile else None,
            "listing": dataclasses.asdict(reading.listing),
            "slight_links": [link.url for link in reading.slight_links()],
            "article": dataclasses.asdict(article),
        }
        click.echo(json.dumps(facts))
    else:
        _show(reading, profile.name if profile else None, article)
    return 0 if reading.listing.entries or reading.kind == "article" else 1


def _inspect_machine_list(reading: MachineReading, *, as_json: bool) -> int:
    """A feed or sitemap, all of it: a crawl narrows a site's to the sections it follows."""
    listing, sitemaps = reading.listing, [item.url for item in reading.sitemaps]
    if as_json:
        facts = {"url": listing.url, "kind": reading.kind, "listing": dataclasses.asdict(listing), "sitemaps": sitemaps}
        click.echo(json.dumps(facts))
    else:
        console = Console()
        console.print(f"[bold]{reading.kind}[/] {_safe(listing.url)}", soft_wrap=True)
        _show_entries(console, listing)
        for url in sitemaps:
            console.print(f"sitemap: {_safe(url)}", soft_wrap=True)
    return 0 if listing.entries or sitemaps else 1


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error


def _load(target: str, url: str | None) -> tuple[bytes, str, str | None, tuple[tuple[str, str], ...]]:
    if "://" in target:
        return fetch_page(target)
    path = Path(target)
    if not path.is_file():
        raise UsageError(f"{target}: neither a URL nor a file")
    return path.read_bytes(), url or "http://localhost/", None, ()


def _safe(text: str) -> str:
    """``text`` of a page for a terminal: nothing in it is markup, steers the terminal or turns the line round."""
    return escape(_STEERING.sub("\ufffd", text))


def _show(reading: Reading, profile: str | None, article: Article) -> None:
    console = Console()
    console.print(f"[bold]{reading.kind}[/] {_safe(reading.listing.url)}", soft_wrap=True)
    if profile is not None:
        console.print(f"by the site profile {_safe(profile)} (--no-profile: without)", soft_wrap=True)
    if reading.kind == "article":
        _show_article(console, article)
    else:
        _show_listing(console, reading.listing, len(reading.slight_links()))


def _show_entries(console: Console, listing: Listing) -> None:
    table = Table(title=f"{len(listing.entries)} article links", title_justify="left")
    for column in ("rank", "headline and URL", "teaser", "taken because"):
        table.add_column(column, overflow="fold")
    for entry in listing.entries:
        table.add_row(
            str(entry.rank),
            f"{_safe(entry.headline or '—')}\n[dim]{_safe(entry.url)}[/]",
            _safe((entry.teaser or "")[:120]),
            _safe(entry.reason),
        )
    console.print(table)
    console.print(f"next page: {_safe(listing.next_page or 'none')}", soft_wrap=True)


def _show_listing(console: Console, listing: Listing, slight: int) -> None:
    _show_entries(console, listing)
    for feed in listing.feeds:
        console.print(f"feed: {_safe(feed)}", soft_wrap=True)
    rejected = Table(title=f"{len(listing.rejected)} groups of links not taken", title_justify="left")
    for column in ("where", "links", "why not"):
        rejected.add_column(column, overflow="fold")
    for cluster in listing.rejected:
        rejected.add_row(_safe(cluster.path), str(len(cluster.urls)), _safe(cluster.reason))
    rejected.add_row("elsewhere", str(slight), SLIGHT)
    console.print(rejected)


def _show_article(console: Console, article: Article) -> None:
    table = Table(show_header=False, box=None)
    shown: dict[str, Any] = {
        "title": article.title,
        "authors": ", ".join(article.authors),
        "published": article.date_published or article.date_published_day,
        "date from": f"{article.date_published_source}: {article.date_published_raw}",
        "page type": article.page_type,
        "language": f"{article.language} (text: {article.language_detected})",
        "section": article.section,
        "words": article.word_count,
    }
    for name, value in shown.items():
        table.add_row(f"[bold]{name}[/]", _safe(str(value)) if value not in (None, "") else "—")
    console.print(table)
    console.print(_safe(article.text[:2000]), soft_wrap=True)
