"""A captured page as the crawl handed it to extraction, read back from its records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.dataset.rows import PageCapture
from archiver.errors import ArchiverError, HttpFormatError, WarcFormatError
from archiver.extraction.sandbox import Job
from archiver.model import Discovery, WarcPointer
from archiver.urls import clean_url
from archiver.verify.digests import MAX_BLOCK
from archiver.verify.ledger import Ledger
from archiver.warc import http1
from archiver.warc.coding import decode_content
from archiver.warc.metadata import discovery_from_pairs
from archiver.warc.reader import WarcRecord, read_record_at
from archiver.warc.records import parse_warc_fields

_POINTER = (
    "SELECT f.name, r.offset, r.length, r.record_id, r.type, r.payload_digest, r.refers_to, f.id"
    " FROM records r JOIN files f ON f.id = r.file WHERE r.record_id = ? AND f.folder = 'archive' LIMIT 1"
)


class UnreadablePageError(ArchiverError):
    """The page's bytes cannot be had from its records; ``str()`` says why."""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """``body`` is without content coding; ``headers`` as received, ``content_type`` as the crawl took it."""

    page: PageCapture
    body: bytes
    content_type: str | None
    headers: tuple[tuple[str, str], ...]

    def job(self, task: str) -> Job:
        """What the crawl asked its worker for this page."""
        arguments: dict[str, Any] = {"url": self.page.url_final, "content_type": self.content_type}
        if task == "article":
            arguments |= {"fetched_at": self.page.fetched_at.isoformat(), "headers": self.headers}
        return Job(task, arguments, self.body)


class PageStore:
    """Reads pages of one collection. ``paths``: the WARC files by their number in the ledger."""

    def __init__(self, paths: dict[int, Path], ledger: Ledger) -> None:
        self._paths, self._ledger = paths, ledger

    def load(self, record_id: str, metadata: tuple[int, int]) -> StoredPage:
        """The page whose response or revisit has ``record_id``; ``metadata`` is file number and offset of its metadata record.

        Raises UnreadablePageError.
        """
        try:
            return self._load(record_id, metadata)
        except (WarcFormatError, OSError, HttpFormatError) as error:
            raise UnreadablePageError(str(error)) from error

    def _load(self, record_id: str, metadata: tuple[int, int]) -> StoredPage:
        pairs = parse_warc_fields(_block(read_record_at(self._paths[metadata[0]], metadata[1])))
        found = dict(reversed(pairs))
        pointer, number = self._pointer(record_id)
        record = read_record_at(self._paths[number], pointer.offset)
        message = http1.read_message(_block(record))
        entity, head, told_by = message.entity, message.head, message.head
        if pointer.refers_to is not None:
            original = self._original(pointer.refers_to.record_id)
            entity = original.entity
            # A 304 has no field that describes the page; an identical payload came with a head of its own.
            told_by = original.head if head.status == 304 else head
        page = PageCapture(
            url=clean_url(found.get("url", "")) or found.get("url", ""),
            url_final=record.get("WARC-Target-URI") or "",
            date=record.get("WARC-Date") or "",
            status=head.status or 0,
            pointer=pointer,
            discovery=discovery_from_pairs(pairs) or Discovery("article"),
            run_id=found.get("run_id", ""),
        )
        body = self._decoded(entity, told_by, page.run_id)
        return StoredPage(page, body, _content_type(told_by), told_by.text_fields)

    def _pointer(self, record_id: str) -> tuple[WarcPointer, int]:
        row = self._ledger.one(_POINTER, (record_id,))
        if row is None:
            raise UnreadablePageError(f"no record {record_id}")
        refers_to = self._pointer(row[6])[0] if row[4] == "revisit" and row[6] and row[6] != record_id else None
        filename, offset, length, its_id, warc_type, digest = row[:6]
        return WarcPointer(filename, offset, length, its_id, warc_type, digest, refers_to), row[7]

    def _original(self, record_id: str) -> http1.Message:
        pointer, number = self._pointer(record_id)
        return http1.read_message(_block(read_record_at(self._paths[number], pointer.offset)))

    def _decoded(self, entity: bytes, head: http1.Head, run_id: str) -> bytes:
        coding = b",".join(head.all(b"Content-Encoding")).decode("latin-1")
        if not coding or not entity:
            return entity
        limit = self._ledger.number("SELECT max_bytes FROM runs WHERE run_id = ?", (run_id,)) or MAX_BLOCK
        decoded = decode_content(entity, coding, limit)
        if decoded.problem not in (None, "mislabelled"):
            raise UnreadablePageError(f"Content-Encoding {coding[:40]}: {decoded.problem}")
        return decoded.body


def _block(record: WarcRecord) -> bytes:
    return record.block(MAX_BLOCK)


def _content_type(head: http1.Head) -> str | None:
    """The last one stated, as Scrapy takes it."""
    values = head.all(b"Content-Type")
    return values[-1].decode("latin-1") if values and values[-1] else None
