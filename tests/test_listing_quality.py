"""The score on real, labelled section pages does not fall below what was reached.

The pages are not part of the repository; where they are absent the test is skipped and says so.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from archiver.extraction.document import parse_document
from archiver.extraction.kind import page_kind


def load(name: str) -> ModuleType:
    """A script of ``bench/``, which is no package; ``sections_stress`` imports ``sections`` by its name."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent.parent / "bench" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bench, stress = load("sections"), load("sections_stress")

FOLDER = bench.default_folder()
# Reached on the 50 shared pages when these were set: F1 1.000, headline 1.000, teaser .995, false .053, next 1.000, 49 perfect.
FLOORS = {"f1": 0.998, "headline": 0.999, "teaser": 0.99, "next_ok": 0.99}
CEILINGS = {"teaser_false": 0.054}
LEAST_PERFECT = 0.98


@pytest.mark.skipif(not (FOLDER / "truth.jsonl").exists(), reason=f"no labelled section pages in {FOLDER}")
def test_quality_on_labelled_pages_stays() -> None:
    rows = bench.run(FOLDER)
    scores = {key: bench.mean(rows, key) for key in (*FLOORS, *CEILINGS)}
    assert all(scores[key] >= floor for key, floor in FLOORS.items()), scores
    assert all(scores[key] <= ceiling for key, ceiling in CEILINGS.items()), scores
    assert sum(row["f1"] == 1 for row in rows) >= LEAST_PERFECT * len(rows)


STRESS = {"hashed_names": 0.97, "no_names": 0.95, "plain_headings": 0.98, "half": 0.995, "two_left": 0.97}


@pytest.mark.skipif(not (FOLDER / "truth.jsonl").exists(), reason=f"no labelled section pages in {FOLDER}")
@pytest.mark.parametrize("name", STRESS)
def test_quality_on_changed_pages_stays(name: str) -> None:
    change = next(change for change in stress.CHANGES if change.__name__ == name)
    assert stress.mean(stress.run(FOLDER, change), "f1") >= STRESS[name]


@pytest.mark.skipif(not (FOLDER / "truth.jsonl").exists(), reason=f"no labelled section pages in {FOLDER}")
def test_no_labelled_section_page_is_taken_for_an_article() -> None:
    for line in (FOLDER / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        assert page_kind(parse_document((FOLDER / truth["file"]).read_bytes(), truth["url"]), truth["url"]) != "article"
