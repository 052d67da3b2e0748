"""Score ``find_listing`` on labelled section pages and time it.

    python bench/sections.py [FOLDER] [--per-page]

FOLDER holds ``truth.jsonl``, ``pages/`` and ``score.py``; without it, ``bench/sections`` of the folder that the environment
variable ARCHIVER_SHARED names (default: ``shared`` beside the repository).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archiver.extraction.listing import find_listing

ROOT = Path(__file__).resolve().parent.parent
FIELDS = ("precision", "recall", "f1", "order", "headline", "teaser", "teaser_false", "next_ok")


def default_folder() -> Path:
    shared = os.environ.get("ARCHIVER_SHARED")
    return (Path(shared) if shared else ROOT.parent / "shared") / "bench" / "sections"


def load_scorer(folder: Path) -> Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]:
    """``score_page`` of the benchmark's own score.py: the measure belongs to the data."""
    spec = importlib.util.spec_from_file_location("sections_score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    scorer: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] = module.score_page
    return scorer


def predict(truth: dict[str, Any], page: bytes) -> dict[str, Any]:
    listing = find_listing(page, truth["url"], "text/html; charset=utf-8")
    entries = [{"url": e.url, "headline": e.headline, "teaser": e.teaser} for e in listing.entries]
    return {"id": truth["id"], "articles": entries, "next_page": listing.next_page}


def run(folder: Path) -> list[dict[str, Any]]:
    """One row a page: the scorer's fields, ``bytes`` and ``cpu_ms``."""
    score_page = load_scorer(folder)
    rows = []
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        page = (folder / truth["file"]).read_bytes()
        started = time.process_time()
        prediction = predict(truth, page)
        cpu_ms = 1000 * (time.process_time() - started)
        rows.append({**score_page(truth, prediction), "bytes": len(page), "cpu_ms": cpu_ms})
    return rows


def mean(rows: list[dict[str, Any]], key: str) -> float:
    return statistics.fmean(row[key] for row in rows if row[key] is not None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument("--per-page", action="store_true")
    args = parser.parse_args()
    rows = run(args.folder)
    if args.per_page:
        for row in sorted(rows, key=lambda row: row["f1"]):
            print(" ".join(f"{k}={v:.2f}" if isinstance(v, float) else f"{k}={v}" for k, v in row.items()))
    for key in FIELDS:
        print(f"{key:13} {mean(rows, key):.3f}")
    print(f"perfect       {sum(row['f1'] == 1 for row in rows)} of {len(rows)}")
    per_100_kb = [row["cpu_ms"] / row["bytes"] * 100_000 for row in rows]
    print(f"CPU ms a page: median {statistics.median(r['cpu_ms'] for r in rows):.1f}, max {max(r['cpu_ms'] for r in rows):.1f}")
    print(f"CPU ms a 100 KB: median {statistics.median(per_100_kb):.1f}, max {max(per_100_kb):.1f}")


if __name__ == "__main__":
    main()
