"""The same section again, hours and days later: what is asked for, what is kept of the answer, and what becomes a row."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from capture.support import Crawl, Kept, Record
from wire.pages import marker_of

from archiver import clock
from archiver.capture.recheck import is_due, schedule_of
from archiver.collection.layout import Collection
from archiver.errors import UsageError
from archiver.index.cdxj import timestamp14, write_sorted
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup
from archiver.options import CrawlOptions, parse_option
from archiver.replay.originals import serve_originals

from .crashes import findings
from .newsroom import Asked, Newsroom, Page, path_of
from .running import crawl

FLAGS = ("--min-free", "0", "--no-requisites")
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


def visit(newsroom: Newsroom, folder: Path, later: timedelta = timedelta(), *flags: str) -> Crawl:
    """One crawl, so much ``later`` than now."""
    done = crawl([newsroom.url("/section/")], folder, *FLAGS, *flags, before=partial(clock.set_ahead, later))
    assert done.code == 0, done.stderr
    return done


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as room:
        yield room


# ---- when ------------------------------------------------------------------------------------------------------------

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("every", "checks"),
    [
        # A crawl an hour: 1 h, 6 h, 1 d, 3 d and 7 d after the first capture, and never again.
        (_HOUR, [1, 6, 24, 72, 168]),
        # A crawl a day: at each there is one age that has come since the last check, then two more.
        (_DAY, [24, 72, 168]),
        # A crawl in two days: no age is made up for twice.
        (2 * _DAY, [48, 96, 192]),
        # A crawl a week, then too old.
        (7 * _DAY, [168]),
        (8 * _DAY, [192]),
    ],
)
def test_an_article_is_checked_again_with_a_back_off(every: timedelta, checks: list[int]) -> None:
    first = last = datetime(2026, 3, 1, tzinfo=UTC)
    schedule, found = schedule_of(CrawlOptions().recheck_schedule), []
    for number in range(1, 400):
        now = first + number * every
        if is_due(first, last, now, schedule):
            found.append(int((now - first) / _HOUR))
            last = now
    assert found == checks


@pytest.mark.parametrize("ages", ["1h,tomorrow", "1w", "-1h", "1h;6h"])
def test_a_schedule_that_cannot_be_read_stops_before_the_first_request(ages: str) -> None:
    with pytest.raises(UsageError, match=r"recheck_schedule = .*: a number with a unit, as 10m"):
        parse_option("recheck_schedule", ages, "--recheck-schedule")


# ---- days of a section -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Days:
    """What each crawl asked for, and the collection in the end."""

    newsroom: Newsroom
    kept: Kept
    crawls: dict[str, Crawl]
    asked: dict[str, list[Asked]]

    def paths(self, when: str) -> list[str]:
        return sorted(asked.path for asked in self.asked[when])

    def of(self, when: str, path: str) -> Asked:
        (asked,) = (asked for asked in self.asked[when] if asked.path == path)
        return asked

    def record(self, when: str, path: str) -> Record:
        """The response or revisit of ``path`` that the crawl wrote."""
        run_id = list(self.crawls).index(when)
        run = self.kept.rows("runs")[run_id]["run_id"]
        (group,) = (g for g in self.kept.groups if g.url == self.newsroom.url(path) and g.metadata.pairs["run_id"] == run)
        assert group.response is not None
        return group.response


STAMP = "Sun, 01 Mar 2026 10:00:00 GMT"


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    """Eight crawls over nine days; between the second and the third the pages change."""
    folder = tmp_path_factory.mktemp("days") / "c"
    crawls: dict[str, Crawl] = {}
    asked: dict[str, list[Asked]] = {}
    with ExitStack() as stack:
        room = stack.enter_context(Newsroom())

        def crawl_at(when: str, later: timedelta, *flags: str) -> None:
            before = len(room.log)
            crawls[when] = visit(room, folder, later, *flags)
            asked[when] = room.since(before)

        room.story("same", etag='"s1"', last_modified=STAMP)
        room.story("dated", last_modified=STAMP)
        room.story("unmarked")
        room.story("changes", etag='"c1"')
        room.story("retouched", etag='"r1"')
        room.story("vanishes", etag='"v1"')
        names = ["same", "dated", "unmarked", "changes", "retouched", "vanishes"]
        room.section(names, etag='W/"front"')
        crawl_at("first", timedelta())
        crawl_at("half an hour", timedelta(minutes=30))
        room.story("changes", "another-text", etag='"c2"')
        room.pages[path_of("retouched")].body += b"<!-- a comment that nobody reads -->"
        room.pages[path_of("retouched")].etag = '"r2"'
        del room.pages[path_of("vanishes")]
        crawl_at("two hours", timedelta(hours=2))
        crawl_at("three hours", timedelta(hours=3))
        crawl_at("three hours, all, no conditions", timedelta(hours=3, minutes=5), "--recheck", "all", "--no-conditional")
        room.story("changes", etag='"c3"')
        crawl_at("seven hours, none", timedelta(hours=7), "--recheck", "none")
        crawl_at("eight days", timedelta(days=8))
        crawl_at("nine days", timedelta(days=9))
        yield Days(room, Kept(folder), crawls, asked)


def test_a_known_article_is_asked_for_when_it_is_due_not_when_it_is_listed(days: Days) -> None:
    everything = sorted(["/section/", *(path_of(n) for n in ("same", "dated", "unmarked", "changes", "retouched", "vanishes"))])
    assert days.paths("first") == everything
    assert days.paths("half an hour") == ["/section/"]
    assert days.paths("two hours") == everything
    assert days.paths("three hours") == ["/section/"]
    assert days.paths("three hours, all, no conditions") == everything
    assert days.paths("seven hours, none") == ["/section/"]
    assert days.paths("eight days") == everything
    assert days.paths("nine days") == ["/section/"], "after the last age never again"


def test_conditions_are_what_our_own_index_has_of_that_very_url(days: Days) -> None:
    asked = {path: days.of("two hours", path).conditions for path in days.paths("two hours")}
    assert asked == {
        "/section/": {"if-none-match": 'W/"front"'},
        path_of("same"): {"if-none-match": '"s1"', "if-modified-since": STAMP},
        path_of("dated"): {"if-modified-since": STAMP},
        path_of("unmarked"): {},
        path_of("changes"): {"if-none-match": '"c1"'},
        path_of("retouched"): {"if-none-match": '"r1"'},
        path_of("vanishes"): {"if-none-match": '"v1"'},
    }
    assert all(asked.conditions == {} for asked in days.asked["first"])


def test_no_conditional_asks_for_everything(days: Days) -> None:
    assert all(asked.conditions == {} for asked in days.asked["three hours, all, no conditions"])


def test_after_seven_days_the_page_itself_is_asked_for_and_then_conditions_go_on(days: Days) -> None:
    assert days.of("seven hours, none", "/section/").conditions
    assert all(asked.conditions == {} for asked in days.asked["eight days"]), "a server may answer 304 for ever"
    assert days.of("eight days", "/section/").status == 200
    assert days.of("nine days", "/section/").conditions == {"if-none-match": 'W/"front"'}


@pytest.mark.parametrize("path", ["/section/", path_of("same"), path_of("dated")])
def test_a_304_is_a_revisit_that_says_what_it_stands_for(days: Days, path: str) -> None:
    first, again = days.record("first", path), days.record("two hours", path)
    assert days.of("two hours", path).status == 304
    assert (first.type, again.type) == ("response", "revisit")
    assert again.get("WARC-Profile") == NOT_MODIFIED
    assert again.get("WARC-Payload-Digest") == first.get("WARC-Payload-Digest")
    assert again.get("WARC-Refers-To") == first.id
    assert again.get("WARC-Refers-To-Target-URI") == days.newsroom.url(path)
    assert again.get("WARC-Refers-To-Date") == first.get("WARC-Date")
    assert again.block.startswith(b"HTTP/1.1 304 Not Modified\r\n")
    assert again.block.endswith(b"\r\n\r\n")


def test_the_same_payload_without_a_304_is_a_revisit_too(days: Days) -> None:
    first, again = days.record("first", path_of("unmarked")), days.record("two hours", path_of("unmarked"))
    assert days.of("two hours", path_of("unmarked")).status == 200
    assert again.get("WARC-Profile") == IDENTICAL
    assert again.get("WARC-Payload-Digest") == first.get("WARC-Payload-Digest")
    assert (again.get("WARC-Refers-To"), again.get("WARC-Refers-To-Date")) == (first.id, first.get("WARC-Date"))
    assert again.get("WARC-Refers-To-Target-URI") == days.newsroom.url(path_of("unmarked"))


def test_a_revisit_of_a_revisit_refers_to_the_record_with_the_bytes(days: Days) -> None:
    first = days.record("first", "/section/")
    for when in ("half an hour", "two hours", "three hours", "three hours, all, no conditions", "eight days", "nine days"):
        assert days.record(when, "/section/").get("WARC-Refers-To") == first.id, when


def test_304s_stay_out_of_the_replay_index_and_in_our_own(days: Days) -> None:
    lines = (days.kept.collection.indexes / "index.cdxj").read_text().splitlines()
    assert not any('"status": "304"' in line for line in lines)
    assert sum("/section/2026/03/same.html" in line for line in lines) == 3, "the first, and the two unconditional ones"


def test_a_new_version_is_a_changed_text_and_nothing_else(days: Days) -> None:
    versions = {}
    for row in days.kept.rows("articles"):
        versions.setdefault(row["url"].rpartition("/")[2].removesuffix(".html"), []).append(row["version"])
    # It changed, and at last was what it had been at first: that is a change too.
    assert versions == {"same": [1], "dated": [1], "unmarked": [1], "changes": [1, 2, 3], "retouched": [1], "vanishes": [1]}
    digests = [row["content_digest"] for row in days.kept.rows("articles") if row["url"].endswith("changes.html")]
    assert digests[0] == digests[2] != digests[1]


def test_runs_count_what_was_new_changed_and_unchanged(days: Days) -> None:
    counts = [(row["articles_new"], row["articles_changed"], row["articles_unchanged"]) for row in days.kept.rows("runs")]
    assert counts == [(6, 0, 0), (0, 0, 0), (0, 1, 4), (0, 0, 0), (0, 0, 5), (0, 0, 0), (0, 1, 4), (0, 0, 0)]


def test_every_look_at_the_section_is_an_observation(days: Days) -> None:
    """Also by 304: that an article stood there at that time is what appearances are for."""
    seen: dict[str, list[tuple[str, int]]] = {}
    for row in days.kept.rows("appearances"):
        seen.setdefault(row["run_id"], []).append((row["url"].rpartition("/")[2].removesuffix(".html"), row["rank"]))
    order = ["same", "dated", "unmarked", "changes", "retouched", "vanishes"]
    assert list(seen.values()) == [[(name, rank) for rank, name in enumerate(order, 1)]] * 8
    last = days.kept.rows("appearances")[-1]
    assert (last["warc_type"], last["warc_record_id"]) == ("revisit", days.record("nine days", "/section/").id)
    assert last["warc_refers_to_record_id"] == days.record("first", "/section/").id


def test_what_was_there_and_is_gone_has_a_row_that_says_so(days: Days) -> None:
    rows = [row for row in days.kept.rows("failures") if row["url"].endswith("vanishes.html")]
    assert {(row["reason"], row["http_status"]) for row in rows} == {("gone", 404)}
    assert len(rows) == 3, "each time that it was looked for"


def test_the_collection_of_all_days_is_whole(days: Days) -> None:
    assert findings(days.kept.collection, True) == []


# ---- paging back -----------------------------------------------------------------------------------------------------


def test_paging_back_ends_after_a_whole_page_of_what_was_known(newsroom: Newsroom, tmp_path: Path) -> None:
    for name in "abcdefgh":
        newsroom.story(f"story-{name}")
    # One that nobody may read counts as known too: it was wanted when an earlier run finished.
    newsroom.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /section/2026/03/story-d.html\n")
    newsroom.section(*[[f"story-{name}" for name in names] for names in ("ab", "cd", "ef")])
    visit(newsroom, tmp_path / "c")
    assert {asked.path for asked in newsroom.log} >= {"/section/", "/section/page/2/", "/section/page/3/"}
    before = len(newsroom.log)
    newsroom.section(*[[f"story-{name}" for name in names] for names in ("ga", "bc", "de", "f")])
    done = visit(newsroom, tmp_path / "c", timedelta(minutes=10))
    assert {asked.path for asked in newsroom.since(before)} == {"/section/", path_of("story-g"), "/section/page/2/"}
    assert done.kept.rows("runs")[-1]["articles_new"] == 1
    assert findings(done.kept.collection, False) == []


def test_a_run_that_did_not_finish_makes_nothing_known(newsroom: Newsroom, tmp_path: Path) -> None:
    """Its pages behind the first were perhaps never seen."""
    for name in "abcd":
        newsroom.story(f"story-{name}")
    newsroom.section(["story-a", "story-b"], ["story-c"], ["story-d"])
    stopped = crawl([newsroom.url("/section/")], tmp_path / "c", *FLAGS, "--max-articles", "2")
    assert stopped.code == 1
    assert len(stopped.kept.articles) == 2
    done = visit(newsroom, tmp_path / "c", timedelta(minutes=10))
    assert len(done.kept.articles) == 4


# ---- bytes that are not there any more -------------------------------------------------------------------------------


@pytest.mark.parametrize("marked", [True, False], ids=["with an ETag", "without"])
def test_a_revisit_never_refers_to_a_record_that_is_not_on_disk(newsroom: Newsroom, tmp_path: Path, marked: bool) -> None:
    page = {"etag": '"e1"'} if marked else {}
    newsroom.story("one", **page)
    newsroom.section(["one"], **page)
    first = visit(newsroom, tmp_path / "c").kept.collection.warcs()
    visit(newsroom, tmp_path / "c", timedelta(hours=2))
    # Moved to a tape: the revisits of the second run are there, the bytes that they stand for are not.
    for path in first:
        path.unlink()
    before = len(newsroom.log)
    done = visit(newsroom, tmp_path / "c", timedelta(hours=8))
    assert [asked.conditions for asked in newsroom.since(before)] == [{}, {}]
    run_id = done.kept.rows("runs")[-1]["run_id"]
    kinds = [(g.url, g.response.type) for g in done.kept.groups if g.metadata.pairs["run_id"] == run_id and g.response]
    assert {kind for url, kind in kinds if "robots" not in url} == {"response"}
    assert "forgotten by the index; lost: the file is not there" in done.stderr


# ---- replay ----------------------------------------------------------------------------------------------------------


def shown(collection: Collection, work: Path, url: str, timestamp: str) -> tuple[int, str]:
    """Status and text of a capture in pywb, at or next to ``timestamp``."""
    work.mkdir()
    with serve_originals(collection, work, host="127.0.0.1", shown_in="http://127.0.0.1:1") as base:
        try:
            with urllib.request.urlopen(f"{base}{timestamp}mp_/{url}", timeout=60) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def test_an_article_that_was_checked_by_304_is_shown_in_pywb_as_the_page_that_it_was(days: Days, tmp_path: Path) -> None:
    url = days.newsroom.url(path_of("same"))
    revisit = days.record("two hours", path_of("same"))
    assert revisit.get("WARC-Profile") == NOT_MODIFIED
    when = timestamp14(revisit.get("WARC-Date") or "")
    status, text = shown(days.kept.collection, tmp_path / "pywb", url, when)
    assert status == 200
    assert marker_of("same") in text

    # With the lines that the replay index leaves out, pywb shows the blank that they would be.
    every = Collection(Path(shutil.copytree(days.kept.root, tmp_path / "every")))
    lookup = Lookup(every.indexes / LOOKUP)
    write_sorted(every.indexes / "index.cdxj", (c.line() for path in every.warcs() for c in lookup.captures(path.name)))
    lookup.close()
    assert shown(every, tmp_path / "blank", url, when) == (304, "")


def test_the_same_payload_again_is_shown_in_pywb(days: Days, tmp_path: Path) -> None:
    revisit = days.record("two hours", path_of("unmarked"))
    assert revisit.get("WARC-Profile") == IDENTICAL
    when = timestamp14(revisit.get("WARC-Date") or "")
    status, text = shown(days.kept.collection, tmp_path / "pywb", days.newsroom.url(path_of("unmarked")), when)
    assert status == 200
    assert marker_of("unmarked") in text
