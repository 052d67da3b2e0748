"""Captures of a WARC file as they lie in it: what the crawl indexed while it wrote, found again by reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archiver.errors import WarcFormatError
from archiver.index.cdxj import Capture, capture_of
from archiver.warc.http1 import Head, final_message_start, parse_head
from archiver.warc.reader import Damage, WarcRecord, read_records
from archiver.warc.records import parse_warc_fields
from archiver.warc.series import OPEN_SUFFIX

INDEXED_TYPES = frozenset({"response", "revisit", "resource"})
# An HTTP head is read from this much of the block; longer ones are attacks (archiver.capture.wiretap).
_MAX_HTTP_HEAD = 1 << 20
_MAX_METADATA = 1 << 24


def scan_file(path: Path) -> Iterator[tuple[Capture, dict[str, str]] | Damage]:
    """Each indexed record of ``path`` with the pairs of its ``metadata`` record (empty in other tools' files), in order.

    Damage is passed on. Raises OSError when the file cannot be read.
    """
    pending: dict[str, dict[str, str]] = {}
    filename = path.name.removesuffix(OPEN_SUFFIX)
    for item in read_records(path):
        if isinstance(item, Damage):
            yield item
            continue
        try:
            found = _scan_record(item, filename, pending)
        except WarcFormatError:
            # The reader reports the same place as Damage when it goes on.
            continue
        if found is not None:
            yield found


def _scan_record(record: WarcRecord, filename: str, pending: dict[str, dict[str, str]]) -> tuple[Capture, dict[str, str]] | None:
    if record.warc_type == "metadata":
        concurrent_to = record.get("WARC-Concurrent-To")
        if concurrent_to and record.content_length <= _MAX_METADATA:
            pending.clear()
            pending[concurrent_to] = dict(reversed(parse_warc_fields(record.read())))
        return None
    if record.warc_type not in INDEXED_TYPES:
        return None
    is_http = (record.get("Content-Type") or "").replace(" ", "").lower().startswith("application/http")
    head = _http_head(record.read(min(record.content_length, _MAX_HTTP_HEAD))) if is_http else None
    record.finish()
    capture = capture_of(record.fields, head, filename, record.offset, record.length or 0)
    return capture, pending.get(capture.record_id, {})


def _http_head(block: bytes) -> Head | None:
    head = parse_head(block, final_message_start(block))
    return head if head is not None and head.status is not None else None
