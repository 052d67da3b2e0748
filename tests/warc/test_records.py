"""Records as bytes: golden ones of every type, and nothing that gets from a field into the next line."""

from __future__ import annotations

import base64
import hashlib
import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import WarcFormatError
from archiver.warc import exchange as exchange_module
from archiver.warc.heads import parse_record_head
from archiver.warc.records import (
    Record,
    digest_matches,
    format_warc_date,
    new_record_id,
    parse_warc_date,
    parse_warc_fields,
    sha256_digest,
    warc_fields,
)
from archiver.warc.series import warcinfo_record

from .samples import DATE, MOMENT, ORIGINAL, URL, WARCINFO_ID, group

SHA256_HELLO = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
SHA256_NOTHING = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def numbered_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record ids in the order they are made: the response's, the request's, the metadata record's."""
    numbers = itertools.count(1)
    monkeypatch.setattr(exchange_module, "new_record_id", lambda: f"urn:uuid:{next(numbers)}")


def golden(*records: Record) -> list[bytes]:
    return [b"".join(record.serialize()) for record in records]


@pytest.mark.usefixtures("numbered_ids")
def test_an_exchange_is_metadata_request_and_response() -> None:
    tls = {"ip_address": "192.0.2.1", "protocols": ("http/1.1", "tls/1.3"), "cipher_suite": "TLS_AES_128_GCM_SHA256"}
    metadata, request, response = golden(*group(notes=(("via", "http://example.org/"),), **tls))
    assert (
        metadata
        == (
            b"WARC/1.1\r\n"
            b"WARC-Type: metadata\r\n"
            b"WARC-Record-ID: <urn:uuid:3>\r\n"
            b"WARC-Date: 2026-11-23T14:05:06.000789Z\r\n"
            b"WARC-Target-URI: http://example.org/news/\r\n"
            b"WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
            b"WARC-Concurrent-To: <urn:uuid:1>\r\n"
            b"WARC-Block-Digest: sha256:%s\r\n"
            b"Content-Type: application/warc-fields\r\n"
            b"Content-Length: 62\r\n"
            b"\r\n"
            b"via: http://example.org/\r\n"
            b"fetchTimeMs: 12\r\n"
            b"receivedBytes: 43\r\n"
            b"\r\n\r\n"
        )
        % hashlib.sha256(b"via: http://example.org/\r\nfetchTimeMs: 12\r\nreceivedBytes: 43\r\n").hexdigest().encode()
    )
    assert (
        request
        == (
            b"WARC/1.1\r\n"
            b"WARC-Type: request\r\n"
            b"WARC-Record-ID: <urn:uuid:2>\r\n"
            b"WARC-Date: 2026-11-23T14:05:06.000789Z\r\n"
            b"WARC-Target-URI: http://example.org/news/\r\n"
            b"WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
            b"WARC-IP-Address: 192.0.2.1\r\n"
            b"WARC-Protocol: http/1.1\r\n"
            b"WARC-Protocol: tls/1.3\r\n"
            b"WARC-Cipher-Suite: TLS_AES_128_GCM_SHA256\r\n"
            b"WARC-Concurrent-To: <urn:uuid:1>\r\n"
            b"WARC-Block-Digest: sha256:%s\r\n"
            b"WARC-Payload-Digest: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n"
            b"Content-Type: application/http; msgtype=request\r\n"
            b"Content-Length: 42\r\n"
            b"\r\n"
            b"GET /news/ HTTP/1.1\r\nHost: example.org\r\n\r\n"
            b"\r\n\r\n"
        )
        % hashlib.sha256(b"GET /news/ HTTP/1.1\r\nHost: example.org\r\n\r\n").hexdigest().encode()
    )
    assert (
        response
        == (
            b"WARC/1.1\r\n"
            b"WARC-Type: response\r\n"
            b"WARC-Record-ID: <urn:uuid:1>\r\n"
            b"WARC-Date: 2026-11-23T14:05:06.000789Z\r\n"
            b"WARC-Target-URI: http://example.org/news/\r\n"
            b"WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
            b"WARC-IP-Address: 192.0.2.1\r\n"
            b"WARC-Protocol: http/1.1\r\n"
            b"WARC-Protocol: tls/1.3\r\n"
            b"WARC-Cipher-Suite: TLS_AES_128_GCM_SHA256\r\n"
            b"WARC-Concurrent-To: <urn:uuid:2>\r\n"
            b"WARC-Payload-Digest: sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\r\n"
            b"WARC-Block-Digest: sha256:%s\r\n"
            b"Content-Type: application/http; msgtype=response\r\n"
            b"Content-Length: 43\r\n"
            b"\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
            b"\r\n\r\n"
        )
        % hashlib.sha256(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").hexdigest().encode()
    )


@pytest.mark.usefixtures("numbered_ids")
def test_the_same_payload_again_is_a_revisit_with_the_head() -> None:
    revisit = golden(group(original=ORIGINAL)[-1])[0]
    assert (
        revisit
        == (
            b"WARC/1.1\r\n"
            b"WARC-Type: revisit\r\n"
            b"WARC-Record-ID: <urn:uuid:1>\r\n"
            b"WARC-Date: 2026-11-23T14:05:06.000789Z\r\n"
            b"WARC-Target-URI: http://example.org/news/\r\n"
            b"WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
            b"WARC-Concurrent-To: <urn:uuid:2>\r\n"
            b"WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest\r\n"
            b"WARC-Refers-To: <urn:uuid:00000000-0000-4000-8000-00000000000f>\r\n"
            b"WARC-Refers-To-Target-URI: http://example.org/old\r\n"
            b"WARC-Refers-To-Date: 2026-01-01T00:00:00Z\r\n"
            b"WARC-Payload-Digest: sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\r\n"
            b"WARC-Block-Digest: sha256:%s\r\n"
            b"Content-Type: application/http; msgtype=response\r\n"
            b"Content-Length: 38\r\n"
            b"\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
            b"\r\n\r\n"
        )
        % hashlib.sha256(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").hexdigest().encode()
    )


@pytest.mark.usefixtures("numbered_ids")
def test_a_304_is_a_server_not_modified_revisit_with_the_digest_of_the_original() -> None:
    revisit = golden(group(b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', original=ORIGINAL)[-1])[0]
    assert (
        revisit
        == (
            b"WARC/1.1\r\n"
            b"WARC-Type: revisit\r\n"
            b"WARC-Record-ID: <urn:uuid:1>\r\n"
            b"WARC-Date: 2026-11-23T14:05:06.000789Z\r\n"
            b"WARC-Target-URI: http://example.org/news/\r\n"
            b"WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
            b"WARC-Concurrent-To: <urn:uuid:2>\r\n"
            b"WARC-Profile: http://netpreserve.org/warc/1.1/revisit/server-not-modified\r\n"
            b"WARC-Refers-To: <urn:uuid:00000000-0000-4000-8000-00000000000f>\r\n"
            b"WARC-Refers-To-Target-URI: http://example.org/old\r\n"
            b"WARC-Refers-To-Date: 2026-01-01T00:00:00Z\r\n"
            b"WARC-Payload-Digest: sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\r\n"
            b"WARC-Block-Digest: sha256:%s\r\n"
            b"Content-Type: application/http; msgtype=response\r\n"
            b"Content-Length: 40\r\n"
            b"\r\n"
            b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'
            b"\r\n\r\n"
        )
        % hashlib.sha256(b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n').hexdigest().encode()
    )


def test_warcinfo_opens_a_file() -> None:
    record = warcinfo_record(WARCINFO_ID, "x-20261123140506000-00001-host.warc.gz", MOMENT, [("format", "WARC File Format 1.1")])
    assert (
        golden(record)[0]
        == (
            b"WARC/1.1\r\n"
            b"WARC-Type: warcinfo\r\n"
            b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
            b"WARC-Date: 2026-11-23T14:05:06.000789Z\r\n"
            b"WARC-Filename: x-20261123140506000-00001-host.warc.gz\r\n"
            b"WARC-Block-Digest: sha256:%s\r\n"
            b"Content-Type: application/warc-fields\r\n"
            b"Content-Length: 30\r\n"
            b"\r\n"
            b"format: WARC File Format 1.1\r\n"
            b"\r\n\r\n"
        )
        % hashlib.sha256(b"format: WARC File Format 1.1\r\n").hexdigest().encode()
    )


def test_a_conversion_refers_to_its_response() -> None:
    text = "Ein Café öffnet".encode()
    fields = (
        ("WARC-Type", "conversion"),
        ("WARC-Record-ID", "urn:uuid:4"),
        ("WARC-Date", DATE),
        ("WARC-Target-URI", URL),
        ("WARC-Refers-To", "urn:uuid:1"),
        ("WARC-Block-Digest", sha256_digest([text])),
        ("Content-Type", "text/plain; charset=utf-8"),
    )
    assert (
        golden(Record(fields, (text[:5], text[5:])))[0]
        == (
            b"WARC/1.1\r\n"
            b"WARC-Type: conversion\r\n"
            b"WARC-Record-ID: <urn:uuid:4>\r\n"
            b"WARC-Date: 2026-11-23T14:05:06.000789Z\r\n"
            b"WARC-Target-URI: http://example.org/news/\r\n"
            b"WARC-Refers-To: <urn:uuid:1>\r\n"
            b"WARC-Block-Digest: sha256:%s\r\n"
            b"Content-Type: text/plain; charset=utf-8\r\n"
            b"Content-Length: 17\r\n"
            b"\r\n"
            b"Ein Caf\xc3\xa9 \xc3\xb6ffnet"
            b"\r\n\r\n"
        )
        % hashlib.sha256(text).hexdigest().encode()
    )


@pytest.mark.parametrize("evil", ["\r\nWARC-Type: evil", "\nX: y", "\rX: y", "\x00", "\x0b", "\x1b[31m", "\x7f", "a\r\n\r\nb"])
@pytest.mark.parametrize("field", ["WARC-Target-URI", "WARC-Record-ID", "WARC-IP-Address", "WARC-Refers-To-Date"])
def test_no_control_character_gets_into_a_head(field: str, evil: str) -> None:
    with pytest.raises(WarcFormatError, match=field):
        Record(((field, f"x{evil}"),), ()).serialize()


@pytest.mark.parametrize("name", ["", "A B", "A:B", "A\r\nB", "Ä", " A", "A\t"])
def test_a_field_name_is_a_token(name: str) -> None:
    with pytest.raises(WarcFormatError):
        Record(((name, "x"),), ()).serialize()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=20)), max_size=4))
def test_a_head_that_is_written_reads_back_field_for_field(pairs: list[tuple[str, str]]) -> None:
    try:
        head = Record(tuple(pairs), ()).serialize()[0]
    except WarcFormatError:
        return
    expected = [(name, value.strip()) for name, value in pairs]
    assert parse_record_head(head) == ("1.1", (*expected, ("Content-Length", "0")))


def test_lone_surrogates_become_question_marks() -> None:
    assert b"X: a?\r\n" in Record((("X", "a\ud800"),), ()).serialize()[0]
    assert warc_fields([("a", "\udfff")]) == b"a: ?\r\n"


def test_nothing_in_a_value_of_warc_fields_makes_another_line() -> None:
    title = "news\r\nrun_id: evil\x0brun_id: evil\x85run_id: evil\u2028run_id: evil"
    block = warc_fields([("title", title)])
    assert block == b"title: news  run_id: evil run_id: evil\xc2\x85run_id: evil\xe2\x80\xa8run_id: evil\r\n"
    assert [name for name, _ in parse_warc_fields(block)] == ["title"]


def test_what_may_not_stand_in_a_name_of_warc_fields_is_replaced() -> None:
    assert warc_fields([("a: b\r\nc", "1"), ("", "2")]) == b"a_b_c: 1\r\n_: 2\r\n"


def test_warc_fields_of_other_tools_are_read() -> None:
    block = b"software: x/1\nno colon\r\nformat : WARC\r\n folded: on\r\n\tagain\r\n\r\nbytes: \xff\r\n"
    assert parse_warc_fields(block) == [("software", "x/1"), ("format", "WARC folded: on again"), ("bytes", "\ufffd")]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["via", "run_id", "title"]), st.text(max_size=30)), max_size=5))
