"""Bytes for the tests of the WARC floor: HTTP messages, exchanges and whole files."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archiver.errors import WarcFormatError
from archiver.warc.exchange import Exchange, Original, exchange_records, read_exchange
from archiver.warc.reader import Damage, read_records
from archiver.warc.records import Record
from archiver.warc.writer import WarcWriter

MOMENT = datetime(2026, 11, 23, 14, 5, 6, 789, tzinfo=UTC)
DATE = "2026-11-23T14:05:06.000789Z"
URL = "http://example.org/news/"
REQUEST = b"GET /news/ HTTP/1.1\r\nHost: example.org\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
ORIGINAL = Original(
    record_id="urn:uuid:00000000-0000-4000-8000-00000000000f",
    target_uri="http://example.org/old",
    date="2026-01-01T00:00:00Z",
    payload_digest="sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
)
WARCINFO_ID = "urn:uuid:00000000-0000-4000-8000-000000000001"


def exchange(received: bytes = OK, **changes: Any) -> Exchange:
    values = {"url": URL, "request": REQUEST, "received": received, "started_at": MOMENT, "fetch_time_ms": 12} | changes
    return Exchange(**values)


def group(received: bytes = OK, *, original: Original | None = None, **changes: Any) -> list[Record]:
    """The records of one exchange, as they are appended."""
    one = exchange(received, **changes)
    return exchange_records(one, read_exchange(one), warcinfo_id=WARCINFO_ID, original=original)


def fields(record: Record) -> dict[str, str]:
    return dict(record.fields)


def write_warc(path: Path, groups: Sequence[Sequence[Record]]) -> list[tuple[int, int]]:
    """``(offset, length)`` of every record of ``groups`` in a new file."""
    writer = WarcWriter(path)
    places = [(place.offset, place.length) for records in groups for place in writer.append(records)]
    writer.close()
    return places


def record_bytes(block: bytes = b"hello", *, version: str = "1.1", name: str = "r", extra: str = "", eol: str = "\r\n") -> bytes:
    """A ``resource`` record by hand, uncompressed."""
    head = [
        f"WARC/{version}",
        "WARC-Type: resource",
        f"WARC-Record-ID: <urn:x:{name}>",
        "WARC-Date: 2020-01-01T00:00:00Z",
        f"WARC-Target-URI: http://example.org/{name}",
        f"Content-Length: {len(block)}",
    ]
    head += [extra] if extra else []
    return eol.join([*head, "", ""]).encode() + block + 2 * eol.encode()


def member(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def read_all(path: Path, **how: int) -> tuple[list[tuple[str, bytes]], list[Damage]]:
    """``(record id, block)`` of every record that can be read whole, and every Damage."""
    records, damages = [], []
    for item in read_records(path, **how):
        if isinstance(item, Damage):
            damages.append(item)
            if records and records[-1][2] == item.offset:
                records.pop()  # its block was good to read, its checksum not
            continue
        with suppress(WarcFormatError):
            records.append((item.record_id, item.block(1 << 30), item.offset))
    return [(record_id, block) for record_id, block, _ in records], damages


@contextmanager
def memory_below(limit: int) -> Iterator[None]:
    """The most that was allocated within, by Python objects, is under ``limit`` bytes."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit, f"{peak / 1e6:.1f} MB, over {limit / 1e6:.1f} MB"
