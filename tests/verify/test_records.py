"""Damage to WARC files: the finding names the file and the offset of the record."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archiver.collection.layout import Collection
from archiver.verify.records import WarcFile, scan_file
from archiver.warc import compression
from archiver.warc.compression import gzip_member
from archiver.warc.exchange import Exchange, exchange_records, read_exchange
from archiver.warc.reader import WarcRecord, read_records
from archiver.warc.records import new_record_id
from archiver.warc.series import WarcSeries

from .damage import Place, append_record, edit_line, findings, flip, kinds, of_type, places, records, seal

NOWHERE = "urn:uuid:00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("folder", "warc_type"),
    [
        ("archive", "warcinfo"),
        ("archive", "request"),
        ("archive", "response"),
        ("archive", "revisit"),
        ("archive", "metadata"),
        ("text", "warcinfo"),
        ("text", "conversion"),
    ],
)
def test_a_flipped_bit_in_any_record_is_found_at_that_record(collection: Collection, folder: str, warc_type: str) -> None:
    place = of_type(collection, warc_type, folder)
    flip(collection, place, place.length // 2, bit=3)
    found = findings(collection)
    assert str(place) in places(found, "damaged") + places(found, "truncated")
    assert place.path in places(found, "manifest")
    others = {one for one in places(found, "damaged") if one.startswith(place.path)} - {str(place)}
    assert not others, "the records around it are whole"


@pytest.mark.parametrize("at", range(10))
def test_a_flipped_bit_in_a_gzip_header_is_found_without_the_manifest(collection: Collection, at: int) -> None:
    place = of_type(collection, "response")
    flip(collection, place, at, bit=6)
    seal(collection)
    found = findings(collection)
    assert str(place) in places(found, "header") + places(found, "damaged")


def test_a_missing_file_is_one_finding_that_says_who_needs_it(collection: Collection) -> None:
    file = sorted(collection.archive.iterdir())[0]
    file.unlink()
    collection.manifest.unlink()
    found = findings(collection)
    assert places(found, "missing-file") == [f"archive/{file.name}"]
    message = next(finding.message for finding in found if finding.kind == "missing-file")
    assert "dataset/appearances.jsonl:1" in message


def test_a_missing_file_that_only_the_manifest_names_is_found(collection: Collection) -> None:
    file = sorted(collection.text.iterdir())[0]
    file.unlink()
    assert f"text/{file.name}" in places(findings(collection), "missing-file")


@pytest.mark.parametrize("keep", [1, 15, 200])
def test_a_truncated_member_is_found_at_its_offset(collection: Collection, keep: int) -> None:
    last = records(collection)[-1]
    path = collection.root / last.path
    path.write_bytes(path.read_bytes()[: last.offset + keep])
    found = findings(collection)
    assert str(last) in places(found, "truncated") + places(found, "damaged")
    assert last.path in places(found, "manifest")


def test_a_duplicate_record_id_is_found_at_the_second_record(collection: Collection) -> None:
    first = of_type(collection, "response")
    offset = append_record(collection, first.path, {"WARC-Record-ID": first.fields["warc-record-id"].strip("<>")})
    found = findings(collection)
    assert places(found, "duplicate-id") == [f"{first.path}@{offset}"]
    assert str(first) in next(finding.message for finding in found if finding.kind == "duplicate-id")


@pytest.mark.parametrize("field", ["WARC-Concurrent-To", "WARC-Refers-To", "WARC-Warcinfo-ID"])
def test_a_dangling_reference_is_found(collection: Collection, field: str) -> None:
    path = records(collection)[0].path
    offset = append_record(collection, path, {field: NOWHERE})
    found = findings(collection)
    assert places(found) == [f"{path}@{offset}"]
    assert kinds(found) == {"dangling"}
    assert field in found[0].message


REVISIT_OF = ("warc-refers-to-target-uri", "warc-refers-to-date", "warc-payload-digest")


def revisit_like(collection: Collection, **changed: str) -> int:
    """A further revisit as the last one is, with some fields changed."""
    last = [place for place in records(collection) if place.fields["warc-type"] == "revisit"][-1]
    fields = {name: value.strip("<>") for name, value in last.fields.items() if name not in ("content-length", "warc-record-id")}
    names = {"warc-type": "WARC-Type", "warc-date": "WARC-Date", "warc-target-uri": "WARC-Target-URI"}
    plain = {
        names.get(name, name): value for name, value in fields.items() if name not in ("warc-concurrent-to", "warc-block-digest")
    }
    for name in ("warc-refers-to", "warc-warcinfo-id"):
        plain["-".join(part.capitalize() for part in name.split("-")).replace("Warc-", "WARC-").replace("-Id", "-ID")] = plain.pop(
            name
        )
    request = of_type(collection, "request")
    plain["WARC-Concurrent-To"] = request.fields["warc-record-id"].strip("<>")
    plain |= changed
    return append_record(collection, last.path, plain, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("warc-refers-to-target-uri", "http://a.example/other"),
        ("warc-refers-to-date", "2026-01-01T00:00:00.000000Z"),
        ("warc-payload-digest", "sha256:" + "0" * 64),
    ],
)
def test_a_revisit_that_is_not_what_it_refers_to_is_found(collection: Collection, field: str, value: str) -> None:
    path = [place for place in records(collection) if place.fields["warc-type"] == "revisit"][-1].path
    offset = revisit_like(collection, **{field: value})
    assert places(findings(collection), "refers-to") == [f"{path}@{offset}"]


BAD_FIELDS: list[tuple[str, dict[str, str], str]] = [
    ("no date", {"WARC-Date": ""}, "date"),
    ("a date that no calendar has", {"WARC-Date": "2026-02-30T00:00:00Z"}, "date"),
    ("a date with a zone", {"WARC-Date": "2026-02-03T00:00:00+01:00"}, "date"),
    ("an id that is no URI", {"WARC-Record-ID": "no uri"}, "record-id"),
    ("a type that WARC/1.1 does not have", {"WARC-Type": "metadatum"}, "field"),
    ("a wrong block digest", {"WARC-Block-Digest": "sha256:" + "1" * 64}, "block-digest"),
    ("an unknown digest algorithm", {"WARC-Block-Digest": "crc32:00000000"}, "unknown-digest"),
    ("a profile outside of a revisit", {"WARC-Profile": "x:y"}, "field"),
    ("a file name outside of warcinfo", {"WARC-Filename": "other.warc.gz"}, "filename"),
    ("a response without a payload", {"WARC-Type": "response", "WARC-Payload-Digest": "sha256:00"}, "payload-digest"),
    ("a conversion in archive/", {"WARC-Type": "conversion"}, "placement"),
    ("a target that is no URI", {"WARC-Target-URI": "here and there"}, "field"),
]


@pytest.mark.parametrize(("fields", "kind"), [row[1:] for row in BAD_FIELDS], ids=[row[0] for row in BAD_FIELDS])
def test_a_field_that_the_standard_does_not_allow_is_found(collection: Collection, fields: dict[str, str], kind: str) -> None:
    path = records(collection)[0].path
    offset = append_record(collection, path, fields)
    assert f"{path}@{offset}" in places(findings(collection), kind)


def test_a_renamed_file_is_found(collection: Collection) -> None:
    file = sorted(collection.archive.iterdir())[0]
    file.rename(file.with_name("renamed.warc.gz"))
    assert places(findings(collection), "filename") == ["archive/renamed.warc.gz@0"]


def test_a_file_that_the_manifest_does_not_name_is_found(collection: Collection) -> None:
    edit_line(collection, "manifest-sha256.txt", 1, lambda _: None)
    assert kinds(findings(collection)) == {"manifest"}


class Findings(list[tuple[str, int | None]]):
    """Stands for the ledger: keeps kind and offset of what is found, drops the rest."""

    def find(self, _severity: str, kind: str, _path: str, _message: str, *, offset: int | None = None) -> None:
        self.append((kind, offset))

    def add(self, _table: str, _row: Any) -> None:
        pass


def small_warc(folder: Path, response: bytes) -> Path:
    """One exchange, as the crawl writes it."""
    series = WarcSeries(folder, "small", [("software", "archiver/0.1"), ("format", "WARC File Format 1.1")])
    series.ready()
    request = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
    exchange = Exchange("http://a.example/", request, response, datetime(2026, 3, 1, tzinfo=UTC), 5)
    series.append(exchange_records(exchange, read_exchange(exchange), warcinfo_id=series.warcinfo_id))
    series.close()
    return next(folder.iterdir())


def scan(path: Path) -> Findings:
    found = Findings()
    scan_file(WarcFile(1, path, "archive"), found)  # type: ignore[arg-type]
    return found


def members(path: Path) -> list[Place]:
    whole = []
    for record in read_records(path):
        assert isinstance(record, WarcRecord)
        record.finish()
        whole.append(Place(path.name, record.offset, record.length or 0, {}))
    return whole


CODED = gzip_member([b"<p>Some news, and some more of it.</p>" * 4], body_is_coded=True)
RESPONSES = {
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nnews\n\r\n0\r\nTrailer: x\r\n\r\n",
    "coded": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + b"".join(CODED),
    "stored": b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + random.Random(7).randbytes(1500),
}


# How many more bytes with padding than members there may be: stored blocks, of which one is empty and ends the heads.
PADDING = {"chunked": 0, "coded": 0, "stored": 3}


@pytest.mark.parametrize("name", RESPONSES)
def test_a_flipped_bit_at_every_byte_is_found_at_its_member(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "stored":
        monkeypatch.setattr(compression, "_STORED_FROM", 256)
    most = PADDING[name]
    path = small_warc(tmp_path, RESPONSES[name])
    assert scan(path) == []
    data, whole = path.read_bytes(), members(path)
    padding = 0
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(damaged)
        found = scan(path)
        member = next(place for place in whole if place.offset <= at < place.offset + place.length)
        if not found:
            # No checksum of gzip covers the bits between a part of the data and the next byte: the manifest does.
            assert gzip.decompress(damaged) == gzip.decompress(data)
            padding += 1
            continue
        assert member.offset in {offset for _, offset in found}, f"byte {at}: {found}"
    assert padding <= len(whole) + most


def test_bits_that_no_checksum_covers_are_found_by_the_manifest(collection: Collection) -> None:
    place = of_type(collection, "response")
    for bit in range(8):
        flip(collection, place, place.length - 9, bit)
        assert place.path in places(findings(collection), "manifest")
        flip(collection, place, place.length - 9, bit)


def test_a_digest_over_the_chunked_body_is_told_from_a_wrong_one(collection: Collection) -> None:
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnews\r\n0\r\n\r\n"
    from archiver.warc.records import sha256_digest

    path = records(collection)[0].path
    digest = sha256_digest([block.partition(b"\r\n\r\n")[2]])
    request = of_type(collection, "request").fields["warc-record-id"].strip("<>")
    fields = {
        "WARC-Type": "response",
        "WARC-Payload-Digest": digest,
        "WARC-Concurrent-To": request,
        "WARC-Record-ID": new_record_id(),
    }
    offset = append_record(collection, path, fields, block)
    found = [finding for finding in findings(collection) if finding.kind == "payload-digest"]
    assert [(finding.severity, finding.place) for finding in found] == [("warning", f"{path}@{offset}")]
    assert "6.3.2" in found[0].message
