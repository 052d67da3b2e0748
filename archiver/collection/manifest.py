"""``manifest-sha256.txt``: one line a closed WARC file, in BagIt's form (RFC 8493 §2.1.3)."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from archiver.errors import FormatError, StoreError

_LINE = re.compile(r"^([0-9a-f]{64})  ([^\r\n]+)$")


def add_to_manifest(manifest: Path, path: Path, sha256: str) -> None:
    """Append ``path`` (which lies under the manifest's folder) with its digest, durably. Raises StoreError."""
    line = f"{sha256}  {path.relative_to(manifest.parent).as_posix()}\n"
    try:
        with manifest.open("ab") as out:
            out.write(line.encode())
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise StoreError(f"{manifest}: cannot write: {error.strerror}") from error


def read_manifest(manifest: Path) -> dict[str, str]:
    """Relative path to sha256 hex; a later line replaces an earlier one. Raises FormatError with the line."""
    entries: dict[str, str] = {}
    if not manifest.exists():
        return entries
    for number, line in enumerate(manifest.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        match = _LINE.match(line)
        if match is None:
            raise FormatError("not a manifest line", f"{manifest.name}:{number}")
        entries[match[2]] = match[1]
    return entries


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
