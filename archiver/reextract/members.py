"""A file within a zip file, as a seekable stream, read where it lies: a WACZ may be larger than the disk has room for twice."""

from __future__ import annotations

import io
import zipfile
from typing import BinaryIO

_LOCAL_HEADER = 30


def open_member(stream: BinaryIO, name: str) -> BinaryIO:
    """The member ``name`` of the zip file ``stream``; valid as long as that is open.

    Members are stored, as WACZ wants it; what was compressed again is unpacked while it is read, and going back begins anew.
    Raises FileNotFoundError, or what zipfile raises.
    """
    archive = zipfile.ZipFile(stream)
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise FileNotFoundError(2, "no such member", name) from None
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
        return archive.open(info)  # type: ignore[return-value]
    stream.seek(info.header_offset)
    head = stream.read(_LOCAL_HEADER)
    if len(head) < _LOCAL_HEADER or not head.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile(f"no local header of {name}")
    # APPNOTE §4.3.7: its extra field may have another length than the central directory says.
    lengths = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    return io.BufferedReader(_Window(stream, info.header_offset + _LOCAL_HEADER + lengths, info.file_size))


class _Window(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, stream: BinaryIO, begin: int, size: int) -> None:
        self._stream, self._begin, self._size, self._at = stream, begin, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._stream.seek(self._begin + self._at)
        data = self._stream.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
