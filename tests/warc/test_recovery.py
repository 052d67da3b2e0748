"""After a crash the last whole exchange is found, the tail is set aside, and no byte is ever lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archiver.errors import StoreError
from archiver.warc import recovery
from archiver.warc.records import Record
from archiver.warc.recovery import Tail, find_tail, set_aside
from archiver.warc.series import warcinfo_record

from .samples import CHUNKED, DATE, MOMENT, OK, ORIGINAL, URL, WARCINFO_ID, group, member, read_all, record_bytes, write_warc

INFO = [warcinfo_record(WARCINFO_ID, "a.warc.gz", MOMENT, [("format", "WARC File Format 1.1")])]
END_OF_RUN = [
    Record((("WARC-Type", "metadata"), ("WARC-Record-ID", "urn:x:end"), ("WARC-Date", DATE), ("WARC-Target-URI", URL)), (b"",))
]


def ends(places: list[tuple[int, int]]) -> list[int]:
    return [offset + length for offset, length in places]


GROUPS = {
    "a response": group(OK),
    "a revisit": group(OK, original=ORIGINAL),
    "no bytes at all": group(b""),
    "a record of its own": END_OF_RUN,
}


@pytest.mark.parametrize("last", GROUPS)
def test_cut_at_any_byte_of_the_last_group_the_earlier_ones_are_whole(tmp_path: Path, last: str) -> None:
    path = tmp_path / "a.warc.gz.open"
    places = write_warc(path, [INFO, group(CHUNKED), group(b""), GROUPS[last]])
    data, number = path.read_bytes(), len(GROUPS[last])
    begin = places[-number][0]
    types = [record.warc_type for record in GROUPS[last]]
    for cut in range(begin, len(data)):
        path.write_bytes(data[:cut])
        dropped = sum(end <= cut for end in ends(places[-number:]))
        assert find_tail(path) == Tail(begin, cut - begin, 6, tuple(types[:dropped])), cut
    path.write_bytes(data)
    assert find_tail(path) == Tail(len(data), 0, 6 + number)


def test_an_orphan_request_is_dropped_with_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz.open"
    metadata, request, _ = group(OK)
    places = write_warc(path, [INFO, [metadata, request]])
    tail = find_tail(path)
    assert tail == Tail(places[0][1], path.stat().st_size - places[0][1], 1, ("metadata", "request"))


@pytest.mark.parametrize("gz", [True, False])
def test_damage_in_the_middle_is_no_tail(tmp_path: Path, gz: bool) -> None:
    path = tmp_path / "a.warc.gz"
    if gz:
        places = write_warc(path, [INFO, group(OK), group(CHUNKED), group(OK)])
    else:
        parts = [record_bytes(b"hello", name=str(number)) for number in range(10)]
        path.write_bytes(b"".join(parts))
        places = [(number * len(parts[0]), len(parts[0])) for number in range(10)]
    data = path.read_bytes()
    for number, (offset, length) in enumerate(places[:-3]):
        for at in range(offset, offset + length, 7):
            path.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
            tail = find_tail(path)
            assert (tail.whole, tail.torn, tail.dropped) == (len(data), 0, ()), (number, at)
            assert 8 <= tail.records <= 10


def test_damage_in_a_large_block_is_no_tail(tmp_path: Path) -> None:
    # Its head is good and its record handed out before the damage is seen.
    path = tmp_path / "a.warc.gz"
    big = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + os.urandom(300_000)
    places = write_warc(path, [INFO, group(big), group(OK)])
    data, (offset, length) = bytearray(path.read_bytes()), places[3]
    for at in (offset + 200_000, offset + length - 6, offset + length - 1):
        data[at] ^= 0xFF
        path.write_bytes(data)
        assert find_tail(path) == Tail(len(data), 0, 6)


def test_bytes_missing_in_the_middle_are_no_tail(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    places = write_warc(path, [INFO, group(OK), group(OK)])
    data = path.read_bytes()
    for at in range(places[1][0], places[3][0], 11):
        path.write_bytes(data[:at] + data[at + 5 :])
        assert find_tail(path).torn == 0, at


@pytest.mark.parametrize("junk", [b"\0" * 5000, b"x", b"\x1f\x8b\x08", b"\x1f\x8b\x08\x00", os.urandom(5000)])
def test_junk_at_the_end_is_the_tail(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "a.warc.gz.open"
    write_warc(path, [INFO, group(OK)])
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(junk)
    assert find_tail(path) == Tail(whole, len(junk), 4)


def test_a_file_of_another_tool_with_several_records_in_a_member_has_no_tail(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    one, two = record_bytes(b"one", name="1"), record_bytes(b"two", name="2")
    path.write_bytes(member(one + two) + member(one))
    size = path.stat().st_size
    assert find_tail(path) == Tail(size, 0, 3)
    whole = len(member(one + two))
    path.write_bytes(path.read_bytes()[:-1])
    assert find_tail(path) == Tail(whole, size - 1 - whole, 2)


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"no warc"])
def test_a_file_without_a_record_is_all_tail(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.warc.gz.open"
    path.write_bytes(data)
    assert find_tail(path) == Tail(0, len(data), 0)


@pytest.fixture
def torn(tmp_path: Path) -> tuple[Path, bytes, int]:
    """A file that was cut in its last response, its bytes, and where its whole part ends."""
    path = tmp_path / "archive" / "a.warc.gz.open"
    path.parent.mkdir()
    places = write_warc(path, [INFO, group(OK), group(CHUNKED)])
    os.truncate(path, path.stat().st_size - 10)
    return path, path.read_bytes(), places[4][0]


def test_the_tail_is_moved_to_the_logs_byte_for_byte(torn: tuple[Path, bytes, int]) -> None:
    path, data, whole = torn
    logs = path.parent.parent / "logs"
    aside = set_aside(path, find_tail(path), logs)
    assert aside == logs / f"a.warc.gz.open@{whole}.torn"
    assert (path.read_bytes(), aside.read_bytes()) == (data[:whole], data[whole:])
    assert len(read_all(path)[0]) == 4
    assert find_tail(path) == Tail(whole, 0, 4)
    assert set_aside(path, find_tail(path), logs) is None


class Crash(BaseException):
    pass


STEPS = {
    "mkdir": (recovery.Path, "mkdir"),
    "copy": (recovery.shutil, "copyfileobj"),
    "half a copy": (recovery.shutil, "copyfileobj"),
    "fsync": (recovery.os, "fsync"),
    "sync_folder": (recovery, "sync_folder"),
    "truncate": (recovery, "_cut"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_loses_nothing_and_doing_it_again_ends_it(
    torn: tuple[Path, bytes, int], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data, whole = torn
    logs = path.parent.parent / "logs"

    def crash(*_: object, **__: object) -> None:
        raise Crash

    def half(source: object, copy: object, _: int) -> None:
        copy.write(source.read(20))  # type: ignore[attr-defined]
        copy.flush()  # type: ignore[attr-defined]
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(*STEPS[step], half if step == "half a copy" else crash)
        with pytest.raises(Crash):
            set_aside(path, find_tail(path), logs)
    assert path.read_bytes() == data, "not cut before the copy is safe"
    aside = set_aside(path, find_tail(path), logs)
    assert aside is not None
    assert (path.read_bytes(), aside.read_bytes()) == (data[:whole], data[whole:])
    assert [file.name for file in logs.iterdir()] == [f"a.warc.gz.open@{whole}.torn"]


def test_a_tail_set_aside_earlier_is_not_overwritten_by_another_one(torn: tuple[Path, bytes, int]) -> None:
    path, data, whole = torn
    logs = path.parent.parent / "logs"
    tails = [data[whole:], b"another tail", b"a third"]
    asides = []
    for tail in tails:
        path.write_bytes(data[:whole] + tail)
        asides.append(set_aside(path, find_tail(path), logs))
    name = f"a.warc.gz.open@{whole}.torn"
    assert [aside.name for aside in asides if aside] == [name, f"{name}.1", f"{name}.2"]
    assert [aside.read_bytes() for aside in asides if aside] == tails


def test_a_full_disk_leaves_the_file_alone(torn: tuple[Path, bytes, int], monkeypatch: pytest.MonkeyPatch) -> None:
    path, data, whole = torn

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recovery.shutil, "copyfileobj", no_space)
    with pytest.raises(StoreError, match=rf"a\.warc\.gz\.open@{whole}: cannot set the torn tail aside.*No space left"):
        set_aside(path, find_tail(path), path.parent.parent / "logs")
    assert path.read_bytes() == data


def test_logs_that_cannot_be_written_leave_the_file_alone(torn: tuple[Path, bytes, int]) -> None:
    path, data, _ = torn
    logs = path.parent.parent / "logs"
    logs.write_bytes(b"a file, not a folder")
    with pytest.raises(StoreError, match="cannot set the torn tail aside"):
        set_aside(path, find_tail(path), logs)
    assert path.read_bytes() == data
