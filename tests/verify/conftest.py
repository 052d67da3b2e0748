"""One real crawl of the demo site over two editions a session; each test damages a copy of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.collection.layout import Collection
from archiver.demo_site import DemoSite


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of two runs: the second finds a changed story, and keeps what is the same as revisits."""
    root = tmp_path_factory.mktemp("verify") / "demo"
    with DemoSite() as site:
        for edition in (1, 2):
            site.edition = edition
            command = [sys.executable, "-m", "archiver", "crawl", *site.sections, "-o", str(root), "--delay", "0"]
            done = subprocess.run(
                [*command, "--min-free", "0", "--recheck", "all"], capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def collection(crawled: Path, tmp_path: Path) -> Collection:
    """A copy to damage."""
    return Collection(Path(shutil.copytree(crawled, tmp_path / "demo")))
