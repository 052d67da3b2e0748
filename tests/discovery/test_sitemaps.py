"""Sitemaps as they are served, and what of them is a section's."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.extraction.belonging import belongs, section_feeds
from archiver.extraction.machine_lists import NEWS_SITEMAP, SITEMAP, machine_kind
from archiver.extraction.narrowing import narrowed
from archiver.extraction.sitemaps import MAX_URLS, may_list_articles, read_sitemap, sitemaps_named

URL = "http://news.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def urlset(inside: str, attributes: str = NS, prolog: str = '<?xml version="1.0"?>') -> bytes:
    return f"{prolog}<urlset {attributes}>{inside}</urlset>".encode()


A = "<url><loc>http://news.example/science/a-story</loc><lastmod>2026-03-01</lastmod></url>"
PREFIXED = "<s:url><s:loc>http://news.example/science/a-story</s:loc><s:lastmod>2026-03-01</s:lastmod></s:url>"
PLAIN = [("http://news.example/science/a-story", None, "2026-03-01", SITEMAP)]
BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 100}">' for n in range(1, 8))


@pytest.mark.parametrize(
    ("body", "expected", "why"),
    [
        (urlset(A), PLAIN, "plain"),
        (gzip.compress(urlset(A)), PLAIN, "gzip, whatever its name"),
        (urlset(A, ""), PLAIN, "without a namespace"),
        (urlset(PREFIXED, 'xmlns:s="urn:x"'), PLAIN, "a prefix"),
        (b"\xef\xbb\xbf\n\n" + urlset(A), PLAIN, "a BOM and blank lines before the declaration"),
        (urlset(A.replace("<loc>", "<loc>\n ").replace("</loc>", "\n</loc>")), PLAIN, "line ends in loc"),
        (urlset(A.replace("http://news.example", "")), PLAIN, "a relative loc, which the protocol forbids"),
        (urlset(A + "<url><loc>javascript:x</loc></url><url/>"), PLAIN, "entries that name no page"),
        (urlset(A)[:-20] + b"<url><loc>http://news.example/b", PLAIN, "cut in its second entry"),
        (b"http://news.example/science/a-story\r\nhttp://news.example/b\n", [(PLAIN[0][0], None, None, SITEMAP),
         ("http://news.example/b", None, None, SITEMAP)], "the plain text form"),
        (urlset("<url><loc>/science/a</loc><news:news><news:publication><news:name>N</news:name></news:publication>"
                "<news:publication_date>2026-03-01T08:00Z</news:publication_date><news:title>A &amp; B</news:title></news:news>"
                "<lastmod>2026-03-02</lastmod></url>", f"{NS} {NEWS}"),
         [("http://news.example/science/a", "A & B", "2026-03-01T08:00Z", NEWS_SITEMAP)], "a news sitemap"),
        (urlset(A, prolog=f'<!DOCTYPE urlset [<!ENTITY e0 "xxxx">{BOMB}]>').replace(b"2026-03-01", b"&e7;"),
         [(PLAIN[0][0], None, None, SITEMAP)], "a bomb of entities"),
        (urlset(A, prolog='<!DOCTYPE urlset [<!ENTITY f SYSTEM "file:///etc/passwd">]>').replace(b"2026-03-01", b"&f;"),
         [(PLAIN[0][0], None, None, SITEMAP)], "an entity that is a file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_sitemap_gives_its_urls(body: bytes, expected: list[tuple[str, str | None, str | None, str]], why: str) -> None:
    reading = read_sitemap(body, URL)
    assert reading.kind == "sitemap"
    assert [(entry.url, entry.headline, entry.date_raw, entry.reason) for entry in reading.listing.entries] == expected


@pytest.mark.parametrize("body", [b"", b"<html><body>404</body></html>", b"\x1f\x8bxx", b"no URL here\n", b"<a><b>"])
def test_what_is_no_sitemap_says_so(body: bytes) -> None:
    assert (read_sitemap(body, URL).kind, bool(read_sitemap(body, URL).problem)) == ("unknown", True)


def test_an_index_names_sitemaps_and_is_no_list() -> None:
    inside = "<sitemap><loc>http://news.example/post-sitemap.xml</loc><lastmod>2026-03-01</lastmod></sitemap><sitemap><loc>/b.xml.gz</loc></sitemap>"
    reading = read_sitemap(f"<sitemapindex {NS}>{inside}</sitemapindex>".encode(), URL)
    assert [(item.url, item.lastmod) for item in reading.sitemaps] == [
        ("http://news.example/post-sitemap.xml", "2026-03-01"),
        ("http://news.example/b.xml.gz", None),
    ]
    assert reading.listing.entries == ()


def test_what_is_beyond_the_protocols_limit_is_counted() -> None:
    body = urlset("".join(f"<url><loc>/s/{number}</loc></url>" for number in range(MAX_URLS + 7)))
    reading = read_sitemap(body, URL)
    assert (len(reading.listing.entries), reading.cut) == (MAX_URLS, 7)


def test_a_gzip_bomb_is_cut() -> None:
    reading = read_sitemap(gzip.compress(urlset(A) + b" " * 60_000_000, 9), URL)
    assert (len(reading.listing.entries), reading.cut) == (1, 1)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 200), st.booleans())
def test_no_bytes_make_the_reader_raise(inside: bytes, at: int, is_zipped: bool) -> None:
    body = urlset(A)[:at] + inside + urlset(A)[at:]
    body = gzip.compress(body)[: at + 20] if is_zipped else body
    machine_kind(body)
    read_sitemap(body, URL)


def test_robots_txt_names_sitemaps_for_everybody() -> None:
    robots = (
        b"\xef\xbb\xbfSitemap: https://news.example/a.xml\rUser-agent: x\r\nDisallow: /\nSITEMAP :https://news.example/b.xml\n# no"
    )
    assert sitemaps_named(robots) == ("https://news.example/a.xml", "https://news.example/b.xml")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("post-sitemap.xml", True),
        ("post-sitemap12.xml.gz", True),
        ("sitemap-2026-03.xml", True),
        ("news.xml", True),
        ("sitemap.xml?page=2", True),
        ("category-sitemap.xml", False),
        ("tag_sitemap.xml", False),
        ("author-sitemap1.xml", False),
        ("image-sitemap-3.xml", False),
        ("wp-sitemap-taxonomies-category-1.xml", False),
        ("wp-sitemap-users-1.xml", False),
        ("wp-sitemap-posts-post-1.xml", True),
    ],
)
def test_sitemaps_of_other_things_are_left_out_by_their_names(name: str, expected: bool) -> None:
    assert may_list_articles(f"https://news.example/{name}") is expected


@pytest.mark.parametrize(
    ("section", "url", "expected", "why"),
    [
        ("/science/", "/science/a-story", True, "under the section's path"),
        ("/science/", "/science/2026/03/a-story", True, "deeper"),
        ("/science/?page=2", "/science/a-story", True, "a further page of it is the same section"),
        ("/science/page/2/", "/science/a-story", True, "as is a further page by path"),
        ("/science/", "/sciences/a-story", False, "another folder that begins alike"),
        ("/category/science/", "/science/a-story", True, "its name is a folder of the story"),
        ("/category/science/", "/2026/03/science/a-story", True, "further down"),
        ("/category/science/", "/2026/03/a-story", False, "nothing says so"),
        ("/category/science/", "/culture/science", False, "the story's own name is no folder"),
        ("/science.html", "/science/a-story", True, "a section that is a file"),
        ("/news/", "/news/a-story", True, "a common word as path"),
        ("/uk/news/", "/sport/news/a-story", False, "but not as a name: every site has it"),
        ("/", "/anything/at-all", True, "the front page has everything"),
        ("/index.html", "/anything/at-all", True, "by another name"),
        ("/en/", "/en/a-story", True, "the front page of a language"),
        ("/en/", "/de/a-story", False, "has nothing of another"),
        ("/?cat=5", "/a-story", False, "a section that only a query names"),
        ("/Science/", "/science/a-story", True, "case does not tell sections apart"),
        ("/wissenschaft-%C3%B6/", "/wissenschaft-ö/x", True, "nor do escapes"),
    ],
)  # fmt: skip
def test_what_belongs_to_a_section(section: str, url: str, expected: bool, why: str) -> None:
    assert belongs(f"http://news.example{url}", f"http://news.example{section}") is expected


def test_what_a_list_files_under_the_sections_name_belongs_to_it() -> None:
    assert belongs("http://news.example/a", "http://news.example/category/art-culture/", ["Front", "Art & Culture"])
    assert not belongs("http://news.example/a", "http://news.example/category/art-culture/", ["Culture"])


@pytest.mark.parametrize(
    ("section", "feeds", "expected", "why"),
    [
        ("/tag/mud/", ["/feed/", "/comments/feed/", "/tag/mud/feed/"], [("/tag/mud/feed/", True)], "WordPress"),
        ("/science", ["/rss/science.xml", "/rss/all.xml"], [("/rss/science.xml", True)], "its name in the feed's"),
        ("/?cat=5", ["/?feed=rss2", "/?feed=rss2&cat=5"], [("/?feed=rss2&cat=5", True)], "its query in the feed's"),
        ("/science/", ["/feed/", "/comments/feed/"], [("/feed/", False)], "the site's alone: narrowed"),
        ("/", ["/feed/", "/comments/feed/"], [("/feed/", True)], "the front page's is the site's"),
        ("/science/", [], [], "none"),
    ],
)  # fmt: skip
def test_which_feed_is_a_sections(section: str, feeds: list[str], expected: list[tuple[str, bool]], why: str) -> None:
    full: Callable[[str], str] = "http://news.example".__add__
    assert section_feeds(full(section), map(full, feeds)) == [(full(feed), own) for feed, own in expected]


def test_a_sitemap_is_narrowed_to_stories_of_the_sections_and_ranked_anew() -> None:
    paths = [
        "/",
        "/science/",
        "/science/a-story-of-mud",
        "/culture/b",
        "/science/report.pdf",
        "/culture/",
        "/tag/mud/",
        "/science/a-story-of-mud",
    ]
    whole = read_sitemap(urlset("".join(f"<url><loc>{path}</loc></url>" for path in paths)), URL)
    science = narrowed(whole, "http://news.example/science/ http://news.example/sport/")
    assert [(entry.rank, entry.url) for entry in science.listing.entries] == [(1, "http://news.example/science/a-story-of-mud")]
    assert science.others == 7
    assert [entry.url.rpartition("/")[2] for entry in narrowed(whole, None).listing.entries] == ["a-story-of-mud", "b", ""]
    many = read_sitemap(
        urlset("".join(f"<url><loc>/science/{path}</loc></url>" for path in ("", "2026/a", "2026/b", "2026/c"))), URL
    )
    assert [entry.url for entry in narrowed(many, None).listing.entries] == [
        f"http://news.example/science/2026/{path}" for path in "abc"
    ]
