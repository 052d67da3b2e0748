"""extract_article: what a page says becomes the fields of a row, from the arguments alone."""

from __future__ import annotations

import dataclasses
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from article_pages import PARAGRAPHS, TEXT, URL, article, jsonld, meta, page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.extraction.article import extract_article, extract_from_document
from archiver.extraction.document import parse_document
from archiver.model import Article

FURNITURE = {
    "a share bar amid the text": (
        "<div class='c-shareBar'><p>Share this story with everybody you know on every network there is today.</p></div>"
    ),
    "related stories in an aside": (
        "<aside><h3>Related</h3><p>Another story, about a tunnel this time, that has nothing to do with the bridge.</p></aside>"
    ),
    "a newsletter form": (
        "<form class='signup'><p>Get the best of our journalism in your inbox every single morning, for free.</p></form>"
    ),
    "a caption": (
        "<figure><img src='/b.jpg'><figcaption>The bridge at dawn on the day it reopened, seen from "
        "the north.</figcaption></figure>"
    ),
    "a hidden paragraph": ("<p style='display: none'>You have read your last free article of this month, so please subscribe.</p>"),
    "a script": "<script>var text = 'Nothing of this is text, though it has commas, and ends.';</script>",
    "a pointer to another story": "<p>Read more: <a href='/tunnel'>The tunnel under the harbour is late</a></p>",
    "an advertisement's label": "<p>Advertisement</p>",
    "a noscript image": "<noscript><p>Please enable scripts to see the picture that stands at this place.</p></noscript>",
}


@pytest.mark.parametrize("reason", FURNITURE)
def test_furniture_amid_the_paragraphs_is_no_text(reason: str) -> None:
    assert extract_article(page(article(FURNITURE[reason])), URL).text == TEXT


KEPT: dict[str, tuple[str, str]] = {
    "a list": ("<ul><li>Four pylons were replaced.</li><li>Tolls stay.</li></ul>", "Four pylons were replaced.\nTolls stay."),
    "a table, one row a line": (
        "<table><tr><th>Year</th><th>Toll</th></tr><tr><td>2024</td><td>3</td></tr></table>",
        "Year | Toll\n2024 | 3",
    ),
    "a heading": ("<h2>What comes next</h2>", "What comes next"),
    "a question set as a button": ("<h3><button>Who pays?</button></h3>", "Who pays?"),
    "a quotation": (
        "<blockquote><p>We have waited a long time for this day, said the mayor.</p></blockquote>",
        "We have waited a long time for this day, said the mayor.",
    ),
    "lines parted by br": ("<p>First line of a verse<br>second line of it</p>", "First line of a verse\nsecond line of it"),
    "inline markup": (
        "<p>The <b>tolls</b> are <a href='/t'>listed here</a>, they say.</p>",
        "The tolls are listed here, they say.",
    ),
    "loose text beside blocks": (
        "Loose text that stands in no paragraph of its own.",
        "Loose text that stands in no paragraph of its own.",
    ),
}


@pytest.mark.parametrize("reason", KEPT)
def test_text_amid_the_paragraphs_is_kept_in_its_place(reason: str) -> None:
    inner, expected = KEPT[reason]
    assert extract_article(page(article(inner)), URL).text == "\n".join([PARAGRAPHS[0], expected, *PARAGRAPHS[1:]])


def test_a_body_split_over_sibling_containers_is_whole() -> None:
    halves = "".join(f"<div class='body__chunk'><p>{a}</p><p>{b}</p></div>" for a, b in [PARAGRAPHS[:2], PARAGRAPHS[2:]])
    assert extract_article(page(f"<main><h1>Harbour bridge reopens</h1>{halves}</main>"), URL).text == TEXT


def test_a_page_wrapped_in_a_form_is_not_furniture() -> None:
    assert extract_article(page(f"<form id='aspnetForm'>{article()}</form>"), URL).text == TEXT


