"""With nothing but the core installed everything works that does not need more, and the rest is one line that names the command."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import contextlib, io, json, sys
for name in ("pyarrow", "altair", "vl_convert", "jinja2", "pandas", "polars", "duckdb", "distributed"):
    sys.modules[name] = None
from archiver.cli import run
for arguments in json.loads(sys.argv[1]):
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = run(arguments)
    print(json.dumps([code, said.getvalue().splitlines()[-1:]]))
"""
NO_PARQUET = ["archiver: no Parquet files are written: this needs pyarrow: pip install 'archiver[data]'"]
CASES = [
    (["status", "demo"], 0, []),
    (["history", "demo"], 0, []),
    (["export", "demo", "--format", "sqlite"], 0, []),
    (["dedup", "demo"], 0, []),
    (["select", "demo", "--where", "section = 'Culture'", "-o", "made"], 0, NO_PARQUET),
    (["verify", "made", "--no-extract"], 0, []),
    (["rebuild", "demo"], 0, NO_PARQUET),
    (["export", "demo", "--format", "parquet"], 2, ["archiver: this needs pyarrow: pip install 'archiver[data]'"]),
    (["report", "demo"], 2, ["archiver: this needs altair: pip install 'archiver[report]'"]),
    (["history", "demo", "--html", "x.html"], 2, ["archiver: this needs jinja2: pip install 'archiver[report]'"]),
]


@pytest.fixture(scope="module")
def answers(crawled_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, list[str]]]:
    folder = tmp_path_factory.mktemp("core")
    shutil.copytree(crawled_demo, folder / "demo")
    command = [sys.executable, "-c", SCRIPT, json.dumps([arguments for arguments, _, _ in CASES])]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]  # type: ignore[misc]


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: " ".join(CASES[number][0][:1] + CASES[number][0][2:3]))
def test_a_verb_works_or_names_the_extra(answers: list[tuple[int, list[str]]], number: int) -> None:
    _, code, said = CASES[number]
    assert answers[number] == (code, said)
