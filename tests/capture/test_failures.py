"""What goes wrong outside gives one clear line, the right exit code and a row with the reason; nothing that was had is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from store.running import archiver
from wire import pages
from wire.fixtures import StartServer
from wire.messages import HTML, head, message, page, row
from wire.model import AwaitClose, Case, Close, Send, WaitFor
from wire.server import WireServer
from wire.site import build_site

from archiver.warc.recovery import find_tail, set_aside

from .support import Crawl, Kept, crawl, read_file, start

NOT_FOUND = b"HTTP/1.1 404 Not Found"
BUSY = b"HTTP/1.1 500 Internal Server Error"
PROSE = b"<!doctype html><title>About</title><body><h1>About</h1><p>One sentence, and no link to an article.</p></body>"


@dataclass(frozen=True)
class Seed:
    """A section that is none. ``said`` stands in the only line on stderr, ``reason`` in the only row (``None``: no row)."""

    name: str
    case: Case
    said: str
    reason: str | None = None


def seed(name: str, response: bytes, said: str, reason: str | None = None) -> Seed:
    return Seed(name, row(name, "", response, path=f"/{name}/", listed=False, then=(Close(),)), said, reason)


SEEDS = [
    seed("missing", message(b"<p>no", HTML, status=NOT_FOUND), "/missing/: status 404", "http_status"),
    seed("broken", message(b"<p>no", HTML, status=BUSY), "/broken/: status 500", "http_status"),
    seed(
        "pdf", message(b"%PDF-1.7", b"Content-Type: application/pdf"), "/pdf/: not_html (Content-Type application/pdf)", "not_html"
    ),
    seed("empty", message(b"", HTML), "found no article links on"),
    seed("prose", message(PROSE, HTML), "found no article links on"),
    seed("cut", head(HTML, b"Content-Length: 9000") + b"<p>half", "/cut/: truncated", "truncated"),
]


@pytest.fixture(scope="module")
def sections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Crawl]]:
    folder = tmp_path_factory.mktemp("sections")
    with WireServer([row.case for row in SEEDS]) as server, ThreadPoolExecutor(3) as threads:
        done = threads.map(lambda row: crawl([server.url(row.case.path)], folder / row.name), SEEDS)
        yield dict(zip([row.name for row in SEEDS], done, strict=True))


@pytest.mark.parametrize("row", SEEDS, ids=lambda row: row.name)
def test_a_section_that_is_none_is_said_in_one_line_and_kept(sections: dict[str, Crawl], row: Seed) -> None:
    done = sections[row.name]
    assert done.code == 1
    assert len(done.messages) == 1, done.stderr
    assert row.said in done.messages[0]
    if row.reason is None:
        assert "; try `archiver inspect http://" in done.messages[0]
    assert list(done.kept.failures.values()) == ([row.reason] if row.reason else [])
    assert done.kept.of(row.case.path)[0].block == row.case.expect.response
    assert done.kept.finish_reason == "finished"


# ---- before anything is on the wire ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["news.example/section"], 2, "not a URL; did you mean https://news.example/section ?"),
        (["ftp://news.example/"], 2, "unknown scheme 'ftp'"),
        (["file:///etc/passwd"], 2, "unknown scheme 'file'"),
        (["javascript://alert(1)"], 2, "unknown scheme 'javascript'"),
        (["http://"], 2, "http://: not a URL"),
        (["http://news.example:99999/"], 2, "not a URL"),
        (["http://exa mple/"], 2, "not a URL"),
        ([], 2, "no URL"),
        (["http://news.example/", "--delay", "fast"], 2, "--delay: delay = 'fast'"),
        (["http://news.example/", "--delay", "nan"], 2, "--delay: delay = 'nan'"),
        (["http://news.example/", "--max-bytes", "12 parsecs"], 2, "a number with a unit, as 500MB"),
        (["http://news.example/", "--seeds", "no-such-file"], 2, "cannot read the seeds"),
        (["--seeds", "{here}/latin-1"], 2, "cannot read the seeds"),
        (["--seeds", "{here}/nothing"], 2, "no URL"),
        (["--seeds", "{here}/typo"], 2, "not a URL; did you mean https://news.example/sport ?"),
        (["http://news.example/", "--no-such-option"], 2, "No such option"),
        (["http://news.example/", "--config", "no-such-file"], 2, "no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_command_line_stops_before_the_first_request(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    (tmp_path / "latin-1").write_bytes(b"http://news.example/caf\xe9\n")
    (tmp_path / "nothing").write_text("# none yet\n\n")
    (tmp_path / "typo").write_text("http://news.example/\nnews.example/sport\n")
    here = [argument.format(here=tmp_path) for argument in arguments]
    ended, out, err = archiver("crawl", *here, "-o", str(tmp_path / "none"), notes=tmp_path / "notes")
    assert (ended, out) == (code, "")
    assert len(err.splitlines()) == 1, err
    assert said in err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("delya = 2", "collection.toml: unknown option 'delya'; known are title, sections, host, site, delay"),
        ("delay = 'fast'", "collection.toml: delay = 'fast'"),
        ("delay = ", "collection.toml: "),
        ("[host.'news.example']\ndelya = 2", "'delya'"),
    ],
    ids=["unknown", "value", "not-toml", "unknown-of-a-host"],
)
def test_what_is_wrong_in_collection_toml_is_named(tmp_path: Path, config: str, said: str) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "collection.toml").write_text(config + "\n")
    code, _, err = archiver("crawl", "http://127.0.0.1:9/", "-o", str(tmp_path / "c"), notes=tmp_path / "notes")
    assert (code, len(err.splitlines())) == (2, 1), err
    assert said in err
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["collection.toml"]


def test_a_folder_whose_name_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """Not every verb could read what the crawl has written there: SQLite and Parquet are opened by names in UTF-8."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    code, out, err = archiver("crawl", "http://127.0.0.1:9/", "-o", str(folder), notes=tmp_path / "notes")
    assert (code, out, len(err.splitlines())) == (2, "", 1), err
    assert "caf\\udce9: names of the folder and of those it lies in have to be UTF-8" in err
    assert not folder.exists()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_text("a file"), "not a folder"),
        (lambda path: (path.mkdir(), (path / "holiday.jpg").touch()), "a folder with other things in it, not a collection"),
        (lambda path: (path.mkdir(), (path / "archive").touch()), "cannot be written"),
        (lambda path: path.symlink_to("/proc/self"), "not a collection"),
        (lambda path: path.symlink_to("/proc/none/col"), "cannot be written"),
    ],
    ids=["file", "other-folder", "file-in-place-of-archive", "not-ours", "not-writable"],
)
def test_a_folder_that_cannot_be_the_collection_is_left_alone(tmp_path: Path, make: object, said: str) -> None:
    folder = tmp_path / "target"
    make(folder)  # type: ignore[operator]
    before = sorted(tmp_path.rglob("*"))
    done = crawl(["http://127.0.0.1:9/"], folder)
    assert (done.code, len(done.messages)) == (3, 1), done.stderr
    assert said in done.messages[0]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("url", "reason", "said"),
    [("http://no-such-host.invalid/", "dns", "unknown host"), ("http://127.0.0.1:{port}/", "refused", "connection refused")],
    ids=["unknown-host", "refused"],
)
@pytest.mark.parametrize("robots", [True, False], ids=["robots-obeyed", "robots-ignored"])
def test_a_host_that_does_not_answer_is_one_line_and_a_row(tmp_path: Path, url: str, reason: str, said: str, robots: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    url = url.format(port=port)
    done = crawl([url], tmp_path / "none", *(() if robots else ("--ignore-robots",)))
    assert (done.code, len(done.messages)) == (1, 1), done.stderr
    if robots:
        assert f"{url}robots.txt: not available ({said}): nothing of this host is fetched" in done.messages[0]
        assert done.kept.failures == {url: "robots_unavailable"}
        assert done.kept.rows("failures")[0]["detail"] == f"robots.txt: {reason}"
    else:
        assert f"{url}: {said} (" in done.messages[0]
        assert done.kept.failures == {url: reason}
    assert {record.type for record in done.kept.records} == {"warcinfo", "metadata"}


# ---- stopping -------------------------------------------------------------------------------------------------------

STORY = page("slow-story")
HALF = head(HTML, b"Content-Length: %d" % len(STORY)) + STORY[:900]


def slow_site(wait: object) -> list[Case]:
    """A section of which one article is half sent when the test says that it may go on."""
    slow = row("slow-story", "", HALF + STORY[900:], steps=(Send(HALF), wait, Send(STORY[900:])), listed=True)  # type: ignore[arg-type]
    return list(build_site([slow], listing_pages=1, plain_articles=9).cases)


def _until(server: WireServer, path: str) -> None:
    deadline = time.monotonic() + 20
    while not any(exchange.path.endswith(path) and exchange.response for exchange in server.exchanges()):
        assert time.monotonic() < deadline, "the crawl never came there"
        time.sleep(0.02)


def _end(process: subprocess.Popen[str], folder: Path, timeout_s: float = 30) -> Crawl:
    try:
        stdout, stderr = process.communicate(timeout=timeout_s)
    finally:
        process.kill()
    return Crawl(Kept(folder), process.returncode, stdout, stderr)


def test_ctrl_c_finishes_what_is_in_flight_and_closes_every_file(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(slow_site(WaitFor("go-on")))
    process = start([server.url("/section/")], tmp_path / "stopped", "--timeout", "20")
    _until(server, "slow-story.html")
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    server.release("go-on")
    done = _end(process, tmp_path / "stopped")
    assert done.code == 1
    assert done.kept.finish_reason == "cancelled"
    (group,) = done.kept.of("slow-story.html")
    assert (group.block, group.truncated) == (HALF + STORY[900:], None)
    assert pages.marker_of("slow-story") in done.kept.articles[group.url]["text"]
    assert list(done.kept.root.rglob("*.open")) == []
    assert "Traceback" not in done.stderr
    assert "run the same command again to go on" in done.stdout


def test_ctrl_c_twice_ends_at_once_and_leaves_what_repair_can_close(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(slow_site(AwaitClose()))
    process = start([server.url("/section/")], tmp_path / "killed", "--timeout", "60")
    _until(server, "slow-story.html")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    before = time.monotonic()
    done = _end(process, tmp_path / "killed")
    assert time.monotonic() - before < 5
    assert done.code == 1
    assert "Traceback" not in done.stderr
    for path in done.kept.collection.open_warcs():
        tail = find_tail(path)
        set_aside(path, tail, done.kept.collection.logs)
        assert tail.torn == 0
        assert read_file(path)[0].type == "warcinfo"
    assert done.kept.collection.open_warcs() + done.kept.collection.warcs()


def drip_site() -> list[Case]:
    return list(build_site([], listing_pages=1, plain_articles=40).cases)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--max-bytes", "60kB"), "max_bytes"),
        (("--max-time", "1s", "--delay", "0.2"), "max_time"),
        (("--min-free", "900TB"), "min_free"),
    ],
    ids=["bytes", "time", "disk"],
)
def test_a_limit_stops_the_crawl_cleanly(tmp_path: Path, start_server: StartServer, flags: tuple[str, ...], said: str) -> None:
    server = start_server(drip_site())
    done = crawl([server.url("/section/")], tmp_path / said, *flags)
    assert done.code == 1
    assert done.messages == [f"archiver: stopping: {said} reached"]
    assert done.kept.finish_reason == "limit"
    assert len(done.kept.articles) < 30
    assert list(done.kept.root.rglob("*.open")) == []
    # What was asked for is answered and kept.
    assert len(done.kept.groups) == len(server.exchanges())


def test_max_articles_takes_so_many_and_no_more_and_stops_paging(tmp_path: Path, start_server: StartServer) -> None:
    site = build_site([], listing_pages=3, plain_articles=30)
    server = start_server(site.cases)
    done = crawl([server.url(site.seed_path)], tmp_path / "five", "--max-articles", "5")
    assert (done.code, done.kept.finish_reason) == (1, "limit")
    assert len(done.kept.articles) == 5
    assert len(done.kept.rows("appearances")) == 10
    assert [exchange.path for exchange in server.exchanges() if exchange.path in site.listing_paths] == [site.seed_path]
    assert done.kept.failures == {}


def test_max_pages_is_what_was_asked_for_and_no_limit_that_was_met(tmp_path: Path, start_server: StartServer) -> None:
    site = build_site([], listing_pages=3, plain_articles=30)
    server = start_server(site.cases)
    done = crawl([server.url(site.seed_path)], tmp_path / "two", "--max-pages", "2")
    assert (done.code, done.kept.finish_reason) == (0, "finished")
    assert len(done.kept.articles) == 20
