"""What changed between two texts, word by word within paragraphs. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["same", "added", "removed"]
_WORDS = re.compile(r"\s+|[^\W_]+|[\W_]", re.UNICODE)
# difflib takes quadratic time on texts without a common line; longer paragraphs are shown as removed and added.
_MAX_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is the same, added or removed."""

    kind: Kind
    text: str


def diff_paragraphs(old: str, new: str) -> list[list[Piece]]:
    """Paragraphs of both texts in order, each as pieces; paragraphs that correspond are compared by words."""
    before, after = old.split("\n") if old else [], new.split("\n") if new else []
    found: list[list[Piece]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [[Piece("same", text)] for text in before[a:b]]
            continue
        shared = min(b - a, d - c)
        found += [_words(first, second) for first, second in zip(before[a : a + shared], after[c : c + shared], strict=True)]
        found += [[Piece("removed", text)] for text in before[a + shared : b]]
        found += [[Piece("added", text)] for text in after[c + shared : d]]
    return found


def _words(old: str, new: str) -> list[Piece]:
    first, second = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(first), len(second)) > _MAX_WORDS:
        return [Piece("removed", old), Piece("added", new)]
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    return list(_pieces(matcher, first, second))


def _pieces(matcher: difflib.SequenceMatcher[str], first: list[str], second: list[str]) -> Iterator[Piece]:
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(first[a:b]))
            continue
        if b > a:
            yield Piece("removed", "".join(first[a:b]))
        if d > c:
            yield Piece("added", "".join(second[c:d]))
