"""Where the main process of a crawl spends its time: the functions that py-spy meets most often with Python's lock in hand.

``python bench/profile.py [--pages 2000] [--no-extract]``. Needs ``pip install py-spy``, and the right to look into a process.
"""

from __future__ import annotations

import argparse
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.speed.site import build, serve

_CRAWL = ("--delay", "0", "--min-free", "0", "--no-requisites", "--concurrency", "16", "--contact", "bench")
_TOP = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--port", type=int, default=18_098)
    parser.add_argument("--no-extract", action="store_true")
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="bench-profile-"))
    build(work / "site", arguments.pages)
    with serve(work / "site", arguments.port) as url:
        crawl = [sys.executable, "-m", "archiver", "crawl", url, "-o", str(work / "c"), *_CRAWL]
        crawl += ["--no-extract"] if arguments.no_extract else []
        spy = ["py-spy", "record", "--gil", "--rate", "250", "--format", "raw", "--output", str(work / "raw"), "--", *crawl]
        subprocess.run(spy, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    report((work / "raw").read_text().splitlines())
    print(f"{arguments.pages} pages, Scrapy {version('Scrapy')}, Twisted {version('Twisted')}, Python {platform.python_version()}")
    shutil.rmtree(work)


def report(stacks: list[str]) -> None:
    """Shares of the samples: by the function itself, by the package it is of, and by our functions with all that they call."""
    own, packages, ours = Counter[str](), Counter[str](), Counter[str]()
    for line in stacks:
        stack, _, samples = line.rpartition(" ")
        # Without the line: `run (scrapy/core/engine.py:120)`.
        frames = [re.sub(r":\d+\)$", ")", frame) for frame in stack.split(";")]
        own[frames[-1]] += int(samples)
        packages[package(frames[-1])] += int(samples)
        for frame in {frame for frame in frames if package(frame) == "archiver"}:
            ours[frame] += int(samples)
    total = own.total()
    for title, counted in (("itself", own), ("package", packages), ("ours, with what it calls", ours)):
        print(f"{title}:")
        for name, samples in counted.most_common(_TOP if counted is not ours else 2 * _TOP):
            print(f"  {100 * samples / total:5.1f} %  {name}")


def package(frame: str) -> str:
    """``scrapy`` of ``run (scrapy/core/engine.py)``; what is of no package is Python's own."""
    path = frame.rpartition("(")[2]
    return path.split("/")[0] if "/" in path else "python"


if __name__ == "__main__":
    main()
