"""Completion for bash, zsh and fish, as docs/completion.md has it."""

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


def run(command: list[str], path: str, **variables: str) -> str:
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(DOCS.parent.parent), **variables}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_given_its_script(shell: str, path: str) -> None:
    assert f"_ARCHIVER_COMPLETE={shell}_source archiver" in DOCS.read_text(encoding="utf-8")
    script = run(["archiver"], path, _ARCHIVER_COMPLETE=f"{shell}_source")
    assert f"_ARCHIVER_COMPLETE={shell}_complete" in script


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
    line = next(line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("eval") and "bash" in line)
    typed = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}"
    script = f"{line}\n{typed}; _archiver_completion archiver; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    assert expected in run(["bash", "--norc", "-c", script], path).split()
