"""What a crawl has done so far, per section: for the progress display, the limits and the exit code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(slots=True)
class SectionProgress:
    """Counts of one section (one seed)."""

    listings: int = 0
    articles_seen: int = 0
    articles: int = 0
    failures: int = 0


@dataclass(slots=True)
class Progress:
    """Counts of one run. ``limit`` names the limit that was met."""

    sections: dict[str, SectionProgress] = field(default_factory=dict)
    limit: str | None = None
    articles_requested: int = 0
    _wanted: set[bytes] = field(default_factory=set)

    def section(self, seed: str | None) -> SectionProgress:
        """The counts of the section that ``seed`` began."""
        return self.sections.setdefault(seed or "", SectionProgress())

    def empty_sections(self, seeds: tuple[str, ...]) -> list[str]:
        """Seeds that led to no article, known or new: failed, not a section, or read wrongly."""
        return [seed for seed in seeds if not self.section(seed).articles_seen]

    def want(self, key: str) -> bool:
        """Whether ``key`` is wanted for the first time in this run.

        Eight bytes a key: among a million URLs, two share them with a probability of about 1 in 37 million.
        """
        digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
        if digest in self._wanted:
            return False
        self._wanted.add(digest)
        return True
