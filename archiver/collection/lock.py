"""One writer a collection: a kernel lock, which a dead process does not hold."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from pathlib import Path

from archiver.errors import CollectionError, CollectionLockedError

LOCK_NAME = ".lock"


class CollectionLock:
    """Held from ``acquire`` until ``release`` or the end of the process (flock; the kernel frees it)."""

    def __init__(self, root: Path) -> None:
        self.path = root / LOCK_NAME
        self._fd: int | None = None

    def acquire(self) -> None:
        """Raises CollectionLockedError, naming the holder, when another process has it."""
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise CollectionError(f"{self.path}: cannot open the lock: {error.strerror}") from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(fd, 200).decode("utf-8", "replace").strip() or "another process"
            os.close(fd)
            raise CollectionLockedError(f"{self.path.parent}: in use by {holder}; wait for it or stop it") from error
        self._fd = fd
        # Only a name to tell: on a full disk the lock holds without it.
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
            os.write(fd, f"process {os.getpid()} on {socket.gethostname()}\n".encode())

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