def test_an_aside_that_is_never_closed_does_not_swallow_the_article() -> None:
    assert extract_article(page(f"<aside class='menu'><a href='/'>Home</a>{article()}"), URL).text == TEXT


def test_the_headline_repeated_at_the_start_is_dropped_from_the_text() -> None:
    body = f"<article><h1>Harbour bridge reopens</h1>{''.join(f'<p>{p}</p>' for p in PARAGRAPHS)}</article>"
    found = extract_article(page(body), URL)
    assert (found.title, found.text) == ("Harbour bridge reopens", TEXT)


def test_a_standfirst_by_the_headline_leads_the_text() -> None:
    standfirst = "After eleven months of repairs the bridge over the harbour is open to traffic again."
    body = article(before=f"<p class='teaser'>{standfirst}</p>")
    assert extract_article(page(body, meta("description", standfirst)), URL).text == f"{standfirst}\n{TEXT}"


def test_what_comes_after_a_heading_of_other_stories_is_cut() -> None:
    other = "<p>A tunnel under the same harbour is two years late, and nobody knows why that is so.</p>"
    body = article().replace("</div></main>", f"<h2>You may also like</h2>{other}</div></main>")
    assert extract_article(page(body), URL).text == TEXT


DATELINES = ["<p>14 March 2025, 07:30</p>", "<p>By Ann Lee</p>", "<p>Von Jörg Müller und Anna de Vries</p>"]


@pytest.mark.parametrize("line", DATELINES)
def test_a_bare_date_or_byline_at_the_ends_is_no_text(line: str) -> None:
    body = (
        article()
        .replace("<div class='entry-content'>", f"<div class='entry-content'>{line}")
        .replace("</div></main>", f"{line}</div></main>")
    )
    assert extract_article(page(body), URL).text == TEXT


def test_a_quotation_pulled_out_before_the_text_stays_in_its_place() -> None:
    assert extract_article(page(article(before=f"<p>{PARAGRAPHS[2]}</p>")), URL).text == TEXT


TITLES = {
    "site's name behind a pipe": ("Harbour bridge reopens | Example News", "", "", "Harbour bridge reopens"),
    "site's name from og:site_name": (
        "Harbour bridge reopens - The Example",
        meta("og:site_name", "The Example"),
        "",
        "Harbour bridge reopens",
    ),
    "h1 backed by the title": (
        "Harbour bridge reopens - Example",
        "",
        "<h1>Example</h1><h1>Harbour bridge reopens</h1>",
        "Harbour bridge reopens",
    ),
    "h1 worded otherwise": (
        "Bridge reopens after repairs",
        "",
        "<h1>Harbour bridge reopens to traffic</h1>",
        "Harbour bridge reopens to traffic",
    ),
    "logo as h1, headline in JSON-LD": ("Example", jsonld(), "<h1>Our blog</h1>", "Harbour bridge reopens"),
    "entities written twice": ("Salt &amp;amp; pepper on the bridge", "", "", "Salt & pepper on the bridge"),
}


@pytest.mark.parametrize("reason", TITLES)
def test_the_title_is_the_headline(reason: str) -> None:
    title, head, body, expected = TITLES[reason]
    found = extract_article(page(body + "".join(f"<p>{p}</p>" for p in PARAGRAPHS), head, title=title), URL)
    assert found.title == expected


