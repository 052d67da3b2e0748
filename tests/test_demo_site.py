"""The demo site is what its truth says: checked over HTTP with another parser, in both editions."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from demo_client import get

from archiver.demo_site import DemoSite, ExpectedEntry

# Reads an entry of each list template: the entry, its headline's link, its teaser, its label.
SELECTORS = {
    "/world/": (".river a.hero, .river .cards > article", "h3 a", "p.summary, .standfirst", "p.label"),
    "/culture/": ("ul.shelf > li:not(.appeal)", "h2 > a", ":scope > p", ".byline .label"),
    "/tag/river-life/": (".post:not(:has(a[href='/donate/']))", "h2 > a", "p", ".label"),
}


@pytest.fixture(scope="module")
def day_one() -> Iterator[DemoSite]:
    with DemoSite() as site:
        yield site


@pytest.fixture
def site() -> Iterator[DemoSite]:
    with DemoSite() as site:
        yield site


def soup_of(url: str) -> BeautifulSoup:
    status, headers, body = get(url)
    assert status == 200, url
    return BeautifulSoup(body, "lxml", from_encoding=headers["content-type"].partition("charset=")[2])


def text_of(tag: Tag | None) -> str | None:
    return " ".join(tag.get_text().split()) if tag else None


def read_entries(page: BeautifulSoup, url: str, list_path: str) -> list[ExpectedEntry]:
    entry_selector, link_selector, teaser_selector, label_selector = SELECTORS[list_path]
    found = []
    for entry in page.select(entry_selector):
        link = entry if entry.name == "a" else entry.select_one(link_selector)
        headline = entry.select_one("h2") if entry.name == "a" else link
        assert link is not None
        found.append(
            ExpectedEntry(
                urljoin(url, str(link["href"])),
                text_of(headline) or "",
                text_of(entry.select_one(teaser_selector)),
                text_of(entry.select_one(label_selector)),
            )
        )
    return found


def crawl_everything(site: DemoSite) -> dict[str, tuple[int, dict[str, str], bytes]]:
    """Every URL of the site that a link, a requisite, a feed or a sitemap names, with its answer."""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
    waiting = [f"{site.url}/", f"{site.url}/robots.txt", f"{site.url}/.well-known/tdmrep.json"]
    while waiting:
        url = waiting.pop()
        if url in answers:
            continue
        answers[url] = _, headers, body = get(url)
        text = body.decode("utf-8", "replace")
        named = [headers["location"]] if "location" in headers else []
        if "html" in headers["content-type"]:
            named += re.findall(r'(?:href|src|data-src|poster)="([^"]+)"', text)
            named += [part.split()[0] for value in re.findall(r'srcset="([^"]+)"', text) for part in value.split(",")]
            named += re.findall(r'"icon": "([^"]+)"', text)
        named += re.findall(r"url\([\"']?([^\"')]+)", text) if "svg" not in headers["content-type"] else []
        named += re.findall(r"<(?:loc|link)>([^<]+)<", text) + re.findall(r"^Sitemap: (\S+)", text, re.MULTILINE)
        waiting += [link for name in named if (link := urljoin(url, name).split("#")[0]).startswith(site.url + "/")]
    return answers


@pytest.mark.parametrize("edition", [1, 2])
def test_every_list_reads_as_its_truth_says_page_by_page(site: DemoSite, edition: int) -> None:
    site.edition = edition
    truth = site.truth()
    assert [len(pages) for pages in truth.listings.values()] == [3, 2, 1]
    for first_page, pages in truth.listings.items():
        for page in pages:
            soup = soup_of(page.url)
            assert read_entries(soup, page.url, urlsplit(first_page).path) == list(page.entries)
            older = soup.find("a", string="Older stories")
            assert (urljoin(page.url, str(older["href"])) if older else None) == page.next_page


def test_the_tag_page_has_fifteen_stories_and_two_blocks_of_the_same_shape_that_are_none(day_one: DemoSite) -> None:
    posts = soup_of(day_one.tag_page).select(".post")
    assert len(day_one.truth().listings[day_one.tag_page][0].entries) == 15
    assert [bool(post.select_one("a[href='/donate/']")) for post in posts] == [False] * 15 + [True] * 2
    assert all(post.select_one("h2") for post in posts)


@pytest.mark.parametrize("edition", [1, 2])
def test_every_article_says_what_its_truth_says(site: DemoSite, edition: int) -> None:
    site.edition = edition
    for article in site.truth().articles.values():
        page = soup_of(article.url)
        body = page.select(".body > *, .update > :not(time)")
        blocks = [part for block in body for part in (block.select("li") if block.name == "ul" else [block])]
        assert [text_of(block) for block in blocks] == list(article.paragraphs)
        assert text_of(page.h1) == article.title
        assert text_of(page.select_one(".standfirst")) == article.standfirst
        assert [text_of(author) for author in page.select(".byline .author")] == list(article.authors)
        times = [time["datetime"] for time in page.select(".byline time")]
        assert times == [article.published, *([article.modified] if article.modified else [])]
        assert page.html is not None
        assert page.html["lang"] == article.language


def test_stories_state_author_and_date_in_three_ways(day_one: DemoSite) -> None:
    ways: dict[str, int] = {"jsonld": 0, "opengraph": 0, "visible": 0}
    for article in day_one.truth().articles.values():
        page = soup_of(article.url)
        script = page.find("script", type="application/ld+json")
        stated = page.find("meta", property="article:published_time")
        ways["jsonld" if script else "opengraph" if stated else "visible"] += 1
        if script:
            data = json.loads(script.get_text())
            assert data["datePublished"] == article.published
            assert data.get("dateModified") == article.modified
            assert data.get("isAccessibleForFree") is article.is_accessible_for_free
        assert not (script and stated), article.url
    assert min(ways.values()) >= 4, ways


def test_there_is_one_of_each_odd_page(day_one: DemoSite) -> None:
    articles = day_one.truth().articles.values()
    kinds = [article.page_type for article in articles]
    assert [kinds.count(kind) for kind in ("liveblog", "gallery", "video")] == [1, 1, 1]
    assert sum(article.is_accessible_for_free is False for article in articles) == 1
    assert sum(len(article.published) == 10 for article in articles) == 1
    assert {article.language for article in articles} == {"en", "de", "fr"}


@pytest.mark.parametrize("edition", [1, 2])
def test_every_link_and_requisite_resolves_but_those_that_must_not(site: DemoSite, edition: int) -> None:
    site.edition = edition
    truth = site.truth()
    answers = crawl_everything(site)
    bad = {url for url, (status, _, _) in answers.items() if status >= 400}
    assert bad == {url for url, reason in truth.failures.items() if reason != "robots"}
    assert {url for url, (status, _, _) in answers.items() if status == 301} == set(truth.redirects)
    assert set(truth.articles) <= set(answers)
    kinds = {headers["content-type"].partition(";")[0] for _, headers, _ in answers.values()}
    assert kinds >= {"text/css", "font/woff2", "image/svg+xml", "image/jpeg", "image/webp", "image/x-icon", "video/webm"}


def test_failures_are_one_404_one_disallowed_and_on_the_next_day_one_410(site: DemoSite) -> None:
    first, second = site.truth(1), site.truth(2)
    assert sorted(first.failures.values()) == ["http_status", "robots"]
    assert sorted(second.failures.values()) == ["gone", "http_status", "robots"]
    (disallowed,) = (url for url, reason in first.failures.items() if reason == "robots")
    _, _, robots = get(f"{site.url}/robots.txt")
    assert urlsplit(disallowed).path.startswith(re.findall(r"Disallow: (\S+)", robots.decode())[0])
    assert all(set(truth.failures) <= set(truth.listed(site.sections[0])) for truth in (first, second))


def test_the_second_edition_differs_exactly_as_its_truth_says(site: DemoSite) -> None:
    before = crawl_everything(site)
    site.edition = 2
    changed = set()
    for url, (status, headers, body) in before.items():
        if status == 200:
            answer, _, _ = get(url, If_None_Match=headers["etag"], If_Modified_Since=headers["last-modified"])
            by_date_alone, _, _ = get(url, If_Modified_Since=headers["last-modified"])
            assert answer == by_date_alone, url
            if answer != 304:
                changed.add(url)
        elif get(url)[2] != body:
            changed.add(url)
    truth = site.truth()
    assert changed == truth.changed
    assert len(truth.added) == 2
    assert truth.added <= set(crawl_everything(site)) - set(before)
    front = [entry.url for entry in truth.listings[site.sections[0]][0].entries]
    assert set(front[:2]) == truth.added


def test_one_story_has_a_new_headline_text_and_modification_date(day_one: DemoSite) -> None:
    first, second = day_one.truth(1), day_one.truth(2)
    both = set(first.articles) & set(second.articles)
    (url,) = (url for url in both if first.articles[url] != second.articles[url])
    old, new = first.articles[url], second.articles[url]
    assert old.title != new.title
    assert old.paragraphs != new.paragraphs
    assert old.published == new.published
    assert old.modified is not None
    assert new.modified is not None
    assert old.modified < new.modified
    assert set(first.articles) - both <= set(second.failures)


def test_a_french_page_is_in_the_charset_that_its_header_names(day_one: DemoSite) -> None:
    (url,) = (url for url in day_one.truth().articles if "saint-orme-le-bac" in url)
    _, headers, body = get(url)
    assert headers["content-type"] == "text/html; charset=windows-1252"
    assert "À Saint-Orme, le bac à câble" in body.decode("windows-1252")


def test_feeds_and_sitemaps_parse_and_name_only_pages_open_to_everybody(site: DemoSite) -> None:
    for edition in (1, 2):
        site.edition = edition
        articles = {article.url for article in site.truth().articles.values()}
        for section in site.sections:
            (link,) = soup_of(section).select("link[type='application/rss+xml']")
            items = ET.fromstring(get(urljoin(section, str(link["href"])))[2]).findall("channel/item/link")
            assert {item.text for item in items} <= articles
        for name in ("sitemap.xml", "news-sitemap.xml"):
            locations = {loc.text for loc in ET.fromstring(get(f"{site.url}/{name}")[2]).iter() if loc.tag.endswith("}loc")}
            named = {url for url in locations if url and re.search(r"/\d{4}/|\.html$", url)}
            assert named == articles if name == "sitemap.xml" else named < articles
            assert named
