"""robots.txt by RFC 9309: what is obeyed, what happens when it cannot be had, and that it is archived like everything else."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from protego import Protego
from wire import pages
from wire.messages import HTML, head, message, plain, row
from wire.model import AwaitClose, Case, Close, Flood, Reset, Send, Steps
from wire.server import WireServer

from archiver.middlewares.robots import groups_for, robots_text

from .support import Kept, crawl

TEXT = b"Content-Type: text/plain"
DENY_ALL = b"User-agent: *\nDisallow: /\n"
ARTICLE = plain("wanted-page", "the page that robots.txt is asked about")


def robots(response: bytes, *, path: str = "/robots.txt", steps: Steps | None = None, then: Steps = ()) -> Case:
    return row("robots" + path.replace("/", "-"), "", response, path=path, listed=False, steps=steps, then=then)


def status(line: bytes, body: bytes = DENY_ALL) -> bytes:
    return message(body, TEXT, status=b"HTTP/1.1 " + line)


def moved(to: str) -> bytes:
    return message(b"", b"Location: " + to.encode(), status=b"HTTP/1.1 301 Moved Permanently")


# ---- rules, without a crawl -----------------------------------------------------------------------------------------

PATH = "/news/a.html"
RULES = [
    (b"", True, "an empty file forbids nothing"),
    (DENY_ALL, False, "the group for all"),
    (b"\xef\xbb\xbf" + DENY_ALL, False, "a byte order mark in front (RFC 9309 2.2)"),
    (DENY_ALL.replace(b"\n", b"\r"), False, "lines that end with CR alone: old Macs"),
    (DENY_ALL.replace(b"\n", b"\r\n"), False, "CRLF"),
    (b"User-agent: *\nDisallow:\n", True, "an empty rule"),
    (b"User-agent: archiver\nDisallow: /\n\nUser-agent: *\nDisallow:\n", False, "our own group before that for all"),
    (b"User-agent: *\nDisallow: /\n\nUser-agent: archiver\nAllow: /\n", True, "our own group, wherever it stands"),
    (b"User-agent: ARCHIVER\nDisallow: /\n", False, "the token in any case"),
    (b"User-agent: archiver/2.0\nDisallow: /\n", False, "a version is no part of the token"),
    (b"User-agent: archiver-news\nDisallow: /\n", True, "a longer token is another's"),
    (b"User-agent: arch\nDisallow: /\n", True, "a shorter one too"),
    (b"User-agent: other\nUser-agent: archiver\nDisallow: /\n", False, "one group for two"),
    (b"User-agent: archiver\nDisallow: /x\n\nUser-agent: archiver\nDisallow: /news\n", False, "two groups for one are one (2.2.1)"),
    (b"User-agent: *\nDisallow: /news\nAllow: /news/a\n", True, "the longest match counts (2.2.2)"),
    (b"User-agent: *\nAllow: /news\nDisallow: /news/a\n", False, "the longest match counts, the other way round"),
    (b"User-agent: *\nDisallow: /news/a.html\nAllow: /news/a.html\n", True, "of two as long the one that allows"),
    (b"User-agent: *\nDisallow: /*.html$\n", False, "a wildcard and an end mark (2.2.3)"),
    (b"User-agent: *\nDisallow: /*.htm$\n", True, "an end mark is the end"),
    (b"User-agent: *\nDisallow: /NEWS\n", True, "paths keep their case"),
    (b"User-agent: *\nDisallow: /n%65ws\n", False, "escapes of unreserved characters are the characters"),
    (b"User-agent: *\n# \xe2\x80\xa8Disallow: /\n", True, "a line separator of Unicode is no line end: still a comment"),
    (b"User-agent: *\n#\x0cDisallow: /\n", True, "a form feed neither"),
    (b"<!doctype html><title>Not here</title>", True, "a page in its place: nothing in it is a rule"),
    (b"\x00\xff\xfe" * 50, True, "no text at all"),
    (b"#" * 512_000 + b"\n" + DENY_ALL, True, "rules beyond 500 KiB are not read (2.5)"),
    (b"User-agent: *\n" + b"#" * 511_900 + b"\nDisallow: /\n", False, "rules within 500 KiB are"),
    (b"User-agent: *\nDisallow: /" + b"x" * 512_000, True, "a rule that the limit cuts in two is left out"),
]


@pytest.mark.parametrize(("body", "allowed", "reason"), RULES, ids=[reason for _, _, reason in RULES])
def test_a_rule_is_read_as_the_rfc_says(body: bytes, allowed: bool, reason: str) -> None:
    rules = Protego.parse(groups_for("archiver", robots_text(body)))
    assert rules.can_fetch("http://news.example" + PATH, "archiver") == allowed


# ---- availability, each with a crawl --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Availability:
    """``outcome``: `page`, or the reason in failures.jsonl. ``asked``: requests for robots.txt, redirects included."""

    name: str
    cases: tuple[Case, ...]
    outcome: str
    asked: int = 1
    flags: tuple[str, ...] = ()


HOPS = [robots(moved(f"/hop-{number}"), path=f"/hop-{number - 1}" if number > 1 else "/robots.txt") for number in range(1, 8)]
MEBI = b"# a line of a robots.txt that does not end\n" * 24_000
AVAILABLE = [
    Availability("allowed", (robots(status(b"200 OK", b"User-agent: *\nDisallow: /private/\n")),), "page"),
    Availability("forbidden", (robots(status(b"200 OK")),), "robots"),
    Availability("ignored", (robots(status(b"200 OK")),), "page", asked=0, flags=("--ignore-robots",)),
    Availability("401", (robots(status(b"401 Unauthorized")),), "page"),
    Availability("403", (robots(status(b"403 Forbidden")),), "page"),
    Availability("404", (robots(status(b"404 Not Found")),), "page"),
    Availability("410", (robots(status(b"410 Gone")),), "page"),
    Availability("429", (robots(status(b"429 Too Many Requests")),), "robots_unavailable"),
    Availability("500", (robots(status(b"500 Internal Server Error", b"")),), "robots_unavailable"),
    Availability("503", (robots(status(b"503 Service Unavailable", b"")),), "robots_unavailable"),
    Availability("204", (robots(status(b"204 No Content", b"")),), "page"),
    Availability("closed", (robots(b"", steps=(Close(),)),), "robots_unavailable"),
    Availability("reset", (robots(b"", steps=(Reset(),)),), "robots_unavailable"),
    Availability("hangs", (robots(b"", steps=(AwaitClose(),)),), "robots_unavailable"),
    Availability("cut", (robots(head(TEXT, b"Content-Length: 900") + DENY_ALL, then=(Close(),)),), "robots_unavailable"),
    Availability("not-http", (robots(b"SSH-2.0-OpenSSH_9.6\r\n", then=(Close(),)),), "robots_unavailable"),
    Availability("five-redirects", (*HOPS[:5], robots(status(b"200 OK"), path="/hop-5")), "robots", asked=6),
    Availability("six-redirects", (*HOPS[:6], robots(status(b"200 OK"), path="/hop-6")), "page", asked=6),
    Availability("gzip", (robots(message(gzip.compress(DENY_ALL), TEXT, b"Content-Encoding: gzip")),), "robots"),
    Availability(
        "endless",
        (robots(b"", steps=(Send(head(TEXT) + DENY_ALL), Flood(MEBI, 2**30))),),
        "robots",
    ),
    Availability(
        "a-gigabyte-announced",
        (robots(b"", steps=(Send(head(TEXT, b"Content-Length: 1073741824") + DENY_ALL), Flood(MEBI, 2**30))),),
        "robots",
    ),
]


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Kept, WireServer]]]:
    """Every row on a port of its own, all of them in one crawl (two: with and without ``--ignore-robots``)."""
    with ExitStack() as stack:
        servers = {one.name: stack.enter_context(WireServer((ARTICLE, *one.cases))) for one in AVAILABLE}
        folder = tmp_path_factory.mktemp("robots")
        kept: dict[str, Kept] = {}
        for flags in {one.flags for one in AVAILABLE}:
            names = [one.name for one in AVAILABLE if one.flags == flags]
            urls = [servers[name].url(ARTICLE.path) for name in names]
            done = crawl(urls, folder / f"crawl{''.join(flags)}", "--no-extract", "--timeout", "2", *flags)
            kept |= dict.fromkeys(names, done.kept)
        yield {name: (kept[name], servers[name]) for name in servers}


@pytest.mark.parametrize("row", AVAILABLE, ids=lambda row: row.name)
def test_a_crawl_obeys_what_it_could_get(crawls: dict[str, tuple[Kept, WireServer]], row: Availability) -> None:
    kept, server = crawls[row.name]
    url = server.url(ARTICLE.path)
    if row.outcome == "page":
        assert url not in kept.failures
        assert [group.holds(ARTICLE.expect.response) for group in kept.groups if group.url == url] == [True]
        return
    assert kept.failures[url] == row.outcome
    assert [group.url for group in kept.groups if group.url == url] == []
    assert ARTICLE.path not in [exchange.path for exchange in server.exchanges()]
    (failure,) = [failure for failure in kept.rows("failures") if failure["url"] == url]
    assert (failure["tries"], failure["warc_filename"]) == (0, None)


@pytest.mark.parametrize("row", AVAILABLE, ids=lambda row: row.name)
def test_robots_txt_is_archived_whatever_came(crawls: dict[str, tuple[Kept, WireServer]], row: Availability) -> None:
    kept, server = crawls[row.name]
    logged = [exchange for exchange in server.exchanges() if exchange.path != ARTICLE.path]
    groups = [group for group in kept.groups if group.url.startswith(server.url()) and not group.url.endswith(ARTICLE.path)]
    assert len(groups) == len(logged) == row.asked
    for group, exchange in zip(groups, logged, strict=True):
        assert group.request.block == exchange.request
        assert group.metadata.pairs["purpose"] == "robots"
        assert group.holds(exchange.response) or (group.truncated and exchange.response.startswith(group.block))


@pytest.mark.parametrize("name", ["endless", "a-gigabyte-announced"])
def test_no_more_of_a_huge_robots_txt_is_fetched_than_is_parsed(crawls: dict[str, tuple[Kept, WireServer]], name: str) -> None:
    kept, server = crawls[name]
    (group,) = [group for group in kept.groups if group.url == server.url("/robots.txt")]
    assert group.truncated == "length"
    assert 500 * 1024 < len(group.block) < 2**20


def test_a_redirect_may_lead_to_another_host(tmp_path: Path) -> None:
    """RFC 9309 §2.3.1.2: the rules are those of the first host, wherever they lie."""
    with WireServer([robots(status(b"200 OK"), path="/rules.txt")], "127.0.0.2") as other:
        with WireServer([ARTICLE, robots(moved(other.url("/rules.txt")))]) as server:
            done = crawl([server.url(ARTICLE.path)], tmp_path / "other", "--allow-private")
            assert done.kept.failures == {server.url(ARTICLE.path): "robots"}
        assert [exchange.path for exchange in other.exchanges()] == ["/rules.txt"]


def test_each_host_has_its_own_rules_and_is_asked_once(tmp_path: Path) -> None:
    titles = [plain(f"story-{number}", "one of many") for number in range(8)]
    links = [(case.path, case.title, "A teaser of some words about it.") for case in titles]
    with WireServer([*titles, robots(status(b"200 OK"))], "127.0.0.2") as other:
        there = [(other.url(case.path), case.title + " elsewhere", "A teaser of other words about it.") for case in titles]
        text = pages.listing([*links, *there], 1, 1, "/section/").encode()
        listing = row("listing", "", message(text, HTML), path="/section/", listed=False)
        with WireServer([*titles, listing, robots(status(b"404 Not Found"))]) as server:
            done = crawl([server.url("/section/")], tmp_path / "hosts", "--allow-private")
        assert [exchange.path for exchange in other.exchanges()] == ["/robots.txt"]
    assert len(done.kept.articles) == 8
    assert set(done.kept.failures.values()) == {"robots"}
    assert len(done.kept.failures) == 8
    assert len(done.kept.of("/robots.txt")) == 2
