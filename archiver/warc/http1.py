"""HTTP/1.x messages as bytes: heads, framing, where a message ends, the entity body. No sockets, no content coding.

Reading is lenient, as browsers and Twisted are, since what is read has been sent: bare LF, folded and colon-less lines, empty
reasons and odd versions are all kept. Whoever writes a WARC block writes the bytes, never what was parsed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.errors import HttpFormatError

_STATUS_LINE = re.compile(rb"^[^\s/]{1,16}/?\d{0,3}(?:\.\d{1,3})?[ \t]+(\d{1,9})(?:[ \t](.*))?$", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"^[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?$", re.DOTALL)
_LINE_ENDS = re.compile(rb"[\r\n]*")
_NO_BODY = frozenset({204, 304})
# What no body reaches, for a length of more digits than a number should have.
_BEYOND_ANY_LENGTH = 10**18
# A chunk-size line with its extensions; Twisted refuses longer ones, and none has been seen in the wild.
_MAX_CHUNK_LINE = 16_384


@dataclass(frozen=True, slots=True)
class Head:
    """Start line and fields of a message. ``length`` counts its bytes, blank line included.

    Field names are as sent, values stripped and unfolded (RFC 9112 §5); lines without a colon have no field.
    """

    start_line: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    length: int

    def all(self, name: bytes) -> list[bytes]:
        """Values of every field called ``name`` (any case), in order."""
        wanted = name.lower()
        return [value for field, value in self.fields if field.lower() == wanted]

    def get(self, name: bytes) -> bytes | None:
        """Value of the first field called ``name`` (any case)."""
        values = self.all(name)
        return values[0] if values else None

    @property
    def status(self) -> int | None:
        """Status code, ``None`` when the start line is no status line."""
        match = _STATUS_LINE.match(self.start_line)
        return int(match[1]) if match and len(match[1]) == 3 else None

    @property
    def text_fields(self) -> tuple[tuple[str, str], ...]:
        """Fields as text; bytes that are not UTF-8 read as latin-1 (RFC 9110 §5.5)."""
        return tuple((_text(name), _text(value)) for name, value in self.fields)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Message:
    """One response message in a byte stream.

    ``end`` is where the message ends in the stream, ``entity`` its body with transfer coding removed and content coding kept
    (the payload of WARC/1.1 §6.3.2). ``complete`` is false when the stream stopped before the framing said so; ``framing``
    is one of ``none length chunked close``. A body that says chunked and does not begin like a chunk is taken as it is.
    """

    head: Head
    entity: bytes
    end: int
    complete: bool
    framing: str
    trailers: bytes = b""


def parse_head(stream: bytes, start: int = 0) -> Head | None:
    """The head that begins at ``start``, or ``None`` when its blank line has not come. Never raises.

    Blank lines before the start line belong to it, as browsers take them (RFC 9112 §2.2).
    """
    first = _LINE_ENDS.match(stream, start).end()  # type: ignore[union-attr]
    end = _head_end(stream, first)
    if end is None:
        return None
    lines = [line.removesuffix(b"\r") for line in stream[first:end].split(b"\n")]
    while not lines[-1]:
        lines.pop()
    return Head(lines[0], tuple(_fields(lines[1:])), end - start)


def _head_end(stream: bytes, start: int) -> int | None:
    """Offset after the blank line: the first ``\\n`` followed by ``\\n`` or ``\\r\\n`` (bare LF is common)."""
    at = start
    while True:
        at = stream.find(b"\n", at)
        if at < 0:
            return None
        if stream.startswith(b"\n", at + 1):
            return at + 2
        if stream.startswith(b"\r\n", at + 1):
            return at + 3
        at += 1


def _fields(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    logical: list[list[bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and logical:
            logical[-1].append(line)
        elif line:
            logical.append([line])
    for parts in logical:
        name, colon, value = b"".join(parts).partition(b":")
        if colon:
            yield name.strip(), value.strip()


def final_message_start(stream: bytes) -> int:
    """Offset of the final response in ``stream``: interim 1xx heads before it are passed over (RFC 9110 §15.2).

    A stream that ends within an interim head is all interim.
    """
    start = 0
    while start < len(stream):
        head = parse_head(stream, start)
        line = head.start_line if head else stream[start:].lstrip(b"\r\n").split(b"\n", 1)[0].removesuffix(b"\r")
        match = _STATUS_LINE.match(line)
        if match is None or len(match[1]) != 3 or not match[1].startswith(b"1"):
            return start
        if head is None:
            return len(stream)
        start += head.length
    return start


def is_cut_head(stream: bytes) -> bool:
    """Whether ``stream``, which has ended, holds no head but may be the beginning of one: something else is not cut off."""
    if parse_head(stream) is not None:
        return False
    line, newline, _ = stream.lstrip(b"\r\n").partition(b"\n")
    if newline:
        return _STATUS_LINE.match(line.removesuffix(b"\r")) is not None
    return line.startswith(b"HTTP/") or b"HTTP/".startswith(line)


def read_message(stream: bytes, start: int = 0, *, method: bytes = b"GET") -> Message:
    """The response message that begins at ``start`` of a stream that has ended (RFC 9112 §6.3).

    Raises HttpFormatError when there is no head or the start line is no status line.
    """
    head = parse_head(stream, start)
    if head is None:
        raise HttpFormatError("no end of the response head")
    if head.status is None:
        raise HttpFormatError(f"not a status line: {head.start_line[:80]!r}")
    body_at = start + head.length
    if method == b"HEAD" or head.status in _NO_BODY or 100 <= head.status < 200:
        return Message(head, b"", body_at, True, "none")
    if is_chunked(head):
        return _chunked_message(stream, head, body_at)
    length = content_length(head)
    if length is not None:
        body = stream[body_at : body_at + length]
        return Message(head, body, body_at + len(body), len(body) == length, "length")
    return Message(head, stream[body_at:], len(stream), True, "close")


def is_chunked(head: Head) -> bool:
    """Whether ``chunked`` is the last transfer coding."""
    return _transfer_codings(head)[-1] == b"chunked"


def is_packed_for_transfer(head: Head) -> bool:
    """Whether the body has a compressing transfer coding (RFC 9112 §7.2), which is only sent when asked for; nobody asks."""
    return any(name in (b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress") for name in _transfer_codings(head))


def _transfer_codings(head: Head) -> list[bytes]:
    return [name.strip() for name in b",".join(head.all(b"Transfer-Encoding")).lower().split(b",")]


def content_length(head: Head) -> int | None:
    """The stated length; ``None`` when absent, contradictory or no number (RFC 9110 §8.6)."""
    stated = {value.strip() for field in head.all(b"Content-Length") for value in field.split(b",")}
    if not all(value.isdigit() for value in stated):
        return None
    digits = {value.lstrip(b"0") for value in stated}
    if len(digits) != 1:
        return None
    number = digits.pop()
    return int(number or b"0") if len(number) < 19 else _BEYOND_ANY_LENGTH


def _chunked_message(stream: bytes, head: Head, at: int) -> Message:
    if not _begins_like_a_chunk(stream, at):
        return Message(head, stream[at:], len(stream), False, "chunked")
    body: list[bytes] = []
    while True:
        line_end = stream.find(b"\n", at, at + _MAX_CHUNK_LINE)
        match = _CHUNK_SIZE.match(stream[at:line_end].removesuffix(b"\r")) if line_end >= 0 else None
        if match is None:
            return Message(head, b"".join(body), len(stream), False, "chunked")
        size = int(match[1], 16)
        at = line_end + 1
        if size == 0:
            return _after_last_chunk(stream, head, b"".join(body), at)
        chunk = stream[at : at + size]
        body.append(chunk)
        at += size
        after = _skip_line_end(stream, at) if len(chunk) == size else None
        if after is None:
            return Message(head, b"".join(body), len(stream), False, "chunked")
        at = after


def _begins_like_a_chunk(stream: bytes, at: int) -> bool:
    """Whether a chunk-size line begins here, or as much of one as has come."""
    line, newline, _ = stream[at : at + _MAX_CHUNK_LINE].partition(b"\n")
    return _CHUNK_SIZE.match(line.removesuffix(b"\r")) is not None or not (newline or line.strip())


def _skip_line_end(stream: bytes, at: int) -> int | None:
    if stream.startswith(b"\r\n", at):
        return at + 2
    return at + 1 if stream.startswith(b"\n", at) else None


def _after_last_chunk(stream: bytes, head: Head, body: bytes, at: int) -> Message:
    """Trailer section: lines until an empty one (RFC 9112 §7.1.2)."""
    trailers_at = at
    while True:
        line_end = stream.find(b"\n", at)
        if line_end < 0:
            return Message(head, body, len(stream), False, "chunked", stream[trailers_at:])
        line = stream[at:line_end].removesuffix(b"\r")
        if not line:
            return Message(head, body, line_end + 1, True, "chunked", stream[trailers_at:at])
        at = line_end + 1


def entity_body(block: bytes) -> tuple[Head | None, bytes]:
    """``(head, entity)`` of a stored ``response`` block, any tool's.

    *Quirk:* several tools store the decoded body under the head as sent, with ``Transfer-Encoding: chunked`` or the coded
    ``Content-Length`` still in it (Common Crawl renames the fields, others do not): a body that does not begin like a chunk, or
    is longer than stated, is taken as it is. A block whose head cannot be read is all head: ``(None, b"")``. Never raises.
    """
    try:
        message = read_message(block)
    except HttpFormatError:
        return None, b""
    if message.framing in ("chunked", "none"):
        return message.head, message.entity
    return message.head, block[message.head.length :]


def without_field(message: bytes, name: bytes, replacement: bytes | None = None) -> bytes:
    """``message`` without the lines of field ``name`` (any case), or with its values replaced; all else byte for byte."""
    end = _head_end(message, 0)
    head, rest = (message, b"") if end is None else (message[:end], message[end:])
    pattern = re.compile(rb"^(" + re.escape(name) + rb"[ \t]*:)[^\n]*(?:\n[ \t][^\n]*)*\n", re.IGNORECASE | re.MULTILINE)
    return pattern.sub(b"" if replacement is None else rb"\1 " + replacement + b"\r\n", head) + rest
