"""``archiver history``: how articles changed after they were published."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from archiver.collection.layout import open_collection
from archiver.dataset.files import put
from archiver.errors import StoreError, UsageError
from archiver.history.diff import Piece
from archiver.history.page import headline, history_page
from archiver.history.stories import CaptureRef, Change, Story, stories

_STYLES = {"removed": "red strike", "added": "green underline", "same": ""}


@click.command(short_help="Show how articles changed.")
@click.argument("targets", nargs=-1, required=True, metavar="[URL] [COLLECTION]")
@click.option("--since", default="", metavar="DATE", help="Only what changed on this day or later.")
@click.option("--html", "page", type=click.Path(path_type=Path), metavar="FILE", help="Write a self-contained page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an article.")
def command(targets: tuple[str, ...], since: str, page: Path | None, as_json: bool) -> int:
    """Of a collection every article with another version, another headline on a section page, or gone; of a URL that article.
    Without a collection the URL is looked for in this folder, or in those under output/.

    Words are marked [-removed-] and {+added+}; both captures are named by WARC file and offset.
    """
    url, collection = _targets(targets)
    found = list(stories(open_collection(collection).root, url, since))
    if url is not None and not found:
        raise UsageError(f"{url}: no article of {collection}")
    if page is not None:
        _write(page, history_page(collection.resolve().name, found))
    if as_json:
        for story in found:
            click.echo(json.dumps(story.as_json(), ensure_ascii=False))
    elif page is not None:
        click.echo(f"{page}: {headline(found)}")
    else:
        _show(found)
        click.echo(f"{collection}: {headline(found)}")
    return 0


def _targets(targets: Iterable[str]) -> tuple[str | None, Path]:
    urls = [target for target in targets if "://" in target]
    folders = [Path(target) for target in targets if "://" not in target]
    if len(urls) > 1 or len(folders) > 1:
        raise UsageError("one URL and one collection at most")
    url = urls[0] if urls else None
    return url, folders[0] if folders else _collection_of(url)


def _collection_of(url: str | None) -> Path:
    """The collection here, or under output/, that has an article ``url``."""
    here = [path for path in (Path(), *sorted(Path("output").glob("*"))) if (path / "archive").is_dir()]
    for path in here:
        if len(here) == 1 or any(stories(path, url)):
            return path
    raise UsageError(f"{url}: in no collection here or under output/; name one")


def _write(page: Path, text: str) -> None:
    try:
        put(page, text.encode("utf-8", "replace"))
    except OSError as error:
        raise StoreError(f"{page}: cannot be written: {error.strerror}") from error


def _show(found: Iterable[Story]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for story in found:
        console.print(Text(_printable(story.title or "(no title)"), style="bold"))
        console.print(Text(f"  {_printable(story.url)}: {story.versions} versions, first {_at(story.first)}"))
        for gone in story.disappearances:
            back = "; it came back later" if gone.came_back else ""
            console.print(Text(f"  gone at {gone.at}: {gone.why}{back}; last had {_at(gone.last)}", style="yellow"))
        for change in story.changes:
            _show_change(console, change)
        for line in story.headlines if len(story.headlines) > 1 or story.changes else ():
            mark = "" if line.is_title else " (not the article's title)"
            console.print(Text(f"  headline: {_printable(line.text or '(none)')}{mark}"))
            console.print(Text(f"    {_printable(line.listing_url)}, {line.times} times, {_at(line.first)} to {_at(line.last)}"))
        console.print()


def _show_change(console: Console, change: Change) -> None:
    corrected = " (correction)" if change.is_correction else ""
    console.print(Text(f"  version {change.version}{corrected}: {_at(change.before)} -> {_at(change.after)}"))
    if change.title:
        console.print(Text("    title: ").append_text(_marked(change.title)))
    for paragraph in change.paragraphs:
        console.print(Text("    ").append_text(_marked(paragraph.pieces)))
    for name, before, after in change.fields:
        console.print(Text(f"    {name}: {_printable(str(before))} -> {_printable(str(after))}"))


def _marked(pieces: Iterable[Piece]) -> Text:
    marks = {"removed": ("[-", "-]"), "added": ("{+", "+}"), "same": ("", "")}
    text = Text()
    for piece in pieces:
        opening, closing = marks[piece.op]
        words = _printable(piece.text.rstrip())
        text.append(f"{opening}{words}{closing} ", style=_STYLES[piece.op])
    return text


def _at(capture: CaptureRef) -> str:
    return f"{capture.at} ({capture.place})"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)
