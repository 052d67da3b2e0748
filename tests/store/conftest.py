"""Fixtures of the tests in this folder; the server is that of tests/wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wire.fixtures import start_server

from .disks import SmallDisk

__all__ = ["small_disk", "start_server"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], SmallDisk]]:
    """A function that makes disks of so many bytes, gone with the test."""
    made: list[SmallDisk] = []

    def make(size: int) -> SmallDisk:
        made.append(SmallDisk(tmp_path / f"disk-{len(made)}", size))
        return made[-1]

    yield make
    for disk in made:
        disk.unmount()
