"""Appends records to one WARC file, one gzip member each. Not thread-safe: one writer thread a process (DESIGN §5.4)."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import StoreError
from archiver.warc.compression import Piece, gzip_member
from archiver.warc.records import Record


@dataclass(frozen=True, slots=True)
class Written:
    """Where a record went: bytes of the compressed file."""

    offset: int
    length: int


def no_fault(step: str) -> None:
    """The fault hook in production: nothing happens at any named step."""


class WarcWriter:
    """A new WARC file, open for appending.

    After ``append`` returns, the records are with the kernel: SIGKILL loses nothing; ``sync`` makes them survive a power cut.
    A write that fails half way is cut back, so that the file ends with a whole member, and StoreError is raised; the writer then
    takes no more, nor after an fsync that failed (the kernel may have dropped the pages and would say yes to the next one).
    """

    def __init__(self, path: Path, fault: Callable[[str], None] = no_fault) -> None:
        self.path = path
        self._fault = fault
        self._sha256 = hashlib.sha256()
        self._dirty = False
        self._failed = self._sync_failed = False
        self.size = 0
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError.cannot("create the WARC file", path, error) from error

    def append(self, records: Sequence[Record]) -> list[Written]:
        """Write ``records`` as one group; raises StoreError and leaves the file as it was when that cannot be done."""
        if self._failed:
            raise StoreError(f"{self.path}: an earlier write failed; run archiver repair")
        written: list[Written] = []
        pieces: list[Piece] = []
        offset = self.size
        for record in records:
            member = gzip_member(record.serialize(), body_is_coded=record.body_is_coded)
            length = sum(map(len, member))
            written.append(Written(offset, length))
            pieces += member
            offset += length
        self._write(pieces)
        for piece in pieces:
            self._sha256.update(piece)
        self.size = offset
        self._dirty = True
        return written

    def _write(self, pieces: Sequence[Piece]) -> None:
        data = memoryview(b"".join(pieces))
        try:
            self._fault("warc-write-start")
            while data:
                # os.write may take less than it was given, on a full disk above all.
                data = data[os.write(self._fd, data) :]
                self._fault("warc-write-part")
        except BaseException as error:
            # Also for KeyboardInterrupt: nothing may ever be appended behind half a member.
            self._failed = True
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.size)
            if not isinstance(error, OSError):
                raise
            raise StoreError.cannot("write", f"{self.path}@{self.size}", error) from error

    def sync(self) -> None:
        """fsync when something was written since the last time; raises StoreError."""
        if not self._dirty:
            return
        if self._sync_failed:
            raise StoreError(f"{self.path}: an earlier fsync failed; run archiver repair")
        try:
            self._fault("warc-sync")
            os.fsync(self._fd)
        except OSError as error:
            self._failed = self._sync_failed = True
            raise StoreError.cannot("fsync", self.path, error) from error
        self._dirty = False

    @property
    def sha256(self) -> str:
        """Hex digest of the whole file so far."""
        return self._sha256.hexdigest()

    def close(self) -> None:
        """fsync and close the descriptor; the file keeps its name."""
        try:
            self.sync()
        finally:
            os.close(self._fd)
