"""``.warc.zst``: a frame a record, the dictionary in a skippable frame before them."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from archiver.warc.reader import WarcRecord, read_record_at, read_records

from .samples import member, memory_below, read_all, record_bytes

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

R1, R2, R3 = record_bytes(b"one", name="1"), record_bytes(b"two" * 200_000, name="2"), record_bytes(b"three", name="3")
ALL = [("urn:x:1", b"one"), ("urn:x:2", b"two" * 200_000), ("urn:x:3", b"three")]
DICTIONARY = zstd.train_dict([record_bytes(f"{n} of many".encode(), name=str(n)) for n in range(500)], 4096)


def frame(data: bytes) -> bytes:
    return zstd.compress(data)


def with_dictionary(*records: bytes, packed: bool) -> bytes:
    content = zstd.compress(DICTIONARY.dict_content) if packed else DICTIONARY.dict_content
    head = struct.pack("<II", 0x184D2A5D, len(content)) + content
    return head + b"".join(zstd.compress(record, zstd_dict=DICTIONARY) for record in records)


FILES = [
    (frame(R1) + frame(R2) + frame(R3), "a frame a record"),
    (frame(R1 + R2 + R3), "one frame"),
    (
        struct.pack("<II", 0x184D2A50, 3) + b"abc" + frame(R1) + struct.pack("<II", 0x184D2A5F, 0) + frame(R2) + frame(R3),
        "skippable",
    ),
    (with_dictionary(R1, R2, R3, packed=False), "a dictionary"),
    (with_dictionary(R1, R2, R3, packed=True), "a dictionary that is compressed itself"),
]


@pytest.mark.parametrize(("data", "reason"), FILES)
def test_every_record_is_read_in_order_and_at_its_offset(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.warc.zst"
    path.write_bytes(data)
    assert read_all(path) == (ALL, []), reason
    if reason != "one frame":
        for item, (record_id, block) in zip(read_records(path), ALL, strict=True):
            assert isinstance(item, WarcRecord)
            item.finish()
            assert item.length
            again = read_record_at(path, item.offset)
            assert (again.record_id, again.read()) == (record_id, block)


@pytest.mark.parametrize("garbage", [b"\x00" * 1000, frame(R3)[:-5], b"\x28\xb5\x2f\xfdxxxxxxxxxx", member(R3)])
def test_damage_between_frames_is_read_past(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "a.warc.zst"
    path.write_bytes(frame(R1) + garbage + frame(R2))
    records, (damage,) = read_all(path)
    assert records == ALL[:2]
    assert (damage.offset, damage.length) == (len(frame(R1)), len(garbage))


def test_a_file_cut_anywhere_keeps_all_whole_records_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.zst"
    first, second = frame(R1), frame(R3)
    for cut in range(len(first), len(first + second)):
        path.write_bytes((first + second)[:cut])
        records, damages = read_all(path)
        assert records == [ALL[0]]
        assert bool(damages) is (cut > len(first))


def test_a_bomb_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.zst"
    path.write_bytes(frame(R1) + frame(bytes(200 << 20)) + frame(R3))
    with memory_below(5_000_000):
        assert [getattr(item, "record_id", None) for item in read_records(path)] == ["urn:x:1", None, "urn:x:3"]
