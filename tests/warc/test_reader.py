"""WARC files of any tool are read; what is broken is reported with its place and read past; nothing can hurt."""

from __future__ import annotations

import gc
import gzip
import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archiver.errors import WarcFormatError
from archiver.warc.heads import parse_record_head
from archiver.warc.reader import Damage, WarcRecord, open_block, read_record_at, read_records
from archiver.warc.records import digest_matches
from archiver.warc.series import warcinfo_record

from .samples import CHUNKED, MOMENT, OK, WARCINFO_ID, group, member, memory_below, read_all, record_bytes, write_warc

SHARED = Path(os.environ.get("ARCHIVER_SHARED", Path(__file__).parents[3] / "shared"))
SAMPLES = sorted((SHARED / "bench" / "warcs").glob("*.warc*"))

R1, R2, R3 = record_bytes(b"one", name="1"), record_bytes(b"two", name="2"), record_bytes(b"three", name="3")
ONE, TWO, THREE = ("urn:x:1", b"one"), ("urn:x:2", b"two"), ("urn:x:3", b"three")


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


QUIRKS = [
    (R1 + R2, "as the standard says"),
    (record_bytes(b"one", name="1", version="1.0") + record_bytes(b"two", name="2", version="0.18"), "older (ClueWeb: 0.18)"),
    (record_bytes(b"one", name="1", eol="\n") + record_bytes(b"two", name="2", eol="\n"), "bare LF"),
    (R1.replace(b"\r\n\r\none", b"\n\r\none") + R2, "line ends mixed"),
    (R1[:-2] + R2, "one CRLF after a block"),
    (R1[:-4] + R2, "no CRLF after a block"),
    (R1 + b"\r\n\r\n" + R2, "four CRLF after a block"),
    (R1 + R2[:-4], "no CRLF at the end of the file"),
    (b"\r\n\r\n" + R1 + R2, "blank lines first"),
    (R1.replace(b"WARC-Record-ID: <urn:x:1>", b"warc-record-id:<urn:x:1>") + R2, "lower-case names, no blank"),
    (R1.replace(b"WARC-Record-ID: <urn:x:1>", b"WARC-Record-ID:\r\n\t<urn:x:1>") + R2, "a folded line"),
    (R1.replace(b"<urn:x:1>", b"urn:x:1") + R2, "an id without brackets"),
    (R1.replace(b"WARC-Date", b"no colon here\r\nWARC-Date") + R2, "a line that is no field"),
    (R1.replace(b"WARC/1.1\r\n", b"WARC/1.1 \r\n") + R2, "a blank after the version"),
    (R1.replace(b"Content-Length: 3", b"Content-Length: 003") + R2, "zeros"),
    (R1.replace(b"Content-Length: 3", b"Content-Length: 3\r\ncontent-length: 3") + R2, "the length twice, alike"),
    (R1.replace(b"WARC-Date", b"X: " + b"x" * 100_000 + b"\r\nWARC-Date") + R2, "a field of 100 KB (a data: URI)"),
]  # fmt: skip
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "in one member": member,
    "in a member with name and time": lambda data: b"\x1f\x8b\x08\x08\x01\x02\x03\x04\x00\x03name\x00" + member(data)[10:],
    "in a stored member": lambda data: gzip.compress(data, 0, mtime=0),
}


@pytest.mark.parametrize(("data", "reason"), QUIRKS)
@pytest.mark.parametrize("packing", PACKINGS)
def test_quirks_of_other_tools_are_read(tmp_path: Path, data: bytes, reason: str, packing: str) -> None:
    path = written(tmp_path / "a.warc", PACKINGS[packing](data))
    assert read_all(path) == ([ONE, TWO], []), reason


def test_a_member_that_runs_on_into_the_next_ones_costs_only_itself(tmp_path: Path) -> None:
    # Two stored blocks that are not the last (RFC 1951 §3.2.4): a whole record, and the members that follow in the file.
    def stored(data: bytes) -> bytes:
        return b"\x00" + len(data).to_bytes(2, "little") + (0xFFFF - len(data)).to_bytes(2, "little")

    rest = member(R2) + member(R3)
    first = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + stored(R1) + R1 + stored(rest)
    records, (damage,) = read_all(written(tmp_path / "a.warc.gz", first + rest))
    assert records == [TWO, THREE]
    assert (damage.offset, damage.length) == (0, len(first))


