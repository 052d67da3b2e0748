"""One story's place on a listing, block by block, and its date, byline, picture and label. The teaser is read in teaser.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import html

from archiver.extraction.boxes import Item, siblings
from archiver.extraction.document import Document
from archiver.extraction.links import Link
from archiver.extraction.outline import EDGE, INLINE, Outline, squeeze, width
from archiver.extraction.wording import BYLINE, DATE, date_width, is_only_date, without_date_prefix

_AUTHOR_NAME = re.compile(r"author|byline|by-line|autor|auteur|autore|writer|\bvcard|credit-name")
_DATE_NAME = re.compile(r"date|time|posted|publish|fecha|datum|meta|info|submitted|created")
_LABEL_NAME = re.compile(r"label|badge|flag|premium|paywall|\blive\b|sticker")
_LABELS = re.compile(r"(?i)\b(live|premium|exclusive|video|podcast|gallery)\b")
_TRIM = " |·•–—-,/"


@dataclass(slots=True)
class Block:
    """One printed paragraph of a card. ``names`` are those of the elements from it up to where the headline is."""

    text: str
    names: str
    tag: str
    foreign: bool  # nearly all of it is links elsewhere: category, author, tags
    before: bool  # printed above the headline

    @property
    def place(self) -> tuple[str, str]:
        return self.tag, self.names


@dataclass(slots=True)
class Card:
    """What an item prints, block by block, headline apart."""

    item: Item
    headline: str
    blocks: list[Block]


def read_card(page: Outline, item: Item, links: dict[html.HtmlElement, Link]) -> Card:
    """The blocks of ``item``; ``links`` finds the link that an element is."""
    blocks: list[Block] = []
    spot = page.nodes[item.link.spot]
    seen_spot = False
    for run in _runs(page, item):
        if any(_inside(holder, spot) for holder, _ in run):
            seen_spot = True
            run = [(holder, text) for holder, text in run if not _inside(holder, spot)]
        block = _block(page, run, item, links, not seen_spot)
        if block is not None:
            blocks.append(block)
    return Card(item, item.link.text, blocks)


def _runs(page: Outline, item: Item) -> Iterator[list[tuple[html.HtmlElement, str]]]:
    """Texts between two block edges (or line breaks), each with its holder."""
    run: list[tuple[html.HtmlElement, str]] = []
    for holder, text in _pieces(page, item):
        if text == EDGE:
            if run:
                yield run
            run = []
        elif text.strip() or run:
            run.append((holder, text))
    if run:
        yield run


def _pieces(page: Outline, item: Item) -> Iterator[tuple[html.HtmlElement, str]]:
    """As ``Outline.pieces``; in a flat list the text between its elements too."""
    parent = page.nodes[page.parent[item.box]]
    for root in siblings(page, item):
        yield from page.pieces(root)
        tail = page.nodes[root].tail if item.is_flat else None
        if tail:
            yield parent, " " if tail.isspace() else tail


def _inside(element: html.HtmlElement | None, outer: html.HtmlElement) -> bool:
    while element is not None:
        if element is outer:
            return True
        element = element.getparent()
    return False


def _block(
    page: Outline, run: Sequence[tuple[html.HtmlElement, str]], item: Item, links: dict[html.HtmlElement, Link], before: bool
) -> Block | None:
    kept: list[str] = []
    own = foreign = plain = 0
    for holder, text in run:
        is_link, link = _linked(holder, links, page.nodes[item.box])
        if not is_link:
            plain += width(text.strip(_TRIM))
        elif link is not None and link.key == item.link.key:
            own += 0 if is_only_date(text) else width(text.strip())
        else:
            foreign += width(text.strip())
        kept.append("\0" + text if link is not None and link.key == item.link.key and link.node != item.link.node else text)
    # "Continue reading" at the end of a sentence is not part of it.
    text = squeeze("".join(part for part in kept if not (plain and part.startswith("\0"))).replace("\0", ""))
    if not text:
        return None
    holder = run[0][0]
    while holder.tag in INLINE and holder.getparent() is not None and holder is not page.nodes[item.box]:
        holder = holder.getparent()
    names = _names_up(run[0][0], page.nodes[item.link.spot], page.nodes[item.box])
    # Reading dates is dear, so it is last.
    least = max(0.8 * foreign, 12)
    elsewhere = foreign > 0 and own < 3 * foreign + 60 and (plain < least or plain - date_width(text) < least)
    return Block(text, names, str(holder.tag), elsewhere, before)


def _linked(
    element: html.HtmlElement | None, links: dict[html.HtmlElement, Link], top: html.HtmlElement
) -> tuple[bool, Link | None]:
    """Whether ``element`` is in a link, and which; a link to the page itself is one without a ``Link``."""
    while element is not None:
        if element.tag == "a" and "href" in element.attrib:
            return True, links.get(element)
        if element is top:
            break
        element = element.getparent()
    return False, None


def _names_up(element: html.HtmlElement | None, spot: html.HtmlElement, top: html.HtmlElement) -> str:
    around = set(spot.iterancestors())
    names: list[str] = []
    while element is not None and element is not top and element not in around:
        names.append(element.get("class", ""))
        element = element.getparent()
    return " ".join(names).lower()


# ---- the rest ---------------------------------------------------------------------------------------------------------------


def read_date(page: Outline, item: Item) -> str | None:
    """The date stated for the story: the machine-readable one of ``time`` if there is one, else as printed."""
    for node in range(item.box, item.stop):
        if page.tags[node] == "time":
            stated = page.nodes[node].get("datetime") or page.text(node)
            if stated.strip():
                return squeeze(stated)
    for node in range(item.box, item.stop):
        names = page.names[node]
        if names and page.text_width[node] < 120 and node != item.box and _DATE_NAME.search(names):
            found = DATE.search(page.text(node))
            if found:
                return squeeze(found[0])
    return None


def printed_date(card: Card) -> str | None:
    """A date among the card's short texts, where no markup says which it is."""
    for block in card.blocks:
        if width(block.text) < 80 or block.text != without_date_prefix(block.text):
            found = DATE.search(block.text)
            if found and (is_only_date(block.text) or found.start() < 40):
                return squeeze(found[0])
    return None