def test_a_page_that_states_everything_fills_every_field() -> None:
    head = "".join(
        [
            (
                '<link rel="canonical" href="/world/harbour-bridge"><link rel="license" '
                'href="https://creativecommons.org/licenses/by/4.0/">'
            ),
            meta("og:site_name", "Example News"),
            meta("og:image", "/lead.jpg"),
            meta("robots", "index, noarchive"),
            meta("tdm-policy", "https://news.example/tdm.json"),
            jsonld(
                author=[{"@type": "Person", "name": "Ann Lee"}, {"@type": "Person", "name": "Bo Díaz"}],
                datePublished="2025-03-14T07:30:00+01:00",
                dateModified="2025-03-14T09:00:00.5Z",
                articleSection="World",
                keywords=["bridges", "harbour"],
                description="A bridge is open again.",
                inLanguage="en-GB",
                isAccessibleForFree="False",
            ),
            '<script type="application/ld+json">{"@type":"BreadcrumbList","itemListElement":['
            '{"@type":"ListItem","position":2,"name":"World"},{"@type":"ListItem","position":1,"name":"Home"}]}</script>',
        ]
    )
    found = extract_article(
        page(article("<p>See the <a href='/report#top'>report</a>.</p><img src='/inside.jpg'>"), head),
        URL,
        "text/html; charset=UTF-8",
        fetched_at=datetime(2025, 3, 15, tzinfo=UTC),
        headers=[("TDM-Reservation", "1")],
    )
    expected = {
        "url_canonical": "https://news.example/world/harbour-bridge",
        "site_name": "Example News",
        "mime": "text/html",
        "charset": "utf-8",
        "title": "Harbour bridge reopens",
        "description": "A bridge is open again.",
        "authors": ["Ann Lee", "Bo Díaz"],
        "date_published": "2025-03-14T06:30:00.000Z",
        "date_published_day": "2025-03-14",
        "date_published_precision": "second",
        "date_published_source": "jsonld",
        "date_published_raw": "2025-03-14T07:30:00+01:00",
        "date_modified": "2025-03-14T09:00:00.500Z",
        "date_modified_raw": "2025-03-14T09:00:00.5Z",
        "language": "en-GB",
        "language_detected": "en",
        "section": "World",
        "breadcrumbs": ["Home", "World"],
        "tags": ["bridges", "harbour"],
        "image_url": "https://news.example/lead.jpg",
        "image_urls": ["https://news.example/lead.jpg", "https://news.example/inside.jpg"],
        "links_out": ["https://news.example/report"],
        "is_accessible_for_free": False,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "tdm_reservation": True,
        "tdm_policy": "https://news.example/tdm.json",
        "noarchive": True,
        "page_type": "article",
        "extraction_status": "ok",
    }
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.char_count == len(found.text)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", found.content_digest)
    assert re.fullmatch(r"sh64:[0-9a-f]{16}", found.simhash)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", found.extractor_config)
    assert re.fullmatch(r"[a-z]+/[\w.]+", found.extractor)


def test_what_a_page_does_not_say_is_null_and_never_a_guess() -> None:
    found = extract_article(page(article(), lang=""), "https://news.example/harbour-bridge")
    unstated = (
        "is_accessible_for_free",
        "license",
        "tdm_reservation",
        "noarchive",
        "date_published_day",
        "language",
        "section",
    )
    assert {name: getattr(found, name) for name in unstated} == dict.fromkeys(unstated)
    assert (found.authors, found.tags, found.date_published_source) == ([], [], "none")


NOARCHIVE = {
    "robots meta": (meta("robots", "noindex,NOARCHIVE"), [], True),
    "header for all": ("", [("x-robots-tag", "noarchive")], True),
    "header for one robot": ("", [("X-Robots-Tag", "googlebot: noarchive")], None),
    "directive with a value of its own": ("", [("X-Robots-Tag", "max-snippet: 5, noarchive")], True),
    "allowed outright": (meta("robots", "archive"), [], False),
    "other rules only": (meta("robots", "index, follow"), [], None),
}


@pytest.mark.parametrize("reason", NOARCHIVE)
def test_noarchive_is_what_page_or_headers_ask_of_all_robots(reason: str) -> None:
    head, headers, expected = NOARCHIVE[reason]
    assert extract_article(page(article(), head), URL, headers=headers).noarchive is expected


