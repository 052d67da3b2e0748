"""A crawl that is killed, the same crawl again, and what must hold afterwards, told from the server's own log."""

from __future__ import annotations

import gzip
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from capture.support import Crawl, Kept, Record
from wire.messages import HTML, chunked, head, message, plain, story
from wire.model import Case
from wire.server import WireServer
from wire.site import Site, build_site

from archiver.collection.layout import Collection
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.findings import Finding
from archiver.verify.ledger import Ledger
from archiver.warc.reader import WarcRecord, read_records

from .running import RunningCrawl, crawl

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
    """What was found after some kills and the same command each time.

    ``lost``: linked articles without exactly one row, or exchanges that the archive does not hold byte for byte. ``doubled``:
    rows and record ids that are there twice. ``refetched``: URLs that were whole in the archive and were asked for again.
    """

    last: Crawl
    killed: list[Crawl]
    lost: list[str]
    doubled: list[str]
    refetched: list[str]
    findings: list[Finding]


# The last says whether pages are read in processes of their own, as always, or in the crawl's, which starts faster.
Kill = Callable[[WireServer, Path, bool], Crawl]


def kill_at_step(urls: Sequence[str], folder: Path, order: str, *flags: str, has_workers: bool = False) -> Crawl:
    """A crawl with the fault hook set: ``step:n``. It must die of it."""
    done = crawl(urls, folder, *FLAGS, *flags, env={"ARCHIVER_FAULT": f"{order}:kill"}, has_workers=has_workers)
    assert done.code == -signal.SIGKILL, f"{order}: exit {done.code}: {done.stderr}"
    return done


def at_step(order: str) -> Kill:
    """``kill_at_step`` on the site of this module."""
    return lambda server, folder, has_workers: kill_at_step([server.url(site().seed_path)], folder, order, has_workers=has_workers)


def at_moment(dice: random.Random) -> Kill:
    """SIGKILL some milliseconds after so many requests came; one in four soon after the start, while the last crash is repaired."""

    def kill(server: WireServer, folder: Path, has_workers: bool) -> Crawl:
        requests = dice.choice((0, 1, 2, 3))
        extra_s = dice.random() * (0.08 if requests else 0.8)
        wanted = len(server.exchanges()) + requests
        running = RunningCrawl([server.url(site().seed_path)], folder, *FLAGS, has_workers=has_workers)
        deadline = time.monotonic() + 60
        while not running.has_ended and len(server.exchanges()) < wanted and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(extra_s)
        running.kill()
        return running.ended()

    return kill


def survive(folder: Path, kills: Iterable[Kill], *, extract: bool = False, has_workers: bool = True) -> Ended:
    """The same crawl again and again, killed each time, then to its end; ``extract``: whether rows are compared with pages."""
    killed, refetched = [], []
    with WireServer(site().cases) as server:
        for kill in kills:
            done, again = _watched(server, folder, lambda server, folder, kill=kill: kill(server, folder, has_workers))  # type: ignore[misc]
            refetched += again
            killed.append(done)
            if done.kept.rows("runs"):
                # It had ended, or was as good as there: one more is another run.
                break
        seeds = [server.url(site().seed_path)]
        last, again = _watched(server, folder, lambda _, folder: crawl(seeds, folder, *FLAGS, has_workers=has_workers))
        assert last.code == 0, last.stderr
        kept = last.kept
        return Ended(last, killed, _lost(server, kept), _doubled(kept), refetched + again, findings(kept.collection, extract))


def _watched(server: WireServer, folder: Path, run: Callable[[WireServer, Path], Crawl]) -> tuple[Crawl, list[str]]:
    """What ``run`` gave, and what it asked for though the archive had it."""
    captured = whole_captures(folder)
    if Kept(folder).rows("runs"):
        # A run had ended: the next looks at the section anew.
        captured -= {server.url(path) for path in site().listing_paths}
    before = len(server.settled())
    done = run(server, folder)
    asked = {server.url(wire.path) for wire in server.settled()[before:]}
    return done, sorted(asked & captured)


def whole_captures(folder: Path) -> set[str]:
    """URLs of the whole, good captures that the archive holds, closed or not; robots.txt is read again anyway."""
    found: set[str] = set()
    for path in sorted((folder / "archive").glob("*.warc.gz*")):
        for record in whole_records(path):
            if record.type in ("response", "revisit") and not record.get("WARC-Truncated") and b" 5" not in record.block[:14]:
                found.add(record.url)
    return {url for url in found if not url.endswith("/robots.txt")}


def whole_records(path: Path) -> list[Record]:
    """Every record up to the first damage, as any reader would see them."""
    found = []
    for item in read_records(path):
        if not isinstance(item, WarcRecord):
            break
        found.append(Record(path.name, item.offset, tuple(item.fields), item.read()))
    return found


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


def findings(collection: Collection, extract: bool) -> list[Finding]:
    with Ledger() as ledger:
        verify_collection(collection, ledger, VerifyOptions(extract=extract))
        return [finding for finding in ledger.findings() if finding.severity != "note"]


def gzip_tests(folder: Path) -> int:
    """Exit code of ``gzip -t`` over all WARC files."""
    files = [str(path) for name in ("archive", "text") for path in sorted((folder / name).glob("*.warc.gz"))]
    return subprocess.run(["gzip", "-t", *files], check=False, capture_output=True).returncode
