#!/usr/bin/env python3
"""Article extraction against pages with a known answer, and against trafilatura's speed.

    python bench/articles.py [FOLDER] [--rounds N] [--predictions FILE]

FOLDER holds ``truth.jsonl``, the pages and ``score.py``, which does the scoring; without it, ``bench/articles`` of the folder
that the environment variable ARCHIVER_SHARED names (default: ``shared`` beside the repository). The language scored is
``language_detected``, else ``language``.
Speed: CPU time of one process over all pages, ``trafilatura.extract`` to JSON with metadata against ``extract_article``, the
two alternating, medians of the rounds.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import logging
import os
import platform
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import htmldate
import trafilatura
from lxml import etree

from archiver.extraction.article import extract_article
from archiver.extraction.extractor import EXTRACTION_VERSION

ROOT = Path(__file__).resolve().parent.parent
FIELDS = ("text", "title", "authors", "date_published_day")
Page = tuple[dict[str, Any], bytes]


def default_folder() -> Path:
    """Where the shared pages are, if they are."""
    return Path(os.environ.get("ARCHIVER_SHARED") or ROOT.parent / "shared") / "bench" / "articles"


def load_pages(directory: Path) -> list[Page]:
    """Truth and bytes of every page."""
    # Not splitlines(): bodies hold U+2028, which ends no JSON line.
    lines = (directory / "truth.jsonl").read_text(encoding="utf-8").split("\n")
    truths = [json.loads(line) for line in lines if line.strip()]
    return [(truth, gzip.decompress((directory / truth["html_path"]).read_bytes())) for truth in truths]


def load_scorer(directory: Path) -> ModuleType:
    """``score.py`` of the shared directory as a module."""
    spec = importlib.util.spec_from_file_location("article_score", directory / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def predict(html: bytes, url: str) -> dict[str, Any]:
    """One prediction in the form that ``score.py`` reads."""
    article = extract_article(html, url)
    prediction = {name: getattr(article, name) for name in FIELDS}
    return prediction | {"language": article.language_detected or article.language}


def summaries(scorer: ModuleType, pages: Sequence[Page], predictions: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """``score.py``'s means for each dataset."""
    rows = defaultdict(list)
    for (truth, _), prediction in zip(pages, predictions, strict=True):
        rows[truth["dataset"]].append(scorer.score_page(truth, prediction))
    return {dataset: scorer.summarise(group) for dataset, group in sorted(rows.items())}


def time_s(extract: Callable[[bytes, str], object], pages: Sequence[Page]) -> float:
    """CPU seconds that ``extract`` takes for all pages."""
    start = time.process_time()
    for truth, html in pages:
        extract(html, truth["url"])
    return time.process_time() - start


def reference(html: bytes, url: str) -> object:
    """What the speed is measured against."""
    return trafilatura.extract(html, url=url, output_format="json", with_metadata=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5, help="alternating timed rounds (0: no timing)")
    parser.add_argument("--predictions", type=Path, help="write the predictions as JSON Lines")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    directory = args.folder or default_folder()
    if not (directory / "truth.jsonl").is_file():
        print(f"{directory}: no truth.jsonl there; give its folder or set ARCHIVER_SHARED", file=sys.stderr)
        return 2
    pages = load_pages(directory)
    predictions = [predict(html, truth["url"]) for truth, html in pages]
    if args.predictions:
        lines = (json.dumps({"id": t["id"], **p}, ensure_ascii=False) for (t, _), p in zip(pages, predictions, strict=True))
        args.predictions.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    found = summaries(load_scorer(directory), pages, predictions)
    for dataset, means in found.items():
        print(f"{dataset:8}", " ".join(f"{key} {value:.3f}" for key, value in means.items() if isinstance(value, float)))
    print(f"mean body F1 {statistics.mean(means['body F1'] for means in found.values()):.4f} on {len(pages)} pages")
    rounds = [(time_s(reference, pages), time_s(extract_article, pages)) for _ in range(args.rounds)]
    if rounds:
        theirs, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(
            f"trafilatura.extract {len(pages) / theirs:.1f} pages/s, extract_article {len(pages) / ours:.1f} pages/s, ratio",
            end=" ",
        )
        print(f"{statistics.median(theirs / ours for theirs, ours in rounds):.2f} (medians of {len(rounds)} alternating rounds)")
    lxml_version = ".".join(map(str, etree.LXML_VERSION[:3]))
    versions = f"trafilatura {trafilatura.__version__}, htmldate {htmldate.__version__}, lxml {lxml_version}"
    print(f"extraction {EXTRACTION_VERSION}, {versions}, Python {platform.python_version()}, {platform.machine()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