TDM = {
    "header reserves": ("", [("tdm-reservation", "1")], True),
    "header gives leave": ("", [("TDM-Reservation", "0")], False),
    "the page goes before its header": (meta("tdm-reservation", "0"), [("tdm-reservation", "1")], False),
    "neither 0 nor 1 says nothing": (meta("tdm-reservation", "yes"), [], None),
}


@pytest.mark.parametrize("reason", TDM)
def test_the_text_and_data_mining_opt_out_is_recorded_as_stated(reason: str) -> None:
    head, headers, expected = TDM[reason]
    assert extract_article(page(article(), head), URL, headers=headers).tdm_reservation is expected


FREE: dict[str, tuple[dict[str, Any], bool | None]] = {
    "a paid part": ({"isAccessibleForFree": True, "hasPart": {"isAccessibleForFree": "False"}}, False),
    "free by schema.org's own word": ({"isAccessibleForFree": "http://schema.org/True"}, True),
    "not stated": ({}, None),
}


@pytest.mark.parametrize("reason", FREE)
def test_accessibility_is_as_stated(reason: str) -> None:
    properties, expected = FREE[reason]
    assert extract_article(page(article(), jsonld(**properties)), URL).is_accessible_for_free is expected


ODD_BYTES = {
    "nothing": b"",
    "only blanks": b" \n\t ",
    "NULs": b"\x00" * 100,
    "a lone tag": b"<",
    "not markup": b"%PDF-1.7 \xe2\xe3\xcf\xd3",
    "an XML feed": b"<?xml version='1.0' encoding='utf-16'?><rss><channel><title>x</title></channel></rss>",
    "UTF-16 with a BOM": "<p>Grüße</p>".encode("utf-16"),
    "a charset that is none": b"<meta charset='klingon'><p>text</p>",
    "surrogates in JSON": (
        b'<script type="application/ld+json">{"@type":"Article","headline":"\\ud800","author":"\\udfff"}</script>'
    ),
    "JSON-LD of the wrong shapes": b'<script type="application/ld+json">[1,"x",{"@type":{"a":1},"author":7}]</script>'
    b'<script type="application/ld+json">{"@type":"NewsArticle","headline":["a"],"author":{"name":{"x":1}},'
    b'"datePublished":20240101,"image":[[]],"keywords":{"a":1},"publisher":"p","hasPart":[3]}</script>',
    "deep nesting": b"<div>" * 3000 + b"text" + b"</div>" * 3000,
    "deep JSON": b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script>",
    "a year nobody can have": (
        b"<meta property='article:published_time' content='0000-00-00T99:99:99Z'><time datetime='9999-12-31T23:59:59-23:59'>"
    ),
    "an invalid base": b"<base href='http://[::1'><a href='http://[bad'>x</a>",
}


@pytest.mark.parametrize("reason", ODD_BYTES)
def test_odd_bytes_give_an_article_not_an_exception(reason: str) -> None:
    found = extract_article(ODD_BYTES[reason], URL)
    assert isinstance(found, Article)
    assert found.extraction_status in ("empty", "short")


