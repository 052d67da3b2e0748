"""Completion in real shells, set up as docs/completion.md has it: what Tab writes on a terminal. tests/docs reads the scripts."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
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


# What each shell reads at its start, and how it is started; {setup} is the folder with the script.
SHELLS = {
    "bash": (["bash", "--rcfile", "{setup}/rc", "-i"], "rc", "PS1='> '\nbind 'set bell-style none'\nsource {setup}/archiver\n"),
    "zsh": (
        ["zsh", "-i"],
        ".zshrc",
        "PS1='> '\nfpath+={setup}/.zfunc\nautoload -Uz compinit\ncompinit -u\nunsetopt beep\n",
    ),
}
WHERE = {"bash": "archiver", "zsh": ".zfunc/_archiver", "fish": "fish/completions/archiver.fish"}
TYPED = [
    ("archiver veri", "archiver verify", "a verb"),
    ("archiver crawl --disc", "archiver crawl --discover", "a flag"),
    ("archiver crawl --scope dom", "archiver crawl --scope domain", "a choice"),
    ("archiver fleet st", "archiver fleet status", "a verb of a verb"),
]


@pytest.fixture(scope="module")
def setup(path: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder in which completion is set up for the three."""
    folder = tmp_path_factory.mktemp("home")
    for shell, where in WHERE.items():
        (folder / where).parent.mkdir(parents=True, exist_ok=True)
        (folder / where).write_text(run(["archiver", "completion", shell], path))
        assert f"archiver completion {shell} > ~/" in DOCS.read_text(encoding="utf-8")
    for _, name, text in SHELLS.values():
        (folder / name).write_text(text.replace("{setup}", str(folder)))
    return folder


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("typed", "wanted", "reason"), TYPED, ids=[reason for *_, reason in TYPED])
def test_tab_completes_on_a_terminal(shell: str, typed: str, wanted: str, reason: str, path: str, setup: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    command = [word.replace("{setup}", str(setup)) for word in SHELLS[shell][0]]
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(DOCS.parent.parent), "HOME": str(setup), "ZDOTDIR": str(setup)}
    shown = on_terminal(command, {**env, "TERM": "dumb"}, typed + "\t", wanted)
    assert wanted in shown, shown


@pytest.mark.parametrize(("typed", "wanted", "reason"), TYPED, ids=[reason for *_, reason in TYPED])
def test_fish_completes(typed: str, wanted: str, reason: str, path: str, setup: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("no fish here")
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(DOCS.parent.parent), "HOME": str(setup), "XDG_CONFIG_HOME": str(setup)}
    # fish's own way to ask what Tab would offer: one a line, with its help behind a tab.
    done = subprocess.run(["fish", "-c", f"complete -C '{typed}'"], env=env, capture_output=True, text=True, timeout=60, check=True)
    assert wanted.split()[-1] in [line.split("\t")[0] for line in done.stdout.splitlines()]


def on_terminal(command: list[str], env: dict[str, str], typed: str, wanted: str) -> str:
    """What a shell shows after ``typed``; waits for its prompt first, and for ``wanted`` at most 30 s."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        before = read_until(ours, "> ")
        os.write(ours, typed.encode())
        return before + read_until(ours, wanted)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, wanted: str) -> str:
    shown, ends = b"", time.monotonic() + 30
    while wanted.encode() not in shown and time.monotonic() < ends:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:
                break
    return shown.decode("utf-8", "replace")
