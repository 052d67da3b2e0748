"""Whether an HTTP message holds HTML: by its Content-Type, or by its first bytes where that says nothing. Pure."""

from __future__ import annotations

import re

from archiver.warc.coding import decode_content
from archiver.warc.http1 import Head, entity_body, final_message_start

_HTML = frozenset({"text/html", "application/xhtml+xml"})
# Types under which servers send HTML too: the body decides.
_MAYBE_HTML = frozenset(
    {"", "application/xml", "text/xml", "application/octet-stream", "text/plain", "unk", "unknown/unknown", "*/*"}
)
_SNIFF_BYTES = 1024
_ROOT = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)


def content_type_of(head: Head | None) -> str | None:
    """As Scrapy takes it: the last field, where there are several; but one that says HTML before others that do not."""
    values = [value.decode("latin-1") for value in head.all(b"Content-Type")] if head else []
    said = [value for value in values if _mime(value) in _HTML]
    return (said or values or [None])[-1] or None  # type: ignore[list-item]


def may_be_html(head: Head) -> bool:
    """Whether a message with this head may hold HTML."""
    mime = _mime(content_type_of(head))
    # A type without a slash is none.
    return mime in _HTML or mime in _MAYBE_HTML or "/" not in mime


def is_html(head: Head, block: bytes, identified: str | None = None) -> bool:
    """``block``: an HTTP message, or its beginning; ``identified``: the type that an archive states where the server did not."""
    mime = _mime(content_type_of(head) or identified)
    if mime in _HTML:
        return True
    if mime not in _MAYBE_HTML and "/" in mime:
        return False
    return _ROOT.search(_first_bytes(head, block)) is not None


def _first_bytes(head: Head, block: bytes) -> bytes:
    entity = entity_body(block[final_message_start(block) :])[1]
    coding = b",".join(head.all(b"Content-Encoding")).decode("latin-1")
    return (decode_content(entity, coding, _SNIFF_BYTES).body if coding else entity)[:_SNIFF_BYTES]


def _mime(content_type: str | None) -> str:
    return re.split("[;,]", content_type or "", maxsplit=1)[0].strip().lower()
