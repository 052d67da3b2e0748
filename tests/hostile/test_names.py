"""Addresses that a page names in bad faith: none breaks a line of any file, none leads elsewhere, no secret is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from capture.support import Crawl, crawl
from wire import pages
from wire.messages import HTML, message, row
from wire.model import Case
from wire.server import WireServer

from archiver.index.cdxj import parse_line

TEXT = pages.paragraphs("names", 4)

NAMES = (
    ("/s/2026/plain-story.html", "an honest one"),
    ("/s/2026/cr&#13;&#10;Set-Cookie: x=1/story.html", "CR and LF as entities"),
    ("/s/2026/%0d%0aWARC-Type:%20warcinfo/story.html", "CR and LF escaped"),
    ("/s/2026/nul&#0;%00/story.html", "NUL"),
    ("/s/2026/a b<c>\\\"d\\\"/story.html", "spaces, angle brackets, quotes"),
    ("/s/2026/" + "x" * 100_000 + "/story.html", "100 KB of path"),
    ("/s/2026/\u202egpj.exe/story.html", "text that runs backwards"),
    ("/s/2026/../../../../etc/passwd/story.html", "dots: a path of the same host"),
    ("/s/2026/story.html?q={\\\"json\\\":1}&#10;", "JSON and a line feed"),
    ("http://\u0440\u0430ypal.example/2026/story-of-the-day.html", "a homograph host"),
    ("http://xn--80ak6aa92e.example/2026/story-of-the-day.html", "the same as IDNA"),
    ("http://[fe80::1%25eth0]/2026/story-of-the-day.html", "a zone id"),
    ("http://[::ffff:127.0.0.1]/2026/story-of-the-day.html", "loopback in disguise"),
    ("http://2130706433/2026/story-of-the-day.html", "loopback as a number"),
    ("http://0177.1/2026/story-of-the-day.html", "loopback in octal"),
    ("http://169.254.169.254/latest/meta-data/story.html", "cloud metadata"),
    ("http://user:hush-hush@news.invalid/2026/story-of-the-day.html", "credentials"),
    ("file:///etc/passwd", "a file"),
    ("javascript:alert(1)//2026/story.html", "a script"),
    ("data:text/html,<h1>story", "data"),
    ("gopher://127.0.0.1:70/1/story", "another protocol"),
    ("http://news.invalid:99999/2026/story.html", "a port that is none"),
    ("http:///2026/story.html", "no host"),
)  # fmt: skip


def _site() -> Iterator[Case]:
    links = "".join(
        f'<article><h2><a href="{href}">A story of {number} bridges and a ferry</a></h2><p>{TEXT[0][:120]}</p></article>'
        for number, (href, _) in enumerate(NAMES)
    )
    body = f"<!doctype html><html lang=en><title>Bridges</title><body><main>{links}</main>".encode()
    yield row("section", "a section", message(body, HTML), path="/s/", payload=body)
    story = pages.article("plain-story").encode()
    yield row("plain-story", "a story", message(story, HTML), path="/s/2026/plain-story.html", payload=story)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Crawl, WireServer]]:
    with WireServer(tuple(_site())) as server:
        seed = server.url("/s/").replace("http://", "http://user:seed-secret@")
        yield crawl([seed], tmp_path_factory.mktemp("names") / "c", "--no-requisites", timeout_s=120), server


def test_the_crawl_ends_and_has_the_honest_story(crawled: tuple[Crawl, WireServer]) -> None:
    done, server = crawled
    assert done.code == 0, done.stderr
    assert server.url("/s/2026/plain-story.html") in done.kept.articles


def test_every_line_of_every_file_is_what_it_should_be(crawled: tuple[Crawl, WireServer]) -> None:
    kept = crawled[0].kept
    for path in kept.root.rglob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            assert isinstance(json.loads(line), dict)
    for path in kept.root.rglob("*.cdxj"):
        for line in path.read_text("utf-8").splitlines():
            assert parse_line(line).facts["url"].isascii()
    for record in kept.records:
        names = [name for name, _ in record.fields]
        assert len(names) == len(set(names)), "no field twice: nothing was put in"
        assert not any(char in value for _, value in record.fields for char in "\r\n\0")
    for line in kept.log.splitlines():
        assert line[:4].isdigit(), "each line of the log begins with its time"


def test_nothing_private_and_no_other_scheme_was_asked(crawled: tuple[Crawl, WireServer]) -> None:
    done, server = crawled
    reasons = {url: reason for url, reason in done.kept.failures.items() if "127.0.0.1" not in url or "ffff" in url}
    assert not {url for url in done.kept.failures if not url.startswith(("http://", "https://"))}
    assert all(reason in ("private_address", "dns", "robots_unavailable") for reason in reasons.values()), reasons
    assert "private_address" in reasons.values()
    asked = {wire.path for wire in server.exchanges()}
    assert not [path for path in asked if not path.startswith(("/s/", "/robots.txt", "/etc/", "/2026/story.html"))], asked


def test_credentials_in_an_address_are_kept_nowhere_but_in_what_was_sent(crawled: tuple[Crawl, WireServer]) -> None:
    done, _ = crawled
    for name, content in done.kept.all_bytes():
        # A page that names a login is kept as it was sent; ours goes into requests alone.
        if "(request)" not in name:
            assert b"seed-secret" not in content, name
            assert "(response)" in name or b"hush" not in content, name
    assert "hush" not in done.stdout + done.stderr
    assert "seed-secret" not in done.stdout + done.stderr


def test_file_names_are_ours_alone(crawled: tuple[Crawl, WireServer]) -> None:
    root = crawled[0].kept.root
    assert all(path.name.isascii() and ".." not in path.name for path in root.rglob("*"))
    assert [path.name for path in root.parent.iterdir()] == [root.name]
