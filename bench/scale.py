"""What grows with a crawl: memory from page to page, memory of what waits, CPU a page at a thousand and at a hundred thousand.

``python bench/scale.py memory|pending|linear|turns|index [--pages N]``. nginx serves generated articles on loopback; it
takes minutes to an hour.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archiver.index.cdxj import Capture, merge, write_sorted
from archiver.index.lookup import Context, Lookup
from archiver.model import Discovery
from bench.speed.site import build, serve

_CRAWL = ("--delay", "0", "--min-free", "0", "--no-requisites", "--discover", "section", "--contact", "bench")
_TICK_S = 0.2
# As many as the crawl notes at once, when it is busy.
_BATCH = 20
_WHY = Context("run:1", Discovery("article", "section", "http://news.test/"), None)


def main() -> None:
    measures = {"memory": memory, "pending": pending, "linear": linear, "turns": turns, "index": index}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=measures)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--port", type=int, default=18_095)
    arguments = parser.parse_args()
    print(f"Scrapy {version('Scrapy')}, Python {platform.python_version()}, {platform.machine()}")
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as work:
        measures[arguments.what](Path(work), arguments.pages, arguments.port)


def memory(work: Path, pages: int, port: int) -> None:
    """Resident memory of the main process each tenth of the way, and of its largest worker."""
    build(work / "site", pages)
    with serve(work / "site", port) as url:
        seen = 0
        for rows, rss_mb, worker_mb in watched(url, work / "c", "articles.jsonl", "--concurrency", "16"):
            if rows >= seen + pages // 10 or seen < rows == pages:
                seen = rows
                print(f"{rows:7} rows: main {rss_mb:4.0f} MB, largest worker now {worker_mb:4.0f} MB", flush=True)


def pending(work: Path, links: int, port: int) -> None:
    """Resident memory of the main process while ever more articles wait: lists come first, one request at a time."""
    build(work / "site", links, size=1000)
    with serve(work / "site", port) as url:
        seen = 0
        for rows, rss_mb, _ in watched(url, work / "c", "appearances.jsonl", "--concurrency", "1", "--delay", "0.05"):
            if rows >= seen + links // 10 or rows >= links:
                seen = rows
                print(f"{rows:7} links seen: main {rss_mb:4.0f} MB", flush=True)
            if rows >= links:
                return


def linear(work: Path, pages: int, port: int) -> None:
    """CPU a page without extraction, start-up taken off, at a hundredth, a tenth and all of ``pages``."""
    build(work / "1", 1)
    with serve(work / "1", port) as url:
        least_s = cpu_s(url, work)
    for count in (pages // 100, pages // 10, pages):
        build(work / "site", count)
        with serve(work / "site", port) as url:
            took_s = cpu_s(url, work) - least_s
        shutil.rmtree(work / "site")
        print(f"{count:7} pages: {took_s / count * 1000:.2f} ms a page", flush=True)


def turns(work: Path, pages: int, port: int) -> None:
    """How late the reactor takes its turn, on pages of 40 KB and of 2 MB."""
    for count, size in ((pages, 40_000), (pages // 10, 2_000_000)):
        build(work / "site", count, size=size)
        with serve(work / "site", port) as url:
            facts = crawled(url, work, ["--heartbeat"])
        shutil.rmtree(work / "site")
        late = [f"{name} {facts[f'block_ms_{name}']:.0f} ms" for name in ("p99", "max")]
        print(f"{count:7} pages of {size // 1000} KB: {', '.join(late)} of {facts['beats']:.0f} turns", flush=True)


def index(work: Path, records: int, _port: int) -> None:
    """CPU a record, of simulated captures: noted in the look-up, asked for as a revisit is, and merged into one CDXJ."""
    for count in (records // 100, records // 10, records):
        lookup, chance = Lookup(work / f"{count}.sqlite"), random.Random(count)
        digests = [f"sha256:{chance.randbytes(32).hex()}" for _ in range(count)]
        started = time.process_time()
        for at in range(0, count, _BATCH):
            lookup.add([(simulated(number, digests[number]), _WHY) for number in range(at, min(at + _BATCH, count))])
        noted = time.process_time()
        for number in range(0, count, 10):
            assert lookup.original(digests[chance.randrange(count)])
            assert lookup.latest(f"http://news.test/2026/{number}.html")
        asked = time.process_time()
        lookup.close()
        parts = [work / f"{count}-{part}.cdxj" for part in range(10)]
        for part, path in enumerate(parts):
            write_sorted(path, (simulated(number, digests[number]).line() for number in range(part, count, 10)))
        began = time.process_time()
        merge(parts, work / f"{count}.cdxj")
        merged = time.process_time()
        us = [1e6 * took / count for took in (noted - started, (asked - noted) * 10, merged - began)]
        print(f"{count:8} records: noted {us[0]:.1f} us each, asked for {us[1]:.1f}, merged {us[2]:.2f}", flush=True)


def simulated(number: int, digest: str) -> Capture:
    """A capture of an article, in a file of 1,000."""
    url, name = f"http://news.test/2026/{number}.html", f"news-{number // 1000:05d}.warc.gz"
    record_id = f"urn:uuid:{uuid.UUID(digest[-32:])}"
    moment = f"2026-11-27T10:00:00.{number % 10**6:06d}Z"
    return Capture(url, moment, "response", record_id, name, number % 1000 * 18_000, 18_000, 200, "text/html", digest)


def cpu_s(url: str, work: Path) -> float:
    """CPU seconds of one crawl, its workers' too."""
    facts = crawled(url, work, ["--no-extract"])
    return facts["main_cpu_s"] + facts["children_cpu_s"]


def crawled(url: str, work: Path, flags: list[str]) -> dict[str, float]:
    """What bench.speed.peers reports of one crawl."""
    out, report = work / "out", work / "report.json"
    command = [sys.executable, "-m", "bench.speed.peers", "archiver", url, str(out), str(report), "--no-requisites", *flags]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(__file__).parent.parent)
    shutil.rmtree(out)
    facts: dict[str, float] = json.loads(report.read_text())
    return facts


def watched(url: str, folder: Path, rows_of: str, *flags: str) -> Iterator[tuple[int, float, float]]:
    """A crawl as it goes: rows of a dataset file so far, memory of its process and of its largest worker now, in MB."""
    command = [sys.executable, "-m", "archiver", "crawl", url, "-o", str(folder), *_CRAWL, *flags]
    crawl = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    path, rows, at = folder / "dataset" / rows_of, 0, 0
    try:
        while crawl.poll() is None:
            time.sleep(_TICK_S)
            if not path.exists():
                continue
            with path.open("rb") as stream:
                stream.seek(at)
                new = stream.read()
            at, rows = at + len(new), rows + new.count(b"\n")
            # Each worker is the child of the thread that feeds it.
            threads = Path(f"/proc/{crawl.pid}/task").glob("*/children")
            workers = [rss_mb(int(pid)) for children in threads for pid in _read(children).split()]
            yield rows, rss_mb(crawl.pid), max(workers, default=0.0)
    finally:
        crawl.kill()
        crawl.wait()


def rss_mb(pid: int) -> float:
    """``VmRSS``, 0 when the process has gone."""
    found = re.search(r"VmRSS:\s*(\d+)", _read(Path(f"/proc/{pid}/status")))
    return int(found[1]) / 1024 if found else 0.0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


if __name__ == "__main__":
    main()
