"""The parts below extract_article that stand on their own: JSON-LD as found in the wild, fingerprints, language."""

from __future__ import annotations

import pytest
from article_pages import PARAGRAPHS, TEXT

from archiver.extraction import jsonld
from archiver.extraction.language import detect_language, language_tag, stated_language
from archiver.extraction.marks import Mark, mark_of_names
from archiver.extraction.simhash import content_digest, simhash, words

BROKEN = {
    "trailing commas": '{"@type": "Article", "headline": "x",}',
    "raw newlines": '{"@type": "Article",\n"headline": "x", "text": "a\nb"}',
    "CDATA": '//<![CDATA[\n{"@type": "Article", "headline": "x"}\n//]]>',
    "HTML comment": '<!-- {"@type": "Article", "headline": "x"} -->',
    "comments": '{"@type": "Article", // kind\n"headline": "x" /* that */}',
    "addresses are no comments": '{"@type": "Article", "headline": "x", "url": "https://a.example//b",}',
    "semicolon at the end": '{"@type": "Article", "headline": "x"};',
    "something after it": '{"@type": "Article", "headline": "x"} {"second": 1}',
    "bad escape": '{"@type": "Article", "headline": "x", "text": "it\\\'s"}',
    "entities for quotes": "{&quot;@type&quot;: &quot;Article&quot;, &quot;headline&quot;: &quot;x&quot;}",
}


@pytest.mark.parametrize("reason", BROKEN)
def test_broken_jsonld_is_read_leniently(reason: str) -> None:
    value = jsonld.load(BROKEN[reason])
    assert (value["@type"], value["headline"]) == ("Article", "x")


def test_the_pages_own_article_is_chosen_among_several() -> None:
    nodes = jsonld.flatten(
        [
            {
                "@graph": [
                    {
                        "@type": "WebPage",
                        "mainEntity": {"@type": "NewsArticle", "headline": "Ours", "url": "https://a.example/x?utm_source=y"},
                    }
                ]
            },
            [{"@type": "Article", "headline": "Theirs", "url": "https://a.example/z"}],
        ]
    )
    found = jsonld.main_article(nodes, ["https://a.example/x"], [])
    assert found is not None
    assert found["headline"] == "Ours"


def test_articles_of_which_none_names_the_page_prove_nothing() -> None:
    nodes = jsonld.flatten([{"@type": "Article", "headline": name, "url": f"https://a.example/{name}"} for name in "ab"])
    assert jsonld.main_article(nodes, ["https://a.example/x"], ["c"]) is None


WORDS = {
    "Latin": ("It's 3.5 o'clock, naïve", 7),
    "Chinese, each character": ("汉字很多", 4),
    "Japanese, kana too": ("かなとカナ", 5),
    "Korean by its blanks": ("한국어 문장 입니다", 3),
    "mixed": ("iPhone発売 2025年", 5),
    "nothing": (" —…! ", 0),
}


@pytest.mark.parametrize("reason", WORDS)
def test_words_are_runs_of_letters_or_single_unspaced_characters(reason: str) -> None:
    text, count = WORDS[reason]
    assert len(words(text)) == count


def distance(one: str, other: str) -> int:
    return (int(one[5:], 16) ^ int(other[5:], 16)).bit_count()


def test_simhash_is_near_for_near_texts_and_far_for_others() -> None:
    text = " ".join(PARAGRAPHS * 3)
    edited = text.replace("Friday", "Saturday", 1)
    other = "A completely different report on football, rain and the price of bread in nine small towns by the sea. " * 8
    assert distance(simhash(words(text)), simhash(words(edited))) <= 6
    assert distance(simhash(words(text)), simhash(words(other))) >= 16


def test_simhash_and_digest_are_the_same_for_ever() -> None:
    assert simhash([]) == "sh64:0000000000000000"
    assert simhash(words(TEXT)) == GOLDEN_SIMHASH
    assert simhash(["one"]) != simhash(["two"])
    assert content_digest(None, "") == "sha256:01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b"
    assert content_digest("e\u0301", "x") == content_digest("\u00e9", "x") != content_digest("e", "x")


GOLDEN_SIMHASH = "sh64:4ed5a2897c9795d5"


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        ("en_us", "en-US"),
        ("de-DE, en", "de-DE"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("English", None),
        ("und", None),
        ("", None),
        (None, None),
        ("x", None),
    ],
)
def test_a_stated_language_is_a_bcp_47_tag(stated: str | None, tag: str | None) -> None:
    assert language_tag(stated) == tag


def test_of_several_statements_the_first_that_fits_the_text_is_taken_and_none_is_invented() -> None:
    assert stated_language(["en", "de-AT"], "de") == "de-AT"
    assert stated_language(["en", "fr"], "de") == "en"
    assert stated_language([None, ""], "de") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (PARAGRAPHS[0], "en"),
        ("Die Brücke über den Hafen ist seit Freitag wieder für den Verkehr geöffnet.", "de"),
        ("OK", None),
    ],
)
def test_the_language_is_told_from_the_text(text: str, code: str | None) -> None:
    assert detect_language(text) == code


NAMES = {
    "camel case": ("c-shareBar__item", Mark.STRONG),
    "pair of words": ("most-read", Mark.STRONG),
    "weak": ("article-meta", Mark.WEAK),
    "word inside another": ("shareholders-loading", Mark.NONE),
    "hash": ("component_1ad269af0d", Mark.NONE),
    "page builder": ("elementor-widget-text-editor", Mark.NONE),
    "WordPress's post class": ("tag-politics author-ann", Mark.NONE),
    "utility": ("overflow-hidden sm:hidden", Mark.NONE),
}


@pytest.mark.parametrize("reason", NAMES)
def test_class_names_are_read_as_words(reason: str) -> None:
    classes, mark = NAMES[reason]
    assert mark_of_names(classes, "") is mark
