"""Finished WARC files copied to a store (``s3://``, ``file://``, what fsspec knows), each read back and its digest compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from archiver.collection.layout import Collection
from archiver.collection.manifest import read_manifest
from archiver.errors import ArchiverError, MissingExtraError, UsageError

_STEP = 1 << 20


class CopyError(ArchiverError):
    """A copy that could not be made, or is not what was copied."""


def open_store(url: str) -> tuple[Any, str]:
    """``(file system, path)`` of a store; nothing is asked of it yet. Raises UsageError, or MissingExtraError."""
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtraError("fsspec", "fleet") from error
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(f"--store {_shown(url)}: {' '.join(str(error).split())[:200]}") from error
    return filesystem, path.rstrip("/")


def store_collection(
    collection: Collection, url: str, name: str, stored: Mapping[str, str], may_go_on: Callable[[], bool]
) -> dict[str, str]:
    """Copy each file of the collection's manifest that is not in ``stored`` to ``url/name/``; what is stored now, with digests.

    The manifest follows last. Raises CopyError; what was copied before is copied again then.
    """
    filesystem, base = open_store(url)
    listed = read_manifest(collection.manifest)
    copied = dict(stored)
    for file, digest in listed.items():
        if copied.get(file) == digest:
            continue
        if not may_go_on():
            raise CopyError(f"{file}: not copied: the lease was lost")
        _copy(filesystem, collection, file, f"{base}/{name}/{file}", digest)
        copied[file] = digest
    if copied != dict(stored):
        manifest = collection.manifest.relative_to(collection.root).as_posix()
        _copy(filesystem, collection, manifest, f"{base}/{name}/{manifest}", None)
    return copied


def _copy(filesystem: Any, collection: Collection, file: str, target: str, digest: str | None) -> None:
    try:
        filesystem.makedirs(target.rpartition("/")[0], exist_ok=True)
        filesystem.put_file(str(collection.root / file), target)
        found = _sha256(filesystem, target)
    except Exception as error:  # every kind of store has exceptions of its own
        raise CopyError(f"{target}: cannot be stored: {' '.join(f'{type(error).__name__}: {error}'.split())[:200]}") from error
    if digest is not None and found != digest:
        raise CopyError(f"{target}: the copy has another digest than manifest-sha256.txt says of {file}")


def _sha256(filesystem: Any, path: str) -> str:
    digest = hashlib.sha256()
    with filesystem.open(path, "rb", block_size=_STEP, cache_type="none") as stream:
        while piece := stream.read(_STEP):
            digest.update(piece)
    return digest.hexdigest()


def _shown(url: str) -> str:
    """Without what may be a password."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
