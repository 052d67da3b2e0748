"""Near duplicates among fingerprints: who is a copy of whom, without comparing everyone with everyone. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

# Set by bench/dedup.py: copies with a changed sentence are found, and no two of 395 different articles are near.
DISTANCE = 8
MAX_DISTANCE = 12
_BITS = 64
Hashes = npt.NDArray[np.uint64]


def fingerprint(simhash: str) -> int:
    """The number behind ``sh64:`` + 16 hex."""
    return int(simhash.removeprefix("sh64:"), 16)


def near_duplicates(fingerprints: Sequence[int], distance: int = DISTANCE) -> dict[int, tuple[int, int]]:
    """``{place: (place of what it is near to, bits that differ)}`` for fingerprints in order of age.

    A text is a duplicate of the oldest text within ``distance`` bits that is no duplicate itself: a copy of a copy is near the
    first one or stands alone, so that small changes never chain into one heap. The same input gives the same result.
    """
    if not 0 <= distance <= MAX_DISTANCE:
        raise ValueError(f"distance {distance}: not between 0 and {MAX_DISTANCE}")
    hashes = np.array(fingerprints, dtype=np.uint64)
    unique, first = np.unique(hashes, return_index=True)
    # Equal ones are settled at once; the others, by age, are looked up in bands.
    order = np.argsort(first, kind="stable")
    unique, first = unique[order], first[order]
    leader_of = _leaders(unique, distance)
    place_of = {int(value): place for place, value in enumerate(unique)}
    found = {}
    for place, value in enumerate(hashes):
        leader = leader_of[place_of[int(value)]]
        original = int(first[leader])
        if original != place:
            found[place] = (original, int(np.bitwise_count(value ^ unique[leader])))
    return found


def _leaders(unique: Hashes, distance: int) -> list[int]:
    """For each distinct fingerprint the place of the oldest leader within ``distance``, or its own."""
    older: dict[int, list[int]] = {}
    for left, right in _near_pairs(unique, distance):
        older.setdefault(right, []).append(left)
    leaders: list[int] = []
    for place in range(len(unique)):
        leaders.append(min((other for other in older.get(place, ()) if leaders[other] == other), default=place))
    return leaders


def _near_pairs(unique: Hashes, distance: int) -> Iterator[tuple[int, int]]:
    """Every pair within ``distance``, older one first, some more than once.

    Cut into ``distance + 2`` blocks, two fingerprints that differ in ``distance`` bits have two blocks or more in common (Manku,
    Jain and Das Sarma, WWW 2007): only those that share two blocks are compared.
    """
    if not distance or len(unique) < 2:
        return
    for one, other in combinations(_blocks(distance + 2), 2):
        keys = unique & np.uint64(one | other)
        order = np.argsort(keys, kind="stable")
        keys, hashes = keys[order], unique[order]
        step = 1
        while step < len(keys):
            same = np.flatnonzero(keys[step:] == keys[:-step])
            if not len(same):
                break
            near = same[np.bitwise_count(hashes[same] ^ hashes[same + step]) <= distance]
            for left, right in zip(order[near].tolist(), order[near + step].tolist(), strict=True):
                yield (left, right) if left < right else (right, left)
            step += 1


def _blocks(count: int) -> list[int]:
    """64 bits cut into ``count`` masks."""
    edges = [round(place * _BITS / count) for place in range(count + 1)]
    return [((1 << end) - 1) & ~((1 << start) - 1) for start, end in pairwise(edges)]
