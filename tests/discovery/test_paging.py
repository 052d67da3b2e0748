"""Paging ends: at what is known or old, and on sites that page for ever, where a row says why."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from capture.support import crawl

from archiver.model import Listing, ListingEntry
from archiver.spiders.paging import PagingGuard, are_all_older
from archiver.urls import normalize_url

from .pages import Answer, article, section, serve
from .test_crawl import FLAGS, assert_proven

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
SITE = "http://news.example"


def listing(*names: str, dates: tuple[str | None, ...] = ()) -> Listing:
    days = dates or (None,) * len(names)
    entries = (
        ListingEntry(f"{SITE}/{name}", rank, headline=name, date_raw=day)
        for rank, (name, day) in enumerate(zip(names, days, strict=True), 1)
    )
    return Listing(f"{SITE}/", tuple(entries))


@pytest.mark.parametrize(
    ("next_page", "trap", "why"),
    [
        ("/section/?page=2", None, "an ordinary page"),
        ("/section/page/2031/", None, "a page's number is no year"),
        ("/section/?page=2031", None, "nor is it in a query"),
        ("/section/?start=2030", None, "nor is an offset"),
        ("/2026/03/", None, "this month"),
        ("/2025/12/", None, "the month before"),
        ("/2026/", None, "this year"),
        ("/2026/04/", "2026-04", "a month to come"),
        ("/2027/", "2027", "a year to come"),
        ("/calendar/2026-04", "2026-04", "with a hyphen"),
        ("/calendar/?month=2026-04", "2026-04", "in a query"),
        ("/calendar/?month=4&year=2026", "2026-04", "in two parts of a query"),
        ("/calendar/?date=20260401", "2026-04", "without hyphens"),
        ("/calendar/?month=3&year=2026", None, "this month in two parts"),
        ("/1989/12/", "1989-12", "before the web"),
        ("/1990/01/", None, "with the web"),
        ("/2026/13/", "", "no month"),
    ],
)
def test_a_calendar_is_left_where_there_can_be_no_news(next_page: str, trap: str | None, why: str) -> None:
    found = PagingGuard().trap(listing("a"), SITE + next_page, NOW)
    assert (found is not None and trap in found) if trap else found is None


def test_the_page_before_once_more_is_a_trap_also_under_other_addresses() -> None:
    guard = PagingGuard()
    assert guard.trap(listing("a", "b"), f"{SITE}/?page=2", NOW) is None
    again = Listing(f"{SITE}/", tuple(ListingEntry(f"{SITE}/{n}?from=2", 1, headline=n) for n in "ab"))
    assert guard.trap(again, f"{SITE}/?page=3", NOW) == "page 2 lists the same articles as the page before"


def test_pages_without_news_are_a_trap_when_there_are_three_in_a_row() -> None:
    guard = PagingGuard()
    pages = [listing("a", "b", "c"), listing("a"), listing("b"), listing("d"), listing("a"), listing(), listing("b")]
    traps = [guard.trap(page, f"{SITE}/?page={number}", NOW) for number, page in enumerate(pages, 2)]
    assert traps[:6] == [None] * 6
    assert "3 pages in a row, up to page 7" in (traps[6] or "")


def test_session_ids_make_no_new_pages_and_no_new_articles() -> None:
    guard = PagingGuard()
    assert guard.is_new(f"{SITE}/s/;jsessionid=1A?page=2")
    assert "session id" in (guard.trap(listing("a"), f"{SITE}/s/;jsessionid=2B?page=2", NOW) or "")
    assert not guard.is_new(f"{SITE}/s/?page=2&PHPSESSID=9")
    assert normalize_url(f"{SITE}/a?PHPSESSID=1&id=7") == normalize_url(f"{SITE}/a?id=7") == "news.example/a?id=7"


@pytest.mark.parametrize(
    ("dates", "expected", "why"),
    [
        (("2026-02-27", "2026-02-28"), True, "all older"),
        (("2026-02-27", "2026-03-01"), False, "one of the very day"),
        (("2026-02-27", None), True, "what states no date does not count"),
        ((None, None), False, "nothing is dated: nothing is known"),
        (("yesterday", "soon"), False, "nor by words without a day"),
    ],
)
def test_since_looks_at_what_a_page_dates(dates: tuple[str | None, ...], expected: bool, why: str) -> None:
    assert are_all_older(listing("a", "b", dates=dates), datetime(2026, 3, 1, tzinfo=UTC).date()) is expected


def _stories(name: str, *numbers: int) -> list[tuple[str, str]]:
    return [(f"/{name}/story-number-{n}-of-mud", f"Story number {n} of mud in {name}") for n in numbers]


def endless(target: str, base: str) -> Answer | None:
    """Sections that page for ever, each in its own way."""
    parts = urlsplit(target)
    name = parts.path.split("/")[1]
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    page = int(query.get("page", "1"))
    if "story" in target:
        return article(re.sub(r"\W+", " ", parts.path))
    if name == "same":
        return section(*_stories(name, 1, 2, 3), next_page=f"/same/?page={page + 1}")
    if name == "renamed":
        renamed = [(f"{path}?visit={page}", headline) for path, headline in _stories(name, 1, 2, 3)]
        return section(*renamed, next_page=f"/renamed/?page={page + 1}")
    if name == "session":
        other = "b" if "/a/" in target else "a"
        return section(
            *_stories(name, ord(other), 2 * ord(other)), next_page=f"/session/{other}/?PHPSESSID={int(query['PHPSESSID']) + 1}"
        )
    if name == "barren":
        stories = _stories(name, 1, 2, 3, 4) if page == 1 else _stories(name, *((1, 2) if page % 2 else (3, 4)))
        return section(*stories, next_page=f"/barren/?page={page + 1}")
    if name == "calendar":
        year, month = (int(part) for part in query["month"].split("-"))
        after = f"{year + month // 12}-{month % 12 + 1:02d}"
        return section(*_stories(name, year * 12 + month, 13 * (year * 12 + month)), next_page=f"/calendar/?month={after}")
    if name == "months":
        # An archive that has leaves for ever, and stories in its last three months.
        year, month = (int(part) for part in parts.path.split("/")[2:4])
        before = f"/months/{year - (month == 1)}/{(month - 2) % 12 + 1:02d}/"
        stories = _stories(name, year * 12 + month, 13 * (year * 12 + month)) if (year, month) > (2025, 11) else []
        pager = f'<nav class="month-nav"><a href="{before}">« {before[8:15]}</a></nav>'
        return Answer(section(*stories).body.replace(b"</body>", pager.encode() + b"</body>"))
    if name == "ring":
        other = "b" if "/a/" in target else "a"
        return section(*_stories(name, ord(other), 2 * ord(other)), next_page=f"/ring/{other}/")
    if name == "dated":
        day = datetime(2026, 3, 10, tzinfo=UTC) - timedelta(days=page)
        return section(*_stories(name, page * 2, page * 2 + 1), next_page=f"/dated/?page={page + 1}", date=f"{day:%Y-%m-%d}")
    if name == "fresh":
        return section(*_stories(name, page * 2, page * 2 + 1), next_page=f"/fresh/?page={page + 1}")
    return None


def test_sites_that_page_for_ever_are_left_with_a_row_that_says_why(tmp_path: Path) -> None:
    seeds = ("same/", "renamed/", "session/a/?PHPSESSID=1", "barren/", "calendar/?month=2090-01", "ring/a/", "dated/")
    with serve(endless) as site:
        done = crawl([f"{site.url}/{seed}" for seed in seeds], tmp_path / "c", *FLAGS, "--since", "2026-03-08")
        asked = [target for target in site.asked if "story" not in target]
    assert done.code == 0, done.stderr
    traps = {row["url"].removeprefix(f"{site.url}/"): row for row in done.kept.rows("failures")}
    assert {row["reason"] for row in traps.values()} == {"trap"}
    assert {url: row["detail"].replace(site.url, "") for url, row in traps.items()} == {
        "same/?page=3": "page 2 lists the same articles as the page before",
        "renamed/?page=3": "page 2 lists the same articles as the page before",
        "session/a/?PHPSESSID=3": "the same page as /session/a/?PHPSESSID=1 under another session id",
        "barren/?page=5": "3 pages in a row, up to page 4, list no article that the pages before did not",
        "calendar/?month=2090-02": "a calendar: the next page is of 2090-02, which is to come",
    }  # fmt: skip
    # The page after the last that was asked for; the ring just ends, since both of its pages are there.
    pages = {
        name: sum(target.startswith(f"/{name}/") for target in asked)
        for name in ("same", "session", "barren", "calendar", "ring", "dated")
    }
    assert pages == {"same": 2, "session": 2, "barren": 4, "calendar": 1, "ring": 2, "dated": 3}
    assert_proven(tmp_path / "c")


def test_an_archive_by_month_is_read_back_to_where_it_is_empty(tmp_path: Path) -> None:
    """From the leaf that was asked for over the turn of the year to the first with stories; then three empty ones are enough."""
    with serve(endless) as site:
        done = crawl([f"{site.url}/months/2026/02/"], tmp_path / "c", *FLAGS)
        asked = [target for target in site.asked if target.startswith("/months/2")]
    assert done.code == 0, done.stderr
    leaves = ["2026/02", "2026/01", "2025/12", "2025/11", "2025/10", "2025/09"]
    assert asked == [f"/months/{leaf}/" for leaf in leaves]
    assert len(done.kept.rows("articles")) == 3 * 2
    (trap,) = done.kept.rows("failures")
    assert (trap["reason"], trap["url"]) == ("trap", f"{site.url}/months/2025/08/")
    assert trap["detail"] == "3 pages in a row, up to page 6, list no article that the pages before did not"
    assert_proven(tmp_path / "c")


def test_a_section_without_end_is_followed_as_far_as_it_is_said_to_be(tmp_path: Path) -> None:
    with serve(endless) as site:
        by_pages = crawl([f"{site.url}/fresh/"], tmp_path / "pages", *FLAGS, "--max-pages", "3")
        by_articles = crawl([f"{site.url}/fresh/"], tmp_path / "articles", *FLAGS, "--max-articles", "5")
    assert (by_pages.code, len(by_pages.kept.rows("articles")), by_pages.kept.rows("failures")) == (0, 6, [])
    assert (by_articles.code, len(by_articles.kept.rows("articles"))) == (1, 5)
