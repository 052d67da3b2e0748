"""What a repair did, for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repaired:
    """One thing that was put right: in which file, what, and what was lost by it (empty: nothing)."""

    file: str
    what: str
    lost: str = ""

    def __str__(self) -> str:
        return f"repaired {self.file}: {self.what}" + (f"; lost: {self.lost}" if self.lost else "")
