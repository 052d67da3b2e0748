"""A collection as one file: WACZ 1.1.1, streamed, written aside and read back before it takes its name; or as a BagIt deposit.

The collection is only read. What is ours alone stays out: the lock, look-up databases, ``collection.toml`` (it may hold a login).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archiver._version import __version__
from archiver.collection.layout import Collection
from archiver.errors import CollectionError, MissingExtraError, StoreError
from archiver.warc.series import sync_folder

WACZ_VERSION = "1.1.1"
# A plain index is loaded whole by a browser; a larger one is cut into blocks that are looked up one by one (ZipNum, as pywb and
# ReplayWeb.page read it).
MAX_PLAIN_INDEX_BYTES = 1 << 20
_LINES_A_BLOCK = 3000
_COPY_BYTES = 1 << 20
# Rows and pages pack at four times the speed of the default; WARCs, the bulk, are stored.
_LEVEL = 1
_FOLDERS = ("archive", "text", "pages", "dataset", "logs")
_COMPRESSED = (".gz", ".parquet", ".zst", ".png", ".jpg")


@dataclass(frozen=True, slots=True)
class Resource:
    """One file of the package; ``path`` inside of it, ``sha256`` in hex."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Packed:
    """What was made: the file or folder, its bytes, what is in it."""

    path: Path
    size: int
    resources: tuple[Resource, ...]


def pack_wacz(collection: Collection, target: Path) -> Packed:
    """Write ``collection`` to the WACZ ``target``; the caller holds the lock. Memory does not grow with size.

    Raises CollectionError when something is not fit to be packed, StoreError when it cannot be written or does not read back.
    """
    _must_be_whole(collection)
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with zipfile.ZipFile(aside, "w", allowZip64=True) as package:
                resources = tuple(_add_all(package, collection))
                _describe(package, collection, resources)
            _read_back(aside, resources)
            with aside.open("rb") as stream:
                os.fsync(stream.fileno())
            aside.replace(target)
            sync_folder(target.parent)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{target}: cannot write: {error.strerror or error}; nothing was replaced") from error
    return Packed(target, target.stat().st_size, resources)


def _must_be_whole(collection: Collection) -> None:
    if collection.open_warcs():
        raise CollectionError(f"{collection.root}: a crawl did not finish; run archiver repair first")
    if not collection.warcs():
        raise CollectionError(f"{collection.root}: no WARC files to pack")
    index = collection.indexes / "index.cdxj"
    if not index.is_file():
        raise CollectionError(f"{index}: not there; run archiver index first")
    if not collection.pages.is_file():
        raise CollectionError(f"{collection.pages}: not there; run archiver rebuild first")


def _contents(collection: Collection) -> Iterator[Path]:
    """Files that go in as they are."""
    for name in _FOLDERS:
        folder = collection.root / name
        yield from sorted(path for path in folder.rglob("*") if _belongs(path))
    for path in (collection.manifest, collection.root / "report.html", collection.root / "SELECTION.json"):
        if path.is_file():
            yield path


def _belongs(path: Path) -> bool:
    """Not hidden and not empty: validators of data packages refuse an empty JSON Lines file."""
    return path.is_file() and not path.name.startswith(".") and path.stat().st_size > 0


def _add_all(package: zipfile.ZipFile, collection: Collection) -> Iterator[Resource]:
    for path in _contents(collection):
        yield _add_file(package, path, _name_inside(path.relative_to(collection.root)))
    yield from _add_index(package, collection.indexes / "index.cdxj")


def _name_inside(path: Path) -> str:
    """*Quirk:* ``wacz validate`` knows files by their folder and name alone, so each lies in a folder, and none deeper."""
    folder, *rest = path.parts
    return f"{folder}/{'-'.join(rest)}" if rest else f"logs/{folder}"


def _add_file(package: zipfile.ZipFile, path: Path, name: str) -> Resource:
    with path.open("rb") as source:
        return _add(package, name, iter(lambda: source.read(_COPY_BYTES), b""), path.stat().st_mtime)


def _add(package: zipfile.ZipFile, name: str, pieces: Iterator[bytes], modified: float) -> Resource:
    """WARCs and whatever is packed already are stored, so that a reader can seek in them (WACZ 1.1.1 §5)."""
    stamp = max(time.gmtime(modified)[:6], (1980, 1, 1, 0, 0, 0))
    info = zipfile.ZipInfo(name, stamp)
    info.compress_type = zipfile.ZIP_STORED if name.endswith(_COMPRESSED) else zipfile.ZIP_DEFLATED
    # Python 3.13 gave the attribute a public name; that of the ZipFile does not count for an info of one's own.
    setattr(info, "compress_level" if hasattr(info, "compress_level") else "_compresslevel", _LEVEL)
    info.external_attr = 0o644 << 16
    # *Quirk:* ReplayWeb.page takes a central directory entry without extra fields to mean that the local header has none either,
    # and reads the file from the wrong place: sizes stand there as ZIP64 whatever they are. A time (as Info-ZIP writes it) is one.
    info.extra = struct.pack("<HHBi", 0x5455, 5, 1, max(0, min(int(modified), 2**31 - 1)))
    digest, size = hashlib.sha256(), 0
    with package.open(info, "w", force_zip64=True) as out:
        for piece in pieces:
            out.write(piece)
            digest.update(piece)
            size += len(piece)
    return Resource(name, digest.hexdigest(), size)


