"""The HTML captures of one file of any tool, with their bytes, in one pass; revisits and damage are named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from archiver.errors import WarcFormatError
from archiver.index.cdxj import Capture, capture_of
from archiver.index.lookup import Context
from archiver.index.scan import FileScan, http_head
from archiver.reextract.html import is_html
from archiver.reextract.inputs import Input
from archiver.warc.arc import derived_record_id
from archiver.warc.http1 import Head
from archiver.warc.metadata import Pairs
from archiver.warc.reader import Damage, WarcRecord, read_stream
from archiver.warc.records import format_warc_date, parse_warc_date
from archiver.warc.stored import MAX_BLOCK_BYTES

# An HTTP head is looked for in so much of a block, then in so much; what is no page is not read further.
_LOOK, _MAX_HTTP_HEAD = 1 << 14, 1 << 20
# Where neither the record, nor the server, nor the file says when.
_NEVER = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Found:
    """One capture: ``block`` as stored, ``b""`` where it is no page; ``head`` its HTTP head where it has one.

    The capture has a record id and a date that can be read, also where the record has not. Its length is 0 where that is not known:
    the record shares a gzip member with others, or is broken.
    """

    capture: Capture
    context: Context
    head: Head | None
    block: bytes


class CaptureScan(FileScan):
    """A FileScan that keeps the blocks of pages, and of a broken record what there is of it.

    ``problems``: what was odd besides damage, with its place. Raises OSError, or ``inputs.ZIP_ERRORS``.
    """

    def __init__(self, source: Input, *, start_at: int = 0) -> None:
        super().__init__(source.path)
        self._source, self.filename, self.start_at = source, source.filename, start_at
        self.problems: list[str] = []
        # Every block is wanted: the one that is asked for is known to be a page.
        self.keeps_all = False
        self._block = b""
        self._head: Head | None = None
        self._file_date: str | None = None

    def captures(self) -> Iterator[Found]:
        """Every ``response``, ``revisit`` and ``resource``, in order."""
        for capture, context in self:
            yield Found(capture, context, self._head, self._block)

    def _items(self) -> Iterator[WarcRecord | Damage]:
        with self._source.open() as stream:
            yield from read_stream(stream, self.filename, start=self.start_at)

    def _fields(self, record: WarcRecord, pairs: Pairs) -> None:
        if record.warc_type == "warcinfo":
            self._file_date = record.get("WARC-Date")
        super()._fields(record, pairs)

    def _capture(self, record: WarcRecord) -> tuple[Capture, Context]:
        block = record.read_what_is_there(_LOOK)
        head = http_head(block) if record.warc_type != "resource" else None
        if head is None and block.lstrip().startswith(b"HTTP/"):
            block += record.read_what_is_there(_MAX_HTTP_HEAD)
            # A message that ends with its head may lack the blank line; other readers take it for one.
            head = http_head(block) or (http_head(block + b"\r\n\r\n") if len(block) == record.content_length else None)
        context = self._contexts.get(record.record_id, Context())
        is_page = head is not None and (
            self.keeps_all or context.discovery is not None or is_html(head, block, record.get(_IDENTIFIED))
        )
        self._head, self._block = head, b""
        if is_page:
            self._block = block + record.read_what_is_there(MAX_BLOCK_BYTES)
        if is_page and not record.get("WARC-Target-URI"):
            self.problems.append(f"{record.place}: a page without WARC-Target-URI")
        length = self._finish(record, is_page=is_page)
        capture = capture_of(record.fields, head, self.filename, record.offset, length)
        record_id = capture.record_id or derived_record_id(f"{capture.url} {capture.date}", record.offset)
        return replace(capture, record_id=record_id, date=self._date(record, head, is_page=is_page)), context

    def _finish(self, record: WarcRecord, *, is_page: bool) -> int:
        try:
            record.finish()
        except WarcFormatError:
            # The reader reports the same place as Damage when it goes on.
            return 0
        if is_page and record.content_length > MAX_BLOCK_BYTES:
            self.problems.append(f"{record.place}: only {MAX_BLOCK_BYTES} of {record.content_length} bytes were read")
        return record.length or 0

    def _date(self, record: WarcRecord, head: Head | None, *, is_page: bool) -> str:
        """WARC-Date; where it is none, when the server, else the file says that it was."""
        stated = record.get("WARC-Date") or ""
        if _is_date(stated):
            return stated
        served = _served_at(head)
        found = served or (self._file_date if self._file_date and _is_date(self._file_date) else None) or _NEVER
        if is_page:
            said = "the server's Date" if served else found
            self.problems.append(f"{record.place}: not a WARC-Date: {stated[:40]!r}; {said} is taken")
        return found


# Common Crawl and others state what a body looks like.
_IDENTIFIED = "WARC-Identified-Payload-Type"


def _is_date(text: str) -> bool:
    try:
        parse_warc_date(text)
    except WarcFormatError:
        return False
    return True


def _served_at(head: Head | None) -> str | None:
    try:
        return format_warc_date(parsedate_to_datetime(((head.get(b"Date") if head else None) or b"").decode("latin-1")))
    except (ValueError, OverflowError):
        return None


def block_at(source: Input, offset: int, record_id: str) -> bytes:
    """The block of a page's record; reads from the member's start, since several records may share one."""
    scan = CaptureScan(source, start_at=offset)
    scan.keeps_all = True
    for found in scan.captures():
        if found.capture.record_id == record_id:
            return found.block
        if found.capture.offset > offset:
            break
    raise WarcFormatError("the record that a revisit refers to cannot be read", f"{source.filename}@{offset}")