def test_members_end_where_records_do(tmp_path: Path) -> None:
    path = written(tmp_path / "a.warc.gz", member(R1) + member(b"") + member(R2[:-4]) + member(b"\r\n\r\n") + member(b"\r\n" + R3))
    assert read_all(path) == ([ONE, TWO, THREE], [])


def test_a_uri_in_brackets_is_read_without_them(tmp_path: Path) -> None:
    data = R1.replace(b"http://example.org/1", b"<http://example.org/1>").replace(b"WARC-Date", b"X: <a> <b>\r\nX: >c\r\nWARC-Date")
    (record,) = read_records(written(tmp_path / "a.warc", data))
    assert isinstance(record, WarcRecord)
    assert record.get("warc-target-uri") == "http://example.org/1", "wget does it"
    assert record.all("x") == ["a> <b", ">c"]
    assert record.get("absent") is None
    assert (record.version, record.warc_type, record.record_id) == ("1.1", "resource", "urn:x:1")


@pytest.mark.parametrize("gz", [True, False])
def test_places_are_offsets_and_lengths_in_the_file(tmp_path: Path, gz: bool) -> None:
    parts = [member(part) if gz else part for part in (R1, R2, R3)]
    path = written(tmp_path / "a.warc", b"".join(parts))
    places = []
    for item in read_records(path):
        assert isinstance(item, WarcRecord)
        item.finish()
        places.append((item.offset, item.length, item.end))
    first, second, third = map(len, parts)
    assert places == [
        (0, first, first),
        (first, second, first + second),
        (first + second, third, first + second + third),
    ]
    record = read_record_at(path, first)
    assert (record.place, record.record_id, record.read()) == (f"a.warc@{first}", "urn:x:2", b"two")
    assert read_all(path, start=first) == ([TWO, THREE], [])
    assert read_all(path, start=first, stop=first + 1) == ([TWO], [])
    assert read_all(path, stop=first + second) == ([ONE, TWO], [])


def test_records_that_share_a_member_have_its_offset_and_no_length(tmp_path: Path) -> None:
    path = written(tmp_path / "a.warc.gz", member(R1 + R2) + member(R3))
    places = []
    for item in read_records(path):
        assert isinstance(item, WarcRecord)
        item.finish()
        places.append((item.offset, item.length, item.end))
    first, second = len(member(R1 + R2)), len(member(R3))
    assert places == [(0, None, None), (0, None, first), (first, second, first + second)]


def test_a_record_is_read_at_its_offset_after_the_search_has_ended(tmp_path: Path) -> None:
    big = os.urandom(1_000_000)
    path = written(tmp_path / "a.warc.gz", member(R1) + member(record_bytes(big)))
    record = read_record_at(path, len(member(R1)))
    gc.collect()
    assert record.read() == big


def test_records_read_at_an_offset_leave_no_file_open(tmp_path: Path) -> None:
    path = written(tmp_path / "a.warc.gz", member(R1))
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(50):
        assert read_record_at(path, 0).read() == b"one"
    for offset in range(1, 50):
        with pytest.raises(WarcFormatError):
            read_record_at(path, offset)
    assert len(list(Path("/dev/fd").iterdir())) == before


@pytest.mark.parametrize("offset", [-1, 5, 10**6, 2**63, 2**70])
def test_no_record_at_an_offset_is_a_format_error_with_the_place(tmp_path: Path, offset: int) -> None:
    path = written(tmp_path / "a.warc.gz", member(R1))
    with pytest.raises(WarcFormatError, match=f"a.warc.gz@{offset}: "):
        read_record_at(path, offset)


def test_a_block_streams(tmp_path: Path) -> None:
    record = read_record_at(written(tmp_path / "a.warc.gz", member(record_bytes(b"line 1\nline 2"))), 0)
    with open_block(record) as stream:
        assert stream.readlines() == [b"line 1\n", b"line 2"]


def test_a_block_over_the_limit_is_refused_and_the_next_record_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.warc.gz", member(record_bytes(b"x" * 1000)) + member(R2))
    items = iter(read_records(path))
    with pytest.raises(WarcFormatError, match="over the limit of 999"):
        next(items).block(999)  # type: ignore[union-attr]
    assert next(items).record_id == "urn:x:2"  # type: ignore[union-attr]


