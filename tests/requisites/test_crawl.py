"""A crawl fetches what its pages need: once, at a pace of its own, and without a row."""

from __future__ import annotations

import itertools
import signal
from collections import Counter
from pathlib import Path

import pytest
from capture.support import Crawl, Record, crawl
from wire.fixtures import StartServer
from wire.messages import HTML, message, row
from wire.model import Case
from wire.server import WireServer

from archiver.demo_site import DemoSite

TEXT = " ".join(["The ferry that was out of service since the storm of last week went back to its berth on Friday morning."] * 12)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Crawl], list[Counter[str]]]:
    """Two days on the demo site, and what it was asked for on each."""
    folder = tmp_path_factory.mktemp("requisites") / "demo"
    crawls, asked = [], []
    with DemoSite() as site:
        for _ in range(2):
            site.clear_requests()
            crawls.append(crawl(site.sections, folder, "--min-free", "0"))
            asked.append(Counter(request.target for request in site.requests))
    return crawls, asked


def purposes(done: Crawl) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for group in done.kept.groups:
        found.setdefault(group.metadata.pairs["purpose"], []).append(group.request)
    return found


def test_style_sheets_fonts_images_and_icons_are_captured_once_and_give_no_row(
    days: tuple[list[Crawl], list[Counter[str]]],
) -> None:
    (first, _), (asked, _) = days
    assert first.code == 0, first.stderr
    needed = {target for target in asked if target.startswith(("/static/", "/media/"))}
    kinds = {Path(target).suffix for target in needed}
    assert {".css", ".woff2", ".js", ".svg", ".jpg", ".webp"} <= kinds, "fonts are named in the style sheet alone"
    assert all(asked[target] == 1 for target in needed)
    urls = {row["url"] for name in ("articles", "appearances") for row in first.kept.rows(name)}
    assert not [url for url in urls if "/static/" in url or "/media/" in url]
    assert first.kept.rows("runs")[0]["requisites"] == len(purposes(first)["requisite"])
    assert first.kept.failures.keys().isdisjoint(needed)


def test_what_is_younger_than_a_month_is_not_asked_for_again(days: tuple[list[Crawl], list[Counter[str]]]) -> None:
    (_, second), (first_asked, asked) = days
    assert second.code == 0, second.stderr
    again = [target for target in asked if target.startswith(("/static/", "/media/")) and target in first_asked]
    assert again == []


def _site() -> tuple[Case, ...]:
    """A section, three articles, and twelve images a page; one image is larger than allowed, one forbidden, one missing."""
    links = (
        f"<h2><a href=/s/2026/story-of-the-day-{n}.html>The story of the day {n}</a></h2><p>{TEXT[:120]}</p>" for n in range(4)
    )
    cases = [
        _row("robots", "/robots.txt", b"User-agent: *\nDisallow: /private/\n", b"text/plain"),
        _row("section", "/s/", _page("Section", "".join(links))),
    ]
    for number in range(4):
        images = "".join(f"<img src=/i/{number}-{n}.png>" for n in range(3)) + "<img src=/private/x.png><img src=/i/large.png>"
        story = _page(
            f"The story of the day {number}", f"<article><h1>The story of the day {number}</h1><p>{TEXT}</p>{images}</article>"
        )
        cases.append(_row(f"story-{number}", f"/s/2026/story-of-the-day-{number}.html", story))
        cases += [
            _row(f"image-{number}-{n}", f"/i/{number}-{n}.png", b"\x89PNG" + bytes([number, n]), b"image/png") for n in range(3)
        ]
    cases.append(_row("large", "/i/large.png", bytes(300_000), b"image/png"))
    return tuple(cases)


def _page(title: str, body: str) -> bytes:
    return f"<!doctype html><html lang=en><title>{title}</title><body><main>{body}</main>".encode()


def _row(name: str, path: str, body: bytes, kind: bytes = b"") -> Case:
    return row(name, "a page or what it needs", message(body, b"Content-Type: " + kind if kind else HTML), path=path, payload=body)


def times(server: WireServer, *starts: str) -> list[float]:
    return sorted(wire.started_s for wire in server.exchanges() if wire.path.startswith(starts))


def test_a_host_is_asked_for_requisites_at_their_own_pace(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(_site())
    done = crawl([server.url("/s/")], tmp_path / "c", "--delay", "0.4", "--requisites-delay", "0.1")
    assert done.code == 0, done.stderr
    gaps = [later - sooner for sooner, later in itertools.pairwise(times(server, "/i/"))]
    assert min(gaps) > 0.08, "the server's clock, and a little for the way"
    assert sum(gaps) / len(gaps) < 0.38, "not at the pace of pages"
    pages = [later - sooner for sooner, later in itertools.pairwise(times(server, "/s/"))]
    assert min(pages) > 0.35


def test_robots_txt_and_the_size_limit_hold_for_them_too(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(_site())
    done = crawl([server.url("/s/")], tmp_path / "obey", "--requisites-max-bytes", "100000")
    assert done.kept.failures[server.url("/private/x.png")] == "robots"
    assert done.kept.failures[server.url("/i/large.png")] == "too_large"
    assert not times(server, "/private/")
    done = crawl([server.url("/s/")], tmp_path / "ignore", "--requisites-robots", "ignore")
    assert times(server, "/private/")
    info = next(record for record in done.kept.records if record.type == "warcinfo")
    assert '"requisites_robots":"ignore"' in str(info.pairs)


def test_without_requisites_there_are_none(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(_site())
    done = crawl([server.url("/s/")], tmp_path / "c", "--no-requisites")
    assert done.code == 0
    assert not times(server, "/i/", "/private/")
    done = crawl([server.url("/s/")], tmp_path / "no-rows", "--no-extract")
    assert len(times(server, "/i/")) == 13, "a crawl without a dataset needs them as much"


def test_a_resumed_run_fetches_those_that_are_missing(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(_site())
    killed = crawl([server.url("/s/")], tmp_path / "c", env={"ARCHIVER_FAULT": "exchange-read:12:kill"})
    assert killed.code == -signal.SIGKILL
    had = {wire.path for wire in server.settled()[:-3]}
    done = crawl([server.url("/s/")], tmp_path / "c")
    assert done.code == 0, done.stderr
    asked = Counter(wire.path for wire in server.settled() if wire.path.startswith("/i/"))
    assert len(asked) == 13
    assert had
    kept = Counter(record.url for record in done.kept.records if record.type == "response" and "/i/" in record.url)
    assert set(kept.values()) == {1}, "each is in the archive once"
    assert sum(asked.values()) <= 13 + 8, "only what was in flight is asked for twice"
