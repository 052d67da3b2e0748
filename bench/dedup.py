"""How far apart are SimHashes of copies and of different articles? Distances of constructed pairs, and the time of a look-up.

python bench/dedup.py FOLDER   # with truth.jsonl: {"body": …} or {"text": …} a line
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

from archiver.dataset.near_duplicates import DISTANCE, fingerprint, near_duplicates
from archiver.extraction.simhash import simhash, words

Edit = Callable[[list[str], random.Random], list[str]]


def sentences(text: str) -> list[str]:
    return [part for part in text.replace("\n", " \n ").split(". ") if part.strip()]


def typo(parts: list[str], chance: random.Random) -> list[str]:
    at = chance.randrange(len(parts))
    return [*parts[:at], parts[at].replace("e", "a", 1), *parts[at + 1 :]]


def changed_sentence(parts: list[str], chance: random.Random) -> list[str]:
    at = chance.randrange(len(parts))
    return [*parts[:at], "The ministry declined to comment on these figures when asked on Tuesday", *parts[at + 1 :]]


EDITS: dict[str, Edit] = {
    "the same text with a dateline in front": lambda parts, _: ["LONDON (Agency) - The following was reported today", *parts],
    "a typo put right": typo,
    "one sentence changed": changed_sentence,
    "the last sentence cut": lambda parts, _: parts[:-1] or parts,
    "a tenth of the sentences cut at the end": lambda parts, _: parts[: max(1, len(parts) * 9 // 10)],
    "a quarter of the sentences cut at the end": lambda parts, _: parts[: max(1, len(parts) * 3 // 4)],
    "half of the text": lambda parts, _: parts[: max(1, len(parts) // 2)],
}


def main(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "truth.jsonl").open(encoding="utf-8")]
    texts = [row.get("body") or row.get("text") or "" for row in rows]
    texts = [text for text in texts if len(words(text)) >= 50]
    chance = random.Random(1)
    original = [fingerprint(simhash(words(text))) for text in texts]
    limits = (3, 4, 6, 8, 10, 12)
    print(f"{len(texts)} articles of 50 words or more; share of pairs within k bits")
    print(f"{'':45}" + "".join(f"  k={limit:<4}" for limit in limits))
    for name, edit in EDITS.items():
        distances = []
        for text, value in zip(texts, original, strict=True):
            copy = ". ".join(edit(sentences(text), chance))
            distances.append((fingerprint(simhash(words(copy))) ^ value).bit_count())
        print(f"{name:45}" + "".join(f"  {sum(d <= k for d in distances) / len(distances):5.1%} " for k in limits))
    apart = [(one ^ other).bit_count() for one, other in combinations(original, 2)]
    counts = "".join(f"  {sum(d <= k for d in apart):<5} " for k in limits)
    print(f"{f'different articles, of {len(apart)} pairs':45}{counts}  (nearest {sorted(apart)[:6]})")
    for size in (10_000, 100_000):
        values = [chance.getrandbits(64) for _ in range(size)]
        begun = time.process_time()
        near_duplicates(values)
        print(f"look-up of {size} fingerprints at k={DISTANCE}: {time.process_time() - begun:.1f} s CPU")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
