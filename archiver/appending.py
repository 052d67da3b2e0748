"""A file to which whole pieces are appended (rows, page lines, index lines); what the pieces are is others' business."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from archiver.errors import StoreError


class AppendedFile:
    """Open for appending, made when it is missing. One thread.

    After ``append`` returns, the piece is with the kernel: SIGKILL loses nothing; ``sync`` makes it survive a power cut.
    """

    def __init__(self, path: Path) -> None:
        """Raises StoreError."""
        self.path = path
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            self.size = os.fstat(self._fd).st_size
        except OSError as error:
            raise StoreError.cannot("open", path, error) from error

    def append(self, piece: bytes) -> None:
        """Write all of ``piece`` or nothing; raises StoreError."""
        data = memoryview(piece)
        try:
            while data:
                # A full disk takes a part, and says so only the next time.
                data = data[os.write(self._fd, data) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.size)
            raise StoreError.cannot("write", self.path, error) from error
        self.size += len(piece)

    def sync(self) -> None:
        """fsync; raises StoreError."""
        try:
            os.fsync(self._fd)
        except OSError as error:
            raise StoreError.cannot("fsync", self.path, error) from error

    def close(self) -> None:
        """fsync and close; raises StoreError when what was written last cannot be made durable. Safe to call twice."""
        if self._fd < 0:
            return
        try:
            self.sync()
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Close without fsync."""
        descriptor, self._fd = self._fd, -1
        os.close(descriptor)
