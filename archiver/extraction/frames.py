"""Length-prefixed frames between the crawl and its extraction workers: a JSON head and raw bytes, never a pickle."""

from __future__ import annotations

import os
import select
import struct
import time
from typing import Any, Protocol

import orjson


class Readable(Protocol):
    """What ``read_frame`` needs of a stream: exactly ``size`` bytes, fewer only at its end."""

    def read(self, size: int, /) -> bytes: ...


_PREFIX = struct.Struct(">II")


def pack_frame(head: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame: lengths of head and body (32 bits each), then both."""
    raw = orjson.dumps(head)
    return _PREFIX.pack(len(raw), len(body)) + raw + body


def read_frame(stream: Readable) -> tuple[dict[str, Any], bytes] | None:
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


class PipeWithDeadline:
    """Both pipes of a worker; every ``read`` and ``write`` raises TimeoutError once ``deadline`` (monotonic seconds) is past."""

    def __init__(self, write_fd: int, read_fd: int, deadline: float) -> None:
        self._write_fd, self._read_fd, self._deadline = write_fd, read_fd, deadline
        os.set_blocking(write_fd, False)

    def _wait(self, descriptor: int, event: int) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        left_ms = (self._deadline - time.monotonic()) * 1000
        if left_ms <= 0 or not poll.poll(left_ms):
            raise TimeoutError

    def write(self, data: bytes) -> None:
        """All of ``data``; raises OSError when the worker has gone."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._write_fd, view) :]
            except BlockingIOError:
                self._wait(self._write_fd, select.POLLOUT)

    def read(self, size: int, /) -> bytes:
        """Exactly ``size`` bytes, fewer only when the worker has gone."""
        pieces, left = [], size
        while left:
            self._wait(self._read_fd, select.POLLIN)
            piece = os.read(self._read_fd, min(left, 1 << 20))
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)
