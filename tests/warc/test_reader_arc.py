"""ARC files are read as WARC files are: every record, its place, and damage that costs one record."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archiver.errors import WarcFormatError
from archiver.warc.arc import parse_arc_head
from archiver.warc.reader import Damage, WarcRecord, read_record_at, read_records

from .samples import member, read_all

ABOUT = b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n"
FIRST = b"filedesc://a.arc.gz 0.0.0.0 20080430204825 text/plain %d\n" % len(ABOUT) + ABOUT + b"\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>hello\n\n"


def arc_record(url: str = "http://example.org/", block: bytes = OK, *, mime: str = "text/html") -> bytes:
    return f"{url} 192.0.2.1 20080430204826 {mime} {len(block)}\n".encode() + block + b"\n"


ONE, TWO = arc_record("http://example.org/1"), arc_record("http://example.org/2")


def urls(path: Path) -> list[str | None]:
    return [item.get("WARC-Target-URI") for item in read_records(path) if isinstance(item, WarcRecord)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (FIRST + ONE + TWO, "plain"),
        (member(FIRST) + member(ONE) + member(TWO), "as Heritrix writes it"),
        (member(FIRST + ONE + TWO), "gzipped at once"),
        (FIRST + ONE[:-1] + TWO, "no line end after a block"),
        (FIRST + b"\n\n" + ONE + b"\n\n" + TWO, "more line ends than one"),
    ],
)
def test_every_packing_gives_the_same_records_as_warcio_reads(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.arc.gz"
    path.write_bytes(data)
    records = []
    for item in read_records(path):
        assert isinstance(item, WarcRecord), reason
        records.append((item.get("WARC-Target-URI"), item.warc_type, item.get("WARC-Date"), item.read()))
    assert records == [
        ("filedesc://a.arc.gz", "warcinfo", "2008-04-30T20:48:25Z", ABOUT),
        ("http://example.org/1", "response", "2008-04-30T20:48:26Z", OK),
        ("http://example.org/2", "response", "2008-04-30T20:48:26Z", OK),
    ]
    if reason == "as Heritrix writes it":
        theirs = [
            r.raw_stream.read() for r in ArchiveIterator(io.BytesIO(data), no_record_parse=True) if r.rec_type != "arc_header"
        ]
        assert theirs == [block for _, kind, _, block in records if kind == "response"]


@pytest.mark.parametrize(
    ("line", "url", "content_type", "reason"),
    [
        ("http://a.org/ 192.0.2.1 20080430204826 text/html 5", "http://a.org/", "application/http; msgtype=response", "version 1"),
        (
            "http://a.org/ 192.0.2.1 20080430204826 text/html 200 ABC - 12 a.arc.gz 5",
            "http://a.org/",
            "application/http; msgtype=response",
            "version 2: five more columns",
        ),
        ("http://a.org/a b 192.0.2.1 20080430204826 text/html 5", "http://a.org/a b", None, "a blank in the URL"),
        ("http://a.org/ 192.0.2.1 20080430204826 text/html; charset=x 5", "http://a.org/", None, "a blank in the type"),
        ("http://a.org/ 192.0.2.1 20080430204826  5", "http://a.org/", None, "no type"),
        ("dns:a.org 192.0.2.1 20080430204826 text/dns 5", "dns:a.org", "text/dns", "no HTTP"),
        ("http://a.org/ 2001:db8::1 20080430204826 text/html 5", "http://a.org/", None, "IPv6"),
        ("http://a.org/ 192.0.2.1 200804302048 text/html 5", "http://a.org/", None, "a date without seconds"),
    ],
)
def test_the_line_of_a_record(line: str, url: str, content_type: str | None, reason: str) -> None:
    version, fields = parse_arc_head(line.encode() + b"\n", 7)
    named = dict(fields)
    assert (version, named["WARC-Target-URI"], named["Content-Length"]) == ("arc", url, "5"), reason
    assert named["WARC-Date"][:16] == "2008-04-30T20:48", reason
    assert content_type in (None, named["Content-Type"]), reason
    assert parse_arc_head(line.encode(), 7)[1] == fields
    assert dict(parse_arc_head(line.encode(), 8)[1])["WARC-Record-ID"] != named["WARC-Record-ID"], "two captures, two ids"


@pytest.mark.parametrize(
    "line", [b"", b"http://a.org/ 192.0.2.1 text/html 5", b"\x00" * 20, b"http://a.org/ x 20080430204826 text/html -5"]
)
def test_no_line_of_a_record(line: bytes) -> None:
    with pytest.raises(WarcFormatError, match="not an ARC record"):
        parse_arc_head(line, 0)


@pytest.mark.parametrize("gz", [True, False])
@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"\x00" * 5000, "NULs"),
        (b"<p>half a page\n" * 20, "text"),
        (arc_record("http://example.org/x").replace(b" %d\n" % len(OK), b" x\n"), "a length that is none"),
    ],
)
def test_damage_between_costs_nothing_else(tmp_path: Path, gz: bool, broken: bytes, reason: str) -> None:
    first, one, two = [member(part) if gz else part for part in (FIRST, ONE, TWO)]
    path = tmp_path / "a.arc"
    path.write_bytes(first + one + broken + two)
    _, (damage,) = read_all(path)
    assert (damage.offset, damage.length) == (len(first + one), len(broken)), reason
    assert urls(path)[1:] == ["http://example.org/1", "http://example.org/2"]


def test_a_first_record_that_is_broken_does_not_hide_what_the_file_is(tmp_path: Path) -> None:
    path = tmp_path / "a.arc.gz"
    path.write_bytes(member(FIRST)[:20] + member(ONE) + member(TWO))
    assert urls(path) == ["http://example.org/1", "http://example.org/2"]
    path.write_bytes(b"x" * 100 + b"\n" + ONE + TWO)
    assert urls(path) == ["http://example.org/1", "http://example.org/2"]


def test_a_record_is_found_at_its_offset(tmp_path: Path) -> None:
    path = tmp_path / "a.arc.gz"
    path.write_bytes(member(FIRST) + member(ONE) + member(TWO))
    *_, last = [item for item in read_records(path) if not isinstance(item, Damage)]
    again = read_record_at(path, last.offset)
    assert (again.record_id, again.read()) == (last.record_id, OK)
