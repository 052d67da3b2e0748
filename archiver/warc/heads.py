"""The head of a WARC record: version and named fields, as lenient as other tools' files want it."""

from __future__ import annotations

import re

from archiver.errors import WarcFormatError
from archiver.warc.records import Fields

_VERSION = re.compile(rb"WARC/(\d{1,3}\.\d{1,3})[ \t\r]*$", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
# More lines are an attack on the parser: 1 MB of two-byte lines takes half a second to read, and 1 KB of gzip to send.
_MAX_FIELDS = 2_000

# Version and named fields.
RecordHead = tuple[str, Fields]


def parse_record_head(raw: bytes) -> RecordHead:
    """``(version, fields)`` of a record's head; folded lines are joined. Raises WarcFormatError."""
    lines = raw.lstrip(b"\r\n").split(b"\n", _MAX_FIELDS)
    match = _VERSION.match(lines[0])
    if match is None:
        raise WarcFormatError(f"not a WARC record: {lines[0][:40]!r}")
    if len(lines) > _MAX_FIELDS:
        raise WarcFormatError(f"a head of more than {_MAX_FIELDS} lines")
    fields: list[tuple[str, str]] = []
    for text in b"\n".join(lines[1:]).decode("utf-8", "replace").split("\n"):
        if text[:1] in (" ", "\t") and fields:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {text.strip()}".strip())
            continue
        name, colon, value = text.partition(":")
        if colon:
            fields.append((name.strip(), value.strip()))
    return match[1].decode("ascii"), tuple(fields)


def content_length(fields: Fields) -> int:
    """The length of the block that the head states; raises WarcFormatError."""
    stated = {value for name, value in fields if name.lower() == "content-length"}
    if not stated:
        raise WarcFormatError("no Content-Length")
    if len(stated) > 1:
        raise WarcFormatError("several Content-Length")
    value = stated.pop()
    if not _LENGTH.fullmatch(value):
        raise WarcFormatError(f"Content-Length is {value[:40]!r}")
    return int(value)


def unbracketed(value: str) -> str:
    """``value`` without angle brackets round it."""
    # Quirk: wget puts WARC-Target-URI in brackets too.
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value
