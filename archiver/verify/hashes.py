"""64-bit hashes of lines and captures, equal in every process, for the ledger's comparisons. Not for security: digests are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from archiver.index.cdxj import Capture

CAPTURE_COLUMNS = tuple(field.name for field in fields(Capture))
capture_values = attrgetter(*CAPTURE_COLUMNS)


def hash64(data: bytes) -> int:
    """A signed 64-bit number, as SQLite holds it."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)


def hash_values(values: Sequence[Any]) -> int:
    """The hash of a row of plain values."""
    return hash64(repr(tuple(values)).encode("utf-8", "surrogatepass"))
