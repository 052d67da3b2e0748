"""Length-prefixed frames between the crawl and its extraction workers: a JSON head and raw bytes, never a pickle."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import orjson

_PREFIX = struct.Struct(">II")


def pack_frame(head: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame: lengths of head and body (32 bits each), then both."""
    raw = orjson.dumps(head)
    return _PREFIX.pack(len(raw), len(body)) + raw + body


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next frame of a blocking stream, ``None`` at its end; raises EOFError when it ends within a frame."""
    prefix = stream.read(_PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < _PREFIX.size:
        raise EOFError("a frame is cut short")
    head_length, body_length = _PREFIX.unpack(prefix)
    head, body = stream.read(head_length), stream.read(body_length)
    if len(head) < head_length or len(body) < body_length:
        raise EOFError("a frame is cut short")
    return orjson.loads(head), body
