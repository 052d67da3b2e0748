"""A run that did not finish: gone on with, or closed and followed by a new one, and why."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from capture.support import REPOSITORY, Crawl, Kept, Record
from wire.fixtures import StartServer
from wire.messages import message, plain, row
from wire.model import Case, Expectation, Send, Turn, WaitFor
from wire.server import WireServer
from wire.site import build_site

from archiver import clock
from archiver.capture.launch import CrawlLaunch
from archiver.collection.lock import CollectionLock
from archiver.errors import CollectionLockedError
from archiver.extensions.opening import Plan, new_run, plan_run
from archiver.options import CrawlConfig, CrawlOptions

from .crashes import FLAGS, findings, kill_at_step, whole_records
from .running import RunningCrawl, archiver, crawl

# One request at a time: then it is known what a crawl has when it dies.
ONE = ("--concurrency", "1")
PDF = row("a-pdf", "not a page", message(b"%PDF-1.7", b"Content-Type: application/pdf"), payload=b"%PDF-1.7", failure="not_html")


def asked(server: WireServer) -> Counter[str]:
    """How often each path was asked for; robots.txt is read again by every crawl."""
    return Counter(wire.path for wire in server.settled() if wire.path != "/robots.txt")


def seed_of(server: WireServer) -> list[str]:
    return [server.url("/section/")]


def small(*cases: Case, articles: int = 2) -> tuple[Case, ...]:
    return build_site(cases, listing_pages=1, plain_articles=articles).cases


# ---- what a resumed run does -----------------------------------------------------------------------------------------


def test_what_is_no_page_has_its_failure_though_the_crawl_died_before_it(start_server: StartServer, tmp_path: Path) -> None:
    """Whole in the archive, and no row yet: it is not asked for again, nor forgotten."""
    server = start_server(small(PDF))
    # robots.txt, the section, two articles, the PDF: killed when the last is indexed.
    kill_at_step(seed_of(server), tmp_path / "c", "lookup-written:5", *ONE)
    assert asked(server)[PDF.path] == 1
    second = crawl(seed_of(server), tmp_path / "c", *FLAGS, *ONE)
    assert second.kept.failures == {server.url(PDF.path): "not_html"}
    assert asked(server)[PDF.path] == 1
    assert findings(second.kept.collection, True) == []


def test_a_limit_holds_over_the_whole_run(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(small(articles=6))
    limit = ("--max-articles", "3", *ONE)
    kill_at_step(seed_of(server), tmp_path / "c", "lookup-written:4", *limit)
    second = crawl(seed_of(server), tmp_path / "c", *FLAGS, *limit)
    assert second.kept.finish_reason == "limit"
    assert len(second.kept.articles) == 3


def turns(name: str, first: bytes) -> Case:
    """An article whose first answer is ``first``."""
    good = plain(name, "good the second time")
    return dataclasses.replace(good, turns=(Turn((Send(first),), Expectation(first)), *good.turns))


_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"


def test_failures_are_tried_again_and_superseded(start_server: StartServer, tmp_path: Path) -> None:
    broken = turns("answers-503-first", _BUSY)
    server = start_server(small(broken))
    kill_at_step(seed_of(server), tmp_path / "c", "run-end:1")
    second = crawl(seed_of(server), tmp_path / "c", *FLAGS)
    url = server.url(broken.path)
    assert second.kept.failures == {url: "http_status"}, "the line stays"
    assert url in second.kept.articles
    assert asked(server) == {"/section/": 1, broken.path: 2, **{path: 1 for path in asked(server) if "plain" in path}}
    assert findings(second.kept.collection, False) == []


def test_a_failure_that_fails_again_is_one_row_and_one_record(start_server: StartServer, tmp_path: Path) -> None:
    busy = plain("always-503", "never good", status=b"HTTP/1.1 503 Service Unavailable", failure="http_status")
    server = start_server(small(busy))
    kill_at_step(seed_of(server), tmp_path / "c", "run-end:1")
    second = crawl(seed_of(server), tmp_path / "c", *FLAGS)
    assert [row["reason"] for row in second.kept.rows("failures")] == ["http_status"]
    assert [record.url for record in second.kept.records if "failure" in record.pairs] == [server.url(busy.path)]
    assert asked(server)[busy.path] == 2


def test_a_page_that_two_links_lead_to_has_the_rows_of_both(start_server: StartServer, tmp_path: Path) -> None:
    """The old address redirects to the new one, which is listed too: that the archive has the page is no answer to both."""
    new = plain("the-new-address", "listed twice")
    moved = b"HTTP/1.1 301 Moved Permanently\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % new.path.encode()
    old = row("the-old-address", "a redirect", moved, payload=b"", status=301)
    cases = build_site((old, new), listing_pages=1, plain_articles=0).cases
    for nth in (3, 4):
        with WireServer(cases) as server:
            folder = tmp_path / str(nth) / "c"
            kill_at_step(seed_of(server), folder, f"lookup-written:{nth}", *ONE)
            second = crawl(seed_of(server), folder, *FLAGS, *ONE)
            assert sorted(row["url"] for row in second.kept.rows("articles")) == sorted(map(server.url, (new.path, old.path)))
            assert {row["url_final"] for row in second.kept.rows("articles")} == {server.url(new.path)}
            assert asked(server)[old.path] == 1
            assert findings(second.kept.collection, False) == []


def test_robots_txt_is_read_again_and_obeyed(start_server: StartServer, tmp_path: Path) -> None:
    cases = small(articles=3)
    allows, forbids = b"User-agent: *\nDisallow:\n", b"User-agent: *\nDisallow: /section/2026/\n"
    rules = [message(body, b"Content-Type: text/plain") for body in (allows, forbids)]
    robots = dataclasses.replace(cases[0], turns=tuple(Turn((Send(sent),), Expectation(sent)) for sent in rules))
    server = start_server((robots, *cases[1:]))
    kill_at_step(seed_of(server), tmp_path / "c", "lookup-written:3", *ONE)
    second = crawl(seed_of(server), tmp_path / "c", *FLAGS, *ONE)
    assert sorted(second.kept.failures.values()) == ["robots", "robots"]
    assert len(second.kept.articles) == 1, "what was had before stays"


def test_scrapy_crawl_goes_on_too(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(small())
    killed = kill_at_step(seed_of(server), tmp_path / "c", "lookup-written:3", *ONE)
    run_ids = {record.pairs["run_id"] for record in records(killed) if record.type == "warcinfo"}
    settings = {"CONCURRENCY": 1, "DELAY": 0, "RETRIES": 0, "TIMEOUT": 5, "REQUISITES": 0, "MIN_FREE": 0, "MAX_WARC_BYTES": 12000}
    arguments = ["-a", f"url={seed_of(server)[0]}", "-a", f"collection={tmp_path / 'c'}"]
    arguments += [word for name, value in settings.items() for word in ("-s", f"ARCHIVER_{name}={value}")]
    command = [sys.executable, "-m", "scrapy", "crawl", "section", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert [(line["run_id"], line["finish_reason"]) for line in Kept(tmp_path / "c").rows("runs")] == [(*run_ids, "finished")]
    assert set(asked(server).values()) == {1}, done.stderr


def records(killed: Crawl) -> list[Record]:
    """All whole records, also of files that are still open."""
    return [record for path in sorted(killed.kept.collection.archive.iterdir()) for record in whole_records(path)]


# ---- what is closed instead ------------------------------------------------------------------------------------------

_LAUNCH = CrawlLaunch(Path("c"), ("http://a.example/",), CrawlConfig())
_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def launched(**changes: Any) -> CrawlLaunch:
    return dataclasses.replace(_LAUNCH, config=CrawlConfig(options=CrawlOptions(**changes)))


@pytest.mark.parametrize(
    ("ended", "hours", "launch", "plan"),
    [
        (None, 1, _LAUNCH, Plan("resume")),
        # Ctrl-C, a full disk and a fault are ends from which the same command goes on.
        ("cancelled", 1, _LAUNCH, Plan("resume")),
        ("disk", 1, _LAUNCH, Plan("resume")),
        ("error", 1, _LAUNCH, Plan("resume")),
        # Ends that were asked for, or said already.
        ("finished", 1, _LAUNCH, Plan("new")),
        ("limit", 1, _LAUNCH, Plan("new")),
        ("interrupted", 1, _LAUNCH, Plan("new")),
        # Tuesday's cron never reads Monday's front page.
        (None, 6.1, _LAUNCH, Plan("close", "it is 6.1 h old, more than --resume-max-age")),
        ("cancelled", 6.1, _LAUNCH, Plan("new", "it is 6.1 h old, more than --resume-max-age")),
        (None, 6.1, launched(resume_max_age=86400.0), Plan("resume")),
        (None, 1, launched(resume_max_age=60.0), Plan("close", "it is 1.0 h old, more than --resume-max-age")),
        (None, 1, dataclasses.replace(_LAUNCH, new_run=True), Plan("close", "a new run was asked for")),
        (None, 1, dataclasses.replace(_LAUNCH, seeds=("http://b.example/",)), Plan("close", "it had other seeds")),
        (None, 1, launched(max_pages=3), Plan("close", "it had other options")),
        (None, 1, launched(scope="host"), Plan("close", "it had other options")),
        # How fast, how long and in whose name: the crawl is the same.
        (None, 1, launched(max_time=60.0, min_free=0, contact="a@b.example", extract_workers=2), Plan("resume")),
    ],
)
def test_what_becomes_of_the_last_run(ended: str | None, hours: float, launch: CrawlLaunch, plan: Plan) -> None:
    last = dataclasses.replace(new_run(_LAUNCH), started_at=_NOW - timedelta(hours=hours))
    assert plan_run(last, ended, launch, _NOW) == plan


def test_the_first_crawl_of_a_collection_is_a_new_run() -> None:
    assert plan_run(None, None, _LAUNCH, _NOW) == Plan("new")


def lines(done: Crawl) -> list[tuple[str, bool, int, int]]:
    """Of each line of runs.jsonl: the reason, whether its end is known, new and unchanged articles."""
    names = ("finish_reason", "ended_at", "articles_new", "articles_unchanged")
    found = [[line[name] for name in names] for line in done.kept.rows("runs")]
    return [(reason, ended_at is not None, new, unchanged) for reason, ended_at, new, unchanged in found]


def test_an_older_run_is_closed_as_interrupted_and_a_new_one_begins(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(small(articles=3))
    killed = kill_at_step(seed_of(server), tmp_path / "c", "lookup-written:3", *ONE)
    run_id = records(killed)[0].pairs["run_id"]
    second = crawl(seed_of(server), tmp_path / "c", *FLAGS, *ONE, before=partial(clock.set_ahead, timedelta(hours=7)))
    said = f"{run_id} did not finish and is closed as interrupted (it is 7.0 h old, more than --resume-max-age); a new run begins"
    assert said in second.stderr
    # The one of the first run is old enough to be checked again.
    assert lines(second) == [("interrupted", False, 1, 0), ("finished", True, 2, 1)]
    assert asked(server)["/section/"] == 2, "the new run reads the section as it is now"
    assert findings(second.kept.collection, False) == []


def test_new_run_closes_one_that_could_be_gone_on_with(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(small())
    kill_at_step(seed_of(server), tmp_path / "c", "lookup-written:3", *ONE)
    # The next is killed as soon as it has a file of its own, before it could say that it closed the first.
    kill_at_step(seed_of(server), tmp_path / "c", "warc-write-start:2", *ONE, "--new-run")
    third = crawl(seed_of(server), tmp_path / "c", *FLAGS, *ONE, "--new-run")
    assert third.stderr.count("closed as interrupted (a new run was asked for)") == 1
    assert third.stderr.count("closed as interrupted") == 2
    assert [line[0] for line in lines(third)] == ["interrupted", "interrupted", "finished"]
    assert len({line["run_id"] for line in third.kept.rows("runs")}) == 3
    assert findings(third.kept.collection, False) == []


def test_a_run_that_had_all_but_said_so_is_told_as_finished(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(small())
    kill_at_step(seed_of(server), tmp_path / "c", "run-line:1")
    second = crawl(seed_of(server), tmp_path / "c", *FLAGS, "--new-run")
    assert "had finished when it was stopped" in second.stderr
    assert lines(second) == [("finished", True, 2, 0), ("finished", True, 0, 0)]


def test_a_run_that_was_stopped_gone_on_with_and_killed_did_not_end(start_server: StartServer, tmp_path: Path) -> None:
    """Its end by Ctrl-C is not the last that was heard of it: what was captured after that has its rows too."""
    cases = small(articles=4)
    held = dataclasses.replace(cases[4], turns=(Turn((WaitFor("never"),), Expectation(b"")), *cases[4].turns))
    server = start_server((*cases[:4], held, *cases[5:]))
    first = RunningCrawl(seed_of(server), tmp_path / "c", *FLAGS, *ONE)
    wait_for(server, held.path)
    os.kill(first.pid, signal.SIGTERM)
    assert first.ended().kept.finish_reason == "cancelled"
    kill_at_step(seed_of(server), tmp_path / "c", "lookup-written:3", *ONE)
    third = crawl(seed_of(server), tmp_path / "c", *FLAGS, *ONE, "--new-run")
    assert [line[0] for line in lines(third)] == ["cancelled", "interrupted", "finished"]
    assert len(third.kept.articles) == 4
    assert findings(third.kept.collection, False) == []


def wait_for(server: WireServer, path: str) -> None:
    """Until the server has been asked for ``path``."""
    deadline = time.monotonic() + 60
    while not any(wire.path == path for wire in server.exchanges()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


# ---- two at once -----------------------------------------------------------------------------------------------------


def test_the_second_crawl_of_a_collection_stops_and_the_first_goes_on(start_server: StartServer, tmp_path: Path) -> None:
    cases = small()
    held = dataclasses.replace(cases[2], turns=(Turn((WaitFor("the second ended"), *cases[2].turns[0].steps), cases[2].expect),))
    server = start_server((*cases[:2], held, *cases[3:]))
    first = RunningCrawl(seed_of(server), tmp_path / "c", *FLAGS, "--timeout", "60")
    wait_for(server, held.path)
    second = crawl(seed_of(server), tmp_path / "c", *FLAGS)
    assert second.code == 3
    assert second.messages == [
        f"archiver: {tmp_path / 'c'}: in use by process {first.pid} on {socket.gethostname()}; wait for it or stop it"
    ]
    for verb in ("repair", "rebuild", "index"):
        code, _, stderr = archiver(verb, str(tmp_path / "c"), notes=tmp_path / verb)
        assert (code, "in use by process" in stderr) == (3, True), verb
    server.release("the second ended")
    done = first.ended()
    assert (done.code, len(done.kept.articles)) == (0, 2)


@pytest.mark.parametrize("back", [timedelta(days=-400), timedelta(hours=-1)], ids=["a dead clock battery", "an hour"])
def test_a_clock_that_was_set_back_stops_the_crawl_before_the_first_request(
    start_server: StartServer, tmp_path: Path, back: timedelta
) -> None:
    """Its captures would be older than the versions and originals that they follow, and no rebuild could tell."""
    server = start_server(build_site((), listing_pages=1, plain_articles=1).cases)
    assert crawl(seed_of(server), tmp_path / "c", *FLAGS).code == 0
    there = len(server.settled())
    done = crawl(seed_of(server), tmp_path / "c", *FLAGS, before=partial(clock.set_ahead, back))
    assert done.code == 3
    (line,) = done.messages
    assert "nothing is crawled before the past; set the clock, or crawl into another collection" in line
    assert len(server.settled()) == there
    assert findings(done.kept.collection, False) == []


def test_clocks_that_differ_a_little_are_waited_for(start_server: StartServer, tmp_path: Path) -> None:
    """Another machine of a fleet goes on with a shard, three seconds behind."""
    server = start_server(build_site((), listing_pages=1, plain_articles=1).cases)
    for back in (timedelta(), timedelta(seconds=-3)):
        done = crawl(seed_of(server), tmp_path / "c", *FLAGS, "--recheck", "all", before=partial(clock.set_ahead, back))
        assert done.code == 0, done.stderr
    first, second = done.kept.rows("runs")
    assert first["ended_at"] <= second["started_at"]
    assert findings(done.kept.collection, False) == []


def test_a_lock_whose_holder_is_dead_holds_nobody(tmp_path: Path) -> None:
    """The file stays, with the name of a process that is gone; only the kernel's lock counts."""
    (tmp_path / ".lock").write_text("process 1 on elsewhere\n")
    lock = CollectionLock(tmp_path)
    lock.acquire()
    with pytest.raises(CollectionLockedError, match=f"process {os.getpid()}"):
        CollectionLock(tmp_path).acquire()
    lock.release()
    CollectionLock(tmp_path).acquire()
