"""The banded look-up finds just what comparing everyone with everyone finds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.dataset.near_duplicates import near_duplicates

WORD = st.integers(0, 2**64 - 1)


def compared_with_everyone(values: list[int], distance: int) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for place, value in enumerate(values):
        near = [other for other in range(place) if other not in found and (values[other] ^ value).bit_count() <= distance]
        if near:
            found[place] = (near[0], (values[near[0]] ^ value).bit_count())
    return found


@st.composite
def neighbours(draw: st.DrawFn) -> list[int]:
    """Fingerprints and others that differ from them in up to a dozen bits, which random ones never do."""
    values = draw(st.lists(WORD, min_size=1, max_size=6))
    for _ in range(draw(st.integers(0, 20))):
        value = draw(st.sampled_from(values))
        for bit in draw(st.lists(st.integers(0, 63), max_size=12)):
            value ^= 1 << bit
        values.append(value)
    return draw(st.permutations(values))


@settings(max_examples=150, deadline=None)
@given(neighbours(), st.integers(0, 12))
def test_the_look_up_finds_what_comparing_all_pairs_finds(values: list[int], distance: int) -> None:
    assert near_duplicates(values, distance) == compared_with_everyone(values, distance)


def test_small_changes_do_not_chain_into_one_heap() -> None:
    # 5 bits from one to the next, 10 from the first to the third.
    first, second, third = 0, 0b11111, 0b1111111111
    assert near_duplicates([first, second, third], 8) == {1: (0, 5)}


def test_no_fingerprints_are_no_duplicates() -> None:
    assert near_duplicates([], 8) == {}
    assert near_duplicates([7], 8) == {}
    assert near_duplicates([7, 7, 7], 0) == {1: (0, 0), 2: (0, 0)}
