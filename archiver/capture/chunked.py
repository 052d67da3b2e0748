"""An incremental decoder of chunked bodies as lenient as browsers are, for Twisted's response parser.

Twisted's own refuses bare LF, extensions with odd bytes and chunk-size lines over 1,024 bytes, all of which servers send; refusing
means losing the rest of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SIZE = re.compile(rb"^[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?$", re.DOTALL)
_MAX_LINE = 16_384
_MAX_TRAILERS = 1 << 18


class ChunkedError(ValueError):
    """Bytes that are no chunked body; the response fails, what came of it is kept."""


class ChunkedDecoder:
    """Feed with ``received``; chunk data goes to ``data``, and at the end ``finished`` gets the bytes beyond the message."""

    def __init__(self, data: Callable[[bytes], None], finished: Callable[[bytes], None]) -> None:
        self._data, self._finished = data, finished
        self._buffer = b""
        self._left = 0
        self._trailer_bytes = 0
        self._step: Callable[[], bool] = self._size_line
        self.done = False

    def received(self, data: bytes) -> None:
        """Take bytes in order; raises ChunkedError."""
        self._buffer += data
        while self._buffer and not self.done and self._step():
            pass

    def _line(self) -> bytes | None:
        line, newline, rest = self._buffer.partition(b"\n")
        if not newline:
            if len(line) > _MAX_LINE:
                raise ChunkedError("a chunk-size line without end")
            return None
        self._buffer = rest
        return line.removesuffix(b"\r")

    def _size_line(self) -> bool:
        line = self._line()
        if line is None:
            return False
        match = _SIZE.match(line)
        if match is None:
            raise ChunkedError(f"not a chunk size: {line[:40]!r}")
        self._left = int(match[1], 16)
        self._step = self._chunk if self._left else self._trailer
        return True

    def _chunk(self) -> bool:
        piece = self._buffer[: self._left]
        self._buffer = self._buffer[len(piece) :]
        self._left -= len(piece)
        if not self._left:
            self._step = self._chunk_end
        self._data(piece)
        return True

    def _chunk_end(self) -> bool:
        if self._buffer == b"\r":
            return False
        if not self._buffer.startswith((b"\r\n", b"\n")):
            raise ChunkedError("no line end after a chunk")
        self._buffer = self._buffer[1:] if self._buffer.startswith(b"\n") else self._buffer[2:]
        self._step = self._size_line
        return True

    def _trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        self._trailer_bytes += len(line) + 2
        if self._trailer_bytes > _MAX_TRAILERS:
            raise ChunkedError("a trailer section without end")
        if line:
            return True
        self.done = True
        rest, self._buffer = self._buffer, b""
        self._finished(rest)
        return False
