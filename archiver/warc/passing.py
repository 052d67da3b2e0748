"""What a reader hands out while it passes over a file: the record whose block streams by, and the damage it went round."""

from __future__ import annotations

import io
from dataclasses import dataclass

from archiver.errors import WarcFormatError
from archiver.warc.heads import RecordHead, content_length, unbracketed
from archiver.warc.source import READ_SIZE, Source


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that could not be read as a record: from ``offset``, ``length`` bytes up to where reading went on.

    A record whose head was good has been handed out before: its block is then cut short or its gzip checksum wrong.
    """

    filename: str
    offset: int
    length: int
    what: str

    def __str__(self) -> str:
        return f"{self.filename}@{self.offset}: {self.what} ({self.length} bytes passed over)"


class WarcRecord:
    """One record while it is read: ``fields`` and place are known, the block streams through ``read``.

    After ``finish``, ``end`` is the offset behind it, ``None`` while more records follow in its gzip member, and ``length`` counts
    its bytes of the file (compressed), ``None`` where several records share one member. Valid only until the iterator moves on,
    which finishes it too.
    """

    def __init__(
        self,
        source: Source,
        filename: str,
        offset: int,
        head: RecordHead,
        *,
        shares_member: bool = False,
        left: int | None = None,
        fault: str | None = None,
    ) -> None:
        """``left``: bytes of the block that are there, where they are known to be fewer than the head says. ``fault``: what is
        wrong with its gzip member."""
        self.filename, self.offset = filename, offset
        self.version, self.fields = head
        self.content_length = content_length(self.fields)
        self.length: int | None = None
        self.end: int | None = None
        self._source, self._left, self._shares_member = source, self.content_length, shares_member
        self._there = self.content_length if left is None else left
        self._finished = False
        self._error = WarcFormatError(fault, self.place) if fault else None

    @property
    def place(self) -> str:
        """``file@offset``."""
        return f"{self.filename}@{self.offset}"

    def get(self, name: str) -> str | None:
        """First value of the named field (any case, WARC/1.1 §4); record ids and URIs without angle brackets."""
        wanted = name.lower()
        return next((unbracketed(value) for field, value in self.fields if field.lower() == wanted), None)

    def all(self, name: str) -> list[str]:
        """Every value of the named field, without angle brackets."""
        wanted = name.lower()
        return [unbracketed(value) for field, value in self.fields if field.lower() == wanted]

    @property
    def warc_type(self) -> str:
        """WARC-Type in lower case, ``""`` when absent."""
        return (self.get("WARC-Type") or "").lower()

    @property
    def record_id(self) -> str:
        """WARC-Record-ID without brackets."""
        return self.get("WARC-Record-ID") or ""

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes of the block, ``b""`` at its end; raises WarcFormatError when the file ends first."""
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        if self._error is not None:
            raise self._error
        try:
            data = self._source.take(min(wanted, self._there))
        except WarcFormatError as error:
            raise self._failed(error.what) from error
        self._left -= len(data)
        self._there -= len(data)
        if len(data) < wanted:
            raise self._failed(self._short())
        return data

    def _short(self) -> str:
        return f"the block ends after {self.content_length - self._left} of {self.content_length} bytes"

    def read_what_is_there(self, max_bytes: int) -> bytes:
        """The rest of the block, and of a broken one what there is of it; never raises. ``finish`` says what was wrong."""
        pieces, left = [], min(self._left, max_bytes)
        while left and self._error is None:
            try:
                data = self._source.take(min(left, self._there, READ_SIZE))
            except WarcFormatError as error:
                self._failed(error.what)
                break
            self._left -= len(data)
            self._there -= len(data)
            left -= len(data)
            if not data:
                self._failed(self._short())
            pieces.append(data)
        if left:
            pieces.append(self._source.take_rescued(min(left, self._there)))
            self._left -= len(pieces[-1])
            self._there -= len(pieces[-1])
        return b"".join(pieces)

    def block(self, max_bytes: int) -> bytes:
        """The whole block; raises WarcFormatError when it is longer than ``max_bytes``."""
        if self.content_length > max_bytes:
            raise WarcFormatError(f"a block of {self.content_length} bytes, over the limit of {max_bytes}", self.place)
        return self.read()

    def skip(self) -> None:
        """Read the rest of the block and drop it."""
        while self.read(READ_SIZE):
            pass

    def finish(self) -> None:
        """Read past the record's end and, at the end of a gzip member, check its checksum. Raises WarcFormatError, each time."""
        if self._finished:
            return
        if self._error is not None:
            raise self._error
        self.skip()
        if self._error is not None:
            raise self._error
        source = self._source
        try:
            source.skip_line_ends()
            more_in_member = source.is_packed and source.has_bytes()
        except WarcFormatError as error:
            raise self._failed(error.what) from error
        self._finished = True
        self.end = None if more_in_member else source.at
        if self.end is not None and not self._shares_member:
            self.length = self.end - self.offset

    def _failed(self, what: str) -> WarcFormatError:
        self._error = WarcFormatError(what, self.place)
        return self._error


def open_block(record: WarcRecord) -> io.BufferedReader:
    """The record's block as a buffered binary stream."""
    return io.BufferedReader(_BlockStream(record), READ_SIZE)


class _BlockStream(io.RawIOBase):
    def __init__(self, record: WarcRecord) -> None:
        self._record = record

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._record.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
