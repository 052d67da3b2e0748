"""A real headless Chromium, and ``archiver replay`` as a process beside it."""

from __future__ import annotations

import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here (apt-get install chromium)")
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


@dataclass
class Seen:
    """A browser page and every host that anything in it asked; not those that the browser kept it from asking."""

    page: Any
    requested: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    @property
    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in {*self.requested} - {*self.blocked} if url.startswith(("http", "ws"))}


@contextmanager
def browser() -> Iterator[Any]:
    """One Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def new_page(chromium: Any, **options: Any) -> Iterator[Seen]:
    """A page in a profile of its own."""
    context = chromium.new_context(**options)
    context.set_default_timeout(20_000)
    seen = Seen(context.new_page())
    context.on("request", lambda request: seen.requested.append(request.url))
    context.on("requestfailed", lambda request: request.failure == "csp" and seen.blocked.append(request.url))
    try:
        yield seen
    finally:
        context.close()


@contextmanager
def replaying(*targets: object) -> Iterator[str]:
    """``archiver replay`` until the block ends; gives the address of its home page."""
    command = [sys.executable, "-m", "archiver", "replay", *map(str, targets), "--no-open"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield _address(process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        finally:
            process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ready, _, _ = select.select([process.stdout], [], [], 0.5)
        if ready and (match := re.match(r"(http://\S+)", process.stdout.readline())):
            return match[1]
        if process.poll() is not None:
            raise RuntimeError(process.stderr.read() if process.stderr else "")
    raise TimeoutError("archiver replay did not say where it is")


def children_of(pid: int) -> list[int]:
    """Processes started by ``pid``."""
    return [int(name) for task in Path(f"/proc/{pid}/task").iterdir() for name in (task / "children").read_text().split()]
