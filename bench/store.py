"""What is done with a collection besides crawling it: WARC appending against warcio, verify, index, pack.

``python bench/store.py [--pages 1000]``. CPU seconds of this machine count; pages are generated articles of 40 KB from nginx.
"""

from __future__ import annotations

import argparse
import io
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archiver.warc.reader import WarcRecord, read_records
from archiver.warc.records import Record
from archiver.warc.writer import WarcWriter
from bench.speed.site import build, serve

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--port", type=int, default=18_090)
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="bench-store-"))
    least = collected(work / "least", 1, 0, arguments.port)
    pages = collected(work / "pages", arguments.pages, 0, arguments.port)
    compare_appending(pages, work)
    read_by_verbs("pages", pages, least)
    # Extracted rows and text are not what is asked for here: pages, and two photos with each.
    read_by_verbs("photos", collected(work / "photos", arguments.pages, 2, arguments.port, "--no-extract"), least)
    print(f"warcio {version('warcio')}, Python {platform.python_version()}, {platform.machine()}")
    shutil.rmtree(work)


def collected(work: Path, pages: int, photos: int, port: int, *flags: str) -> Path:
    """The collection of a crawl of a generated site."""
    build(work / "site", pages, photos=photos)
    requisites = "--requisites-delay=0" if photos else "--no-requisites"
    with serve(work / "site", port) as url:
        archiver("crawl", url, "-o", work / "c", "--delay", "0", "--min-free", "0", "--concurrency", "16", requisites, *flags)
    shutil.rmtree(work / "site")
    return work / "c"


def read_by_verbs(name: str, collection: Path, least: Path) -> None:
    """What each verb takes beyond what it takes for a collection of one page."""
    size_mb = sum(path.stat().st_size for path in (collection / "archive").iterdir()) / 1e6
    records = sum(1 for path in sorted(collection.glob("archive/*")) for _ in read_records(path))
    print(f"{name}: {records} records, {size_mb:.1f} MB")
    for verb in (["verify", "--no-extract"], ["index"], ["pack"]):
        cpu_s = statistics.median(archiver(*verb, collection) for _ in range(ROUNDS))
        cpu_s -= statistics.median(archiver(*verb, least) for _ in range(ROUNDS))
        print(f"  {verb[0]:8} {records / cpu_s:8.0f} records/s  {size_mb / cpu_s:6.0f} MB/s of compressed WARC  ({cpu_s:.2f} s)")


def archiver(*arguments: object) -> float:
    """CPU seconds of one command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "archiver", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare_appending(collection: Path, work: Path) -> None:
    """The captures of the crawl once more, by our writer and by warcio's, alternating."""
    kept = []
    for path in sorted(collection.glob("archive/*")):
        for item in read_records(path):
            if isinstance(item, WarcRecord) and item.warc_type in ("request", "response"):
                kept.append((tuple(item.fields), item.read()))
    ratios, sizes = [], []
    for round_ in range(ROUNDS):
        theirs = timed(lambda: by_warcio(kept, work / "theirs.warc.gz"))
        ours = timed(lambda number=round_: by_archiver(kept, work / f"ours-{number}.warc.gz"))  # type: ignore[misc]
        ratios.append(theirs / ours)
        sizes.append((work / f"ours-{round_}.warc.gz").stat().st_size / (work / "theirs.warc.gz").stat().st_size)
    rate = len(kept) / 2 / ours
    print(
        f"append   {rate:8.0f} pairs/s, {statistics.median(ratios):.2f} x warcio's, size {statistics.median(sizes):.3f} of warcio's"
    )


def timed(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def by_archiver(kept: list[tuple[tuple[tuple[str, str], ...], bytes]], path: Path) -> None:
    writer = WarcWriter(path)
    for fields, block in kept:
        named = tuple(pair for pair in fields if pair[0] != "Content-Length")
        coded = b"content-encoding:" in block[:2000].lower()
        writer.append([Record(named, (block,), body_is_coded=coded)])
    writer.close()


def by_warcio(kept: list[tuple[tuple[tuple[str, str], ...], bytes]], path: Path) -> None:
    """Its default writer, the block as it is."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for fields, block in kept:
            head = StatusAndHeaders("", [pair for pair in fields if pair[0] != "Content-Length"], protocol="WARC/1.1")
            kind = dict(fields)["WARC-Type"]
            writer.write_record(ArcWarcRecord("warc", kind, head, io.BytesIO(block), None, "application/http", len(block)))


if __name__ == "__main__":
    main()
