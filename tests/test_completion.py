"""Completion in a real bash, as docs/completion.md has it; tests/docs looks at the scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs" / "completion.md"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which ``archiver`` is this checkout's."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "archiver").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archiver "$@"\n')
    (folder / "archiver").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def run(command: list[str], path: str) -> str:
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(DOCS.parent.parent)}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=True).stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["archiver", "veri"], "verify"),
        (["archiver", "crawl", "--disc"], "--discover"),
        (["archiver", "crawl", "--scope", "dom"], "domain"),
    ],
    ids=["a verb", "a flag", "a choice"],
)
def test_bash_completes(words: list[str], expected: str, path: str) -> None:
    if shutil.which("bash") is None:
        pytest.skip("no bash here")
    line = 'eval "$(archiver completion bash)"'
    assert f"`{line}`" in DOCS.read_text(encoding="utf-8")
    typed = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}"
    script = f"{line}\n{typed}; _archiver_completion archiver; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    assert expected in run(["bash", "--norc", "-c", script], path).split()
