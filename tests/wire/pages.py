"""HTML that an extractor takes for a news article, and section pages; the text of a page follows from its name alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from html import escape

_WHO = (
    "the harbour master", "a retired bell ringer", "the mayor of Oldwick", "a night porter", "the county archivist",
    "a ferry captain", "the youngest juror", "a beekeeper from the hills", "the station announcer", "a visiting botanist",
    "the museum's clock mender", "two school inspectors", "the head of the water board", "a letter carrier",
)  # fmt: skip
_DID = (
    "questioned", "welcomed", "measured", "photographed", "postponed", "described", "counted", "repaired", "rejected",
    "announced", "defended", "inspected", "catalogued", "criticised",
)  # fmt: skip
_WHAT = (
    "the plan for a second tramway", "the broken weather vane", "an unsigned petition", "the spring flood barriers",
    "a collection of glass negatives", "the longest delay in nine years", "the new fish market roof", "a missing ledger",
    "the budget for street lamps", "an unusually early frost", "the sale of the old observatory", "the queue at the north gate",
)  # fmt: skip
_WHERE = (
    "near the canal lock", "outside the town hall", "on the eastern pier", "in a crowded committee room", "by the old mill",
    "behind the grain exchange", "at the foot of the cathedral steps", "along the ring road",
)  # fmt: skip
_THEN = (
    "and promised a report before the end of the month", "although nobody had asked for an opinion",
    "while a small crowd looked on in silence", "because earlier figures could not be confirmed",
    "which surprised even the oldest residents", "after three hours of debate", "without giving any further reason",
    "and added that the costs would be shared by four parishes",
)  # fmt: skip


def title_of(name: str) -> str:
    """The headline of the page called ``name``, unlike that of any other page."""
    return f"How {name.replace('-', ' ')} kept a whole town awake this winter"


def marker_of(name: str) -> str:
    """A word that stands in the text of the page called ``name`` and nowhere else."""
    return f"wire{name.replace('-', '')}x{len(name)}"


def paragraphs(name: str, count: int = 5) -> list[str]:
    """``count`` paragraphs of plain prose, the same on every call, the marker in each."""
    dice = random.Random(name)
    found = []
    for number in range(count):
        sentences = [
            f"{dice.choice(_WHO).capitalize()} {dice.choice(_DID)} {dice.choice(_WHAT)} {dice.choice(_WHERE)} {dice.choice(_THEN)}."
            for _ in range(4)
        ]
        sentences.insert(2, f"The file for this part of the story is kept under {marker_of(name)} number {number + 1}.")
        found.append(" ".join(sentences))
    return found


def article(name: str, *, extra: str = "", meta_charset: str = "utf-8", title: str | None = None) -> str:
    """A whole article page. ``extra``: one more paragraph, for text in other scripts; ``meta_charset`` empty: none declared."""
    headline = escape(title or title_of(name))
    body = "\n".join(f"<p>{escape(text)}</p>" for text in [*paragraphs(name), *([extra] if extra else [])])
    declared = f'<meta charset="{meta_charset}">' if meta_charset else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head>{declared}<title>{headline} - The Wire Gazette</title>
<meta property="og:type" content="article"><meta name="author" content="Mara Lindqvist">
<meta property="article:published_time" content="2026-03-14T08:30:00+00:00"></head>
<body><header><nav><a href="/section/">News</a></nav></header>
<main><article><h1>{headline}</h1>
<p class="byline">By <a rel="author" href="/authors/mara-lindqvist">Mara Lindqvist</a>
<time datetime="2026-03-14T08:30:00+00:00">14 March 2026</time></p>
{body}
</article></main><footer><p>The Wire Gazette</p></footer></body></html>
"""


def listing(entries: Sequence[tuple[str, str, str]], page: int, last: int, prefix: str) -> str:
    """One page of a section: ``entries`` are (href, headline, teaser); links to the neighbouring pages."""
    items = "\n".join(
        f'<article class="story"><h2><a href="{escape(href)}">{escape(headline)}</a></h2>'
        f'<time datetime="2026-03-14">14 March 2026</time><p>{escape(teaser)}</p></article>'
        for href, headline, teaser in entries
    )
    older = f'<a rel="next" class="next" href="{prefix}page/{page + 1}/">Older stories</a>' if page < last else ""
    numbers = " ".join(f'<a href="{page_path(prefix, number)}">{number}</a>' for number in range(1, last + 1))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>News, page {page} - The Wire Gazette</title></head>
<body><header><nav><a href="{escape(prefix)}">News</a></nav></header>
<main><h1>News</h1>
{items}
<nav class="pagination">{numbers} {older}</nav></main>
<footer><p>The Wire Gazette</p></footer></body></html>
"""


def page_path(prefix: str, number: int) -> str:
    return prefix if number == 1 else f"{prefix}page/{number}/"
