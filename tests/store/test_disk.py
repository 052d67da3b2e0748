"""What the disk refuses: the crawl stops at once, says how to go on, and goes on without loss."""

from __future__ import annotations

import errno
import itertools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import ArchiverError, StoreError

from .disks import SmallDisk
from .script import run_script
from .whole import assert_whole, without_worker_processes

__all__ = ["without_worker_processes"]
pytestmark = pytest.mark.usefixtures("without_worker_processes")


def fails_once(root: Path) -> StoreError | None:
    """What stopped the script, ``None`` when it came to its end."""
    try:
        run_script(root)
    except StoreError as error:
        return error
    return None


class FullDisk:
    """In place of ``os.write``: from the n-th on, a disk that takes half of that write and then nothing."""

    def __init__(self, nth: int) -> None:
        self._nth, self._writes = nth, 0

    def __call__(self, descriptor: int, data: bytes) -> int:
        self._writes += 1
        if self._writes < self._nth:
            return _write(descriptor, data)
        if self._writes == self._nth and len(data) > 1:
            return _write(descriptor, bytes(data)[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


_write = os.write


def refuse(*_: Any) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("can_cut", [True, False], ids=["cut back", "left torn"])
def test_every_write_may_be_the_one_that_fills_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_cut: bool) -> None:
    """ENOSPC at each write of WARC, text, index, rows, pages and manifest in turn, half of the write done."""
    for nth in itertools.count(1, 1 if can_cut else 2):
        root = tmp_path / str(nth)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", FullDisk(nth))
            if not can_cut:
                patch.setattr(os, "ftruncate", refuse)
            error = fails_once(root)
        if error is None:
            break
        assert "No space left on device; make room and run the same command again" in str(error), nth
        assert fails_once(root) is None, nth
        assert_whole(root)
    assert nth > 30


@pytest.mark.parametrize(
    ("call", "code", "every", "said"),
    [
        ("fsync", errno.EIO, 4, "Input/output error; run the same command again"),
        ("rename", errno.EACCES, 1, "Permission denied; make it writable and run the same command again"),
        ("replace", errno.EROFS, 1, "Read-only file system; make it writable and run the same command again"),
        ("open", errno.EMFILE, 3, "Too many open files; allow more open files (ulimit -n) and run the same command again"),
    ],
)
def test_every_other_call_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, every: int, said: str
) -> None:
    """``every``: not all of the many places that fsync."""
    real = getattr(os, call)
    for nth in itertools.count(1, every):
        root, calls = tmp_path / str(nth), itertools.count(1)

        def failing(*arguments: Any, calls: Iterator[int] = calls, nth: int = nth, **options: Any) -> Any:
            if next(calls) >= nth:
                raise OSError(code, os.strerror(code))
            return real(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            error = fails_once(root)
        if error is None:
            assert_whole(root)
            break
        assert said in str(error), nth
        assert fails_once(root) is None, nth
        assert_whole(root)


# ---- with a kernel that refuses --------------------------------------------------------------------------------------


def test_a_disk_of_any_size_may_fill_up(small_disk: Callable[[int], SmallDisk]) -> None:
    """SQLite's files and all that is written aside and renamed included: a page of the disk more each time."""
    size, full = 8192, 0
    while True:
        disk = small_disk(size)
        root = disk.root / "c"
        error = fails_once_or_not_at_all(root)
        if error is None:
            break
        full += 1
        assert re.search(r"make room (\(or allow more open files\) )?and run the same command again$", str(error)), (
            size,
            str(error),
        )
        disk.remount("size=64m")
        assert fails_once(root) is None, size
        assert_whole(root)
        size += 3 * 4096
    assert full > 10


def fails_once_or_not_at_all(root: Path) -> ArchiverError | None:
    try:
        run_script(root)
    except ArchiverError as error:
        return error
    return None
