"""What nests in a page, how it is read and how far it is followed: the same for crawl, report, patch and select. Pure.

Style sheets and manifests need more files, frames are pages of their own; nothing else is read for what it needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

# A style sheet that imports one that imports one …: nobody goes deeper, a trap does.
_MAX_SHEETS = 5
# Of each a page, a frame of it, and a frame in that may name so many; a page with more frames is an exchange for
# advertisements or a trap, one with more films a shop window. A frame in a frame in a frame is not followed.
_MOST: tuple[dict[str, int], ...] = ({"frame": 20, "media": 20}, {"frame": 5, "media": 5}, {"frame": 0, "media": 5})
# Of everything together, for each frame.
_MOST_IN_FRAME = 500
# Roles of what may need more.
NESTED = frozenset({"css", "manifest", "frame"})
_DOCUMENTS = frozenset({"", "text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is named: so many frames down from the page, so many style sheets down in that document."""

    frames: int = 0
    sheets: int = 0

    def wanted(self, found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Those of the requisites named here, ``(URL, role)`` in document order, that are to be had."""
        most, seen = _MOST[self.frames], Counter[str]()
        for url, role in islice(found, _MOST_IN_FRAME) if self.frames else found:
            seen[role] += 1
            if role not in most or seen[role] <= most[role]:
                yield url, role

    def inside(self, kind: str | None) -> Place | None:
        """Where that is named which something named here names, read as ``kind``; ``None``: it is not followed."""
        if kind == "html":
            return Place(self.frames + 1) if self.frames + 1 < len(_MOST) else None
        return Place(self.frames, self.sheets + 1) if kind is not None and self.sheets + 1 < _MAX_SHEETS else None


def read_as(role: str, content_type: str | None) -> str | None:
    """``html``, ``css`` or ``manifest``: how the answer for a requisite is read for what it needs in turn, ``None``: not at all.

    A frame may be a picture or a PDF: there the server's word counts.
    """
    if role == "frame":
        mime = (content_type or "").partition(";")[0].strip().lower()
        return "html" if mime in _DOCUMENTS else None
    return role if role in NESTED else None
