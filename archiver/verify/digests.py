"""Block and payload digests of one record against what it states. Pure but for reading the block."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.errors import HttpFormatError
from archiver.verify.findings import Severity, shown
from archiver.warc import http1
from archiver.warc.reader import WarcRecord
from archiver.warc.records import digest_matches

# A larger block is hashed in pieces, its payload not looked at; crawls take responses of 64 MiB at most unless told otherwise.
MAX_BLOCK = 80 << 20
_STEP = 1 << 17


@dataclass(frozen=True, slots=True)
class Fault:
    """``severity`` is ``error`` or ``warning``."""

    severity: Severity
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Body:
    """What the block of a record holds: the bytes when they fit in memory, the HTTP response in them where there is one."""

    block: bytes | None
    head: http1.Head | None = None
    message: http1.Message | None = None


def read_body(record: WarcRecord, warc_type: str, stated: str | None) -> tuple[Body, list[Fault]]:
    """The block, read to its end, and whether it has the ``stated`` block digest. Raises WarcFormatError for a damaged one."""
    if record.content_length > MAX_BLOCK:
        return Body(None), _large(record, stated)
    block = record.read()
    faults = [] if stated is None else _compared("block", stated, [block])
    if warc_type not in ("response", "revisit"):
        return Body(block), faults
    try:
        message = http1.read_message(block)
    except HttpFormatError:
        return Body(block), faults
    return Body(block, message.head, message), faults


def _large(record: WarcRecord, stated: str | None) -> list[Fault]:
    """A block too large for memory: hashed in pieces; its payload is said not to be checked."""
    name = (stated or "").partition(":")[0].lower().replace("-", "")
    known = name in hashlib.algorithms_available and not name.startswith("shake")
    if stated is None or not known:
        record.skip()
        return [] if stated is None else [Fault("warning", "unknown-digest", f"block digest {shown(stated)}: unknown algorithm")]
    faults = [Fault("note", "large", f"a block of {record.content_length} bytes: its payload digest is not checked")]
    pieces = iter(lambda: record.read(_STEP), b"")
    return faults + _compared("block", stated, pieces)


def _compared(whose: str, stated: str, pieces: Iterator[bytes] | list[bytes]) -> list[Fault]:
    matches = digest_matches(stated, pieces)
    if matches is None:
        for _ in pieces:
            pass
        return [Fault("warning", "unknown-digest", f"{whose} digest {shown(stated)}: unknown algorithm, not checked")]
    if matches:
        return []
    what = f"the {whose} is not what its digest {shown(stated)} says: restore the file from a copy"
    return [Fault("error", f"{whose}-digest", what)]


def payload_faults(body: Body, warc_type: str, stated: str | None) -> list[Fault]:
    """Whether the payload (WARC/1.1 §6.3.2: transfer coding removed, content coding kept) has the ``stated`` digest.

    A revisit's is that of the record it refers to, which is checked where both are known.
    """
    if stated is None or body.block is None or warc_type == "revisit":
        return []
    payload = _payload(body, warc_type)
    if payload is None:
        return [Fault("warning", "payload-digest", "a payload digest, but no payload: the block is no HTTP message")]
    faults = _compared("payload", stated, [payload])
    if faults and faults[0].severity == "error" and body.message is not None:
        return _quirks(body.block, body.message, stated) or faults
    return faults


def _payload(body: Body, warc_type: str) -> bytes | None:
    assert body.block is not None
    if warc_type == "response":
        return body.message.entity if body.message else None
    if warc_type == "request":
        head = http1.parse_head(body.block)
        return body.block[head.length :] if head else None
    return body.block


def _quirks(block: bytes, message: http1.Message, stated: str) -> list[Fault] | None:
    """What other tools call the payload: the decoded body under a head that says chunked, or the body with its chunk sizes."""
    if digest_matches(stated, [http1.entity_body(block)[1]]):
        return []
    if digest_matches(stated, [block[message.head.length :]]):
        what = "the payload digest counts the chunk sizes in, as warcio does; WARC/1.1 §6.3.2 leaves the transfer coding out"
        return [Fault("warning", "payload-digest", what)]
    return None
