"""A real crawl that the machine starves: full disk, read-only disk, no descriptor left. It stops at once and goes on later."""

from __future__ import annotations

import dataclasses
import resource
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from capture.support import Crawl
from wire.fixtures import StartServer
from wire.messages import CLOSE, plain
from wire.model import Case, Close, Turn, WaitFor
from wire.server import WireServer
from wire.site import build_site

from .crashes import FLAGS, findings, gzip_tests, whole_captures
from .disks import SmallDisk
from .running import RunningCrawl, archiver, crawl
from .test_resume import asked, seed_of, wait_for

ONE = ("--concurrency", "1")
# A descriptor is wanted for a connection, not for the next file.
SLOW = (*ONE, "--timeout", "60", "--max-warc-bytes", "1GB")


def holding(case: Case) -> Case:
    """``case``, but its first answer waits for the test to say ``starved``."""
    (turn,) = case.turns
    return dataclasses.replace(case, turns=(Turn((WaitFor("starved"), *turn.steps), turn.expect), turn))


def closing(name: str) -> Case:
    """An article after which the server closes, so that the next request needs a descriptor."""
    return plain(name, "the connection ends", CLOSE, then=(Close(),))


def said(done: Crawl) -> list[str]:
    """What it said besides how far it was, which a slow machine is told."""
    return [line for line in done.messages if " listings, " not in line]


def stopped(done: Crawl, why: str) -> None:
    """Exit 3, and one line that says why and how to go on."""
    assert done.code == 3, (done.stdout, done.stderr)
    (line,) = said(done)
    assert why in line
    assert line.endswith("run the same command again")
    assert "run the same command again to go on where it stopped" in done.stdout


def goes_on(server: WireServer, folder: Path, *flags: str) -> None:
    """The same command again: each article once, nothing asked for that was there, nothing that verify finds."""
    there = whole_captures(folder)
    before = asked(server)
    done = crawl(seed_of(server), folder, *FLAGS, *flags)
    assert done.code == 0, done.stderr
    assert "going on with run:" in done.stderr
    assert not there & {server.url(path) for path in asked(server) - before}
    wanted = {path for path in asked(server) if path.endswith(".html")}
    assert Counter(row["url"] for row in done.kept.rows("articles")) == Counter(server.url(path) for path in wanted)
    assert {row["run_id"] for row in done.kept.rows("articles")} == {row["run_id"] for row in done.kept.rows("runs")}
    assert done.kept.failures == {}
    assert findings(done.kept.collection, False) == []
    assert gzip_tests(folder) == 0


def test_a_full_disk(start_server: StartServer, small_disk: Callable[[int], SmallDisk]) -> None:
    robots, listing, *articles = build_site((), listing_pages=1, plain_articles=4).cases
    server = start_server((robots, holding(listing), *articles))
    disk = small_disk(4 << 20)
    first = RunningCrawl(seed_of(server), disk.root / "c", *FLAGS, notes=disk.notes / "c", has_workers=True)
    wait_for(server, listing.path)
    disk.fill()
    server.release("starved")
    stopped(first.ended(), "c/archive/")
    disk.remount("size=64m")
    goes_on(server, disk.root / "c")


def test_a_disk_that_is_full_from_the_start(start_server: StartServer, small_disk: Callable[[int], SmallDisk]) -> None:
    server = start_server(build_site((), listing_pages=1, plain_articles=1).cases)
    disk = small_disk(4 << 20)
    assert crawl(seed_of(server), disk.root / "c", *FLAGS).code == 0
    disk.fill()
    for name in ("c", "another"):
        done = crawl(seed_of(server), disk.root / name, *FLAGS, notes=disk.notes / name)
        assert done.code == 3, done.stderr
        assert len(said(done)) == 1, done.stderr
        assert "run the same command again" in done.stderr or "cannot be written" in done.stderr
    assert sum(asked(server).values()) == 2, "the first crawl's"


def test_a_read_only_disk(start_server: StartServer, small_disk: Callable[[int], SmallDisk]) -> None:
    server = start_server(build_site((), listing_pages=1, plain_articles=1).cases)
    disk = small_disk(16 << 20)
    assert crawl(seed_of(server), disk.root / "c", *FLAGS).code == 0
    disk.remount("ro")
    for name in ("c", "another"):
        done = crawl(seed_of(server), disk.root / name, *FLAGS, notes=disk.notes / name)
        assert done.code == 3, done.stderr
        (line,) = said(done)
        assert "Read-only file system" in line or "not writable" in line
    for verb in ("verify", "status"):
        code, _, stderr = archiver(verb, str(disk.root / "c"), notes=disk.notes / verb)
        assert code == 0, stderr
    for verb in ("repair", "rebuild", "index"):
        code, _, stderr = archiver(verb, str(disk.root / "c"), notes=disk.notes / verb)
        assert (code, len(stderr.splitlines())) == (3, 1), stderr
    assert sum(asked(server).values()) == 2, "the first crawl's"


@pytest.mark.parametrize("held", ["the section", "an article"])
def test_no_descriptor_left(start_server: StartServer, tmp_path: Path, held: str) -> None:
    """For the process that reads the section, or for the next connection: neither is a failure of a page."""
    names = [f"closes-{number}" for number in range(4)]
    robots, listing, *articles = build_site(map(closing, names), listing_pages=1, plain_articles=0).cases
    holds = listing if held == "the section" else articles[0]
    server = start_server([holding(case) if case == holds else case for case in (robots, listing, *articles)])
    first = RunningCrawl(seed_of(server), tmp_path / "c", *FLAGS, *SLOW, has_workers=True)
    wait_for(server, holds.path)
    resource.prlimit(first.pid, resource.RLIMIT_NOFILE, (3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    server.release("starved")
    done = first.ended()
    stopped(done, "Too many open files; allow more open files (ulimit -n)")
    assert done.kept.rows("failures") == []
    goes_on(server, tmp_path / "c", *SLOW)


@pytest.mark.parametrize("order", ["warc-write-part:5:ENOSPC", "row-written:2:EDQUOT", "warc-rename:1:EACCES", "warc-sync:1:EIO"])
def test_what_the_kernel_refuses_once(start_server: StartServer, tmp_path: Path, order: str) -> None:
    server = start_server(build_site((), listing_pages=1, plain_articles=4).cases)
    first = crawl(seed_of(server), tmp_path / "c", *FLAGS, *ONE, env={"ARCHIVER_FAULT": order})
    assert first.code == 3
    assert len(said(first)) == 1, first.stderr
    goes_on(server, tmp_path / "c", *ONE)
