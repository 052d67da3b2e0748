"""Which files are there, which should be: WARCs, the manifest, leftovers. No record is read here."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from archiver.collection.layout import Collection
from archiver.collection.lock import LOCK_NAME
from archiver.collection.manifest import file_sha256, parse_manifest_line
from archiver.verify.findings import plain_name, shown
from archiver.verify.ledger import Ledger
from archiver.verify.lines import read_lines
from archiver.verify.records import WarcFile
from archiver.warc.series import OPEN_SUFFIX

_FOLDERS = ("archive", "text")
_ENDINGS = (".warc.gz", ".warc", ".warc.gz" + OPEN_SUFFIX, ".warc" + OPEN_SUFFIX)
_MAX_LINE = 1 << 16


@dataclass(frozen=True, slots=True)
class Expected:
    """What the manifest says of one file, and in which line."""

    sha256: str
    line: int


def is_busy(root: Path) -> bool:
    """Whether another process holds the collection's lock. Takes nothing, writes nothing."""
    try:
        descriptor = os.open(root / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def find_files(collection: Collection, ledger: Ledger, *, busy: bool) -> list[WarcFile]:
    """The WARC files of a collection, numbered from 1 and entered in the ledger; what stands in their place is a finding."""
    found: list[WarcFile] = []
    for folder in _FOLDERS:
        for path in sorted((collection.root / folder).glob("*")):
            if not path.name.endswith(_ENDINGS):
                continue
            if not path.is_file():
                ledger.find("error", "unreadable", f"{folder}/{path.name}", "not a file")
                continue
            file = WarcFile(len(found) + 1, path, folder)
            found.append(file)
            place = f"{folder}/{path.name}"
            ledger.add("files", (file.number, folder, plain_name(file.name), plain_name(place), path.stat().st_size, file.is_open))
            if file.is_open:
                _leftover(ledger, place, busy=busy)
    return found


def _leftover(ledger: Ledger, place: str, *, busy: bool) -> None:
    if busy:
        ledger.find("note", "open-file", place, "being written by a crawl: only what was there at the start is checked")
    else:
        ledger.find("error", "open-file", place, "left open by a crawl that died: run archiver repair, or the same crawl again")


def read_manifest(collection: Collection, ledger: Ledger) -> dict[str, Expected]:
    """Relative path to what the manifest says; a later line replaces an earlier one. Lines that are none are findings."""
    entries: dict[str, Expected] = {}
    path = collection.manifest
    if not path.is_file():
        return entries
    for line in read_lines(path, max_line=_MAX_LINE, stop=path.stat().st_size):
        parsed = parse_manifest_line(line.data.decode("utf-8", "replace")) if line.data is not None else None
        if parsed is None or not line.ends:
            ledger.find("error", "manifest", path.name, "not a whole manifest line: run archiver repair", line=line.number)
            continue
        name, sha256 = parsed
        if name.startswith("/") or ".." in name.split("/"):
            ledger.find("error", "manifest", path.name, f"{shown(name)} is not in the collection", line=line.number)
            continue
        entries[name] = Expected(sha256, line.number)
    return entries


def compare_manifest(
    collection: Collection, entries: dict[str, Expected], files: list[WarcFile], ledger: Ledger, *, busy: bool
) -> None:
    """Files that the manifest names and that are not there, and the other way round. The WARCs' digests are the scan's work."""
    known = {f"{file.folder}/{file.path.name}" for file in files}
    for file in files:
        place = f"{file.folder}/{file.path.name}"
        if place not in entries and not file.is_open and not busy:
            ledger.find("warning", "manifest", place, "not in manifest-sha256.txt: run archiver repair")
    for name, expected in entries.items():
        if name in known:
            continue
        path = collection.root / name
        if path.is_file():
            check_digest(path, name, expected, ledger)
        else:
            where = f"{collection.manifest.name}:{expected.line}"
            ledger.find("error", "missing-file", name, f"not there, but {where} names it: restore it from a copy")


def check_digest(path: Path, place: str, expected: Expected, ledger: Ledger) -> None:
    """Whether a whole file has the digest that the manifest states."""
    try:
        actual = file_sha256(path)
    except OSError as error:
        ledger.find("error", "unreadable", place, f"cannot be read: {error.strerror}")
        return
    if actual != expected.sha256:
        what = f"not the bytes that manifest-sha256.txt:{expected.line} names: restore the file from a copy"
        ledger.find("error", "manifest", place, what)
