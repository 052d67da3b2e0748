"""The ten bytes before a gzip member's data (RFC 1952 §2.3): no checksum covers them, so they are compared with what we write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from archiver.warc.compression import gzip_member

_LENGTH = 10
_MAX_ODD = 1000


def _written(is_coded: bool) -> bytes:
    return b"".join(gzip_member([b""], body_is_coded=is_coded))[:_LENGTH]


# By body_is_coded: zlib-ng and zlib alike; isal, and zlib level 1 where isal is not installed. No name, no time.
_KNOWN = {
    False: {bytes.fromhex("1f8b0800000000000003"), _written(False)},
    True: {bytes.fromhex("1f8b08000000000000ff"), bytes.fromhex("1f8b0800000000000403"), _written(True)},
}


class MemberHeaders:
    """The headers of one file's members. ``add`` is called for each whole record; raises OSError."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC) if ".gz" in path.suffixes else None
        self._known = 0
        self._odd: list[tuple[int, bytes]] = []
        self._variants: set[bytes] = set()

    def add(self, offset: int, *, is_coded: bool) -> None:
        """The member at ``offset`` has been read; ``is_coded`` as its writer must have told the compressor."""
        if self._fd is None:
            return
        header = os.pread(self._fd, _LENGTH, offset)
        if header in _KNOWN[is_coded]:
            self._known += 1
        else:
            if len(self._odd) < _MAX_ODD:
                self._odd.append((offset, header))
                self._variants.add(header)

    def odd(self) -> Iterator[tuple[int, str]]:
        """Offsets of headers that the writer of this file cannot have made, and what to say.

        A file with not one known header comes from a platform that writes another one.
        """
        if not self._known and len(self._variants) <= len(_KNOWN):
            return
        for offset, header in self._odd:
            yield offset, f"the gzip header {header.hex(' ')} is not as this program writes it: restore the file from a copy"

    def close(self) -> None:
        """Close the file."""
        if self._fd is not None:
            os.close(self._fd)
