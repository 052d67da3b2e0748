"""A series of WARC files in one folder: names, the ``.open`` suffix, warcinfo, roll-over, closing.

Names are ours alone: ``<prefix>-<YYYYMMDDhhmmssSSS>-<serial>-<host>.warc.gz``; nothing from the web gets into a file name.
"""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from archiver.clock import now
from archiver.errors import StoreError
from archiver.warc.records import WARC_FIELDS, Record, format_warc_date, new_record_id, sha256_digest, warc_fields
from archiver.warc.writer import WarcWriter, Written, no_fault

OPEN_SUFFIX = ".open"
# WARC/1.1 Annex C recommends files of about 1 GB.
DEFAULT_MAX_BYTES = 1_000_000_000


class ClosedFile:
    """A finished file of a series: final path, size in bytes and sha256 (hex)."""

    __slots__ = ("path", "sha256", "size")

    def __init__(self, path: Path, size: int, sha256: str) -> None:
        self.path, self.size, self.sha256 = path, size, sha256


class WarcSeries:
    """Writes records into the current file of a series, opening and closing files as they fill. One thread.

    ``info`` are the pairs of every file's ``warcinfo`` (WARC/1.1 §6.2); ``on_close`` is called with each finished file after it
    has its final name. No file is created before the first record.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        info: Sequence[tuple[str, str]],
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        on_close: Callable[[ClosedFile], None] = lambda _: None,
        fault: Callable[[str], None] = no_fault,
    ) -> None:
        self.folder, self.prefix, self.max_bytes = folder, safe_name(prefix), max_bytes
        self._info, self._on_close, self._fault = tuple(info), on_close, fault
        self._host = safe_name(socket.gethostname())
        self._serial = 0
        self._writer: WarcWriter | None = None
        self.warcinfo_id = ""

    @property
    def filename(self) -> str:
        """Final name of the current file (without ``.open``)."""
        assert self._writer is not None
        return self._writer.path.name.removesuffix(OPEN_SUFFIX)

    def ready(self) -> None:
        """Make sure a file with room is open; ``warcinfo_id`` and ``filename`` are those of the next ``append``."""
        if self._writer is not None and self._writer.size >= self.max_bytes:
            self.close()
        if self._writer is None:
            self._open()

    def append(self, records: Sequence[Record]) -> list[Written]:
        """Append a group that belongs together to the current file; call ``ready`` first."""
        assert self._writer is not None
        return self._writer.append(records)

    def sync(self) -> None:
        """fsync the current file."""
        if self._writer is not None:
            self._writer.sync()

    def close(self) -> None:
        """Close the current file, give it its final name and make that durable; nothing happens without one."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        writer.close()
        final = finish_name(writer.path, self._fault)
        self._on_close(ClosedFile(final, writer.size, writer.sha256))

    def abandon(self) -> None:
        """Close the descriptor and leave the ``.open`` file for repair, after a write that failed."""
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                writer.close()
            except StoreError:
                return

    def _open(self) -> None:
        self._serial += 1
        stamp = now()
        name = f"{self.prefix}-{stamp:%Y%m%d%H%M%S}{stamp.microsecond // 1000:03d}-{self._serial:05d}-{self._host}.warc.gz"
        self._writer = WarcWriter(self.folder / (name + OPEN_SUFFIX), self._fault)
        self.warcinfo_id = new_record_id()
        try:
            sync_folder(self.folder)
            self._writer.append([warcinfo_record(self.warcinfo_id, name, stamp, self._info)])
        except StoreError:
            self.abandon()
            raise


def warcinfo_record(record_id: str, filename: str, moment: datetime, info: Sequence[tuple[str, str]]) -> Record:
    """The ``warcinfo`` record that opens a file (WARC/1.1 §6.2)."""
    block = warc_fields(info)
    return Record(
        (
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", record_id),
            ("WARC-Date", format_warc_date(moment)),
            ("WARC-Filename", filename),
            ("WARC-Block-Digest", sha256_digest([block])),
            ("Content-Type", WARC_FIELDS),
        ),
        (block,),
    )


def safe_name(text: str) -> str:
    """``text`` as part of a file name: ASCII letters, digits, dot, dash and underscore, at most 60."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:60] or "x"


def order_in_time(filename: str) -> tuple[str, str]:
    """A key that sorts the names of a series in the order of time, also where the prefix changed; other tools' files come first."""
    stamp = re.search(r"-([0-9]{17}-[0-9]{5})-[A-Za-z0-9._-]*\.warc\.gz", filename)
    return (stamp[1] if stamp else "", filename)


def finish_name(path: Path, fault: Callable[[str], None] = no_fault) -> Path:
    """Take the ``.open`` suffix off, durably; never replaces an existing file. Raises StoreError."""
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    try:
        fault("warc-rename")
        if os.path.lexists(final):
            raise FileExistsError(errno.EEXIST, "a finished file has that name")
        path.rename(final)
    except OSError as error:
        raise StoreError.cannot(f"rename to {final.name}", path, error) from error
    sync_folder(path.parent)
    return final


def sync_folder(folder: Path) -> None:
    """fsync a folder, so that the names in it survive a power cut; raises StoreError."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreError.cannot("fsync", folder, error) from error
