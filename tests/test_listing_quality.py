"""The score on real, labelled section pages does not fall below what was reached.

The pages are not part of the repository; where they are absent the test is skipped and says so.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench" / "sections.py"
SPEC = importlib.util.spec_from_file_location("bench_sections", BENCH)
assert SPEC is not None
assert SPEC.loader is not None
bench = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(bench)

FOLDER = bench.default_folder()
# Reached on the 50 shared pages when these were set: F1 1.000, headline 1.000, teaser .995, false .053, next 1.000, 49 perfect.
FLOORS = {"f1": 0.99, "headline": 0.995, "teaser": 0.98, "next_ok": 0.98}
CEILINGS = {"teaser_false": 0.06}
LEAST_PERFECT = 0.94


@pytest.mark.skipif(not (FOLDER / "truth.jsonl").exists(), reason=f"no labelled section pages in {FOLDER}")
def test_quality_on_labelled_pages_stays() -> None:
    rows = bench.run(FOLDER)
    scores = {key: bench.mean(rows, key) for key in (*FLOORS, *CEILINGS)}
    assert all(scores[key] >= floor for key, floor in FLOORS.items()), scores
    assert all(scores[key] <= ceiling for key, ceiling in CEILINGS.items()), scores
    assert sum(row["f1"] == 1 for row in rows) >= LEAST_PERFECT * len(rows)
