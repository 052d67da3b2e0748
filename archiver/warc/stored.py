"""A stored response read back as the crawl saw it: head, entity body, plain body."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archiver.errors import WarcFormatError
from archiver.warc.coding import Decoded, decode_content
from archiver.warc.http1 import Head, entity_body, parse_head
from archiver.warc.reader import WarcRecord, read_record_at
from archiver.warc.records import Fields

# Larger blocks are not pages; the crawl's own limit is 64 MB a response.
MAX_BLOCK_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A ``response`` (or the head of a ``revisit``): ``entity`` is without transfer coding, content coding kept."""

    fields: Fields
    head: Head | None
    entity: bytes

    def plain(self, max_bytes: int) -> Decoded:
        """The entity without content coding."""
        coding = b",".join(self.head.all(b"Content-Encoding")).decode("latin-1") if self.head else ""
        return decode_content(self.entity, coding, max_bytes) if coding else Decoded(self.entity)

    @property
    def content_type(self) -> str | None:
        """The Content-Type field as sent; the last one, as Scrapy takes it, where there are several."""
        values = self.head.all(b"Content-Type") if self.head else []
        return values[-1].decode("latin-1") if values and values[-1] else None


def read_stored(path: Path, offset: int) -> StoredResponse:
    """The response at ``offset`` of ``path``; raises WarcFormatError with the place, OSError when there is no file."""
    return stored_response(read_record_at(path, offset))


def stored_response(record: WarcRecord) -> StoredResponse:
    """The response that ``record`` holds; raises WarcFormatError when the record is something else or cannot be read."""
    if record.warc_type not in ("response", "revisit"):
        raise WarcFormatError(f"a {record.warc_type} record, not a response", record.place)
    block = record.block(MAX_BLOCK_BYTES)
    if record.warc_type == "revisit":
        return StoredResponse(record.fields, parse_head(block), b"")
    head, entity = entity_body(block)
    return StoredResponse(record.fields, head, entity)
