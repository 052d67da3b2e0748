"""Self-made article pages for the tests: a news page with the usual furniture to vary."""

from __future__ import annotations

import json
from typing import Any

URL = "https://news.example/world/2025/03/14/harbour-bridge"
PARAGRAPHS = (
    "The harbour bridge reopened on Friday after eleven months of repairs, and the first lorries crossed it before dawn.",
    ("Engineers had replaced four of the nine pylons, a job that the city council called the largest since the bridge was built."),
    "Residents on the northern shore, who had relied on a ferry since last spring, gathered at the toll booths with flags.",
    ("The council expects traffic to return to its former level by the summer, and tolls to stay as they are until next year."),
)
TEXT = "\n".join(PARAGRAPHS)


def page(body: str = "", head: str = "", *, title: str = "Harbour bridge reopens | Example News", lang: str = "en") -> bytes:
    """A whole page in UTF-8."""
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f"{head}</head><body>{body}</body></html>"
    ).encode()


def article(inner: str = "", *, before: str = "", after: str = "") -> str:
    """A ``main`` with headline and paragraphs; ``inner`` stands amid them, the others round them."""
    first, *rest = [f"<p>{text}</p>" for text in PARAGRAPHS]
    return (
        f"<main><h1>Harbour bridge reopens</h1>{before}<div class='entry-content'>{first}{inner}{''.join(rest)}</div>{after}</main>"
    )


def jsonld(**properties: Any) -> str:
    """A script with one NewsArticle about the page."""
    node = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Harbour bridge reopens", **properties}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def meta(name: str, content: str) -> str:
    """A meta tag, with ``property`` where the name has a colon."""
    return f'<meta {"property" if ":" in name else "name"}="{name}" content="{content}">'
