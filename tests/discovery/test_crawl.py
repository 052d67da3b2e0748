"""Real crawls that find articles by feed, sitemap and WordPress REST; what they keep is proven and made again."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from capture.support import Crawl, crawl

from archiver.errors import UsageError
from archiver.options import parse_option

from .pages import Answer, article, section, serve

FLAGS = ("--no-requisites", "--min-free", "0")
RSS = "application/rss+xml"
FEED_HEAD = '<link rel="alternate" type="application/rss+xml" href="/feed">'


def rss(*items: str) -> Answer:
    return Answer(f'<rss version="2.0"><channel><title>The Courier: Science</title>{"".join(items)}</channel></rss>'.encode(), RSS)


def entry(path: str, title: str, day: int, extra: str = "") -> str:
    return f"<item><title>{title}</title><link>{path}</link><pubDate>{day:02d} Mar 2026 08:00:00 GMT</pubDate>{extra}</item>"


def by_url(crawled: Crawl, name: str, key: str = "url") -> dict[str, Any]:
    """Rows by the path of their URL."""
    return {row[key].split("/", 3)[3]: row for row in crawled.kept.rows(name)}


def archiver(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "archiver", *arguments], capture_output=True, text=True, timeout=300, check=False)


def assert_proven(folder: Path) -> None:
    """``verify`` finds nothing, and ``rebuild`` makes the same rows, whatever their order."""
    verified = archiver("verify", str(folder))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    before = {path.name: sorted(path.read_text().splitlines()) for path in (folder / "dataset").glob("*.jsonl")}
    rebuilt = archiver("rebuild", str(folder))
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert {path.name: sorted(path.read_text().splitlines()) for path in (folder / "dataset").glob("*.jsonl")} == before


def newsroom(target: str, base: str) -> Answer | None:
    """A site whose section lists three stories; its feed, sitemaps and REST answers know of others."""
    stories = {f"/science/story-number-{n}-of-mud" for n in range(1, 9)} | {
        "/2026/03/flat-story-on-mud",
        "/culture/opera-in-the-mud",
    }
    if target in stories:
        return article(target.rpartition("/")[2].replace("-", " "))
    term = '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/categories/7">'
    links = f'<link rel="https://api.w.org/" href="/wp-json/">{term}'
    listed = [(f"/science/story-number-{n}-of-mud", f"Story number {n} of mud") for n in (1, 2, 3)]
    index = "".join(
        f"<sitemap><loc>{base}/{name}</loc></sitemap>" for name in ("post-sitemap.xml.gz", "tag-sitemap.xml", "news.xml")
    )
    posts = [
        {
            "link": f"{base}/science/story-number-{n}-of-mud",
            "title": {"rendered": f"S&#8217;{n}"},
            "date_gmt": "2026-03-07T08:00:00",
        }
        for n in (7, 8)
    ]
    return {
        "/science/": section(*listed, head=FEED_HEAD + links),
        "/feed": rss(
            entry("/science/story-number-2-of-mud", "Two", 2),
            entry("/science/story-number-4-of-mud", "Four &amp;amp; mud", 4),
            entry("/2026/03/flat-story-on-mud", "Flat", 3, "<category>Science</category>"),
            entry("/culture/opera-in-the-mud", "Opera", 5, "<category>Culture</category>"),
        ),
        "/robots.txt": Answer(f"Sitemap: {base}/sitemap-index.xml".encode(), "text/plain"),
        "/sitemap-index.xml": Answer(f"<sitemapindex>{index}</sitemapindex>".encode(), "text/xml"),
        "/post-sitemap.xml.gz": Answer(
            gzip.compress(f"<urlset><url><loc>{base}/science/story-number-5-of-mud</loc><lastmod>2026-03-05</lastmod></url>"
                          f"<url><loc>{base}/culture/opera-in-the-mud</loc></url><url><loc>{base}/science/</loc></url></urlset>".encode()),
            "application/x-gzip"),
        "/news.xml": Answer(
            f"<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>{base}/science/story-number-6-of-mud</loc><n:news>"
            "<n:title>Six</n:title><n:publication_date>2026-03-06T08:00:00+01:00</n:publication_date></n:news></url></urlset>".encode(),
            "application/xml"),
        **{f"/wp-json/wp/v2/posts?categories=7&per_page=100&_fields=link,title,excerpt,date,date_gmt&page={n}":
           Answer(json.dumps([posts[n - 1]]).encode(), "application/json", headers={"X-WP-TotalPages": "2"}) for n in (1, 2)},
    }.get(target)  # fmt: skip


def test_every_way_gives_its_articles_once_with_its_evidence_and_can_be_made_again(tmp_path: Path) -> None:
    with serve(newsroom) as site:
        done = crawl([f"{site.url}/science/"], tmp_path / "c", *FLAGS, "--discover", "section,feed,sitemap,wp_rest")
        asked = list(site.asked)
    assert done.code == 0, done.stderr
    assert len(asked) == len(set(asked))
    assert "/tag-sitemap.xml" not in asked
    articles = by_url(done, "articles")
    via = {url: (row["discovered_via"], row["date_published"], row["date_published_source"]) for url, row in articles.items()}
    story = "science/story-number-{}-of-mud".format
    assert via == {
        story(1): ("section", None, "none"),
        # On the section's page first; the day is from the feed.
        story(2): ("section", "2026-03-02T08:00:00.000Z", "feed"),
        story(3): ("section", None, "none"),
        story(4): ("feed", "2026-03-04T08:00:00.000Z", "feed"),
        "2026/03/flat-story-on-mud": ("feed", "2026-03-03T08:00:00.000Z", "feed"),
        # A plain sitemap states no publication.
        story(5): ("sitemap", None, "none"),
        story(6): ("news_sitemap", "2026-03-06T07:00:00.000Z", "sitemap"),
        story(7): ("wp_rest", "2026-03-07T08:00:00.000Z", "feed"),
        story(8): ("wp_rest", "2026-03-07T08:00:00.000Z", "feed"),
    }
    appearances = done.kept.rows("appearances")
    feed = [row for row in appearances if row["listing_url"].endswith("/feed")]
    assert [(row["rank"], row["headline"], row["listing_type"], row["listing_title"]) for row in feed] == [
        (1, "Two", "feed", "The Courier: Science"),
        (2, "Four & mud", "feed", "The Courier: Science"),
        (3, "Flat", "feed", "The Courier: Science"),
    ]
    news = next(row for row in appearances if row["listing_url"].endswith("/news.xml"))
    assert (news["listing_type"], news["headline"], news["date_raw"]) == ("sitemap", "Six", "2026-03-06T08:00:00+01:00")
    metadata = next(record for record in done.kept.records if record.type == "metadata" and record.url.endswith(story(4)))
    assert {name: metadata.pairs[f"discovered_{name}"] for name in ("via", "title", "date_raw", "date_source")} == {
        "via": "feed", "title": "Four & mud", "date_raw": "04 Mar 2026 08:00:00 GMT", "date_source": "feed",
    }  # fmt: skip
    assert done.kept.rows("failures") == []
    assert_proven(tmp_path / "c")


def test_a_second_run_asks_for_lists_again_and_keeps_one_row_an_article(tmp_path: Path) -> None:
    with serve(newsroom) as site:
        for _ in range(2):
            site.asked.clear()
            done = crawl([f"{site.url}/science/"], tmp_path / "c", *FLAGS, "--recheck", "none")
            assert done.code == 0, done.stderr
        asked = list(site.asked)
    assert [target for target in asked if target != "/robots.txt"] == ["/science/", "/feed"]
    assert len(done.kept.rows("articles")) == 5
    assert len([row for row in done.kept.rows("appearances") if row["listing_type"] == "feed"]) == 6
    assert_proven(tmp_path / "c")


def test_a_crawl_killed_after_its_feed_goes_on_without_asking_for_it_again(tmp_path: Path) -> None:
    flags = (*FLAGS, "--discover", "section,feed,sitemap")
    with serve(newsroom) as site:
        killed = crawl([f"{site.url}/science/"], tmp_path / "c", *flags, env={"ARCHIVER_FAULT": "row-start:3:kill"})
        assert killed.code == -signal.SIGKILL
        site.asked.clear()
        done = crawl([f"{site.url}/science/"], tmp_path / "c", *flags)
        asked = list(site.asked)
    assert done.code == 0, done.stderr
    assert "/feed" not in asked
    assert "/science/" not in asked
    assert len(by_url(done, "articles")) == len(done.kept.rows("articles")) == 7
    ids = [row["id"] for row in done.kept.rows("appearances")]
    assert len(ids) == len(set(ids)) == 3 + 3 + 2
    assert_proven(tmp_path / "c")


def test_a_feed_that_is_none_is_a_failure_and_the_section_goes_on(tmp_path: Path) -> None:
    feeds = {
        "missing": None,
        "a-page": Answer(b"<!doctype html><html><body>Please log in</body></html>"),
        "nothing": Answer(b"", RSS),
        # No failure: there may be nothing new.
        "empty": rss(),
    }

    def answer(target: str, base: str) -> Answer | None:
        name = target.split("/")[1]
        if name not in feeds:
            return None
        if target == f"/{name}/":
            head = f'<link rel="alternate" type="{RSS}" href="feed">'
            return section(*((f"/{name}/story-{n}-of-mud", f"Story {n} of mud") for n in (1, 2)), head=head)
        return feeds[name] if target.endswith("/feed") else article(target[1:])

    with serve(answer) as site:
        done = crawl([f"{site.url}/{name}/" for name in feeds], tmp_path / "c", *FLAGS)
    assert done.code == 0, done.stderr
    assert {url: (row["reason"], row["warc_record_id"] is not None) for url, row in by_url(done, "failures").items()} == {
        "missing/feed": ("http_status", True),
        "a-page/feed": ("extraction", True),
        "nothing/feed": ("extraction", True),
    }
    assert len(done.kept.rows("articles")) == 8
    assert_proven(tmp_path / "c")


@pytest.mark.parametrize(
    ("seed", "expected"),
    [("/feed", {"feed": 4}), ("/sitemap-index.xml", {"sitemap": 3, "news_sitemap": 1})],
    ids=["a feed", "an index of sitemaps"],
)
def test_a_seed_may_be_a_feed_or_a_sitemap_and_all_of_it_is_wanted(seed: str, expected: dict[str, int], tmp_path: Path) -> None:
    with serve(newsroom) as site:
        done = crawl([f"{site.url}{seed}"], tmp_path / "c", *FLAGS)
    assert done.code == 0, done.stderr
    found = [row["discovered_via"] for row in done.kept.rows("articles")]
    assert {via: found.count(via) for via in set(found)} == expected
    assert_proven(tmp_path / "c")


def test_without_a_sitemap_the_usual_places_are_tried_and_one_failure_says_so(tmp_path: Path) -> None:
    def answer(target: str, base: str) -> Answer | None:
        return None if target == "/robots.txt" else newsroom(target, base)

    with serve(answer) as site:
        done = crawl([f"{site.url}/science/"], tmp_path / "c", *FLAGS, "--discover", "section,sitemap")
        asked = set(site.asked)
    assert {"/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml"} <= asked
    assert "/feed" not in asked
    assert [(row["reason"], row["http_status"]) for row in done.kept.rows("failures")] == [("http_status", 404)]
    assert archiver("verify", str(tmp_path / "c")).returncode == 0


def test_since_leaves_out_what_sitemaps_date_before_it_and_robots_txt_names_them_where_it_is_not_obeyed(tmp_path: Path) -> None:
    with serve(newsroom) as site:
        flags = ("--discover", "feed,sitemap", "--since", "2026-03-04", "--ignore-robots")
        done = crawl([f"{site.url}/science/"], tmp_path / "c", *FLAGS, *flags)
    assert sorted(row["url"][-8] for row in done.kept.rows("articles")) == ["4", "5", "6"]


@pytest.mark.parametrize("value", ["rss", "section,feeds", ",", "", ["sitemap", "wp"], 3])
def test_a_way_that_is_none_is_a_wrong_setting(value: object) -> None:
    with pytest.raises(UsageError, match=r"section, feed, sitemap, wp_rest|a list") as error:
        parse_option("discover", value, "--discover")
    assert error.value.exit_code == 2


def test_the_ways_may_be_named_in_text_and_in_toml() -> None:
    assert (
        parse_option("discover", "feed, sitemap", "x") == parse_option("discover", ["feed", "sitemap"], "x") == ("feed", "sitemap")
    )