def _add_index(package: zipfile.ZipFile, index: Path) -> Iterator[Resource]:
    modified = index.stat().st_mtime
    if index.stat().st_size <= MAX_PLAIN_INDEX_BYTES:
        yield _add_file(package, index, "indexes/index.cdx")
        return
    heads: list[bytes] = [b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n']
    yield _add(package, "indexes/index.cdx.gz", _zipnum(index, heads), modified)
    yield _add(package, "indexes/index.idx", iter(heads), modified)


def _zipnum(index: Path, heads: list[bytes]) -> Iterator[bytes]:
    """Blocks of lines, each a gzip member; ``heads`` gets a line a block: key, time, and where it lies."""
    at = 0
    with index.open("rb") as lines:
        while block := [line for _, line in zip(range(_LINES_A_BLOCK), lines, strict=False)]:
            packer = zlib.compressobj(wbits=31)
            member = packer.compress(b"".join(block)) + packer.flush()
            place = {"offset": at, "length": len(member), "digest": f"sha256:{hashlib.sha256(member).hexdigest()}"}
            place["filename"] = "index.cdx.gz"
            heads.append(block[0].split(b"{", 1)[0].strip() + b" " + json.dumps(place).encode() + b"\n")
            at += len(member)
            yield member


def _describe(package: zipfile.ZipFile, collection: Collection, resources: tuple[Resource, ...]) -> None:
    """``datapackage.json`` with every hash, and the hash of that."""
    description = {
        "profile": "data-package",
        "wacz_version": WACZ_VERSION,
        "title": collection.name,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "software": f"archiver/{__version__}",
        # *Quirk:* what is not called a file, Frictionless reads as a table by its extension: Parquet with an empty date ends it.
        "resources": [
            {
                "name": item.path.lower(),
                "path": item.path,
                "type": "file",
                "hash": f"sha256:{item.sha256}",
                "bytes": item.size,
            }
            for item in resources
        ],
    }
    data = json.dumps(description, indent=2, ensure_ascii=False).encode()
    now = datetime.now(UTC).timestamp()
    written = _add(package, "datapackage.json", iter([data]), now)
    digest = {"path": "datapackage.json", "hash": f"sha256:{written.sha256}"}
    _add(package, "datapackage-digest.json", iter([json.dumps(digest).encode()]), now)


def _read_back(path: Path, resources: tuple[Resource, ...]) -> None:
    with zipfile.ZipFile(path) as package:
        for item in resources:
            digest = hashlib.sha256()
            with package.open(item.path) as stream:
                while piece := stream.read(_COPY_BYTES):
                    digest.update(piece)
            if digest.hexdigest() != item.sha256:
                raise OSError(None, f"{item.path} does not read back as it was written")


def pack_bag(collection: Collection, target: Path) -> Packed:
    """Copy ``collection`` into the BagIt deposit ``target`` (RFC 8493) with a sha256 manifest; the caller holds the lock.

    ``target`` must not be there yet. Raises as ``pack_wacz``, MissingExtraError without ``bagit``.
    """
    try:
        import bagit
    except ImportError as error:
        raise MissingExtraError("bagit", "replay") from error
    _must_be_whole(collection)
    if target.exists():
        raise CollectionError(f"{target}: there is something already; name another with -o")
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    files = [*_contents(collection), collection.indexes / "index.cdxj"]
    try:
        for path in files:
            copy = aside / path.relative_to(collection.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        about = {"Source-Organization": "", "Bag-Software-Agent": f"archiver/{__version__}", "External-Identifier": collection.name}
        bag = bagit.make_bag(str(aside), {name: value for name, value in about.items() if value}, checksums=["sha256"])
        bag.validate(fast=False)
        for path in files:
            if bag.entries[f"data/{path.relative_to(collection.root).as_posix()}"]["sha256"] != _sha256(path):
                raise OSError(None, f"{path.name} was copied wrongly")
        aside.rename(target)
        sync_folder(target.parent)
    except (OSError, bagit.BagError) as error:
        raise StoreError(f"{target}: cannot write: {getattr(error, 'strerror', None) or error}; nothing was left behind") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    resources = tuple(
        Resource(f"data/{path.relative_to(collection.root).as_posix()}", _sha256(path), path.stat().st_size) for path in files
    )
    return Packed(target, sum(item.size for item in resources), resources)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
