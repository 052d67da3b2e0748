"""CDXJ: one capture a line, sorted by SURT key and time; the lines replay tools read, plus our own keys behind them.

A replay index has no server-not-modified revisits (pywb shows them as a blank 304), no metadata and no response without an HTTP
head (DESIGN §5.5).
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import CdxjFormatError
from archiver.model import WarcPointer
from archiver.urlkeys import urlkey
from archiver.warc.http1 import Head
from archiver.warc.records import SERVER_NOT_MODIFIED, Fields
from archiver.warc.series import sync_folder


@dataclass(frozen=True, slots=True)
class Capture:
    """The facts of one ``response``, ``revisit`` or ``resource`` record that look-ups need; places count compressed bytes.

    ``date`` is the record's WARC-Date string; ``mime`` is without parameters; ``status`` is ``None`` when the block has no HTTP
    head.
    """

    url: str
    date: str
    warc_type: str
    record_id: str
    filename: str
    offset: int
    length: int
    status: int | None = None
    mime: str | None = None
    payload_digest: str | None = None
    profile: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    truncated: str | None = None
    refers_to_id: str | None = None
    refers_to_uri: str | None = None
    refers_to_date: str | None = None

    @property
    def is_replayable(self) -> bool:
        """Whether a replay index may hold it."""
        has_head = self.status is not None or self.warc_type == "resource"
        return has_head and self.profile != SERVER_NOT_MODIFIED

    @property
    def pointer(self) -> WarcPointer:
        """Where the record lies; what a revisit refers to is not in it (see ``Lookup.pointer``)."""
        return WarcPointer(self.filename, self.offset, self.length, self.record_id, self.warc_type, self.payload_digest)

    def line(self) -> str:
        """The CDXJ line, without its newline."""
        revisit = self.warc_type == "revisit"
        facts = {
            "url": self.url,
            "mime": "warc/revisit" if revisit else self.mime or "unk",
            "status": str(self.status) if self.status is not None else "-",
            "digest": self.payload_digest,
            "length": str(self.length),
            "offset": str(self.offset),
            "filename": self.filename,
            "record_id": self.record_id,
            "date": self.date,
            "etag": self.etag,
            "last_modified": self.last_modified,
        }
        known = {key: value for key, value in facts.items() if value is not None}
        return f"{urlkey(self.url)} {timestamp14(self.date)} {json.dumps(known)}"


def timestamp14(date: str) -> str:
    """``YYYYMMDDhhmmss`` of a WARC-Date."""
    return "".join(char for char in date[:19] if char.isdigit()).ljust(14, "0")


def capture_of(fields: Fields, head: Head | None, filename: str, offset: int, length: int) -> Capture:
    """The capture that a record's named fields and HTTP head tell; pure, the same for a record being written and one read."""
    named = {name.lower(): value for name, value in reversed(fields)}
    mime = head.get(b"Content-Type") if head else (named.get("content-type") or "").encode()
    return Capture(
        url=_unbracketed(named.get("warc-target-uri")) or "",
        date=named.get("warc-date", ""),
        warc_type=named.get("warc-type", "").lower(),
        record_id=_unbracketed(named.get("warc-record-id")) or "",
        filename=filename,
        offset=offset,
        length=length,
        status=head.status if head else None,
        mime=_mime(mime),
        payload_digest=named.get("warc-payload-digest"),
        profile=named.get("warc-profile"),
        etag=_header(head, b"ETag"),
        last_modified=_header(head, b"Last-Modified"),
        truncated=named.get("warc-truncated"),
        refers_to_id=_unbracketed(named.get("warc-refers-to")),
        refers_to_uri=_unbracketed(named.get("warc-refers-to-target-uri")),
        refers_to_date=named.get("warc-refers-to-date"),
    )


def _unbracketed(value: str | None) -> str | None:
    return value[1:-1] if value and value.startswith("<") and value.endswith(">") else value


def _mime(content_type: bytes | None) -> str | None:
    mime = (content_type or b"").split(b";")[0].strip().lower().decode("latin-1")
    return mime if mime and mime.isascii() and mime.isprintable() and " " not in mime else None


def _header(head: Head | None, name: bytes) -> str | None:
    value = head.get(name) if head else None
    return value.decode("latin-1") if value else None


@dataclass(frozen=True, slots=True)
class CdxjLine:
    """A parsed line: ``facts`` is its JSON object with string values."""

    urlkey: str
    timestamp: str
    facts: dict[str, str]


def parse_line(line: str) -> CdxjLine:
    """Raises CdxjFormatError for anything that is not a CDXJ line."""
    key, space, rest = line.rstrip("\n").partition(" ")
    timestamp, space2, payload = rest.partition(" ")
    if not (space and space2 and timestamp.isascii() and timestamp.isdigit()):
        raise CdxjFormatError(f"not a CDXJ line: {line[:80]!r}")
    try:
        facts = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise CdxjFormatError(f"no JSON in a CDXJ line: {payload[:80]!r}") from error
    if not isinstance(facts, dict):
        raise CdxjFormatError(f"no JSON object in a CDXJ line: {payload[:80]!r}")
    return CdxjLine(key, timestamp, {str(name): str(value) for name, value in facts.items()})


def write_sorted(path: Path, lines: Iterable[str]) -> None:
    """Sort ``lines`` bytewise (as look-up by bisection needs) and write them aside, then into place."""
    _replace(path, sorted(line.encode("utf-8", "replace") for line in lines))


def merge(parts: Iterable[Path], merged: Path) -> None:
    """Merge sorted CDXJ files into one, aside and renamed; memory does not grow with size."""
    streams = [path.open("rb") for path in parts]
    try:
        _replace(merged, (line.rstrip(b"\n") for line in heapq.merge(*streams)))
    finally:
        for stream in streams:
            stream.close()


def is_sorted(path: Path) -> bool:
    """Whether the lines of ``path`` are in bytewise order."""
    last = b""
    with path.open("rb") as stream:
        for line in stream:
            if line < last:
                return False
            last = line
    return True


def read_lines(path: Path) -> Iterator[CdxjLine]:
    """The lines of a file; raises CdxjFormatError with ``file@offset``."""
    offset = 0
    with path.open("rb") as stream:
        for raw in stream:
            try:
                yield parse_line(raw.decode("utf-8", "replace"))
            except CdxjFormatError as error:
                raise CdxjFormatError(error.what, f"{path.name}@{offset}") from error
            offset += len(raw)


def _replace(path: Path, lines: Iterable[bytes]) -> None:
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as out:
        out.writelines(line + b"\n" for line in lines)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
    sync_folder(path.parent)