def test_warc_fields_read_back_what_was_written_but_for_controls(pairs: list[tuple[str, str]]) -> None:
    read = parse_warc_fields(warc_fields(pairs))
    assert [name for name, _ in read] == [name for name, _ in pairs]
    for (_, written), (_, value) in zip(pairs, read, strict=True):
        if written.isprintable():
            assert value == written.strip()


DATES = [
    ("2026", datetime(2026, 1, 1, tzinfo=UTC), "the year"),
    ("2026-11", datetime(2026, 11, 1, tzinfo=UTC), "the month"),
    ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC), "the day"),
    ("2026-11-23T14:05Z", datetime(2026, 11, 23, 14, 5, tzinfo=UTC), "the minute"),
    ("2026-11-23T14:05:06Z", datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC), "WARC 1.0"),
    ("2026-11-23T14:05:06.7Z", datetime(2026, 11, 23, 14, 5, 6, 700_000, tzinfo=UTC), "tenths"),
    ("2026-11-23T14:05:06.123456789Z", datetime(2026, 11, 23, 14, 5, 6, 123_456, tzinfo=UTC), "nanoseconds, cut"),
    ("2026-11-23T14:05:06", datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC), "no zone"),
    ("2026-11-23 14:05:06", datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC), "a space for the T"),
    ("2026-11-23T14:05:06+0000", datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC), "an offset of nothing"),
    ("2026-11-23T14:05:06+02:00", datetime(2026, 11, 23, 12, 5, 6, tzinfo=UTC), "east of Greenwich"),
    ("2026-11-23T23:05:06-0130", datetime(2026, 11, 24, 0, 35, 6, tzinfo=UTC), "west of Greenwich, the next day"),
    (" 2026-11-23T14:05:06Z ", datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC), "blanks around"),
    ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), "a leap second"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "moment", "reason"), DATES)
