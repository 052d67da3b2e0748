"""The stories as one self-contained HTML page without any script; everything in it is escaped. Needs ``archiver[report]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archiver.errors import MissingExtraError
from archiver.history.stories import Story


def headline(found: Sequence[Story]) -> str:
    """``3 articles: 4 changes (1 correction), 1 disappearance``."""
    changes = [change for story in found for change in story.changes]
    corrections = sum(change.is_correction for change in changes)
    gone = sum(len(story.disappearances) for story in found)
    corrected = f" ({_count(corrections, 'correction')})" if corrections else ""
    return f"{_count(len(found), 'article')}: {_count(len(changes), 'change')}{corrected}, {_count(gone, 'disappearance')}"


def history_page(name: str, found: Sequence[Story]) -> str:
    """The whole page. Raises MissingExtraError."""
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError("jinja2", "report") from error
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string((Path(__file__).parent / "page.html.jinja").read_text(encoding="utf-8"))
    return template.render(name=name, headline=headline(found), stories=found)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
