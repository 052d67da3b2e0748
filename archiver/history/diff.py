"""Two versions of a text: paragraphs paired, then compared word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Op = Literal["same", "removed", "added"]
_WORD = re.compile(r"\S+\s*")
# Below it two paragraphs are two, not one that was rewritten.
_ALIKE = 0.5
# Beyond these the comparison, which is quadratic, is not worth its time: the paragraphs are shown whole.
_MAX_WORDS = 2000
_MAX_PAIRS = 2500


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words with the space behind them."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph that is not in both versions as it is: ``added``, ``removed``, or ``changed`` into ``pieces`` of both."""

    kind: Literal["added", "removed", "changed"]
    pieces: tuple[Piece, ...]

    @property
    def before(self) -> str:
        """The paragraph in the older version, empty where it was added."""
        return "".join(piece.text for piece in self.pieces if piece.op != "added").strip()

    @property
    def after(self) -> str:
        """The paragraph in the newer version, empty where it was removed."""
        return "".join(piece.text for piece in self.pieces if piece.op != "removed").strip()


def diff_texts(before: str, after: str) -> list[Paragraph]:
    """The paragraphs (lines) that differ, in order; what moved is removed in one place and added in another."""
    old, new = (text.split("\n") if text else [] for text in (before, after))
    found: list[Paragraph] = []
    # A page of thousands of equal lines would take hours without the heuristic.
    matcher = SequenceMatcher(None, old, new, autojunk=max(len(old), len(new)) > _MAX_WORDS)
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        if op != "equal":
            found += _paired(old[i1:i2], new[j1:j2])
    return found


def diff_words(before: str, after: str) -> tuple[Piece, ...]:
    """One line against another, word by word."""
    old, new = _words(before), _words(after)
    if max(len(old), len(new)) > _MAX_WORDS:
        return (Piece("removed", before), Piece("added", after))
    return tuple(_pieces(old, new))


def _paired(old: list[str], new: list[str]) -> Iterator[Paragraph]:
    """Each new paragraph with the old one it was made from, where there is one; order is kept on both sides."""
    at = 0
    for place, text in enumerate(new):
        match = _most_alike(text, old, at, len(new) - place)
        if match is None:
            yield Paragraph("added", (Piece("added", text),))
            continue
        yield from (Paragraph("removed", (Piece("removed", gone),)) for gone in old[at:match])
        yield Paragraph("changed", diff_words(old[match], text))
        at = match + 1
    yield from (Paragraph("removed", (Piece("removed", gone),)) for gone in old[at:])


def _most_alike(text: str, old: list[str], start: int, remaining: int) -> int | None:
    if (len(old) - start) * remaining > _MAX_PAIRS:
        return None
    words = _words(text)
    best, best_place = _ALIKE, None
    for place in range(start, len(old)):
        other = _words(old[place])
        if max(len(words), len(other)) > _MAX_WORDS:
            continue
        matcher = SequenceMatcher(None, other, words, autojunk=False)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
            best, best_place = ratio, place
    return best_place


def _words(text: str) -> list[str]:
    return [word.rstrip() for word in _WORD.findall(text)]


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for op, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            yield Piece("same", " ".join(old[i1:i2]) + " ")
            continue
        if i1 < i2:
            yield Piece("removed", " ".join(old[i1:i2]) + " ")
        if j1 < j2:
            yield Piece("added", " ".join(new[j1:j2]) + " ")
