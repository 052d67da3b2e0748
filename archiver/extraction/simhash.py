"""Fingerprints of a text: words counted, the digest that tells versions apart, and a SimHash for near duplicates."""

from __future__ import annotations

import hashlib
import re
import unicodedata

import numpy as np
import numpy.typing as npt

# Scripts written without spaces: there each character counts as a word (CJK ideographs, kana, bopomofo, iteration marks).
_UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_SHINGLE = 3


def words(text: str) -> list[str]:
    r"""Words in order: runs of ``\w``; ideographs and kana, which are not spaced, each by itself (Hangul is spaced)."""
    return _WORD.findall(text)


def content_digest(title: str | None, text: str) -> str:
    """``sha256:`` of NFC(title, newline, text): a changed digest is a new version (SCHEMA)."""
    content = unicodedata.normalize("NFC", f"{title or ''}\n{text}")
    return "sha256:" + hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def simhash(tokens: list[str]) -> str:
    """``sh64:`` + 16 hex: Charikar's SimHash (STOC 2002) over three-word shingles of the case-folded tokens.

    Shingles instead of words: texts of one topic share words, only copies share phrases. Words are hashed with blake2b and
    combined in wrapping 64-bit arithmetic: the same value on every platform and in every version. No token gives zeros.
    """
    if not tokens:
        return f"sh64:{0:016x}"
    folded = [token.casefold() for token in tokens]
    known = {word: i for i, word in enumerate(dict.fromkeys(folded))}
    hashes = np.frombuffer(b"".join(map(_hash, known)), dtype="<u8")[[known[word] for word in folded]]
    length = max(1, len(hashes) - _SHINGLE + 1)
    shingles = np.zeros(length, dtype=np.uint64)
    for offset in range(min(_SHINGLE, len(hashes))):
        shingles = _mix(shingles + hashes[offset : offset + length])
    bits = np.unpackbits(shingles.astype(">u8").view(np.uint8)).reshape(-1, 64)
    return "sh64:" + np.packbits(2 * bits.sum(axis=0, dtype=np.int64) > length).tobytes().hex()


def _hash(word: str) -> bytes:
    return hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finalizer of SplitMix64: every bit of a value decides every bit of the result (so word order counts)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
