"""``manifest-sha256.txt``: one line a closed WARC file, in BagIt's form (RFC 8493 §2.1.3)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from archiver.appending import AppendedFile
from archiver.errors import FormatError

_LINE = re.compile(r"^([0-9a-f]{64})  ([^\r\n]+)$")


def add_to_manifest(manifest: Path, path: Path, sha256: str) -> None:
    """Append ``path`` (which lies under the manifest's folder) with its digest, durably. Raises StoreError."""
    line = f"{sha256}  {path.relative_to(manifest.parent).as_posix()}\n"
    out = AppendedFile(manifest)
    try:
        out.append(line.encode())
    finally:
        out.close()


def read_manifest(manifest: Path) -> dict[str, str]:
    """Relative path to sha256 hex; a later line replaces an earlier one. Raises FormatError with the line."""
    entries: dict[str, str] = {}
    if not manifest.exists():
        return entries
    for number, line in enumerate(manifest.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        parsed = parse_manifest_line(line)
        if parsed is None:
            raise FormatError("not a manifest line; run archiver repair", f"{manifest.name}:{number}")
        entries[parsed[0]] = parsed[1]
    return entries


def parse_manifest_line(line: str) -> tuple[str, str] | None:
    """Relative path and sha256 hex of one line, ``None`` when it is none."""
    match = _LINE.match(line)
    return (match[2], match[1]) if match else None


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
