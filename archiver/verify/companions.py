"""The files made from the rows (Parquet, card, …) against ``dataset/datapackage.json``, which names their bytes. No row is read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from archiver.collection.layout import Collection
from archiver.dataset.descriptors import DATAPACKAGE
from archiver.verify.findings import plain_name
from archiver.verify.ledger import Ledger

_REMEDY = "run archiver rebuild"


def check_companions(collection: Collection, ledger: Ledger) -> None:
    """A changed Parquet file is a warning: who loads it has other values than the rows. Being older than the rows is a note."""
    path = collection.dataset / DATAPACKAGE
    if not path.is_file():
        return
    try:
        resources = _resources(path)
    except (OSError, ValueError) as error:
        ledger.find("warning", "companion", f"dataset/{DATAPACKAGE}", f"cannot be read ({type(error).__name__}): {_REMEDY}")
        return
    for name, size, sha256 in resources:
        file = collection.dataset / name
        place = f"dataset/{plain_name(name)}"
        if _is_the_same(file, size, sha256):
            continue
        if name.endswith(".jsonl"):
            ledger.find("note", "companion-stale", place, f"the Parquet files and the card were made from other rows: {_REMEDY}")
        else:
            ledger.find("warning", "companion", place, f"not the bytes that {DATAPACKAGE} names: {_REMEDY}")


def _resources(path: Path) -> list[tuple[str, int, str]]:
    """Name, bytes and sha256 of each file; raises ValueError where it is no such document."""
    document = orjson.loads(path.read_bytes())
    resources = document.get("resources") if isinstance(document, dict) else None
    if not isinstance(resources, list):
        raise ValueError("no resources")
    return [_resource(resource) for resource in resources]


def _resource(resource: Any) -> tuple[str, int, str]:
    if isinstance(resource, dict):
        name, size, digest = resource.get("path"), resource.get("bytes"), resource.get("hash")
        if isinstance(name, str) and isinstance(size, int) and isinstance(digest, str) and name == Path(name).name:
            return name, size, digest.removeprefix("sha256:")
    raise ValueError("not a resource")


def _is_the_same(path: Path, size: int, sha256: str) -> bool:
    try:
        if path.stat().st_size != size:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except (OSError, ValueError):
        return False
