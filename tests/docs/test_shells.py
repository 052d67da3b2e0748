"""Completion works in the shells themselves, where they are installed; verbs that report have a form for machines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.cli import VERBS, cli, run

Captured = pytest.CaptureFixture[str]
# They print what was asked for itself, or serve.
NO_REPORT = {"demo", "replay", "completion", "sites", "fleet", "exclude"}


@pytest.mark.parametrize(("typed", "wanted"), [("sel", "select"), ("comp", "completion"), ("report --rep", "--replay")])
def test_bash_asks_and_is_answered(typed: str, wanted: str) -> None:
    words = f"archiver {typed}"
    env = {**os.environ, "_ARCHIVER_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = subprocess.run([sys.executable, "-m", "archiver"], env=env, capture_output=True, text=True, timeout=300, check=False)
    assert f"plain,{wanted}" in done.stdout.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_takes(shell: str, tmp_path: Path, capsys: Captured) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "_ARCHIVER_COMPLETE" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        done = subprocess.run([shell, "-n", str(tmp_path / "script")], capture_output=True, text=True, timeout=300, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_every_verb_that_reports_has_json() -> None:
    for verb in set(VERBS) - NO_REPORT:
        command = cli.get_command(None, verb)  # type: ignore[arg-type]
        assert command is not None
        assert "--json" in {flag for parameter in command.params for flag in parameter.opts}, verb


def test_rebuild_and_index_say_in_json_what_they_did(demo: Path, capsys: Captured) -> None:
    assert run(["index", str(demo), "--json"]) == 0
    indexed = json.loads(capsys.readouterr().out)
    assert run(["rebuild", str(demo), "--json"]) == 0
    rebuilt = json.loads(capsys.readouterr().out)
    assert rebuilt["captures"] == indexed["captures"] > 50
    assert rebuilt["rows"]["runs"] == 2
    assert rebuilt["damages"] == indexed["damages"] == []
