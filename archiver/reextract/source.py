"""Captured pages read back from a collection's WARCs, revisits resolved."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.collection.layout import Collection
from archiver.dataset.rows import PageCapture
from archiver.errors import WarcFormatError
from archiver.index.cdxj import Capture
from archiver.index.lookup import Context, Lookup
from archiver.model import Discovery
from archiver.warc.http1 import Head
from archiver.warc.stored import StoredResponse, read_stored


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as the crawl had it. ``head`` is of the capture itself, ``content_type`` of the record that has the bytes."""

    page: PageCapture
    head: Head | None
    content_type: str | None
    stored: StoredResponse


def load_page(collection: Collection, lookup: Lookup, capture: Capture, context: Context) -> StoredPage:
    """Read ``capture`` and, for a revisit, the record that has its bytes; raises WarcFormatError or OSError."""
    pointer = lookup.pointer(capture)
    own = read_stored(collection.find_warc(pointer.filename), pointer.offset)
    source = own
    if pointer.warc_type == "revisit":
        if pointer.refers_to is None:
            raise WarcFormatError("a revisit whose original is not here", f"{capture.filename}@{capture.offset}")
        source = read_stored(collection.find_warc(pointer.refers_to.filename), pointer.refers_to.offset)
    page = PageCapture(
        url=context.first_url or capture.url,
        url_final=capture.url,
        date=capture.date,
        status=capture.status or 0,
        pointer=pointer,
        discovery=context.discovery or Discovery("article"),
        run_id=context.run_id or "",
    )
    content_type = own.content_type if capture.status != 304 else source.content_type
    return StoredPage(page, own.head, content_type, source)
