"""Lines of a text file with their number and offset, with bounded memory whatever the file holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``data`` without its newline, ``None`` where it is longer than the limit; ``ends`` is false for a torn last one."""

    number: int
    offset: int
    data: bytes | None
    ends: bool


def read_lines(path: Path, *, max_line: int, stop: int) -> Iterator[Line]:
    """Lines that begin and end before byte ``stop`` (a file may grow while it is read). Raises OSError."""
    number, offset = 0, 0
    with path.open("rb") as stream:
        while offset < stop:
            data = stream.readline(min(max_line + 1, stop - offset))
            if not data:
                return
            number += 1
            ends = data.endswith(b"\n")
            length = len(data)
            if not ends and length > max_line:
                rest, ends = _skip_line(stream, stop - offset - length)
                yield Line(number, offset, None, ends)
                offset += length + rest
                continue
            yield Line(number, offset, data[:-1] if ends else data, ends)
            offset += length


def _skip_line(stream: object, left: int) -> tuple[int, bool]:
    """Pass over the rest of a line: the bytes passed over, and whether its newline came."""
    passed = 0
    while passed < left:
        data = stream.readline(min(_STEP, left - passed))  # type: ignore[attr-defined]
        passed += len(data)
        if not data or data.endswith(b"\n"):
            return passed, bool(data)
    return passed, False
