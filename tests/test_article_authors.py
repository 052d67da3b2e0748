"""Authors: the names of the byline, and nobody rather than somebody else."""

from __future__ import annotations

import pytest
from article_pages import PARAGRAPHS, URL, article, jsonld, meta, page

from archiver.extraction.article import extract_article
from archiver.extraction.byline import is_name, split_byline

BYLINES = {
    "By": ("By Ann Lee", ["Ann Lee"]),
    "German": ("Von Jörg Müller und Anna de Vries", ["Jörg Müller", "Anna de Vries"]),
    "several": ("Ann Lee, Bo Díaz & Cy Young", ["Ann Lee", "Bo Díaz", "Cy Young"]),
    "degrees": ("Written by Ann Lee, MD, PhD", ["Ann Lee"]),
    "role after a rule": ("Ann Lee – Political Editor", ["Ann Lee"]),
    "role without one": ("Ann Lee Staff Writer", ["Ann Lee"]),
    "date after the name": ("By Ann Lee on March 3, 2024", ["Ann Lee"]),
    "month left over": ("Ann Lee, March 3", ["Ann Lee"]),
    "a month that is a name": ("By Tom May", ["Tom May"]),
    "agency": ("AFP", ["AFP"]),
    "Korean reporter": ("신현주 기자", ["신현주"]),
    "Chinese editors": ("（责编：牛镛、岳弘彬）", ["牛镛", "岳弘彬"]),
    "address of a profile": ("https://www.facebook.com/annlee", []),
    "mail address": ("ann@news.example", []),
    "template's default": ("admin", []),
    "label of a button": ("View all posts by Ann", []),
}


@pytest.mark.parametrize("reason", BYLINES)
def test_a_byline_is_split_into_names(reason: str) -> None:
    text, names = BYLINES[reason]
    assert list(split_byline(text)) == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee", True),
        ("Ludwig van Beethoven", True),
        ("read this too", False),
        ("Name *", False),
        ("7 min", False),
        ("毎日花子", True),
    ],
)
def test_a_name_has_few_words_with_capitals_where_the_script_has_them(text: str, expected: bool) -> None:
    assert is_name(text) is expected


YOAST = meta("twitter:label1", "Written by") + meta("twitter:data1", "Ann Lee")
SOURCES = {
    "JSON-LD names": (jsonld(author=[{"name": "Ann Lee"}, {"name": "Bo Díaz"}]), "", ["Ann Lee", "Bo Díaz"]),
    "JSON-LD string": (jsonld(author="Ann Lee and Bo Díaz"), "", ["Ann Lee", "Bo Díaz"]),
    "JSON-LD given and family name": (
        jsonld(author={"@type": "Person", "givenName": "Ann", "familyName": "Lee"}),
        "",
        ["Ann Lee"],
    ),
    "agency and person": (
        jsonld(author=[{"@type": "Organization", "name": "AFP"}, {"@type": "Person", "name": "Ann Lee"}]),
        "",
        ["AFP", "Ann Lee"],
    ),
    "the outlet gives way to the byline": (
        jsonld(
            author={"@type": "Organization", "name": "Example News"},
            publisher={"@type": "Organization", "name": "Example News"},
        ),
        "<p class='byline'>By <a href='/authors/ann-lee'>Ann Lee</a></p>",
        ["Ann Lee"],
    ),
    "the outlet where nobody else is named": (
        jsonld(
            author={"@type": "Organization", "name": "Example News"},
            publisher={"@type": "Organization", "name": "Example News"},
        ),
        "",
        ["Example News"],
    ),
    "Yoast's card": (YOAST, "", ["Ann Lee"]),
    "meta": (meta("author", "Ann Lee"), "", ["Ann Lee"]),
    "meta that is an address": (meta("article:author", "https://www.facebook.com/annlee"), "", []),
    "rel=author": ("", "<a rel='author' href='/a'>Ann Lee</a>", ["Ann Lee"]),
    "link to an author's page": ("", "<div><a href='/author/ann'>Ann Lee</a></div>", ["Ann Lee"]),
    "printed": ("", "<p>By Ann Lee</p>", ["Ann Lee"]),
    "before a date": ("", "<p>Ann Lee | 05.04.2025</p>", ["Ann Lee"]),
    "nobody": ("", "", []),
}


@pytest.mark.parametrize("reason", SOURCES)
def test_the_names_come_from_the_best_statement(reason: str) -> None:
    head, before, names = SOURCES[reason]
    assert extract_article(page(article(before=before), head), URL).authors == names


def test_a_reference_in_jsonld_is_followed() -> None:
    graph = (
        '<script type="application/ld+json">{"@graph":[{"@type":"Article","headline":"Harbour bridge '
        'reopens","author":{"@id":"#ann"}},'
        '{"@type":"Person","@id":"#ann","name":"Ann Lee"}]}</script>'
    )
    assert extract_article(page(article(), graph), URL).authors == ["Ann Lee"]


def test_who_is_linked_in_a_teaser_below_is_not_the_author() -> None:
    other = (
        "<section class='related'><h3><a href='/x'>Other story</a></h3><a href='/tag/x'>By the "
        f"sea</a><p>{PARAGRAPHS[0]}</p></section>"
    )
    assert extract_article(page(article(after=other)), URL).authors == []
