"""The page's tree made ready for the body search, and the lines found made clean. Knows no extractor."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from lxml import etree
from lxml.html import HtmlElement

from archiver.extraction.title import fold

# Never text of an article; removed with all they hold, the text after them stays.
_DROPPED = (
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "applet", "canvas", "map", "select", "textarea",
    "button", "input", "dialog", "nav", "link", "meta", "source", "track", "video", "audio",
)  # fmt: skip


def pruned_copy(root: HtmlElement) -> HtmlElement:
    """A copy of the tree without what is plainly not the article; ``root`` itself is left as it is."""
    tree = copy.deepcopy(root)
    etree.strip_elements(tree, *_DROPPED, with_tail=False)
    return tree


def visible_text(tree: HtmlElement) -> str:
    """All text of the body with whitespace folded."""
    body = tree.find("body")
    return " ".join(" ".join((tree if body is None else body).itertext()).split())


def clean_lines(text: str, titles: Iterable[str]) -> str:
    """``text`` one paragraph a line, without empty lines, and without the title where the body repeats it at its start."""
    lines = [line for raw in text.split("\n") if (line := " ".join(raw.split()))]
    folded = {fold(title) for title in titles}
    while lines and fold(lines[0]) in folded:
        del lines[0]
    return "\n".join(lines)