def test_a_record_that_was_passed_gives_nothing_more(tmp_path: Path) -> None:
    first, second = read_records(written(tmp_path / "a.warc.gz", member(R1) + member(R2)))
    assert isinstance(first, WarcRecord)
    assert isinstance(second, WarcRecord)
    assert (first.read(), second.read()) == (b"", b"")


LENGTHS = [
    (b"-3", "Content-Length is '-3'"),
    (b"+3", "Content-Length is '+3'"),
    (b"3 bytes", "Content-Length is '3 bytes'"),
    (b"0x3", "Content-Length is '0x3'"),
    (b"\xd9\xa3", "Content-Length is '\u0663'"),
    (b"9" * 30, "Content-Length is '99999"),
    (b"", "Content-Length is ''"),
    (b"3\r\nContent-Length: 4", "several Content-Length"),
    (b"100000000000", "the block ends after"),
]


@pytest.mark.parametrize("gz", [True, False])
@pytest.mark.parametrize(("length", "what"), LENGTHS)
def test_a_wrong_length_is_damage_and_the_next_record_is_read(tmp_path: Path, gz: bool, length: bytes, what: str) -> None:
    parts = [R1, R2.replace(b"Content-Length: 3", b"Content-Length: " + length), R3]
    first, second, third = [member(part) if gz else part for part in parts]
    with memory_below(3_000_000):
        records, (damage,) = read_all(written(tmp_path / "a.warc", first + second + third))
    assert records == [ONE, THREE]
    assert (damage.offset, damage.length) == (len(first), len(second))
    assert damage.what.startswith(what)
    assert str(damage).startswith(f"a.warc@{len(first)}: {what}")


@pytest.mark.parametrize("gz", [True, False])
@pytest.mark.parametrize("length", [b"2", b"4", b"20"])
def test_a_length_that_is_a_little_wrong_costs_one_record_and_is_noticed(tmp_path: Path, gz: bool, length: bytes) -> None:
    parts = [R1, R2.replace(b"Content-Length: 3", b"Content-Length: " + length), R3, record_bytes(b"four", name="4")]
    records, damages = read_all(written(tmp_path / "a.warc", b"".join(member(part) if gz else part for part in parts)))
    assert records[0] == ONE
    assert records[-1] == ("urn:x:4", b"four")
    # Four is eaten by the line ends after the block, which may be missing: only the digest of the block tells.
    assert len(damages) == 1 or (length == b"4" and not gz) or ("urn:x:2", b"two\r") in records


def test_a_record_without_a_length_is_damage(tmp_path: Path) -> None:
    records, (damage,) = read_all(written(tmp_path / "a.warc", R1.replace(b"Content-Length", b"Content-Size") + R2))
    assert (records, damage.what) == ([TWO], "no Content-Length")


