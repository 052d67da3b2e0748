"""CPU a page of ``archiver crawl`` against bare Scrapy and the naive pipeline, in alternating runs on the same pages.

``python bench/crawl.py [--pages 2000] [--rounds 3]``. nginx serves generated articles of 40 KB (gzip) on loopback. CPU seconds
count, since wall time on a shared machine lies; start-up is measured with one page and taken off.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.speed.site import build, serve

RUNS = {
    "bare": ("bare", []),
    "naive": ("naive", []),
    "archiver": ("archiver", ["--no-requisites"]),
    "archiver --no-extract": ("archiver", ["--no-requisites", "--no-extract"]),
}


def run(kind: str, flags: list[str], url: str, work: Path) -> dict[str, float]:
    """One crawl in a process of its own; its report."""
    out, report = work / "out", work / "report.json"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "bench.speed.peers", kind, url, str(out), str(report), *flags]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(__file__).parent.parent)
    facts: dict[str, float] = json.loads(report.read_text())
    shutil.rmtree(out, ignore_errors=True)
    return facts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=18_080)
    parser.add_argument("--only", default="", help="names with commas between")
    arguments = parser.parse_args()
    chosen = {name: what for name, what in RUNS.items() if not arguments.only or name in arguments.only.split(",")}
    work = Path(tempfile.mkdtemp(prefix="bench-crawl-"))
    build(work / "site", arguments.pages)
    build(work / "one", 1)
    results: dict[str, list[dict[str, float]]] = {name: [] for name in chosen}
    with serve(work / "site", arguments.port) as url, serve(work / "one", arguments.port + 1) as one:
        idle = {name: run(*what, one, work) for name, what in chosen.items()}
        for _ in range(arguments.rounds):
            for name, what in chosen.items():
                results[name].append(run(*what, url, work))
    report(results, idle, arguments.pages)
    shutil.rmtree(work)


def report(results: dict[str, list[dict[str, float]]], idle: dict[str, dict[str, float]], pages: int) -> None:
    """Medians a page, start-up taken off, and ratios."""
    main_ms, all_ms = {}, {}
    for name, runs in results.items():
        own = statistics.median(r["main_cpu_s"] for r in runs) - idle[name]["main_cpu_s"]
        both = statistics.median(r["main_cpu_s"] + r["children_cpu_s"] for r in runs)
        both -= idle[name]["main_cpu_s"] + idle[name]["children_cpu_s"]
        main_ms[name], all_ms[name] = own / pages * 1000, both / pages * 1000
        rss = max(r["main_rss_mb"] for r in runs)
        child = max(r["child_rss_mb"] for r in runs)
        figures = f"main {main_ms[name]:6.2f} ms/page  all {all_ms[name]:6.2f} ms/page"
        print(f"{name:24} {figures}  rss {rss:5.0f} MB  worker {child:5.0f} MB")
    for name in results:
        against = [f"main {main_ms[name] / main_ms['bare']:.2f} x bare"] if "bare" in main_ms else []
        against += [f"all {all_ms[name] / all_ms['naive']:.2f} x naive"] if "naive" in all_ms else []
        print(f"{name:24} {', '.join(against)}")
    names = ("Scrapy", "Twisted", "trafilatura", "lxml", "warcio")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"{pages} pages, {versions}, Python {platform.python_version()}, {platform.machine()}")


if __name__ == "__main__":
    main()
