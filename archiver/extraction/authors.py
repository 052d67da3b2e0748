"""Who wrote it: the names of a byline in order. Finding nobody beats finding somebody else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from archiver.extraction import jsonld
from archiver.extraction.blocks import Block
from archiver.extraction.byline import is_name, name_before_date, opens_byline, points_to_author, says_author, split_byline
from archiver.extraction.statements import Statements, text_of
from archiver.extraction.title import fold, site_names

_META = (
    "author", "article:author_name", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
    "citation_author", "article:author", "og:article:author", "article.author",
)  # fmt: skip
# What Yoast's twitter:label1 says when twitter:data1 is the author, in the languages seen.
_LABELS = (
    "written by",
    "by",
    "author",
    "geschrieben von",
    "verfasst von",
    "escrito por",
    "écrit par",
    "scritto da",
    "geschreven door",
)
# A byline stands by the headline: this many blocks before it, and after the article's first block.
_BEFORE_TITLE, _AFTER_START = 8, 2
_MAX_BYLINE = 120
_MAX_NAMES_APART = 4
_MAX_LINKED = 3


def find_authors(page: Statements, blocks: Sequence[Block], title: Block | None, body: Sequence[Block]) -> list[str]:
    """The names, once each: JSON-LD, Yoast's card, the byline by the headline, marked or printed, meta tags, the author's box.

    The outlet itself comes last: it is named as author where nobody is.
    """
    house = site_names(page)
    top = [block for block in _by_headline(blocks, title, body) if block is not title and block.tag != "h1"]
    stated = [_from_jsonld(page), _from_card(page)]
    meta = _from_meta(page)
    after = blocks[body[-1].order + 1 :] if body else ()
    ends = [*body[-2:], *after]
    for names in (
        *stated,
        _marked(top, house),
        _printed(top),
        meta,
        _linked(page),
        _marked(after, house),
        _printed(ends),
        _dated(top),
    ):
        found = [n for i, n in enumerate(names) if not (_is_house(n, house) if i else fold(n) in house)]
        if found:
            return found
    return next((names for names in (*stated, meta) if names), [])


def _is_house(name: str, house: Collection[str]) -> bool:
    folded = fold(name)
    return folded in house or any(folded.startswith(f"{own} ") for own in house)


def _unique(names: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(fold(name), name)
    return list(kept.values())


def _from_jsonld(page: Statements) -> list[str]:
    values = [v for key in ("author", "creator") for v in jsonld.resolve(page.article.get(key), page.by_id)]
    return _unique(name for value in values for name in _names(value))


def _names(stated: Any) -> Iterator[str]:
    if not isinstance(stated, dict):
        yield from split_byline(stated if isinstance(stated, str) else "")
    elif not stated.get("name") and stated.get("familyName"):
        yield " ".join(part for key in ("givenName", "familyName") if (part := jsonld.text_of(stated.get(key))))
    # Yoast types a one-person site's author as both.
    elif jsonld.is_type(stated, "Organization", "NewsMediaOrganization") and not jsonld.is_type(stated, "Person"):
        yield from (text for name in jsonld.as_list(stated.get("name")) if (text := jsonld.text_of(name)))
    else:
        yield from (part for name in jsonld.as_list(stated.get("name")) for part in split_byline(jsonld.text_of(name) or ""))


def _from_card(page: Statements) -> list[str]:
    for number in "12":
        label = page.first_meta(f"twitter:label{number}") or ""
        if label.strip(" :").lower() in _LABELS:
            return _unique(split_byline(page.first_meta(f"twitter:data{number}") or ""))
    return []


def _from_meta(page: Statements) -> list[str]:
    for name in _META:
        found = _unique(part for value in page.all_meta(name) for part in split_byline(value))
        if found:
            return found
    return []


def _by_headline(blocks: Sequence[Block], title: Block | None, body: Sequence[Block]) -> Sequence[Block]:
    if not body:
        return blocks[:40]
    start = max(0, title.order - _BEFORE_TITLE) if title else max(0, body[0].order - 15)
    return blocks[start : body[0].order + _AFTER_START + 1]


def _marked(blocks: Sequence[Block], house: Collection[str]) -> list[str]:
    """Names in blocks that markup calls the author's: rel, itemprop, class, or a link to the author's page."""
    found: list[str] = []
    last = -1
    for block in blocks:
        if len(block.text) > _MAX_BYLINE or not (says_author(block.element) or any(map(points_to_author, block.hrefs))):
            continue
        names = [n for n in split_byline(block.text) if not _is_house(n, house) and is_name(n) and (" " in n or not n.isascii())]
        if names and (not found or block.order - last <= _MAX_NAMES_APART):
            found += names
            last = block.order
    return _unique(found)


def _dated(blocks: Sequence[Block]) -> list[str]:
    """The name in a line that reads *Ann Lee | 05.04.2025*."""
    lines = (name_before_date(block.text) for block in blocks if len(block.text) <= _MAX_BYLINE)
    return next(([name] for name in lines if name), [])


def _linked(page: Statements) -> list[str]:
    """Names in links with ``rel=author`` (comments' authors have none)."""
    links = (e for e in page.elements.get("a", []) if "author" in (e.get("rel") or "").lower().split())
    return _unique(name for element in links for name in split_byline(text_of(element)) if is_name(name))[:_MAX_LINKED]


def _printed(blocks: Sequence[Block]) -> list[str]:
    """Names in the first block that reads *By Ann Lee*."""
    for block in blocks:
        if len(block.text) <= _MAX_BYLINE and opens_byline(block.text):
            names = [name for name in split_byline(block.text) if is_name(name) and (" " in name or not name.isascii())]
            if names:
                return names
    return []
