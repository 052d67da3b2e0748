"""One Dask cluster for the tests that kill nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .support import Cluster, run, write_warcs


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    found = Cluster(tmp_path_factory.mktemp("dask"))
    yield found
    found.close()


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """One to kill."""
    folder = tmp_path / "dask"
    folder.mkdir()
    found = Cluster(folder)
    yield found
    found.close()


@pytest.fixture(scope="session")
def warcs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six files of 8 pages, with revisits over files and damage."""
    folder = tmp_path_factory.mktemp("warcs")
    write_warcs(folder, files=6, pages=8)
    return folder


@pytest.fixture(scope="session")
def on_one_machine(warcs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``archiver extract`` makes of them."""
    out = tmp_path_factory.mktemp("one") / "out"
    done = run("extract", warcs, "-o", out)
    assert done.returncode == 1, done.stderr
    return out