HOSTILE = {
    "a title of pipes": b"<title>" + b"a | " * 75_000,
    "an endless byline": b'<meta name="author" content="' + b"staff " * 50_000 + b'">',
    "a byline of names": b'<meta name="author" content="' + b"a b, " * 60_000 + b'">',
    "open bold": b"<b>" * 100_000,
    "quotes in JSON-LD": b'<script type="application/ld+json">{"a":' + b'"' * 100_000 + b"</script>",
    "comments in JSON-LD": b'<script type="application/ld+json">' + b"/*" * 100_000 + b"</script>",
    "a class of a thousand names": b'<div class="' + b"a-b " * 50_000 + b'">x</div>',
    "nested containers": b"<div>" * 250 + b"<p>A sentence, and its end.</p>" * 2000,
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_repetition_does_not_cost_more_than_its_length(reason: str) -> None:
    start = time.process_time()
    extract_article(HOSTILE[reason], URL)
    assert time.process_time() - start < 3.0


FRAGMENTS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<div class='share related'>",
        "</div>",
        "<h1>Title</h1>",
        "<article>",
        "<table><tr><td>",
        "<br>",
        "<a href='//x'>",
        '<script type=\'application/ld+json\'>{"@type":"Article",',
        "}</script>",
        "<time datetime='2024-02-30'>",
        "<!--",
        "]]>",
        "&#0;",
        "&amp;amp;",
        "A sentence that is long enough to be weighed as prose, with a comma, and an end. ",
        "<form>",
        "<aside>",
        "<svg><title>x</title>",
        "\x00",
        "<meta name=date content='32.13.2024'>",
        "\ud7ff",
        "漢字かな交じり文。",
        "<li>",
        "<base href='::'>",
        "<template>",
        "</body>",
        "<title>",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(FRAGMENTS | st.text(max_size=20), max_size=40),
    st.sampled_from([URL, "", "http://[", "mailto:x", "https://x.example/?page=2"]),
)
def test_no_markup_raises_and_the_status_fits_the_text(parts: list[str], url: str) -> None:
    found = extract_article("".join(parts).encode("utf-8", "surrogatepass"), url)
    assert found.extraction_status != "error"
    assert (found.extraction_status == "empty") == (found.text == "")


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=400),
    st.none() | st.sampled_from(["text/html", "text/html; charset=utf-16", "image/png", ";", "text/html; charset=shift_jis"]),
)
def test_no_bytes_raise(html: bytes, content_type: str | None) -> None:
    extract_article(html, URL, content_type)


def test_the_same_page_gives_the_same_article_whatever_ran_before() -> None:
    pages = [page(article(inner)) for inner in FURNITURE.values()] + [page(article(inner)) for inner, _ in KEPT.values()] + [b""]
    forwards = [extract_article(html, URL) for html in pages]
    backwards = [extract_article(html, URL) for html in reversed(pages)]
    assert forwards == backwards[::-1]
    assert forwards == [extract_article(html, URL) for html in pages]


def test_a_document_is_only_read() -> None:
    from lxml import etree

    document = parse_document(page(article(FURNITURE["a caption"]), jsonld()), URL)
    before = etree.tostring(document.root)
    first = extract_from_document(document, URL)
    assert etree.tostring(document.root) == before
    assert extract_from_document(document, URL) == first == extract_article(page(article(FURNITURE["a caption"]), jsonld()), URL)


def test_a_failing_library_is_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.extraction.article.read_blocks", lambda root: 1 / 0)
    found = extract_article(page(article()), URL)
    assert (found.extraction_status, found.text, found.page_type) == ("error", "", "unknown")
    assert found.content_digest.startswith("sha256:")


def test_a_stub_with_the_text_in_jsonld_takes_it_from_there() -> None:
    body = "<main><h1>Harbour bridge reopens</h1><div id='app'></div></main>"
    found = extract_article(page(body, jsonld(articleBody="\n".join(PARAGRAPHS * 2))), URL)
    assert found.text.startswith(PARAGRAPHS[0])


def test_lists_and_strings_have_the_types_of_the_contract() -> None:
    found = dataclasses.asdict(extract_article(page(article(), jsonld(keywords="a, b")), URL))
    for name in ("authors", "breadcrumbs", "tags", "image_urls", "links_out"):
        assert isinstance(found[name], list)
        assert all(isinstance(item, str) for item in found[name])
    assert found["tags"] == ["a", "b"]


def test_a_title_below_the_text_is_no_place_to_look_for_the_date() -> None:
    text = "".join(f"<p>Paragraph {i} says something at some length about the matter.</p>" for i in range(12))
    html = f"<html><title>The matter</title><body><div>{text}</div><footer><p>x</p><h1>The matter</h1></footer></body></html>"
    assert extract_article(html.encode(), URL).extraction_status == "ok"
