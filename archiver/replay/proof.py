"""What proves a row: the record it points to, its digests made again, and the heads of its exchange."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.collection.layout import Collection
from archiver.errors import CollectionError, WarcFormatError
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup
from archiver.warc.http1 import entity_body, parse_head
from archiver.warc.reader import Damage, read_record_at, read_records
from archiver.warc.records import digest_matches
from archiver.warc.stored import MAX_BLOCK_BYTES

_MAX_HEAD_SHOWN = 64 << 10


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: ``ok`` is ``None`` when there was nothing to check it against."""

    what: str
    ok: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of an exchange as on the wire, ``None`` where there is no such record."""

    request: str | None
    response: str | None


def check_row(collection: Collection, row: dict[str, Any]) -> list[Check]:
    """Read the record that ``row`` points to and hash it again; of a revisit, the record that has its bytes too."""
    checks = _check_record(
        collection, row["warc_filename"], row["warc_record_offset"], row["warc_record_id"], row["warc_payload_digest"]
    )
    if row["warc_refers_to_filename"]:
        checks += _check_record(
            collection,
            row["warc_refers_to_filename"],
            row["warc_refers_to_offset"],
            row["warc_refers_to_record_id"],
            row["warc_payload_digest"],
        )
    return checks


def _check_record(collection: Collection, filename: str, offset: int, record_id: str, payload: str) -> list[Check]:
    place = f"{filename}@{offset}"
    try:
        record = read_record_at(_warc(collection, filename), offset)
        stated, block_digest, kind = record.record_id, record.get("WARC-Block-Digest"), record.warc_type
        block = record.block(MAX_BLOCK_BYTES)
        record.finish()
    except (WarcFormatError, OSError) as error:
        return [Check(f"{place} can be read", False, str(error))]
    checks = [
        Check(f"{place} is a record, whole to its checksum", True, f"{len(block)} bytes of block"),
        Check("it is the record that the row names", stated == record_id or not stated, stated),
        Check(
            "its block has the digest that was stated",
            digest_matches(block_digest, [block]) if block_digest else None,
            block_digest or "",
        ),
    ]
    if kind == "response":
        _, entity = entity_body(block)
        checks.append(Check("its payload has the digest that the row states", digest_matches(payload, [entity]), payload))
    return checks


def _warc(collection: Collection, filename: str) -> Path:
    """The file of that name in ``archive/``, and nowhere else, whatever the row says."""
    return collection.find_warc(Path(filename).name)


def heads_of(collection: Collection, row: dict[str, Any]) -> Heads:
    """Request and response head of the exchange of ``row``."""
    path, offset = _warc(collection, row["warc_filename"]), row["warc_record_offset"]
    request = response = None
    try:
        for item in read_records(path, start=_exchange_start(collection, path.name, offset)):
            if isinstance(item, Damage):
                break
            if item.warc_type == "request" and _belongs(item.get("WARC-Concurrent-To"), row, item.offset, offset):
                request = _head(item.block(MAX_BLOCK_BYTES))
            elif item.offset == offset:
                response = _head(item.block(MAX_BLOCK_BYTES))
            elif item.offset > offset and item.warc_type in ("response", "revisit"):
                break
    except (WarcFormatError, OSError):
        return Heads(request, response)
    return Heads(request, response)


def _belongs(concurrent_to: str | None, row: dict[str, Any], at: int, response_at: int) -> bool:
    return concurrent_to == row["warc_record_id"] or (concurrent_to is None and at < response_at)


def _exchange_start(collection: Collection, filename: str, offset: int) -> int:
    """Where the records of an exchange may begin: behind the capture before it; at the file's start, where no look-up says."""
    try:
        lookup = Lookup(collection.indexes / LOOKUP, read_only=True)
    except CollectionError:
        return 0
    try:
        before = [c.offset + c.length for c in lookup.captures(filename) if c.offset < offset]
    finally:
        lookup.close()
    return max(before, default=0)


def _head(block: bytes) -> str:
    head = parse_head(block)
    return block[: min(head.length if head else len(block), _MAX_HEAD_SHOWN)].decode("latin-1")