def test_a_date_of_every_precision_is_read(text: str, moment: datetime, reason: str) -> None:
    assert parse_warc_date(text) == moment, reason


NO_DATES = [
    "", "0000", "2026-1-2", "2026-13-01", "2026-11-31", "20261123140506", "2026-11-23T14:05:99Z", "2026-11-23T24:00:00Z",
    "2026-11-23T14:05:06.Z", "2026-11-23T14:05:06Z\nX: y", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00",
    "\u0662\u0660\u0662\u0666", "x" * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_a_format_error(text: str) -> None:
    with pytest.raises(WarcFormatError):
        parse_warc_date(text)


def test_a_date_is_written_in_utc_to_the_microsecond() -> None:
    moment = datetime(2026, 11, 23, 15, 5, 6, 789, tzinfo=timezone(timedelta(hours=1)))
    assert format_warc_date(moment) == "2026-11-23T14:05:06.000789Z"
    assert parse_warc_date(format_warc_date(moment)) == moment


SHA1, SHA256 = hashlib.sha1(b"hello").digest(), hashlib.sha256(b"hello").digest()
DIGESTS = [
    (SHA256_HELLO, True, "ours"),
    (f"sha1:{base64.b32encode(SHA1).decode()}", True, "Heritrix, wget, Common Crawl: base32"),
    (f"sha1:{base64.b32encode(SHA1).decode().lower()}", True, "base32 in lower case"),
    (f"SHA1:{SHA1.hex().upper()}", True, "hex in upper case"),
    (f"sha-256:{SHA256.hex()}", True, "the algorithm with a dash"),
    (f"sha256:{base64.b32encode(SHA256).decode()}", True, "base32 with padding"),
    (f"sha256:{base64.b32encode(SHA256).decode().rstrip('=')}", True, "base32 without padding"),
    (f"sha256:{base64.b64encode(SHA256).decode()}", True, "base64"),
    (f"sha256:{base64.urlsafe_b64encode(SHA256).decode().rstrip('=')}", True, "URL-safe base64"),
    (f"md5: {hashlib.md5(b'hello').hexdigest()} ", True, "blanks around"),
    (SHA256_NOTHING, False, "of something else"),
    (f"sha256:{base64.b64encode(SHA256).decode().lower()}", False, "base64 has a case"),
    (f"sha1:{SHA256.hex()}", False, "of another algorithm"),
    ("sha256:", False, "no value"),
    (SHA256.hex(), None, "no algorithm"),
    ("xxh3:abc", None, "an algorithm we do not know"),
    ("shake_128:ab", None, "an algorithm that needs a length"),
    ("", None, "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "expected", "reason"), DIGESTS)
def test_a_digest_is_recognised_in_every_form_seen(stated: str, expected: bool | None, reason: str) -> None:
    assert digest_matches(stated, [b"hel", b"lo"]) is expected, reason


def test_record_ids_are_fresh_urns() -> None:
    ids = {new_record_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(record_id.startswith("urn:uuid:") for record_id in ids)
