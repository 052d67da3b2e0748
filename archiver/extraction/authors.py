"""Names of a byline: people in order, without the words and titles around them. Finding nobody beats finding somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml.html import HtmlElement

from archiver.extraction import jsonld
from archiver.extraction.statements import Statements, text_of

_BY = re.compile(
    r"^(?:(?:written|posted|published|reported|words|story|text|article|photography)\s+by|by|von|vom|par|por|di|da|av|af|autor(?:en|in)?|author|text"
    r"|reporter|redaktion|ein(?:e)? \w+ von|escrito por|tekst)\b\s*:?\s+",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*[,;|/&•·]\s*|\s+(?:and|und|et|y|e|og|och|with|mit)\s+", re.IGNORECASE)
# After a name: what the person is, where and when; never part of it.
_AFTER = re.compile(
    r"\s*(?:[|–—•(\[]|\s-\s|,\s*(?:MD|PhD|Ph\.D\.|RD|CFA|CPA|Esq|Jr\.?$)|\b(?:updated|published|posted|last)\b|\bin\s+[A-Z]|\d{1,2}[./:]\d).*$",
    re.IGNORECASE,
)
# A byline that is no name: the house, a role, a template's default, an address.
_NOBODY = re.compile(
    r"^(?:admin\w*|administrator|editor\w*|editorial(?: team| staff)?|staff(?: \w+)?|author|guest|user|root|webmaster|anonymous|none|null|undefined|unknown"
    r"|redaktion|redacción|redazione|rédaction|news ?desk|newsroom|team|contributor|press release|home|about|.*\bcookies?\b.*|view all posts.*|more (?:from|by).*)$",
    re.IGNORECASE,
)
_MAX_NAME = 60
_META = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "citation_author",
    "article:author:name",
    "twitter:creator:name",
)


def find_authors(page: Statements) -> list[str]:
    """The byline's names, once each, in order: JSON-LD of the article, meta tags, then marked-up bylines."""
    for names in (_from_jsonld(page), _from_meta(page), _from_markup(page)):
        found = _unique(names)
        if found:
            return found
    return []


def split_byline(byline: str) -> Iterator[str]:
    """Names in ``byline``: ``By Ann Lee and Bo Diaz | Reuters`` gives two."""
    text = _BY.sub("", jsonld.clean_text(byline))
    for part in _BETWEEN.split(text):
        name = _AFTER.sub("", _BY.sub("", part)).strip(" .,:;-–—|\"'“”@")
        if name:
            yield name


def _unique(names: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for name in names:
        if _is_name(name):
            kept.setdefault(name.casefold(), name)
    return list(kept.values())


def _is_name(name: str) -> bool:
    return (
        1 < len(name) <= _MAX_NAME
        and "http" not in name
        and "@" not in name
        and not _NOBODY.match(name)
        and not re.search(r"\d{3}|[<>{}=]", name)
    )


def _from_jsonld(page: Statements) -> Iterator[str]:
    for key in ("author", "creator"):
        for value in jsonld.resolve(page.article.get(key), page.by_id):
            yield from _names_of(value)


def _names_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name in jsonld.as_list(value.get("name")):
            text = jsonld.text_of(name)
            if text and not jsonld.is_type(value, "Organization"):
                yield from split_byline(text)
            elif text:
                yield text
    elif isinstance(value, str) and not value.startswith("http"):
        yield from split_byline(value)


def _from_meta(page: Statements) -> Iterator[str]:
    for name in _META:
        found = [part for value in page.all_meta(name) for part in split_byline(value)]
        if _unique(found):
            yield from found
            return


_MARKED = (
    ".//*[@itemprop='author']//*[@itemprop='name']",
    ".//*[@itemprop='author']",
    ".//a[@rel='author']",
    ".//*[contains(@class,'author-name') or contains(@class,'author__name') or contains(@class,'byline-name') or contains(@class,'authorName')]",
    ".//*[contains(@class,'byline') or contains(@class,'Byline')]",
)


def _from_markup(page: Statements) -> Iterator[str]:
    for path in _MARKED:
        found: list[HtmlElement] = page.root.xpath(path)
        for element in found[:3]:
            text = text_of(element)
            if 1 < len(text) <= 2 * _MAX_NAME and _unique(split_byline(text)):
                yield from split_byline(text)
                return
