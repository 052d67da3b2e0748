"""``archiver inspect``: what a page is to this tool, and why."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archiver.cli.fetch import fetch_page
from archiver.errors import UsageError
from archiver.extraction.article import extract_from_document
from archiver.extraction.document import parse_document
from archiver.extraction.kind import kind_of
from archiver.extraction.listing import listing_of
from archiver.extraction.survey import survey
from archiver.model import Article, Listing


@click.command(short_help="Show the listing or article that would be taken from a page, and why.")
@click.argument("target", metavar="URL_OR_FILE")
@click.option("--url", default=None, help="The URL that a FILE was saved from.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(target: str, url: str | None, as_json: bool) -> int:
    """Read one page as a crawl would; nothing is stored. Exit code 1 when it is neither a listing nor an article."""
    body, page_url, content_type, headers = _load(target, url)
    document = parse_document(body, page_url, content_type)
    seen = survey(document, page_url)
    listing, kind = listing_of(seen), kind_of(seen)
    article = extract_from_document(document, page_url, content_type, headers=headers)
    if as_json:
        facts = {"url": page_url, "kind": kind, "listing": dataclasses.asdict(listing), "article": dataclasses.asdict(article)}
        click.echo(json.dumps(facts))
    else:
        _show(kind, listing, article)
    return 0 if listing.entries or article.text else 1


def _load(target: str, url: str | None) -> tuple[bytes, str, str | None, tuple[tuple[str, str], ...]]:
    if "://" in target:
        return fetch_page(target)
    path = Path(target)
    if not path.is_file():
        raise UsageError(f"{target}: neither a URL nor a file")
    return path.read_bytes(), url or "http://localhost/", None, ()


def _show(kind: str, listing: Listing, article: Article) -> None:
    console = Console()
    console.print(f"[bold]{kind}[/] {escape(listing.url)}", soft_wrap=True)
    if kind == "article":
        _show_article(console, article)
    else:
        _show_listing(console, listing)


def _show_listing(console: Console, listing: Listing) -> None:
    table = Table(title=f"{len(listing.entries)} article links", title_justify="left")
    for column in ("rank", "headline and URL", "teaser", "taken because"):
        table.add_column(column, overflow="fold")
    for entry in listing.entries:
        table.add_row(
            str(entry.rank),
            f"{escape(entry.headline or '—')}\n[dim]{escape(entry.url)}[/]",
            escape((entry.teaser or "")[:120]),
            escape(entry.reason),
        )
    console.print(table)
    console.print(f"next page: {escape(listing.next_page or 'none')}", soft_wrap=True)
    for feed in listing.feeds:
        console.print(f"feed: {escape(feed)}", soft_wrap=True)
    rejected = Table(title=f"{len(listing.rejected)} groups of links not taken", title_justify="left")
    for column in ("where", "links", "why not"):
        rejected.add_column(column, overflow="fold")
    for cluster in listing.rejected:
        rejected.add_row(escape(cluster.path), str(len(cluster.urls)), escape(cluster.reason))
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
        table.add_row(f"[bold]{name}[/]", escape(str(value)) if value not in (None, "") else "—")
    console.print(table)
    console.print(escape(article.text[:2000]), soft_wrap=True)
