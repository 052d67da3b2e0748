"""A section full of bombs: each is a row with its reason, memory stays bounded, and the stories among them are had."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import brotlicffi
import pytest
from capture.support import REPOSITORY, Kept
from wire import pages
from wire.messages import HTML, head, message, plain, row
from wire.model import Case, Close, Flood, Send
from wire.server import WireServer
from wire.site import build_site

from archiver.warc.coding import zstd

# `archiver crawl` in a process of its own that says what it took at most: itself, and its largest worker.
_RUN = """
import json, re, sys
from pathlib import Path
from archiver.cli import run
from archiver.extraction import sandbox

# Not ru_maxrss: through exec it keeps what the process that started us had.
def peak(pid):
    # None of a process that was killed, which poll() may not know yet.
    found = re.search(r"VmHWM:\\s*(\\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0

workers, stop = [0.0], sandbox._Worker._stop
def noting(worker):
    if worker._process is not None and worker._process.poll() is None:
        workers.append(peak(worker._process.pid))
    stop(worker)
sandbox._Worker._stop = noting
code = run(sys.argv[1:])
print(json.dumps({"code": code, "SELF": peak("self"), "CHILDREN": max(workers)}), file=sys.stderr)
"""
_BLOCK = bytes(1 << 20)


@dataclass(frozen=True)
class Hostile:
    """``outcomes``: acceptable reasons in failures.jsonl, or ``row:`` and an extraction status."""

    name: str
    reason: str
    outcomes: tuple[str, ...]
    response: Callable[[], bytes]


@cache
def bomb(coding: str) -> bytes:
    """A gigabyte of zeros, packed."""
    if coding == "gzip":
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        return b"".join(packer.compress(_BLOCK) for _ in range(1024)) + packer.flush()
    if coding == "br":
        writer = brotlicffi.Compressor(quality=1)
        return b"".join(writer.process(_BLOCK) for _ in range(1024)) + writer.finish()
    frame = zstd.ZstdCompressor(level=1)
    return b"".join(frame.compress(_BLOCK) for _ in range(1024)) + frame.flush()


def coded(coding: str, body: bytes) -> bytes:
    return message(body, HTML, b"Content-Encoding: " + coding.encode())


def html(body: bytes) -> bytes:
    return coded("gzip", gzip.compress(b"<!doctype html><title>A page that means harm</title><body>" + body, 1))


def attributes() -> bytes:
    return b"".join(b"a%d=b " % number for number in range(500_000))


LINES = [b"X-%d: y" % number for number in range(100_000)]
_PROTOCOL = ("protocol", "too_large", "truncated")
_ROW = ("row:ok", "row:short", "row:empty", "row:error", "row:timeout")
PAGES = (
    Hostile("bomb-gzip", "1 MB that unpacks to 1 GB", ("too_large", "decode"), lambda: coded("gzip", bomb("gzip"))),
    Hostile("bomb-br", "1 KB that unpacks to 1 GB", ("too_large", "decode"), lambda: coded("br", bomb("br"))),
    Hostile("bomb-zstd", "100 KB that unpacks to 1 GB", ("too_large", "decode"), lambda: coded("zstd", bomb("zstd"))),
    Hostile("bomb-nested", "a bomb in a bomb", ("too_large", "decode"), lambda: coded("gzip, gzip", gzip.compress(bomb("gzip")))),
    Hostile("bomb-layers", "a hundred codings", ("decode", "protocol"), lambda: coded(", ".join(["gzip"] * 100), b"x")),
    Hostile("deep", "a million nested tags", _ROW, lambda: html(b"<div>" * 1_000_000)),
    Hostile("deep-odd", "nested tables and forms", _ROW, lambda: html(b"<table><form><b>" * 100_000)),
    Hostile("attribute", "an attribute of 60 MB", (*_ROW, "too_large"), lambda: html(b'<p title="' + b"x" * 60_000_000 + b'">x')),
    Hostile("attributes", "half a million attributes", _ROW, lambda: html(b"<p " + attributes() + b">x")),
    Hostile("entities", "a million entities", _ROW, lambda: html(b"&amp;&#x1F600;&bogus" * 300_000)),
    Hostile("one-line", "12 MB without a space", (*_ROW, "too_large"), lambda: html(b"<p>" + b"a" * 12_000_000)),
    Hostile("headers", "100,000 header lines", ("protocol", "too_large"), lambda: head(*LINES)),
    Hostile("header-line", "a header line of 1 MB", _PROTOCOL, lambda: head(b"X: " + b"y" * 1_048_576)),
)  # fmt: skip


def cases() -> Iterator[Case]:
    for item in PAGES:
        yield row(
            item.name, item.reason, item.response(), path=f"/section/2026/03/14/{item.name}.html", title=pages.title_of(item.name)
        )
    endless = Flood(b"X-More: and more\r\n" * 100, 200 * 2**20)
    yield row(
        "endless-headers", "a head without an end", b"", steps=(Send(b"HTTP/1.1 200 OK\r\n"), endless, Close()),
        path="/section/2026/03/14/endless-headers.html", title=pages.title_of("endless-headers"),
    )  # fmt: skip
    for number in range(3):
        target = b"Location: /section/2026/03/14/loop-%d.html" % ((number + 1) % 3)
        yield row(
            f"loop-{number}", "redirects in a ring", message(b"", target, status=b"HTTP/1.1 302 Found"),
            path=f"/section/2026/03/14/loop-{number}.html", title=pages.title_of(f"loop-{number}"), listed=number == 0,
        )  # fmt: skip
    for number in range(4):
        yield plain(f"honest-{number}", "a story among them")


@dataclass(frozen=True)
class Survived:
    kept: Kept
    server: WireServer
    code: int
    main_mb: float
    worker_mb: float
    stderr: str


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survived]:
    site = build_site(cases(), listing_pages=1, plain_articles=2)
    folder = tmp_path_factory.mktemp("hostile") / "c"
    with WireServer(site.cases) as server:
        command = [sys.executable, "-c", _RUN, "crawl", server.url(site.seed_path), "-o", str(folder), "--delay", "0"]
        flags = ["--retries", "0", "--timeout", "20", "--min-free", "0", "--extract-deadline", "15", "--no-requisites"]
        done = subprocess.run(
            [*command, *flags], cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False
        )  # fmt: skip
        facts = json.loads(done.stderr.splitlines()[-1])
        yield Survived(Kept(folder), server, facts["code"], facts["SELF"], facts["CHILDREN"], done.stderr)


def test_the_crawl_ends_by_itself_in_bounded_memory(survived: Survived) -> None:
    assert survived.code == 0, survived.stderr
    assert survived.main_mb < 400
    assert survived.worker_mb < 3 << 10, "the limit of a worker's address space"
    assert "Traceback" not in survived.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_is_a_row_that_says_why(survived: Survived, page: Hostile) -> None:
    url = survived.server.url(f"/section/2026/03/14/{page.name}.html")
    failed, article = survived.kept.failures.get(url), survived.kept.articles.get(url)
    found = failed or (f"row:{article['extraction_status']}" if article else "nothing")
    assert found in page.outcomes


def test_a_head_without_an_end_and_a_ring_of_redirects_end(survived: Survived) -> None:
    assert survived.kept.failures[survived.server.url("/section/2026/03/14/endless-headers.html")] in (
        "protocol",
        "too_large",
        "timeout",
    )
    assert survived.kept.failures[survived.server.url("/section/2026/03/14/loop-0.html")] == "redirect"


def test_the_stories_among_them_are_had_whole(survived: Survived) -> None:
    for number in range(4):
        row_ = survived.kept.articles[survived.server.url(f"/section/2026/03/14/honest-{number}.html")]
        assert pages.marker_of(f"honest-{number}") in row_["text"]


def test_what_arrived_is_in_the_archive(survived: Survived) -> None:
    for name in ("bomb-gzip", "bomb-br", "deep"):
        (group,) = survived.kept.of(f"/{name}.html")
        (wire,) = [wire for wire in survived.server.exchanges() if wire.path.endswith(f"/{name}.html")]
        assert group.holds(wire.response)
