"""Crawls in processes of their own, forked from one that has imported everything: a third of a small crawl is the start of Python.

Each is what ``archiver crawl`` is, and may be killed, limited or starved as one.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from capture.support import QUICK, Crawl, Kept

from .script import SandboxHere

_PRELOADED = [
    "archiver.cli.process", "archiver.cli.crawl", "archiver.cli.rebuild", "archiver.reextract.repair", "archiver.extraction.tasks",
]  # fmt: skip
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_PRELOADED)


def _nothing() -> None:
    return None


def reads_pages_itself() -> None:
    """For a process: pages are read in it, as its workers would. They take half a small crawl's time to start, each time."""
    for module in ("archiver.extensions.collection", "archiver.reextract.repair", "archiver.reextract.rebuild"):
        importlib.import_module(module).Sandbox = lambda *_, **__: SandboxHere()  # type: ignore[attr-defined]


def _main(
    arguments: list[str], env: dict[str, str], stdout: Path, stderr: Path, before: Callable[[], None], has_workers: bool
) -> None:
    for number, path in ((1, stdout), (2, stderr)):
        os.dup2(os.open(path, os.O_WRONLY), number)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ.update(env)
    if not has_workers:
        reads_pages_itself()
    before()
    from archiver.cli import run

    sys.exit(run(arguments))


class Running:
    """One ``archiver`` process. ``before`` runs in it first (a picklable function: limits of the process)."""

    def __init__(
        self,
        arguments: Sequence[str],
        notes: Path,
        *,
        env: dict[str, str] | None = None,
        before: Callable[[], None] = _nothing,
        has_workers: bool = True,
    ) -> None:
        self._stdout, self._stderr = notes.with_name(notes.name + ".out"), notes.with_name(notes.name + ".err")
        for path in (self._stdout, self._stderr):
            path.write_bytes(b"")
        self._process: ForkServerProcess = _context.Process(
            target=_main, args=(list(arguments), env or {}, self._stdout, self._stderr, before, has_workers)
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
        has_workers: bool = False,
    ) -> None:
        """What it says is kept beside ``notes``, or else beside the folder. Without ``has_workers`` it reads pages itself."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        command = ["crawl", *urls, "-o", str(folder), *QUICK, *flags]
        super().__init__(command, notes or folder, env=env, before=before, has_workers=has_workers)

    def ended(self, timeout_s: float = 120) -> Crawl:
        return Crawl(Kept(self.folder), *self.end(timeout_s))


def crawl(
    urls: Sequence[str],
    folder: Path,
    *flags: str,
    env: dict[str, str] | None = None,
    before: Callable[[], None] = _nothing,
    notes: Path | None = None,
    has_workers: bool = False,
) -> Crawl:
    """Run to the end."""
    return RunningCrawl(urls, folder, *flags, env=env, before=before, notes=notes, has_workers=has_workers).ended()


def archiver(*arguments: str, notes: Path, has_workers: bool = False) -> tuple[int, str, str]:
    """Any other verb, run to the end."""
    return Running(arguments, notes, has_workers=has_workers).end()
