"""Crawls in processes of their own, forked from one that has imported everything: a third of a small crawl is the start of Python.

Each is what ``archiver crawl`` is, and may be killed, limited or starved as one.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from capture.support import QUICK, Crawl, Kept

_PRELOADED = ["archiver.cli.process", "archiver.cli.crawl", "archiver.cli.rebuild", "archiver.reextract.repair"]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_PRELOADED)


def _nothing() -> None:
    return None


def _main(arguments: list[str], env: dict[str, str], stdout: Path, stderr: Path, before: Callable[[], None]) -> None:
    for number, path in ((1, stdout), (2, stderr)):
        os.dup2(os.open(path, os.O_WRONLY), number)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ.update(env)
    before()
    from archiver.cli import run

    sys.exit(run(arguments))


class Running:
    """One ``archiver`` process. ``before`` runs in it first (a picklable function: limits of the process)."""

    def __init__(
        self, arguments: Sequence[str], notes: Path, *, env: dict[str, str] | None = None, before: Callable[[], None] = _nothing
    ) -> None:
        self._stdout, self._stderr = notes.with_name(notes.name + ".out"), notes.with_name(notes.name + ".err")
        for path in (self._stdout, self._stderr):
            path.write_bytes(b"")
        self._process: ForkServerProcess = _context.Process(
            target=_main, args=(list(arguments), env or {}, self._stdout, self._stderr, before)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.exitcode is not None

    def kill(self) -> None:
        self._process.kill()

    def end(self, timeout_s: float = 120) -> tuple[int, str, str]:
        """Exit code (negative: the signal), stdout and stderr."""
        self._process.join(timeout_s)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
            raise TimeoutError(f"still running after {timeout_s} s: {self._stderr.read_text()}")
        return self._process.exitcode, self._stdout.read_text(), self._stderr.read_text()


class RunningCrawl(Running):
    """``archiver crawl URL… -o FOLDER`` without throttling."""

    def __init__(
        self,
        urls: Sequence[str],
        folder: Path,
        *flags: str,
        env: dict[str, str] | None = None,
        before: Callable[[], None] = _nothing,
        notes: Path | None = None,
    ) -> None:
        """What it says is kept beside ``notes``, or else beside the folder."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        super().__init__(["crawl", *urls, "-o", str(folder), *QUICK, *flags], notes or folder, env=env, before=before)

    def ended(self, timeout_s: float = 120) -> Crawl:
        return Crawl(Kept(self.folder), *self.end(timeout_s))


def crawl(
    urls: Sequence[str],
    folder: Path,
    *flags: str,
    env: dict[str, str] | None = None,
    before: Callable[[], None] = _nothing,
    notes: Path | None = None,
) -> Crawl:
    """Run to the end."""
    return RunningCrawl(urls, folder, *flags, env=env, before=before, notes=notes).ended()


def archiver(*arguments: str, notes: Path) -> tuple[int, str, str]:
    """Any other verb, run to the end."""
    return Running(arguments, notes).end()
