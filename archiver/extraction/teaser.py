"""Which of the texts on a card is the teaser, and whether there is one at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from archiver.extraction.card import Block, Card
from archiver.extraction.outline import HEADINGS, squeeze, width
from archiver.extraction.wording import BYLINE, MORE, date_width, is_only_date, without_date_prefix

_META = re.compile(
    r"author|byline|by-line|autor|meta|date|time|posted|publish|categor|cat-links|tags?\b|tag-|topic|comment|share"
    r"|social|label|kicker|badge|count\b|read-?more"
    r"|more-link|button|\bbtn|breadcrumb|rating|eyebrow|overline|rubri[ck]|section-name|source|location|reading"
    r"|duration|permalink|submitted|info\b|footer|topline"
)
_NEVER_TEASER = re.compile(
    r"caption|credit|share|social|author-?bio|\btags?\b|tag-links|comment|breadcrumb|advert|byline|newsletter|toolbar"
    r"|pagination|wp-block-button|dropdown|likes?\b"
)
_TEASER_NAME = re.compile(
    r"excerpt|summary|teaser|intro|desc|dek\b|standfirst|lead|body|content|abstract|snippet|text|blurb|chapo|vorspann"
    r"|anriss|subtitle|sub-?head|deck|preview|resum|testo|texto|entry"
)
# Teasers shorter than this are believed only where the markup says they are one; bylines and kickers stay below.
_CLEAR_WIDTH = 50
_NAMED_WIDTH = 12
_ENOUGH = 120
_PARTED = re.compile(r"\s[|•·∙▪/]\s")
_LONGEST_ROW, _LONGEST_PART, _ENDS = 250, 45, (".", "!", "?", "…", "。", "？", "！")


def teasers(cards: Sequence[Card]) -> list[str | None]:
    """The teaser of each card; what several cards print alike is furniture and never one.

    Where most cards have their teaser in one place, a short text in that place is one too.
    """
    printed = Counter(block.text for card in cards for block in card.blocks if width(block.text) < _CLEAR_WIDTH + 10)
    furniture = {text for text, count in printed.items() if count > 1}
    found = [_teaser(card, furniture, None) for card in cards]
    places = Counter(first.place for first, _ in filter(None, found))
    usual = next((place for place, count in places.most_common(1) if 2 * count > len(cards)), None)
    if usual is not None:
        found = [teaser or _teaser(card, furniture, usual) for card, teaser in zip(cards, found, strict=True)]
    return [teaser[1] if teaser else None for teaser in found]


def _teaser(card: Card, furniture: set[str], place: tuple[str, str] | None) -> tuple[Block, str] | None:
    """First block and text of the teaser; with ``place`` only from there, but then however short."""
    first: Block | None = None
    text = ""
    for block in card.blocks:
        if place is not None and block.place != place:
            continue
        part = None if block.before and not _long_prose(block) else _as_teaser(block, card, furniture, place is not None)
        if part:
            first, text = first or block, f"{text} {part}"
            if width(text) >= _ENOUGH:
                break
        elif first:
            break
    return (first, squeeze(text)) if first else None


def _long_prose(block: Block) -> bool:
    return block.tag == "p" and width(block.text) > 80


def _as_teaser(block: Block, card: Card, furniture: set[str], usual: bool) -> str | None:
    text = without_date_prefix(block.text)
    wide = width(text)
    if (
        block.foreign
        or text in furniture
        or text.casefold() == card.headline.casefold()
        or (block.tag in HEADINGS and wide < _CLEAR_WIDTH)
    ):
        return None
    if _NEVER_TEASER.search(block.names) or is_only_date(text) or MORE.match(text) or (wide < 80 and BYLINE.match(text)):
        return None
    named = usual or bool(_TEASER_NAME.search(block.names)) or block.tag == "p"
    if wide < _CLEAR_WIDTH and _META.search(block.names):
        return None
    if (wide < 100 and _mostly_meta(text)) or _is_row(text):
        return None
    return text if wide >= (_NAMED_WIDTH if named else _CLEAR_WIDTH) else None


def _is_row(text: str) -> bool:
    """Short parts in a row, as date, author, categories and counts are printed; prose has longer ones."""
    parts = _PARTED.split(text) if len(text) < _LONGEST_ROW else []
    if len(parts) < 2:
        return False
    return bool(BYLINE.match(text)) or all(width(part) <= _LONGEST_PART and not part.endswith(_ENDS) for part in parts)


def _mostly_meta(text: str) -> bool:
    """A line of date, author and counts: little is left when its dates and separators are gone."""
    dates = date_width(text)
    return dates > 0 and width(text) - dates < 40
