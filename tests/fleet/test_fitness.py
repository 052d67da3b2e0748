"""A worker that is not what the client is, or sees another folder, is told so before anything runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archiver.fleet.board import Board
from archiver.fleet.fitness import facts_here, unfit

from .support import Cluster, run


def prepared(root: Path) -> Path:
    Board(root).prepare()
    return root


def test_this_process_is_fit_for_itself(tmp_path: Path) -> None:
    assert unfit(facts_here(prepared(tmp_path))) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("archiver", "archiver is "),
        ("extractor_config", "the extractor's options is "),
        ("schema_version", "the schema is "),
        ("python", "Python is "),
        ("dask", "distributed is "),
    ],
)
def test_other_versions_are_named(tmp_path: Path, name: str, said: str) -> None:
    why = unfit(replace(facts_here(prepared(tmp_path)), **{name: "0"}))
    assert why is not None
    assert why.startswith(said)
    assert why.endswith("the client's is 0: install the same everywhere")


def test_another_folder_under_the_same_path_is_noticed(tmp_path: Path) -> None:
    facts = facts_here(prepared(tmp_path / "a"))
    assert "is not here" in str(unfit(replace(facts, root=str(tmp_path / "b"))))
    prepared(tmp_path / "b")
    facts_here(tmp_path / "b")
    assert "is another folder than the client's" in str(unfit(replace(facts, root=str(tmp_path / "b"))))


def test_a_worker_of_another_version_is_refused_before_anything_runs(tmp_path: Path, warcs: Path, own_cluster: Cluster) -> None:
    # A worker of another version: its package is shadowed.
    shadow = tmp_path / "shadow" / "sitecustomize.py"
    shadow.parent.mkdir()
    shadow.write_text("import archiver._version\narchiver._version.__version__ = '0.0.0-other'\n")
    own_cluster.add_worker(path=shadow.parent)
    done = run("fleet", "extract", warcs, "-o", tmp_path / "out", "--scheduler", own_cluster.address)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "archiver is 0.0.0-other, the client's is " in done.stderr
    assert not list((tmp_path / "out").glob("*.jsonl"))
