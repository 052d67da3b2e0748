"""A Response made from a record of the archive: for a resumed run, and for a 304 whose bytes are elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.http import Headers
from scrapy.responsetypes import responsetypes

from archiver.capture.session import Captured
from archiver.collection.layout import Collection
from archiver.index.cdxj import Capture
from archiver.model import WarcPointer
from archiver.warc.stored import StoredResponse, read_stored

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


def stored_entity(collection: Collection, pointer: WarcPointer) -> tuple[StoredResponse, bytes]:
    """The record at ``pointer`` and the entity that belongs to it, which for a revisit lies in the record it refers to.

    Raises WarcFormatError or OSError when a record cannot be read.
    """
    stored = read_stored(collection.find_warc(pointer.filename), pointer.offset)
    if pointer.warc_type != "revisit" or pointer.refers_to is None:
        return stored, stored.entity
    original = read_stored(collection.find_warc(pointer.refers_to.filename), pointer.refers_to.offset)
    return stored, original.entity


def answer_from(request: Request, capture: Capture, stored: StoredResponse, entity: bytes) -> Response:
    """The Response that Scrapy's handler gave when ``capture`` was made: content coding still on."""
    fields = stored.head.fields if stored.head else ()
    headers = Headers()
    for name, value in fields:
        headers.appendlist(name, value)
    kind = responsetypes.from_args(headers=headers, url=request.url, body=entity)
    return kind(request.url, status=capture.status or 0, headers=headers, body=entity, flags=["archived"], request=request)


def captured_of(capture: Capture, pointer: WarcPointer, stored: StoredResponse) -> Captured:
    """The ``Captured`` of a stored answer."""
    return Captured(pointer, capture.date, stored.head, capture.truncated)
