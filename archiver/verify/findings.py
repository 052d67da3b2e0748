"""What verification finds: one frozen value a finding, with its place and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

# A note is said and does not make a collection unclean.
Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
_MAX_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    ``path`` is relative to the collection. ``offset`` counts bytes of the file as it lies on disk, ``line`` counts from 1; at
    most one of them is set.
    """

    severity: Severity
    kind: str
    path: str
    message: str
    offset: int | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """``file@offset``, ``file:line`` or the file alone."""
        if self.offset is not None:
            return f"{self.path}@{self.offset}"
        return f"{self.path}:{self.line}" if self.line is not None else self.path


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of one verification; ``by_kind`` counts errors and warnings only."""

    records: int
    rows: int
    errors: int
    warnings: int
    notes: int
    by_kind: tuple[tuple[str, int], ...]
    extracted: int | None = None

    @property
    def is_clean(self) -> bool:
        """Nothing but notes."""
        return not self.errors and not self.warnings

    @property
    def line(self) -> str:
        """The last line of the report."""
        read = f"{self.records} records, {self.rows} rows"
        if self.is_clean:
            again = f", {self.extracted} texts extracted again" if self.extracted is not None else ""
            return f"{read}{again}: clean"
        found = self.errors + self.warnings
        return f"{read}: {found} finding{'s' if found != 1 else ''}"


def shown(value: object) -> str:
    """``value`` for a message: quoted, printable (nothing in an archive may steer a terminal), cut to a readable length."""
    text = value if isinstance(value, str) else repr(value)
    return ascii(text[:_MAX_SHOWN]) + ("…" if len(text) > _MAX_SHOWN else "")


def printable(text: str) -> str:
    """A path or message without control characters and lone surrogates."""
    return "".join(char if char.isprintable() else "�" for char in text)


def plain_name(name: str) -> str:
    """A file name as SQLite and JSON take it: without the lone surrogates that stand for bytes that are no UTF-8."""
    return name.encode("utf-8", "replace").decode()


def listed(values: Iterable[str]) -> str:
    """Names with commas between, for a message."""
    return ", ".join(sorted(values))
