"""A word diff takes nothing away: each side can be read from it, and what is called the same is."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.history.diff import Paragraph, diff_texts, diff_words

TEXT = st.lists(
    st.lists(st.sampled_from(["the", "ferry", "boat", "sails", "at", "night", "ü", "—", "東京"]), max_size=8).map(" ".join),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(TEXT, TEXT)
def test_every_paragraph_of_both_texts_is_the_same_or_told_of(before: list[str], after: list[str]) -> None:
    found = diff_texts("\n".join(before), "\n".join(after))
    told_before = Counter(p.before for p in found if p.kind != "added")
    told_after = Counter(p.after for p in found if p.kind != "removed")
    old, new = (Counter("\n".join(lines).split("\n") if "\n".join(lines) else []) for lines in (before, after))
    assert told_before <= old
    assert told_after <= new
    assert old - told_before == new - told_after, "what is not told of is in both"


def shown(paragraphs: list[Paragraph]) -> list[str]:
    marks = {"removed": "[-{}-]", "added": "{{+{}+}}", "same": "{}"}
    return [" ".join(marks[piece.op].format(piece.text.strip()) for piece in p.pieces) for p in paragraphs]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a b c", "a b c", []),
        ("", "", []),
        ("", "new text", ["{+new text+}"]),
        ("old text", "", ["[-old text-]"]),
        ("five ferries sail at night", "six ferries sail at night", ["[-five-] {+six+} ferries sail at night"]),
        (
            "one two three four\nlast",
            "intro here\none two three four five\nlast",
            ["{+intro here+}", "one two three four {+five+}"],
        ),
        ("alpha beta gamma", "delta epsilon zeta", ["{+delta epsilon zeta+}", "[-alpha beta gamma-]"]),  # nothing in common
        ("a\nb\nc", "a\nc", ["[-b-]"]),
        ("same  words", "same words", ["same words"]),  # white space alone is no word
    ],
)
def test_paragraphs_are_paired_before_words_are_compared(before: str, after: str, expected: list[str]) -> None:
    assert shown(diff_texts(before, after)) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x\n" * 20_000, "y\n" * 20_000),
        ("a " * 50_000, "a " * 49_999 + "b"),
        ("\n".join(f"line {n}" for n in range(3000)), "\n".join(f"line {n} more" for n in range(3000))),
    ],
)
def test_a_page_of_equal_lines_does_not_take_hours(before: str, after: str) -> None:
    begun = time.process_time()
    assert diff_texts(before, after)
    assert time.process_time() - begun < 20


def test_a_title_is_compared_word_by_word() -> None:
    pieces = diff_words("Council puts off vote", "Council votes")
    assert [(piece.op, piece.text.strip()) for piece in pieces] == [
        ("same", "Council"),
        ("removed", "puts off vote"),
        ("added", "votes"),
    ]
