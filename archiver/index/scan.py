"""Captures of a WARC file as they lie in it: what the crawl indexed while it wrote, found again by reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archiver.errors import WarcFormatError
from archiver.index.cdxj import Capture, capture_of
from archiver.index.lookup import Context
from archiver.model import Failure, RunInfo
from archiver.warc.http1 import Head, final_message_start, parse_head
from archiver.warc.metadata import Pairs, discovery_from_pairs, failure_from_pairs, run_from_pairs
from archiver.warc.reader import Damage, WarcRecord, read_records
from archiver.warc.records import parse_warc_fields
from archiver.warc.series import OPEN_SUFFIX

INDEXED_TYPES = frozenset({"response", "revisit", "resource"})
# An HTTP head is read from this much of the block; longer ones are attacks (archiver.capture.wiretap).
_MAX_HTTP_HEAD = 1 << 20
_MAX_FIELDS_BLOCK = 1 << 24


class FileScan:
    """Iterate once over the indexed records of a file, in order; what else was met is known at the end.

    ``run`` is that of the ``warcinfo``; ``ended_runs`` and ``failures`` begin with the place (offset) of their record; ``damages``
    is what could not be read. Raises OSError when the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.filename = path.name.removesuffix(OPEN_SUFFIX)
        # Where reading begins: the offset of a record.
        self.start_at = 0
        self.run: RunInfo | None = None
        self.ended_runs: list[tuple[int, str, str, Pairs]] = []
        self.failures: list[tuple[int, Failure, str | None]] = []
        self.damages: list[Damage] = []
        self.exchanges = 0
        self.bytes_received = 0
        self._contexts: dict[str, Context] = {}

    def __iter__(self) -> Iterator[tuple[Capture, Context]]:
        for item in self._items():
            if isinstance(item, Damage):
                self.damages.append(item)
                continue
            try:
                found = self._read(item)
            except WarcFormatError:
                # The reader reports the same place as Damage when it goes on.
                continue
            if found is not None:
                yield found

    def _items(self) -> Iterator[WarcRecord | Damage]:
        return read_records(self._path, start=self.start_at)

    def _read(self, record: WarcRecord) -> tuple[Capture, Context] | None:
        kind = record.warc_type
        if kind in INDEXED_TYPES:
            return self._capture(record)
        if kind == "request":
            self.exchanges += 1
        elif kind in ("metadata", "warcinfo") and record.content_length <= _MAX_FIELDS_BLOCK:
            self._fields(record, tuple(parse_warc_fields(record.read())))
        return None

    def _fields(self, record: WarcRecord, pairs: Pairs) -> None:
        if record.warc_type == "warcinfo":
            self.run = self.run or run_from_pairs(pairs)
            return
        found = dict(reversed(pairs))
        concurrent_to = record.get("WARC-Concurrent-To")
        if concurrent_to:
            # One group at a time: the response that it belongs to is the next but one record.
            self._contexts = {concurrent_to: Context(found.get("run_id"), discovery_from_pairs(pairs), found.get("url"))}
            received = found.get("receivedBytes", "0")
            self.bytes_received += int(received) if received.isdigit() and len(received) < 16 else 0
        elif "finish_reason" in found and "run_id" in found:
            self.ended_runs.append((record.offset, found["run_id"], found["finish_reason"], pairs))
        elif failure := failure_from_pairs(record.get("WARC-Target-URI") or "", pairs):
            self.failures.append((record.offset, failure, record.get("WARC-Refers-To")))

    def _capture(self, record: WarcRecord) -> tuple[Capture, Context]:
        is_http = (record.get("Content-Type") or "").replace(" ", "").lower().startswith("application/http")
        head = http_head(record.read(min(record.content_length, _MAX_HTTP_HEAD))) if is_http else None
        record.finish()
        capture = capture_of(record.fields, head, self.filename, record.offset, record.length or 0)
        return capture, self._contexts.get(capture.record_id, Context())


def http_head(block: bytes) -> Head | None:
    """The head of the final message in a block, ``None`` when there is none with a status."""
    head = parse_head(block, final_message_start(block))
    return head if head is not None and head.status is not None else None
