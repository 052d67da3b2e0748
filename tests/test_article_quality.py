"""A floor under the quality of article extraction on the shared pages; skipped where they are not."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parent.parent / "bench" / "articles.py"
# Measured with extraction 1; a little below, so that a library's new version may move a page or two.
FLOOR = {
    "fundus": {"body F1": 0.965, "exact": 0.36, "title": 0.81, "authors": 0.92, "date": 0.98, "language": 0.97},
    "wcxb": {"body F1": 0.946, "exact": 0.25, "title": 0.86, "authors": 0.81, "date": 0.88},
    "zyte": {"body F1": 0.973, "exact": 0.4},
}
MEAN_BODY_F1 = 0.962


def bench() -> Any:
    spec = importlib.util.spec_from_file_location("bench_articles", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scores() -> dict[str, dict[str, Any]]:
    module = bench()
    folder = module.default_folder()
    if not (folder / "truth.jsonl").is_file():
        pytest.skip(f"the shared pages are not at {folder} (set ARCHIVER_SHARED)")
    pages = module.load_pages(folder)
    predictions = [module.predict(html, truth["url"]) for truth, html in pages]
    found: dict[str, dict[str, Any]] = module.summaries(module.load_scorer(folder), pages, predictions)
    return found


@pytest.mark.parametrize("dataset", FLOOR)
def test_no_dataset_falls_below_its_floor(scores: dict[str, dict[str, Any]], dataset: str) -> None:
    below = {key: scores[dataset][key] for key, floor in FLOOR[dataset].items() if scores[dataset][key] < floor}
    assert below == {}


def test_the_mean_body_f1_stays_above_the_bar(scores: dict[str, dict[str, Any]]) -> None:
    assert sum(scores[dataset]["body F1"] for dataset in FLOOR) / len(FLOOR) >= MEAN_BODY_F1
