"""What many machines cost: CPU of the same extraction on a process pool and on Dask, and how ``extract --workers`` scales.

``python bench/fleet.py [--records 2000] [--files 20] [--pairs 3] [--scaling]``. Pages are those of bench/articles of the shared
folder (ARCHIVER_SHARED), over and over under other URLs; each file also holds as many records that are no page. The cluster is
started for each run, and its start is counted too, as the pool's is. Runs take turns, so that what else goes on meets both. Linux
only: every process counts, also those whose parent did not wait for them.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gzip
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fleet.support import Cluster, archiver, environment

from archiver import extract_article

_SHARED = Path(os.environ.get("ARCHIVER_SHARED") or Path(__file__).resolve().parents[2] / "shared")
_WORKERS = 2
# Orphans become children of this process (prctl(2)).
_PR_SET_CHILD_SUBREAPER = 36


def write_warcs(folder: Path, files: int, records: int) -> None:
    """``files`` of ``records / files`` pages each."""
    numbered = enumerate(islice(cycle(page_bodies()), records))
    for number in range(files):
        with (folder / f"{number:03}.warc.gz").open("wb") as out:
            for serial, body in islice(numbered, records // files):
                for kind, url in (
                    ("text/html", f"http://h{serial % 97}.example/{serial}"),
                    ("image/png", f"http://i.example/{serial}"),
                ):
                    out.write(gzip.compress(_record(serial, kind, url, gzip.compress(body, 1)), 1))


def _record(serial: int, kind: str, url: str, body: bytes) -> bytes:
    block = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Encoding: gzip\r\n\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{serial:012}>\r\n"
        f"WARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


@contextlib.contextmanager
def measured(what: str) -> Iterator[list[float]]:
    """CPU and wall seconds of the processes that were started and ended within."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    found: list[float] = []
    yield found
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found += [after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - started]
    print(f"  {what:<12} {found[0]:7.2f} s CPU {found[1]:7.2f} s wall", flush=True)


def extract(warcs: Path, out: Path, *how: object) -> None:
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run(archiver(*how[:1], *how[1:], warcs, "-o", out), check=True, env=environment(), stdout=subprocess.DEVNULL)


def overhead(work: Path, warcs: Path, pairs: int, records: int) -> None:
    print(f"fleet extract, {_WORKERS} workers, pool against Dask:")
    ratios = []
    for _ in range(pairs):
        with measured("pool") as pool:
            extract(warcs, work / "pool", "fleet", "extract", "--workers", _WORKERS)
        with measured("dask") as dask:
            folder = work / "dask"
            folder.mkdir(exist_ok=True)
            cluster = Cluster(folder, workers=_WORKERS)
            try:
                extract(warcs, work / "cluster", "fleet", "extract", "--scheduler", cluster.address)
            finally:
                cluster.close()
        ratios.append(dask[0] / pool[0])
    same = all((work / "cluster" / path.name).read_bytes() == path.read_bytes() for path in (work / "pool").glob("*.jsonl"))
    print(f"CPU of Dask / pool: median {median(ratios):.3f} of {pairs} (bar: 1.15); rows the same: {same}")


def scaling(work: Path, warcs: Path, pairs: int, records: int) -> None:
    print("extract --workers 1 against 2, and what extraction alone takes:")
    walls, cpus, overheads = [], [], []
    for _ in range(pairs):
        runs, alone_s = [], alone(records)
        for workers in (1, 2):
            with measured(f"{workers} workers") as run:
                extract(warcs, work / "scaled", "extract", "--workers", workers)
            runs.append(run)
        walls.append(runs[0][1] / runs[1][1])
        cpus.append(runs[1][0] / runs[0][0])
        overheads.append(runs[0][0] / alone_s)
    print(f"CPU of 1 worker / extraction alone: median {median(overheads):.3f} (bar: 1.10)")
    print(
        f"wall of 1 / wall of 2: median {median(walls):.2f} (bar: 1.9 on two idle cores); CPU of 2 / CPU of 1: {median(cpus):.3f}"
    )


def alone(records: int) -> float:
    """CPU seconds of ``extract_article`` on the same pages, in this process, with nothing round it."""
    pages = islice(cycle(page_bodies()), records)
    extract_article(next(page_bodies()), "http://h.example/0")
    started = time.process_time()
    for serial, body in enumerate(pages):
        extract_article(body, f"http://h{serial % 97}.example/{serial}", content_type="text/html")
    took_s = time.process_time() - started
    print(f"  alone        {took_s:7.2f} s CPU", flush=True)
    return took_s


def page_bodies() -> Iterator[bytes]:
    """The pages of the shared folder; ends the program where there are none."""
    pages = sorted((_SHARED / "bench" / "articles" / "html").glob("*.html.gz"))
    if not pages:
        sys.exit(f"no pages under {_SHARED}: set ARCHIVER_SHARED")
    for path in pages:
        yield gzip.decompress(path.read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--scaling", action="store_true", help="how extract --workers scales, instead")
    arguments = parser.parse_args()
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    print(f"Python {platform.python_version()}, distributed {version('distributed')}, {os.cpu_count()} cores", end=", ")
    print(f"load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="bench-fleet-") as folder:
        warcs = Path(folder) / "warcs"
        warcs.mkdir()
        write_warcs(warcs, arguments.files, arguments.records)
        measure = scaling if arguments.scaling else overhead
        measure(Path(folder), warcs, arguments.pairs, arguments.records)


if __name__ == "__main__":
    main()
