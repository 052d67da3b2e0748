"""From the plain text of the content files to HTML and back to bare words. No page is put together here.

A text is paragraphs split by blank lines; ``## `` heads a paragraph as a subheading, ``> `` as a quotation, ``- `` lines
as a list, and ``[words](href)`` is a link.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import escape

_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}


def blocks(text: str) -> str:
    """``text`` as HTML blocks."""
    return "\n".join(map(_block, _paragraphs(text)))


def plain(text: str) -> tuple[str, ...]:
    """The blocks of ``text`` as a reader sees them, without marks; one string per paragraph, heading or list item."""
    found: list[str] = []
    for paragraph in _paragraphs(text):
        lines = paragraph.split("\n") if paragraph.startswith("- ") else [paragraph]
        found += [_LINK.sub(r"\1", re.sub(r"^(## |> |- )", "", line)) for line in lines]
    return tuple(found)


def excerpt(text: str, max_chars: int) -> str:
    """The beginning of ``text`` in one line, cut at a word with ``...`` when longer than ``max_chars``."""
    whole = " ".join(plain(text))
    if len(whole) <= max_chars:
        return whole
    return whole[:max_chars].rsplit(" ", 1)[0].rstrip(" ,;:.") + "..."


def inline(text: str) -> str:
    """One line of text, escaped, its links as anchors."""
    pieces, end = [], 0
    for match in _LINK.finditer(text):
        pieces += [escape(text[end : match.start()]), f'<a href="{escape(match[2])}">{escape(match[1])}</a>']
        end = match.end()
    return "".join([*pieces, escape(text[end:])])


def day(moment: datetime, lang: str = "en") -> str:
    """``moment`` as a reader of ``lang`` writes the day: 3 March 2026, 3. März 2026, 3 mars 2026."""
    dot = "." if lang == "de" else ""
    return f"{moment.day}{dot} {_MONTHS[lang].split()[moment.month - 1]} {moment.year}"


def day_and_time(iso: str, lang: str = "en") -> str:
    """An ISO 8601 day or instant as printed under a headline, in the zone it was written in."""
    moment = datetime.fromisoformat(iso)
    return day(moment, lang) if "T" not in iso else f"{day(moment, lang)}, {moment:%H:%M}"


def _paragraphs(text: str) -> list[str]:
    return [paragraph.strip() for paragraph in text.split("\n\n") if paragraph.strip()]


def _block(paragraph: str) -> str:
    if paragraph.startswith("## "):
        return f"<h2>{inline(paragraph[3:])}</h2>"
    if paragraph.startswith("> "):
        return f"<blockquote><p>{inline(paragraph[2:])}</p></blockquote>"
    if paragraph.startswith("- "):
        return "<ul>\n" + "\n".join(f"<li>{inline(line[2:])}</li>" for line in paragraph.split("\n")) + "\n</ul>"
    return f"<p>{inline(paragraph)}</p>"
