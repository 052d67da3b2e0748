"""A page's tree flattened once into lists, so that every later question about it is arithmetic on indices.

Node ``i`` covers ``i … end[i]-1`` in document order. What a reader never sees (scripts, templates) is not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import html

_UNSEEN = frozenset({"head", "script", "style", "noscript", "template", "svg", "iframe", "select", "object", "textarea"})
# Scripts written without spaces carry about two Latin letters' worth in one sign; headlines of two kanji exist.
_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0002ffff]")
# Names under which CSS frameworks hide text from the eye but not from screen readers.
_WHISPERED = re.compile(
    r"(?i)(?<![\w-])(?:sr-only|visually-?hidden|assistive-text|element-invisible|a11y-text)(?![\w-])"
    r"|screen-?(?:reader|only)|u-vh(?![\w-])"
)
_NO_DISPLAY = re.compile(r"(?i)display\s*:\s*none")
INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd", "mark", "q"}
    | {"s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "wbr"}
)
# No text is this alone: white space comes as a blank.
EDGE = "\n"
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}


def width(text: str) -> int:
    """How much is printed: characters, wide ones counted twice."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def squeeze(text: str) -> str:
    """``text`` on one line with single spaces."""
    return " ".join(text.split())


@dataclass(slots=True)
class Outline:
    """The flattened tree. ``text_width[i]`` and ``link_width[i]`` are printed widths of the whole subtree."""

    nodes: list[html.HtmlElement] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    text_width: list[int] = field(default_factory=list)
    link_width: list[int] = field(default_factory=list)
    shape: list[int] = field(default_factory=list)  # equal for nodes with equal tag paths from the root
    names: list[str] = field(default_factory=list)  # class and id, lower case, as written

    def ancestors(self, node: int) -> Iterator[int]:
        """From the parent of ``node`` up to the root."""
        node = self.parent[node]
        while node >= 0:
            yield node
            node = self.parent[node]

    def contains(self, outer: int, inner: int) -> bool:
        return outer <= inner < self.end[outer]

    def common(self, one: int, other: int) -> int:
        """Lowest node that contains both."""
        while not self.contains(one, other):
            one = self.parent[one]
        return one

    def children(self, node: int) -> Iterator[int]:
        child = node + 1
        while child < self.end[node]:
            yield child
            child = self.end[child]

    def pieces(self, node: int) -> Iterator[tuple[html.HtmlElement, str]]:
        """``(holder, text)`` of every run of printed text under ``node`` in order; ``EDGE`` where a block begins or ends."""
        # Not recursive: pages nest deeper than Python's stack.
        stack: list[tuple[html.HtmlElement, str | None]] = [(self.nodes[node], None)]
        while stack:
            holder, text = stack.pop()
            if text is not None:
                yield holder, text
                continue
            edge = holder.tag not in INLINE
            if edge:
                yield holder, EDGE
                stack.append((holder, EDGE))
            for child in reversed(holder):
                if child.tail:
                    stack.append((holder, " " if child.tail.isspace() else child.tail))
                if isinstance(child.tag, str) and child.tag not in _UNSEEN and not _whispered(child):
                    stack.append((child, None))
            if holder.text:
                yield holder, " " if holder.text.isspace() else holder.text

    def text(self, node: int) -> str:
        """What is printed under ``node``, on one line; neighbouring blocks do not run together."""
        element = self.nodes[node]
        if not len(element):
            return squeeze(element.text or "")
        return squeeze("".join(text for _, text in self.pieces(node)))


def _whispered(element: html.HtmlElement) -> bool:
    """Meant for screen readers only, or hidden: not part of what is printed."""
    attributes = element.attrib
    if not attributes:
        return False
    if "hidden" in attributes or _NO_DISPLAY.search(attributes.get("style", "")):
        return True
    return bool(_WHISPERED.search(attributes.get("class", "")))


def outline(root: html.HtmlElement) -> Outline:
    """The outline of ``root``; a page without a body gives that of whatever is there."""
    out = Outline()
    shapes: dict[tuple[int, str], int] = {}
    stack: list[tuple[html.HtmlElement, int, int, int]] = [(root, -1, 0, -1)]
    while stack:
        element, parent, depth, outer_shape = stack.pop()
        node, tag = len(out.nodes), element.tag
        shape = shapes.setdefault((outer_shape, tag), len(shapes))
        out.nodes.append(element)
        out.tags.append(tag)
        out.parent.append(parent)
        out.depth.append(depth)
        out.shape.append(shape)
        out.names.append(_names(element))
        for child in reversed(element):
            if isinstance(child.tag, str) and child.tag not in _UNSEEN:
                stack.append((child, node, depth + 1, shape))
    _close(out)
    return out


def _names(element: html.HtmlElement) -> str:
    get = element.get
    names, own_id = get("class", ""), get("id")
    return (f"{names} {own_id}" if own_id else names).lower()


def _close(out: Outline) -> None:
    """Fill in where each node ends and how much text it holds."""
    count = len(out.nodes)
    end = out.end = list(range(1, count + 1))
    text_width = out.text_width = [0] * count
    link_width = out.link_width = [0] * count
    for node in range(count - 1, -1, -1):
        element, parent = out.nodes[node], out.parent[node]
        text_width[node] += printed_width(element.text)
        if out.tags[node] == "a":
            link_width[node] = text_width[node]
        if parent >= 0:
            end[parent] = max(end[parent], end[node])
            text_width[parent] += text_width[node] + printed_width(element.tail)
            link_width[parent] += link_width[node]


def printed_width(text: str | None) -> int:
    """``width`` of ``text`` without the white space round it."""
    return width(text.strip()) if text else 0
