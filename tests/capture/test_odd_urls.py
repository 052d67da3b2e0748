"""Addresses of a site's pages that are rare and real: IPv6, very long ones, letters beyond ASCII. None is lost without a row."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from discovery.pages import Answer, article, section, serve
from discovery.test_crawl import assert_proven
from store.running import crawl

FLAGS = ("--no-requisites",)
LONG = "/news/a-story-of-mud-" + "x" * 8000
TOO_LONG = "/news/a-story-of-mud-" + "x" * 20_000
PATHS = [
    (LONG, LONG, "as long as servers take"),
    ("/news/größe-der-geschichte", "/news/gr%C3%B6%C3%9Fe-der-geschichte", "letters of a page in UTF-8"),
    ("/news/caf%E9-story-in-latin-1", "/news/caf%E9-story-in-latin-1", "escapes that are no UTF-8"),
    ("/news/a story with blanks", "/news/a%20story%20with%20blanks", "blanks"),
    ("/news/日本語の記事です", "/news/%E6%97%A5%E6%9C%AC%E8%AA%9E%E3%81%AE%E8%A8%98%E4%BA%8B%E3%81%A7%E3%81%99", "another script"),
]


def news(target: str, base: str) -> Answer | None:
    """A section of all of them."""
    if target == "/news/":
        odd = [
            (path, f"Story number {number}")
            for number, path in enumerate([*(path for path, *_ in PATHS), TOO_LONG, "http://bücher.invalid/a-story-of-mud"])
        ]
        return section(*odd)
    return article(f"Story at {len(target)}") if target.startswith("/news/") else None


def test_odd_addresses_are_articles_or_rows(tmp_path: Path) -> None:
    with serve(news) as site:
        done = crawl([f"{site.url}/news/"], tmp_path / "c", *FLAGS)
        asked, url = set(site.asked), site.url
    assert done.code == 0, done.stderr
    wanted = {path for _, path, _ in PATHS}
    assert {row["url"].removeprefix(url) for row in done.kept.rows("articles")} == wanted
    assert asked == wanted | {"/news/", "/robots.txt"}
    assert done.kept.failures == {
        f"{url}{TOO_LONG}": "too_large",
        "http://xn--bcher-kva.invalid/a-story-of-mud": "robots_unavailable",
    }
    (row,) = (row for row in done.kept.rows("failures") if row["reason"] == "too_large")
    assert row["detail"] == f"a URL of {len(url + TOO_LONG)} characters; 8192 are the most"
    assert len(done.kept.rows("appearances")) == len(PATHS) + 2
    assert_proven(tmp_path / "c")


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")
def test_a_site_over_ipv6_is_crawled_and_its_address_kept(tmp_path: Path) -> None:
    with serve(news, address="::1") as site:
        done = crawl([f"{site.url}/news/"], tmp_path / "c", *FLAGS)
        url = site.url
    assert done.code == 0, done.stderr
    assert len(done.kept.rows("articles")) == len(PATHS)
    assert {row["url"].partition("/news/")[0] for row in done.kept.rows("articles")} == {url}
    responses = [record for record in done.kept.records if record.type == "response"]
    assert {record.get("WARC-IP-Address") for record in responses} == {"::1"}
    assert_proven(tmp_path / "c")
