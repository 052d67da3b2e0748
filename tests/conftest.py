"""One real crawl of the demo site over two editions a session; each test gets a copy of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.demo_site import DemoSite


@pytest.fixture(scope="session")
def crawled_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("crawled") / "demo"
    with DemoSite() as site:
        for edition in (1, 2):
            site.edition = edition
            command = [
                sys.executable,
                "-m",
                "archiver",
                "crawl",
                *site.sections,
                "-o",
                str(root),
                "--delay",
                "0",
                "--min-free",
                "0",
            ]
            done = subprocess.run([*command, "--recheck", "all"], capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def demo(crawled_demo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled_demo, tmp_path / "demo"))
