"""page_type: what a page that answered 200 really is, by marks that no vendor's script alone can give."""

from __future__ import annotations

import pytest
from article_pages import PARAGRAPHS, URL, article, jsonld, page

from archiver.extraction.article import extract_article, extract_from_document
from archiver.extraction.document import parse_document

TEASERS = "".join(
    (
        f"<div><h2><a href='/story-{n}'>Headline number {n} of the section page</a></h2><p>"
        f"{PARAGRAPHS[n % 4][:90]} and so on.</p></div>"
    )
    for n in range(12)
)
CONSENT = (
    "<h1>Before you continue</h1><p>We and our partners use cookies and process personal data. "
    "Your privacy matters.</p><button>Accept all</button>"
)
ROWS = {
    "Cloudflare's challenge": (
        page(
            ("<div id='x'></div><script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script>"),
            title="Just a moment...",
        ),
        "blocked",
    ),
    "Cloudflare's block": (
        page(
            (
                "<div class='cf-error-details'><h1>Sorry, you have been blocked</h1><p>You are unable to "
                "access news.example</p></div>"
            ),
            title="Attention Required! | Cloudflare",
        ),
        "blocked",
    ),
    "DataDome": (
        page(
            (
                "<p id='cmsg'>Please enable JS and disable any ad blocker</p><script "
                "src='https://ct.captcha-delivery.com/c.js'></script>"
            ),
            title="news.example",
        ),
        "blocked",
    ),
    "PerimeterX": (
        page(
            ("<div id='px-captcha'></div><p>Press &amp; Hold to confirm you are a human (and not a bot).</p>"),
            title="Access to this page has been denied",
        ),
        "blocked",
    ),
    "Akamai": (
        page(
            ("<h1>Access Denied</h1>You don't have permission to access this server.<p>https://errors.edgesuite.net/18.a</p>"),
            title="Access Denied",
        ),
        "blocked",
    ),
    "Akamai's script challenge": (page("<div id='sec-if-cpt-container'></div>", title="Challenge Validation"), "blocked"),
    "Imperva": (
        page(("<iframe src='/_Incapsula_Resource?SWUDNSAI=31'>Request unsuccessful. Incapsula incident ID: 1</iframe>"), title=""),
        "blocked",
    ),
    "consent wall": (page(CONSENT, title="Before you continue"), "consent"),
    "German consent wall": (
        page(
            (
                "<h1>Weiter mit Werbung lesen</h1><p>Mit Ihrer Einwilligung verarbeiten wir personenbezogene "
                "Daten und Cookies. Datenschutz. Tracking.</p><button>Alle akzeptieren</button>"
            ),
            title="Zustimmung",
        ),
        "consent",
    ),
    "soft 404": (
        page("<h1>Page not found</h1><p>The page you were looking for is gone.</p>", title="Page not found | Example"),
        "soft_404",
    ),
    "soft 404 in French": (page("<h1>Page introuvable</h1>", title="Erreur"), "soft_404"),
    "soft 404 in Japanese": (page("<p>ページが見つかりませんでした。</p>", title="Example"), "soft_404"),
    "application's empty root": (page("<div id='root'></div><script src='/app.js'></script>", title="Example"), "js_required"),
    "noscript's plea": (
        page("<noscript>You need to enable JavaScript to run this app.</noscript><div id='shell'></div>", title="Example"),
        "js_required",
    ),
    "section page": (page(TEASERS, title="World | Example"), "listing"),
    "live blog": (page(article(), jsonld(**{"@type": "LiveBlogPosting"})), "liveblog"),
    "film with a few words": (
        page(
            f"<main><h1>Harbour bridge reopens</h1><p>{PARAGRAPHS[0]}</p></main>",
            jsonld(**{"@type": "VideoObject", "name": "x"}),
        ),
        "video",
    ),
    "gallery": (
        page(
            f"<main><h1>Harbour bridge reopens</h1><p>{PARAGRAPHS[0]}</p></main>",
            '<script type="application/ld+json">{"@type":"ImageGallery"}</script>',
        ),
        "gallery",
    ),
    "article": (page(article()), "article"),
    "paywalled stub": (
        page(f"<main><h1>Harbour bridge reopens</h1><p>{PARAGRAPHS[0]}</p></main>", jsonld(isAccessibleForFree=False)),
        "article",
    ),
    "hardly anything": (page("<p>Hello.</p>", title="Example"), "unknown"),
    "nothing": (b"", "unknown"),
}


@pytest.mark.parametrize("reason", ROWS)
def test_a_page_is_what_its_marks_say(reason: str) -> None:
    html, expected = ROWS[reason]
    assert extract_article(html, URL).page_type == expected


INNOCENT = {
    "the article is about bot walls": article(
        "<p>Visitors saw the words: just a moment, access denied, verify you are human, 404 not found.</p>"
    ),
    "the site uses Cloudflare's script": article() + "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
    "the site has a cookie banner": article() + f"<div id='onetrust-banner' class='cookie'>{CONSENT}</div>",
    "the site has a noscript plea": "<noscript>Please enable JavaScript.</noscript>" + article(),
    "the site has related headlines": article() + f"<aside>{TEASERS}</aside>",
    "the article mentions a film": article() + "<video src='/film.mp4'></video>",
}


@pytest.mark.parametrize("reason", INNOCENT)
def test_an_article_stays_one_though(reason: str) -> None:
    assert extract_article(page(INNOCENT[reason]), URL).page_type == "article"


LISTING_URLS = [
    "https://news.example/",
    "https://news.example/category/world/",
    "https://news.example/tag/bridges/page/3",
    "https://news.example/news?page=2",
]


@pytest.mark.parametrize("url", LISTING_URLS)
def test_an_address_of_lists_makes_a_listing_of_teasers(url: str) -> None:
    teasers = "".join(f"<article><a href='/{n}'>Story {n}</a><p>{text}</p></article>" for n, text in enumerate(PARAGRAPHS))
    assert extract_article(page(teasers), url).page_type == "listing"


def test_a_listing_detectors_verdict_goes_before_the_own_rule() -> None:
    document = parse_document(page(article()), URL)
    assert extract_from_document(document, URL, is_listing=True).page_type == "listing"
    assert extract_from_document(parse_document(page(TEASERS), URL), URL, is_listing=False).page_type == "article"


def test_a_short_page_whose_body_says_single_post_is_an_article() -> None:
    text = "<p>" + "A short notice, as newsletters are that show a picture only. " * 3 + "</p>"
    html = f"<html><body class='{{}}'><h1>Weekly newsletter</h1><div class='entry'>{text}</div></body></html>"
    assert extract_from_document(parse_document(html.format("x").encode(), URL), URL).page_type == "unknown"
    assert (
        extract_from_document(parse_document(html.format("single single-post postid-9").encode(), URL), URL).page_type == "article"
    )