GARBAGE = [
    (b"garbage", "words"),
    (b"\x00" * 100_000, "NULs, as a full disk leaves them"),
    (b"\x1f\x8b\x08", "the beginning of a member"),
    (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\xff" * 50, "a member that is none"),
    (member(b"no record"), "a member that holds no record"),
    (member(R3)[:30], "a member cut short"),
    (os.urandom(300_000), "noise"),
]


def put(garbage: bytes, where: str, one: bytes, two: bytes) -> tuple[bytes, int]:
    """A file of two records with garbage, and its offset."""
    at = {"before": 0, "between": len(one), "after": len(one + two)}[where]
    return (one + two)[:at] + garbage + (one + two)[at:], at


@pytest.mark.parametrize(("garbage", "reason"), GARBAGE)
@pytest.mark.parametrize("where", ["before", "between", "after"])
def test_garbage_is_reported_at_its_place_and_read_past(tmp_path: Path, garbage: bytes, reason: str, where: str) -> None:
    one, two = member(R1), member(R2)
    data, at = put(garbage, where, one, two)
    records, damages = read_all(written(tmp_path / "a.warc.gz", data))
    assert records == [ONE, TWO], reason
    assert [(damage.offset, damage.length) for damage in damages] == [(at, len(garbage))], reason


@pytest.mark.parametrize("where", ["before", "between", "after"])
@pytest.mark.parametrize("garbage", [b"garbage", b"\x00" * 2_000_000, b"WARC/1.1\r\nWARC-Type: resp", b"WARC/1.1\r\n\r\n"])
def test_garbage_in_a_plain_file_is_read_past(tmp_path: Path, garbage: bytes, where: str) -> None:
    data, at = put(garbage, where, R1, R2)
    records, damages = read_all(written(tmp_path / "a.warc", data))
    assert records == [ONE, TWO]
    assert [(damage.offset, damage.length) for damage in damages] == [(at, len(garbage))]


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", member(b"")])
def test_an_empty_file_has_no_records_and_no_damage(tmp_path: Path, data: bytes) -> None:
    assert read_all(written(tmp_path / "a.warc.gz", data)) == ([], [])


@pytest.mark.parametrize(
    "data", [b"\x00" * 3_000_000, b"x", b"\x1f\x8b", b"<html>" * 1000, b"WARC/1.1\r\n", b"PK\x03\x04" + b"x" * 100]
)
def test_what_is_no_warc_is_one_damage(tmp_path: Path, data: bytes) -> None:
    records, (damage,) = read_all(written(tmp_path / "a.warc.gz", data))
    assert (records, damage.offset, damage.length) == ([], 0, len(data))


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(iter(read_records(tmp_path / "a.warc.gz")))
    with pytest.raises(FileNotFoundError):
        read_record_at(tmp_path / "a.warc.gz", 0)


def small_file(path: Path) -> tuple[bytes, list[tuple[int, int]]]:
    info = warcinfo_record(WARCINFO_ID, "a.warc.gz", MOMENT, [("format", "WARC File Format 1.1")])
    places = write_warc(path, [[info], group(OK), group(CHUNKED)])
    return path.read_bytes(), places


def judge(path: Path) -> tuple[list[tuple[str, bytes]], bool]:
    """Records whose digest is right, and whether anything was noticed."""
    good, noticed = [], False
    for item in read_records(path):
        if isinstance(item, Damage):
            noticed = True
            continue
        try:
            block = item.read()
            item.finish()
        except WarcFormatError:
            continue
        if digest_matches(item.get("WARC-Block-Digest") or "", [block]):
            good.append((item.record_id, block))
        else:
            noticed = True
    return good, noticed


# RFC 1952 §2.3 by offset in a member: the compressor's flags (3: FTEXT and three bits without a meaning), the time (4 to 7), the
# effort (8) and the system (9) say nothing about the data. Flips of the other flags shift the data, which its checksum notices.
HARMLESS = {(3, 0), (3, 5), (3, 6), (3, 7)} | {(byte, bit) for byte in range(4, 10) for bit in range(8)}


def means_the_same(packed: bytes, at: int, bit: int) -> bool:
    """Whether a decompressor of another house reads the same: a bit behind the last block, or a copy from an equal place."""
    flipped = bytearray(packed)
    flipped[at] ^= 1 << bit
    try:
        return gzip.decompress(flipped) == gzip.decompress(packed)
    except (zlib.error, OSError, EOFError):
        return False


def test_a_flipped_bit_is_noticed_or_harmless_and_costs_one_record(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    data, places = small_file(path)
    whole = judge(path)[0]
    assert len(whole) == 7
    harmless = 0
    for number, (offset, length) in enumerate(places):
        for at in range(length):
            bit = at % 8
            flipped = bytearray(data)
            flipped[offset + at] ^= 1 << bit
            path.write_bytes(flipped)
            good, noticed = judge(path)
            if means_the_same(data[offset : offset + length], at, bit):
                assert (good, noticed) == (whole, False), (number, at, bit)
                harmless += 1
                continue
            assert noticed, (number, at, bit)
            # Where the flip lies behind the block, the block itself may still be right.
            assert good in (whole[:number] + whole[number + 1 :], whole), (number, at, bit)
    # Six or seven in the head of each of the seven members; more are rare.
    assert harmless < 70


def test_every_bit_of_a_member_head_is_noticed_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    data, places = small_file(path)
    whole = judge(path)[0]
    for at in range(10):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[places[1][0] + at] ^= 1 << bit
            path.write_bytes(flipped)
            good, noticed = judge(path)
            assert noticed is ((at, bit) not in HARMLESS), (at, bit)
            assert good == (whole[:1] + whole[2:] if noticed else whole), (at, bit)


@pytest.mark.parametrize("gz", [True, False])
def test_a_file_cut_at_any_byte_keeps_all_whole_records_and_says_so(tmp_path: Path, gz: bool) -> None:
    path = tmp_path / "a.warc"
    parts = [member(part) if gz else part for part in (R1, R2, R3)]
    data, ends = b"".join(parts), [0]
    for part in parts:
        ends.append(ends[-1] + len(part))
    for cut in range(len(data)):
        path.write_bytes(data[:cut])
        records, damages = read_all(path)
        # The line ends after a plain record's block may be missing.
        whole = sum(end - (0 if gz else 4) <= cut for end in ends[1:])
        assert records == [ONE, TWO, THREE][:whole], cut
        noticed = cut not in ends if gz else not any(end - 4 <= cut <= end for end in ends)
        assert bool(damages) is noticed, cut
        if damages:
            assert [(damage.offset, damage.length) for damage in damages] == [(ends[whole], cut - ends[whole])]


@pytest.mark.parametrize("gz", [True, False])
def test_damage_is_reported_also_when_the_reader_of_the_block_swallowed_the_error(tmp_path: Path, gz: bool) -> None:
    data = member(R1) + member(R2)[:-9] + b"\xff" + member(R2)[-8:] if gz else (R1 + R2)[:-6]
    path = written(tmp_path / "a.warc", data)
    for reads in ([-1], [1, 1, 1, 1], []):
        items: list[WarcRecord | Damage] = []
        for item in read_records(path):
            items.append(item)
            if isinstance(item, WarcRecord):
                try:
                    for size in reads:
                        item.read(size)
                    item.finish()
                except WarcFormatError as error:
                    with pytest.raises(WarcFormatError, match=error.what[:20]):
                        item.finish()
        assert isinstance(items[-1], Damage)


def test_a_wrong_checksum_is_an_error_each_time_it_is_asked_for(tmp_path: Path) -> None:
    # isal says "end of member" when it is asked again after a wrong checksum.
    bad = bytearray(member(record_bytes(os.urandom(300_000))))
    bad[-5] ^= 1
    path = written(tmp_path / "a.warc.gz", bytes(bad) + member(R2))
    assert read_all(path) == ([TWO], [Damage("a.warc.gz", 0, len(bad), "corrupt gzip member: Error -6 Incorrect checksum found")])
    record = read_record_at(path, 0)
    assert len(record.read(200_000)) == 200_000
    for again in (record.read, record.read, record.skip, record.finish, record.finish):
        with pytest.raises(WarcFormatError, match=r"a\.warc\.gz@0: corrupt"):
            again()


def bomb(head: bytes, unit: bytes, times: int) -> bytes:
    """``head`` and then ``unit`` over and over, as one gzip member that is never held unpacked."""
    coder = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([coder.compress(head), *(coder.compress(unit) for _ in range(times)), coder.flush()])


BOMBS = [
    (record_bytes(b"").replace(b"Length: 0", b"Length: 104857600"), b"\0" * (1 << 20), "100 MB of block, as it says"),
    (record_bytes(b"").replace(b"Length: 0", b"Length: 99999999999"), b"\0" * (1 << 20), "100 GB claimed"),
    (R1, b"\r\n" * (1 << 19), "line ends without end"),
    (b"", b"\r\n" * (1 << 19), "nothing but line ends"),
    (R1, b"\0" * (1 << 20), "NULs behind the record"),
    (b"", b"x" * (1 << 20), "no record"),
    (b"WARC/1.1\r\n", b"X: y\r\n" * (1 << 17), "fields without end"),
    (b"WARC/1.1\r\nX: y\r\n", b" y\r\n" * (1 << 18), "folds without end"),
]


@pytest.mark.parametrize(("head", "unit", "reason"), BOMBS)
def test_a_gzip_bomb_is_read_in_bounded_memory(tmp_path: Path, head: bytes, unit: bytes, reason: str) -> None:
    path = written(tmp_path / "a.warc.gz", bomb(head, unit, 100) + member(R2))
    with memory_below(5_000_000):
        last = [item if isinstance(item, Damage) else item.record_id for item in read_records(path)][-1]
    assert last == "urn:x:2", reason


HOSTILE = [
    (b"\x1f\x8b\x08", "the gzip magic, over and over"),
    (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x07", "members that are none"),
    (member(b""), "empty members"),
    (member(b"WARC/1.1\r\n\r\n"), "records without a length"),
    (
        zlib.compressobj(0, zlib.DEFLATED, 31).compress(b"") + b"\x00\x05\x00\xfa\xffWARC/\x07",
        "members that open like a record and break",
    ),
    (b"WARC/1.1\n", "version lines"),
    (b"WARC/1.1\r\nContent-Length: 99999999\r\n\r\n", "records that claim more than the file"),
    (b"WARC/1.1\r\nContent-Length: 50000\r\n\r\n", "records that overlap"),
    (b"WARC/1.1\r\n\r\n", "records without anything"),
    (b"WARC/", "half a version line"),
    (b"\n", "line ends"),
    (b"a\n", "lines"),
    (b"WARC/1.1\r\nX: y\r\n \r\n", "heads in heads"),
]


@pytest.mark.parametrize(("unit", "reason"), HOSTILE)
@pytest.mark.parametrize("first", [b"", R1, member(R1)])
def test_half_a_megabyte_of_malice_takes_linear_time(tmp_path: Path, first: bytes, unit: bytes, reason: str) -> None:
    path = written(tmp_path / "a.warc", first + unit * (500_000 // len(unit)) + b"\n\n" + (member(R2) if first != R1 else R2))
    started = time.process_time()
    items = sum(1 for _ in read_records(path))
    # At most 2 s measured, for 15,000 places where something begins; a quadratic step takes minutes.
    assert time.process_time() - started < 20, reason
    assert items >= 1


def test_one_line_too_many_is_no_head() -> None:
    parse_record_head(b"WARC/1.1\r\n" + b"X: y\r\n" * 1900)
    with pytest.raises(WarcFormatError, match="more than 2000 lines"):
        parse_record_head(b"WARC/1.1\r\n" + b"X: y\r\n" * 2100)


PIECES = st.sampled_from(
    [R1, R2, member(R1), member(R2), member(R1 + R2), b"\r\n", b"WARC/1.0\r\n", b"\x1f\x8b\x08", b"\x00" * 9, member(R1)[:40]]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(PIECES, st.binary(max_size=30)), max_size=6).map(b"".join), st.integers(0, 200))
def test_any_bytes_are_records_and_damage_that_do_not_overlap(tmp_path: Path, data: bytes, start: int) -> None:
    path = written(tmp_path / "a.warc.gz", data)
    at, broken = start, -1
    for item in read_records(path, start=start):
        # A record may be handed out and turn out broken at its end: then its place is damage too.
        assert item.offset >= at or item.offset == broken
        if isinstance(item, Damage):
            assert item.length > 0
            at = item.offset + item.length
        else:
            broken = item.offset
            item.block(1000)
    assert at <= max(start, len(data))


needs_samples = pytest.mark.skipif(not SAMPLES, reason=f"no WARCs of other tools under {SHARED} (set ARCHIVER_SHARED)")


@needs_samples
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_files_of_other_tools_are_read_as_warcio_and_fastwarc_read_them(path: Path) -> None:
    ours = []
    for item in read_records(path):
        assert isinstance(item, WarcRecord), item
        ours.append((item.warc_type, item.record_id, zlib.crc32(item.block(1 << 30)), item.offset))
    with path.open("rb") as stream:
        theirs = []
        iterator = ArchiveIterator(stream, no_record_parse=True)
        for record in iterator:
            record_id = (record.rec_headers.get_header("WARC-Record-ID") or "").strip("<>")
            crc = zlib.crc32(record.raw_stream.read())
            theirs.append((record.rec_type, record_id, crc, iterator.get_record_offset()))
    assert ours == theirs
    with path.open("rb") as stream:
        fast = [(r.record_type, zlib.crc32(r.reader.read()), r.stream_pos) for r in FastIterator(stream, parse_http=False)]
    assert [(getattr(WarcRecordType, kind), crc, offset) for kind, _, crc, offset in ours] == fast


@needs_samples
def test_block_digests_of_other_tools_are_right() -> None:
    checked = 0
    for path in SAMPLES:
        for item in read_records(path):
            assert isinstance(item, WarcRecord)
            stated = item.get("WARC-Block-Digest")
            if stated:
                assert digest_matches(stated, [item.block(1 << 30)]), item.place
                checked += 1
    assert checked > 300
