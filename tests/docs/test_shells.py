"""Completion works in the shells themselves, where they are installed; verbs that report have a form for machines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.cli import VERBS, run

Captured = pytest.CaptureFixture[str]
# One serves until Ctrl-C, the other prints a script.
NO_REPORT = {"replay", "completion"}
# One line each, on the collection {c} and into the folder {t}; every verb that reports is here, with a key that its JSON has.
REPORTS = [
    ("crawl http://127.0.0.1:1/ -o {t}/none --delay 0 --retries 0 --timeout 2 --json", "finish_reason"),
    ("inspect {t}/page.html --json", "url"),
    ("verify {c} --no-extract --json", "clean"),
    ("repair {c} --json", None),
    ("rebuild {c} --json", "captures"),
    ("extract {c} -o {t}/rows --json", None),
    ("index {c} --json", "captures"),
    ("patch {c} --json", None),
    ("pack {c} -o {t}/c.wacz --json", None),
    ("status {c} --json", None),
    ("report {c} -o {t}/report.html --json", None),
    ("exclude {c} --url http://127.0.0.1/x --reason why --json", "captures"),
    ("exclude {c} --url http://127.0.0.1/x --remove --json", "taken_back"),
    ("exclude {c} --json", None),
    ("export {c} --format sqlite -o {t}/x.sqlite --json", None),
    ("history {c} --json", "article_id"),
    ("select {c} --where 1 -o {t}/part --json", None),
    ("dedup {c} --json", None),
    ("sites list --json", None),
    ("sites show popularresistance.org --json", "hosts"),
    ("sites check --json", "profiles"),
    ("fleet extract {c} -o {t}/fleet-rows --json", None),
    ("fleet status {t}/fleet-rows --json", None),
    ("demo -o {t}/demo2 --json", "runs"),
]


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


def test_every_verb_that_reports_is_in_the_table() -> None:
    assert {line.split()[0] for line, _ in REPORTS} == set(VERBS) - NO_REPORT


@pytest.mark.parametrize(("line", "key"), REPORTS, ids=[line.split(" --json")[0] for line, _ in REPORTS])
def test_a_verb_reports_in_json_and_nothing_else(line: str, key: str | None, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<title>A page</title><p>of one line")
    words = line.format(c=demo, t=tmp_path).split()
    if words[:2] == ["fleet", "status"]:
        extract = [sys.executable, "-m", "archiver", "fleet", "extract", str(demo), "-o", str(tmp_path / "fleet-rows")]
        subprocess.run(extract, capture_output=True, check=True, timeout=300)
    done = subprocess.run([sys.executable, "-m", "archiver", *words], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 1), done.stderr
    found = [json.loads(row) for row in done.stdout.splitlines()]
    # One object a duplicate, and the demo has none.
    assert found or words[0] == "dedup"
    assert key is None or key in found[-1]


def test_rebuild_and_index_say_in_json_what_they_did(demo: Path, capsys: Captured) -> None:
    assert run(["index", str(demo), "--json"]) == 0
    indexed = json.loads(capsys.readouterr().out)
    assert run(["rebuild", str(demo), "--json"]) == 0
    rebuilt = json.loads(capsys.readouterr().out)
    assert rebuilt["captures"] == indexed["captures"] > 50
    assert rebuilt["rows"]["runs"] == 2
    assert rebuilt["damages"] == indexed["damages"] == []
