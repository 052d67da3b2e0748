"""Of a broken record all that can be read is had, and what was wrong is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.errors import WarcFormatError
from archiver.warc.reader import Damage, WarcRecord, read_records

from .samples import member, record_bytes

BLOCK = bytes(range(256)) * 200
RECORD = record_bytes(BLOCK)
NEXT = record_bytes(b"next", name="2")
HEAD = len(RECORD) - len(BLOCK) - 4


def wrong_checksum(packed: bytes) -> bytes:
    return packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]


FILES = [
    (RECORD[: HEAD + 7000], 7000, "a plain file cut short"),
    (RECORD[: HEAD + 7000] + NEXT, 7000, "a plain record that is cut, and another behind it"),
    (member(RECORD[: HEAD + 7000]) + member(NEXT), 7000, "a member that ends before its record does"),
    (wrong_checksum(member(RECORD)) + member(NEXT), len(BLOCK), "all of it is there, the checksum is wrong"),
    (member(NEXT) + wrong_checksum(member(RECORD)), len(BLOCK), "the same at the end of the file"),
    (wrong_checksum(member(NEXT + RECORD)), len(BLOCK), "a file that was gzipped at once"),
    (member(RECORD)[:-100], None, "a member cut short"),
    (member(RECORD)[:-100] + member(NEXT), None, "a member cut short, and another behind it"),
    (RECORD.replace(b"Length: 51200", b"Length: 99999999999"), len(BLOCK) + 4, "100 GB claimed in a plain file"),
    (member(RECORD.replace(b"Length: 51200", b"Length: 99999999999")), len(BLOCK) + 4, "100 GB claimed in a member"),
]


@pytest.mark.parametrize(("data", "there", "reason"), FILES)
def test_what_is_there_is_read_and_the_fault_is_named(tmp_path: Path, data: bytes, there: int | None, reason: str) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    got, errors, damages = b"", [], []
    for item in read_records(path):
        if isinstance(item, Damage):
            damages.append(item)
        elif item.record_id == "urn:x:2":
            assert item.read_what_is_there(100) == b"next"
        else:
            first = item.read_what_is_there(100)
            assert len(first) == 100
            got = first + item.read_what_is_there(1 << 30)
            for _ in range(2):
                with pytest.raises(WarcFormatError) as error:
                    item.finish()
                errors.append(error.value.what)
            assert item.read_what_is_there(9) == b""
    # Behind a cut the bytes of the next member are taken for more of this one, until they make no sense.
    assert got[:30_000] == BLOCK[: len(got)][:30_000], reason
    assert len(got) == there or (there is None and len(got) > len(BLOCK) // 4), (reason, len(got))
    assert errors[0] == errors[1] == damages[-1].what, reason


def test_of_a_whole_record_it_is_all(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(member(RECORD) + member(NEXT))
    first, second = (item for item in read_records(path))
    assert isinstance(first, WarcRecord)
    assert isinstance(second, WarcRecord)
    assert first.length == len(member(RECORD))