def read_byline(page: Outline, item: Item, card: Card) -> str | None:
    """The printed byline, with its "by" where one is printed."""
    for node in range(item.box + 1, item.stop):
        if 1 < page.text_width[node] < 120 and _names_author(page, node):
            text = DATE.sub("", page.text(node)).strip(_TRIM)
            if text and not text.endswith(":"):
                return text
    for block in card.blocks:
        if width(block.text) < 80 and BYLINE.match(block.text) and not is_only_date(block.text):
            text = squeeze(DATE.sub("", block.text)).strip(_TRIM)
            if text and not text.endswith(":"):
                return text
    return None


def _names_author(page: Outline, node: int) -> bool:
    return page.nodes[node].get("rel") == "author" or bool(page.names[node] and _AUTHOR_NAME.search(page.names[node]))


def read_image(nodes: Iterable[html.HtmlElement], document: Document) -> str | None:
    """The first picture that ``nodes`` name; what scripts load later goes before its placeholder."""
    for node in nodes:
        if node.tag in ("img", "amp-img", "source"):
            for name in ("data-src", "data-lazy-src", "data-original", "data-lazy", "src", "data-srcset", "srcset"):
                url = _image_url(node.get(name), document)
                if url:
                    return url
        style = node.get("style", "")
        if "url(" in style:
            found = re.search(r"url\(\s*['\"]?([^'\")]+)", style)
            url = _image_url(found[1] if found else None, document)
            if url:
                return url
    return None


def _image_url(stated: str | None, document: Document) -> str | None:
    if not stated or stated.startswith(("data:", "#")):
        return None
    first = stated.strip().split()
    return document.absolute(first[0].rstrip(",")) if first else None


def read_label(page: Outline, item: Item) -> str | None:
    """A marker such as live, premium or video, as printed or as the card's names say; a linked one is a category."""
    for node in range(item.box + 1, item.stop):
        names = page.names[node]
        if names and 0 < page.text_width[node] <= 24 and _LABEL_NAME.search(names) and not page.link_width[node]:
            text = page.text(node)
            if text and not is_only_date(text):
                return text
    found = _LABELS.search(page.names[item.box].replace("-", " ").replace("_", " ")) if page.names[item.box] else None
    return found[1].lower() if found else None
