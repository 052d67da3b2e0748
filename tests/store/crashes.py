"""A crawl that is killed, the same crawl again, and what must hold afterwards, told from the server's own log."""

from __future__ import annotations

import gzip
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from capture.support import Crawl, Kept, crawl, start
from wire.messages import HTML, chunked, head, message, plain, story
from wire.model import Case
from wire.server import WireServer
from wire.site import Site, build_site

from archiver.collection.layout import Collection
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.findings import Finding
from archiver.verify.ledger import Ledger
from archiver.warc.reader import WarcRecord, read_records

FLAGS = ("--max-warc-bytes", "12000", "--min-free", "0", "--no-requisites")


def cases() -> tuple[Case, ...]:
    """A few of the ways in which a page comes: each is stored by another branch of the recorder."""
    return (
        story("crash-chunked", "chunk framing and trailers", _chunked),
        story("crash-gzip", "a coded body", lambda body: message(body, HTML, b"Content-Encoding: gzip"), coded=_gzip),
        plain("crash-missing", "an error page is an exchange too", status=b"HTTP/1.1 404 Not Found", failure="http_status"),
        plain("crash-plain", "usual"),
    )


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def _chunked(body: bytes) -> bytes:
    return head(HTML, b"Transfer-Encoding: chunked", b"Trailer: X-Sum") + chunked(body, trailers=(b"X-Sum: 1",))


def site() -> Site:
    return build_site(cases(), listing_pages=2, plain_articles=4)


@dataclass(frozen=True)
class Ended:
    """What was found after a kill and the same command again.

    ``lost``: linked articles without exactly one row, or exchanges that the archive does not hold byte for byte. ``doubled``:
    rows and record ids that are there twice. ``refetched``: URLs that were whole in the archive and were asked for again.
    """

    second: Crawl
    lost: list[str]
    doubled: list[str]
    refetched: list[str]
    findings: list[Finding]


def kill_at_step(server: WireServer, folder: Path, order: str) -> Crawl:
    """A crawl with the fault hook set; it must have died of it."""
    first = crawl([server.url(site().seed_path)], folder, *FLAGS, env={"ARCHIVER_FAULT": order})
    assert first.code == -signal.SIGKILL, f"{order}: exit {first.code}: {first.stderr}"
    return first


def kill_at_moment(server: WireServer, folder: Path, dice: random.Random) -> None:
    """SIGKILL so many requests after the start, and some milliseconds more."""
    process = start([server.url(site().seed_path)], folder, *FLAGS)
    wanted, extra_s = dice.randint(0, 14), dice.random() * 0.08
    deadline = time.monotonic() + 30
    while process.poll() is None and len(server.exchanges()) < wanted and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(extra_s)
    process.kill()
    process.communicate(timeout=30)


def go_on(server: WireServer, folder: Path, *, extract: bool = True) -> Ended:
    """The same command again after a kill: what was whole before, and what is there now."""
    captured = whole_captures(folder)
    if Kept(folder).rows("runs"):
        # The kill came after the end of the run: this one is the next, which looks at the section anew.
        captured -= {server.url(path) for path in site().listing_paths}
    server.settled()
    before = len(server.exchanges())
    second = crawl([server.url(site().seed_path)], folder, *FLAGS)
    assert second.code == 0, second.stderr
    log = server.settled()
    asked = {server.url(wire.path) for wire in log[before:] if wire.path != "/robots.txt"}
    kept = second.kept
    return Ended(second, _lost(server, kept), _doubled(kept), sorted(asked & captured), _findings(kept.collection, extract))


def whole_captures(folder: Path) -> set[str]:
    """URLs of the whole, good captures that the archive holds, closed or not, read as any reader would."""
    found: set[str] = set()
    for path in sorted((folder / "archive").glob("*.warc.gz*")):
        for item in read_records(path):
            if not isinstance(item, WarcRecord):
                break
            fields, block = dict(item.fields), item.read()
            if fields.get("WARC-Type") in ("response", "revisit") and "WARC-Truncated" not in fields and b" 5" not in block[:14]:
                found.add(fields["WARC-Target-URI"])
    return {url for url in found if not url.endswith("/robots.txt")}


def _lost(server: WireServer, kept: Kept) -> list[str]:
    rows = Counter(row["url"] for row in kept.rows("articles"))
    wanted = [server.url(case.path) for case in site().linked if case.expect.failure is None]
    found = [f"{url}: {rows[url]} rows" for url in wanted if rows[url] != 1]
    found += [f"{url}: not a failure" for case in site().linked if case.expect.failure for url in [server.url(case.path)]
              if kept.failures.get(url) != case.expect.failure]  # fmt: skip
    sent = {(wire.request, wire.response) for wire in server.exchanges()}
    for group in kept.groups:
        if not any(request == group.request.block and group.holds(response) for request, response in sent):
            found.append(f"{group.url}: not the bytes that were sent")
    return found


def _doubled(kept: Kept) -> list[str]:
    ids = Counter(record.id for record in kept.records)
    rows = Counter(row["id"] for name in ("articles", "appearances", "failures") for row in kept.rows(name))
    runs = Counter(row["run_id"] for row in kept.rows("runs"))
    urls = Counter(row["url"] for row in kept.rows("articles"))
    return [name for counts in (ids, rows, runs, urls) for name, count in counts.items() if count > 1]


def _findings(collection: Collection, extract: bool) -> list[Finding]:
    with Ledger() as ledger:
        verify_collection(collection, ledger, VerifyOptions(extract=extract))
        return [finding for finding in ledger.findings() if finding.severity != "note"]


def gzip_tests(folder: Path) -> int:
    """Exit code of ``gzip -t`` over all WARC files."""
    files = [str(path) for name in ("archive", "text") for path in sorted((folder / name).glob("*.warc.gz"))]
    return subprocess.run(["gzip", "-t", *files], check=False, capture_output=True).returncode
