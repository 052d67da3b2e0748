"""File systems made to measure, in memory."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import pytest


class SmallDisk:
    """A file system of so many bytes; needs root. ``notes`` lies beside it, on another one."""

    def __init__(self, root: Path, size: int) -> None:
        self.root, self.notes = root, root.with_name(root.name + "-notes")
        root.mkdir(parents=True)
        self.notes.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", root], check=False, capture_output=True)
        if done.returncode:
            pytest.skip("needs the right to mount")

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.root], check=True)

    def fill(self) -> None:
        """Until not one byte more is taken."""
        with (self.root / "filler").open("wb", buffering=0) as filler:
            while True:
                try:
                    filler.write(bytes(4096))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    return

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", self.root], check=True)
