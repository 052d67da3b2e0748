"""The article's body: its blocks found on the page, in order, and its text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from archiver.extraction.blocks import Block, Page
from archiver.extraction.lines import is_credit, is_prompt, text_blocks
from archiver.extraction.region import article_region, title_block, within, without_furniture
from archiver.extraction.title import fold

_MIN_STANDFIRST = 50
_CELLS = frozenset({"td", "th"})


@dataclass(frozen=True, slots=True)
class Body:
    """``blocks`` are the article's, ``live`` all of the page that is no furniture; ``title`` is the headline's block."""

    region: HtmlElement
    blocks: Sequence[Block]
    live: Sequence[Block]
    title: Block | None

    @property
    def text(self) -> str:
        """One paragraph, heading, list item or table row a line."""
        lines: list[str] = []
        row_before = None
        for block in self.blocks:
            row = block.element.getparent() if block.tag in _CELLS else None
            if row is not None and row is row_before:
                lines[-1] += f" | {block.text}"
            else:
                lines.append(block.text)
            row_before = row
        return "\n".join(lines)


def find_body(page: Page, titles: Sequence[str], own_titles: Collection[str], descriptions: Collection[str]) -> Body:
    """The body of the article whose headline is one of ``titles`` (folded, best first).

    ``own_titles`` are all titles the page prints of itself, ``descriptions`` its standfirsts as meta tags state them; folded.
    """
    title = title_block(page.blocks, titles)
    around_title = {title.element, *title.element.iterancestors()} if title else set()
    live = without_furniture(page.blocks, around_title)
    region = article_region(page, live, around_title)
    inside = [block for block in live if within(block, region)]
    if not inside:
        return Body(region, (), live, title)
    lead = _standfirst(page, live, inside, own_titles, descriptions)
    return Body(region, text_blocks([*lead, *inside], own_titles), live, title)


def _standfirst(
    page: Page, live: Sequence[Block], inside: Sequence[Block], own_titles: Collection[str], descriptions: Collection[str]
) -> list[Block]:
    """What stands between the headline and the region and reads like text: standfirst, first paragraphs set apart.

    Also a block marked as furniture that prints the page's own description: that is a standfirst whatever its class says.
    """
    first = inside[0].order
    before = [block for block in live if block.order < first]
    start = next((i for i in range(len(before) - 1, -1, -1) if _is_title(before[i], own_titles)), None)
    # What the region repeats is a quotation pulled out of it.
    inner = {block.text for block in inside}
    lead = [] if start is None else [b for b in before[start + 1 :] if b.text not in inner and _reads_like_text(b, descriptions)]
    if any(fold(block.text) in descriptions for block in [*lead, *inside]):
        return lead
    from_order = before[start].order if start is not None else -1
    for block in page.blocks:
        if from_order < block.order < first and len(block.text) > 40 and fold(block.text) in descriptions:
            return sorted({*lead, block}, key=lambda b: b.order)
    return lead


def _is_title(block: Block, own_titles: Collection[str]) -> bool:
    return block.tag == "h1" or fold(block.text) in own_titles


def _reads_like_text(block: Block, descriptions: Collection[str]) -> bool:
    length = len(block.text)
    if length - block.link_chars < _MIN_STANDFIRST or block.link_chars >= 0.3 * length or block.tag == "li":
        return False
    if is_prompt(block) or is_credit(block):
        return False
    return block.ends_sentence or fold(block.text) in descriptions or (block.tag in ("h2", "p") and length > 70)
