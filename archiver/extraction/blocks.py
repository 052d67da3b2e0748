"""A page as the blocks of text a reader sees, in order, each with its links and with the marked elements it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml.html import HtmlElement

from archiver.extraction.marks import Mark, mark_of

# Never seen as text.
_UNSEEN = frozenset({
    "script", "style", "template", "svg", "canvas", "map", "link", "meta", "source", "track", "head", "math", "datalist",
    "param", "use", "area", "rp", "rt", "iframe", "embed", "applet", "input", "textarea", "select", "option", "optgroup",
    "progress", "audio", "video", "noscript",
})  # fmt: skip
_INLINE = frozenset({
    "a", "b", "i", "em", "strong", "span", "u", "sup", "sub", "small", "mark", "font", "abbr", "cite", "code", "q", "s", "del",
    "ins", "kbd", "var", "samp", "tt", "big", "strike", "dfn", "acronym", "bdi", "bdo", "data", "ruby", "rb", "nobr", "time",
    "wbr", "img", "picture", "label", "button",
})  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SENTENCE_END = re.compile(r"[.!?…。！？]+[\"”»’')\]]*(?:\s|$)|[。！？]")

Marks = tuple[tuple[HtmlElement, Mark], ...]


@dataclass(slots=True, eq=False)
class Block:
    """One run of text. ``link_chars`` of its characters are link text; ``marks`` are its marked ancestors, outermost first."""

    element: HtmlElement
    tag: str
    text: str
    link_chars: int
    marks: Marks
    order: int
    weight: float
    hrefs: tuple[str, ...] = ()

    @property
    def is_heading(self) -> bool:
        return self.tag in HEADINGS

    @property
    def ends_sentence(self) -> bool:
        """Whether any sentence ends in the block."""
        return _SENTENCE_END.search(self.text) is not None


def prose_weight(tag: str, text: str, link_chars: int) -> float:
    """How much prose a block is: characters that are not links, of blocks that read like sentences.

    Short or unpunctuated ones count a third (measured: .1 to .6 make no difference), headings and link lists nothing.
    """
    plain = len(text) - link_chars
    if plain < 40 or 2 * link_chars > len(text) or tag in HEADINGS:
        return 0.0
    return float(plain) if plain >= 60 and _SENTENCE_END.search(text) else plain * 0.3


@dataclass(slots=True)
class Image:
    """An image at its place among the blocks: ``order`` is that of the next block."""

    element: HtmlElement
    marks: Marks
    order: int


@dataclass(slots=True)
class Page:
    """What :func:`read_blocks` saw."""

    body: HtmlElement
    blocks: list[Block] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)


class _Run:
    """Text and links collected since the last boundary of a block."""

    __slots__ = ("hrefs", "link_chars", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.link_chars = 0
        self.hrefs: list[str] = []

    def add(self, text: str | None, in_link: bool) -> None:
        if text:
            self.pieces.append(text)
            if in_link:
                self.link_chars += len(text.strip())

    def end(self, page: Page, element: HtmlElement, marks: Marks) -> None:
        """Close the run; it is a block of ``element`` if it holds any text."""
        if not self.pieces:
            return
        text = " ".join("".join(self.pieces).split())
        if text:
            links = min(self.link_chars, len(text))
            tag = str(element.tag)
            weight = prose_weight(tag, text, links)
            page.blocks.append(Block(element, tag, text, links, marks, len(page.blocks), weight, tuple(self.hrefs)))
            self.hrefs.clear()
        self.pieces.clear()
        self.link_chars = 0


class _Frame(NamedTuple):
    """An element being read: ``block`` is the element its text belongs to."""

    element: HtmlElement
    children: Iterator[HtmlElement]
    block: HtmlElement
    marks: Marks
    in_link: bool


def read_blocks(root: HtmlElement) -> Page:
    """The blocks and images of the tree's ``body`` in document order; the tree is only read.

    A loop with its own stack, since pages nest deeper than Python's recursion may go.
    """
    body = root.find("body")
    body = root if body is None else body
    page, run = Page(body), _Run()
    run.add(body.text, False)
    stack = [_Frame(body, iter(body), body, (), False)]
    while stack:
        frame = stack[-1]
        child = next(frame.children, None)
        if child is not None:
            opened = _enter(page, run, frame, child)
            if opened is not None:
                stack.append(opened)
            continue
        stack.pop()
        if frame.block is frame.element:
            run.end(page, frame.element, frame.marks)
        if stack:
            run.add(frame.element.tail, stack[-1].in_link)
    return page


def _enter(page: Page, run: _Run, frame: _Frame, child: HtmlElement) -> _Frame | None:
    """Begin ``child``; ``None`` when there is nothing in it to read."""
    tag = child.tag
    if tag in _UNSEEN or not isinstance(tag, str):
        run.add(child.tail, frame.in_link)
        return None
    if tag in ("br", "hr"):
        run.end(page, frame.block, frame.marks)
        run.add(child.tail, frame.in_link)
        return None
    if tag == "img":
        page.images.append(Image(child, frame.marks, len(page.blocks)))
    # The question of an FAQ is often a button in a heading.
    mark = Mark.NONE if tag == "button" and frame.block.tag in HEADINGS else mark_of(child, tag)
    if mark is Mark.WEAK and tag in _INLINE:
        mark = Mark.NONE
    marks = frame.marks if mark is Mark.NONE else (*frame.marks, (child, mark))
    href = child.get("href") if tag == "a" else None
    block = frame.block
    if tag not in _INLINE or mark is not Mark.NONE or (len(child) and _holds_block(child)):
        run.end(page, frame.block, frame.marks)
        block = child
    if href:
        run.hrefs.append(href)
    in_link = frame.in_link or href is not None
    run.add(child.text, in_link)
    return _Frame(child, iter(child), block, marks, in_link)


def _holds_block(element: HtmlElement) -> bool:
    """Whether an inline element wraps block elements (a link round a whole card)."""
    return any(
        inner.tag not in _INLINE and inner.tag != "br" and inner.tag not in _UNSEEN and isinstance(inner.tag, str)
        for inner in element.iterdescendants()
    )
