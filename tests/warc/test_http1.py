"""HTTP/1.x messages as bytes: what is read of odd ones, and that no bytes can hurt."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.errors import HttpFormatError
from archiver.warc.http1 import (
    content_length,
    entity_body,
    final_message_start,
    is_chunked,
    parse_head,
    read_message,
)

OK = b"HTTP/1.1 200 OK\r\n"
TE = OK + b"Transfer-Encoding: chunked\r\n\r\n"

HEADS = [
    (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 200, ((b"A", b"b"),), "as the standard says"),
    (b"HTTP/1.1 200 OK\nA: b\n\nbody", 200, ((b"A", b"b"),), "bare LF"),
    (b"HTTP/1.1 200 OK\r\nA: b\n\r\nbody", 200, ((b"A", b"b"),), "line ends mixed"),
    (b"HTTP/1.1 200\r\n\r\n", 200, (), "no reason and no blank before it"),
    (b"HTTP/1.1 200 \r\n\r\n", 200, (), "an empty reason"),
    (b"HTTP/1.1 404 Caf\xe9\r\n\r\n", 404, (), "a latin-1 reason"),
    (b"HTTP/1.1  200\tOK\r\n\r\n", 200, (), "several blanks and a tab"),
    (b"HTTP/1.0 200 OK\r\n\r\n", 200, (), "HTTP/1.0"),
    (b"HTTP/1 200 OK\r\n\r\n", 200, (), "no minor version"),
    (b"HTTP/2 200\r\n\r\n", 200, (), "curl's way to write HTTP/2, found in other tools' archives"),
    (b"ICY 200 OK\r\n\r\n", 200, (), "SHOUTcast"),
    (b"HTTP/1.1 999 Request denied\r\n\r\n", 999, (), "LinkedIn's status"),
    (b"HTTP/1.1 2000 OK\r\n\r\n", None, (), "four digits are no status"),
    (b"HTTP/1.1 OK\r\n\r\n", None, (), "no status"),
    (b"<html>\n\n", None, (), "no HTTP at all"),
    (b"\r\n\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n", 200, ((b"A", b"b"),), "blank lines first"),
    (b"HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n  d\r\n\r\n", 200, ((b"A", b"b\tc  d"),), "folded over three lines"),
    (b"HTTP/1.1 200 OK\r\n A: b\r\n\r\n", 200, ((b"A", b"b"),), "a fold with nothing before it"),
    (b"HTTP/1.1 200 OK\r\nno colon\r\nA:b\r\n\r\n", 200, ((b"A", b"b"),), "a line without a colon has no field"),
    (b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", 200, ((b"A", b"b"),), "a blank before the colon"),
    (b"HTTP/1.1 200 OK\r\n: b\r\n\r\n", 200, ((b"", b"b"),), "an empty name"),
    (OK + b"A:\r\nA: 2\r\na: 3\r\n\r\n", 200, ((b"A", b""), (b"A", b"2"), (b"a", b"3")), "duplicates keep their order"),
    (b"HTTP/1.1 200 OK\r\nA: \x00\xff\r\n\r\n", 200, ((b"A", b"\x00\xff"),), "NUL and bytes that are no text"),
]  # fmt: skip

FRAMINGS = [
    (OK + b"Content-Length: 2\r\n\r\nhello", b"he", "length", True, "the rest is surplus"),
    (OK + b"Content-Length: 9\r\n\r\nhello", b"hello", "length", False, "cut off"),
    (OK + b"Content-Length: 5, 5\r\n\r\nhello", b"hello", "length", True, "said twice in one field"),
    (OK + b"Content-Length: 5\r\ncontent-length: 05\r\n\r\nhello", b"hello", "length", True, "said twice, alike"),
    (OK + b"Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello", b"hello", "close", True, "contradictory"),
    (OK + b"Content-Length: -5\r\n\r\nhello", b"hello", "close", True, "negative"),
    (OK + b"Content-Length: +5\r\n\r\nhello", b"hello", "close", True, "a sign"),
    (OK + b"Content-Length: 0x5\r\n\r\nhello", b"hello", "close", True, "hexadecimal"),
    (OK + b"Content-Length:\r\n\r\nhello", b"hello", "close", True, "empty"),
    (OK + b"Content-Length: \xb2\r\n\r\nhello", b"hello", "close", True, "superscript two is no digit"),
    (OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nhello", b"hello", "length", False, "more digits than int() takes"),
    (OK + b"Content-Length: " + b"0" * 5000 + b"5\r\n\r\nhello", b"hello", "length", True, "more zeros than int() takes"),
    (OK + b"\r\nhello", b"hello", "close", True, "until the connection closes"),
    (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", b"", "none", True, "a 204 has no body whatever it says"),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b"", "none", True, "a 304 states the length of what it leaves out"),
    (b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x00\x01", b"", "none", True, "another protocol follows"),
    (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\na\r\n0\r\n\r\n", b"a", "chunked", True, "chunked wins"),
    (OK + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", b"", "chunked", True, "chunked is last"),
    (OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", b"0\r\n\r\n", "close", True, "chunked is not last"),
    (OK + b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", b"hello", "length", True, "identity is none"),
]  # fmt: skip

CHUNKED = [
    (b"5\r\nhello\r\n0\r\n\r\n", b"hello", True, b"", "as the standard says"),
    (b"5\nhello\n0\n\n", b"hello", True, b"", "bare LF"),
    (b"5;a=b;c=\"d\"\r\nhello\r\n0;last\r\n\r\n", b"hello", True, b"", "extensions"),
    (b"005 \r\nhello\r\n000\r\n\r\n", b"hello", True, b"", "zeros and a blank (several CDNs pad)"),
    (b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789", True, b"", "upper case"),
    (b"5\r\nhello\r\n0\r\nX: y\r\nZ: \r\n\r\n", b"hello", True, b"X: y\r\nZ: \r\n", "trailers"),
    (b"5\r\nhello\r\n0\r\nX: y\r\n", b"hello", False, b"X: y\r\n", "cut in the trailers"),
    (b"5\r\nhello\r\n0\r\n", b"hello", False, b"", "cut before the last line end"),
    (b"5\r\nhello\r\n", b"hello", False, b"", "cut between chunks"),
    (b"5\r\nhello", b"hello", False, b"", "cut after a chunk's data"),
    (b"5\r\nhe", b"he", False, b"", "cut in a chunk"),
    (b"5\r\n", b"", False, b"", "cut after a size"),
    (b"5", b"", False, b"", "cut in a size: no byte of the body has come"),
    (b"", b"", False, b"", "cut after the head"),
    (b"ffffffffffffffff\r\nhello", b"hello", False, b"", "a chunk of 2^64 bytes"),
    (b"5\r\nhelloXX\r\n0\r\n\r\n", b"hello", False, b"", "a chunk longer than it says"),
    (b"5\r\nhello\r\n-1\r\n", b"hello", False, b"", "a negative size"),
    (b"5\r\nhello\r\n" + b"0" * 20_000 + b"\r\n\r\n", b"hello", False, b"", "a size line of 20 KB"),
    (b"<html>\r\n</html>", b"<html>\r\n</html>", False, b"", "says chunked and is not: the bytes are the body"),
    (b"\n<html>", b"\n<html>", False, b"", "a blank line is no size"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "status", "fields", "reason"), HEADS)
def test_an_odd_head_is_read_as_browsers_do(raw: bytes, status: int | None, fields: object, reason: str) -> None:
    head = parse_head(raw)
    assert head is not None
    assert (head.status, head.fields) == (status, fields), reason
    assert raw[: head.length].endswith(b"\n"), reason


def test_a_head_has_not_come_before_its_blank_line() -> None:
    raw = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
    assert [parse_head(raw[:cut]) for cut in range(len(raw))] == [None] * len(raw)


def test_fields_are_found_in_any_case_and_read_as_text_of_either_charset() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\nX-A: caf\xc3\xa9\r\nx-a: caf\xe9\r\n\r\n")
    assert head is not None
    assert head.all(b"X-a") == [b"caf\xc3\xa9", b"caf\xe9"]
    assert head.get(b"absent") is None
    assert head.text_fields == (("X-A", "café"), ("x-a", "café"))


@pytest.mark.parametrize(("raw", "entity", "framing", "complete", "reason"), FRAMINGS)
def test_the_framing_says_where_the_body_ends(raw: bytes, entity: bytes, framing: str, complete: bool, reason: str) -> None:
    message = read_message(raw)
    assert (message.entity, message.framing, message.complete) == (entity, framing, complete), reason


@pytest.mark.parametrize(("body", "entity", "complete", "trailers", "reason"), CHUNKED)
def test_chunks_are_taken_off(body: bytes, entity: bytes, complete: bool, trailers: bytes, reason: str) -> None:
    raw = TE + body
    message = read_message(raw)
    assert (message.entity, message.complete, message.trailers) == (entity, complete, trailers), reason
    assert message.end == len(raw)


def test_the_answer_to_head_has_no_body() -> None:
    message = read_message(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", method=b"HEAD")
    assert (message.entity, message.complete, message.framing) == (b"", True, "none")


def test_the_next_message_begins_where_one_ends() -> None:
    one, two = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", b"HTTP/1.1 204 No\r\n\r\n"
    first = read_message(one + two)
    assert read_message(one + two, first.end).head.status == 204


def test_interim_messages_are_passed_over() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    assert final_message_start(interim + b"HTTP/1.1 200 OK\r\n\r\n") == len(interim)
    assert final_message_start(interim) == len(interim)
    assert final_message_start(interim + b"HTTP/1.1 103 Early") == len(interim) + 18, "cut in the third"
    assert final_message_start(interim + b"HTTP/1.1 20") == len(interim), "cut in the final one"
    assert final_message_start(b"junk\r\n\r\n") == 0


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\n", b"<html>\n\n", b"\n\n"])
def test_what_is_no_response_raises(raw: bytes) -> None:
    with pytest.raises(HttpFormatError):
        read_message(raw)


ENTITIES = [
    (TE + b"5\r\nhello\r\n0\r\n\r\n", b"hello", "stored as sent"),
    (TE + b"<p>hello", b"<p>hello", "stored decoded under the old head"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", b"hello", "decoded, with the length of the coded body"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", b"hello", "cut off"),
    (b"HTTP/1.1 304 Not Modified\r\n\r\n", b"", "no body"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "entity", "reason"), ENTITIES)
def test_the_entity_of_any_tools_block_is_found(block: bytes, entity: bytes, reason: str) -> None:
    assert entity_body(block)[1] == entity, reason


def test_a_block_without_a_head_has_no_entity() -> None:
    assert entity_body(b"<html>") == (None, b"")


HOSTILE = [
    (b"\n \n", "folds of nothing"),
    (b":", "colons without a line end"),
    (b":\n", "half a million lines"),
    (b"A: b\r\n", "166,666 fields"),
    (b"\r\n ", "folds"),
    (b"HTTP/1.1 100 Continue\r\n\r\n", "interim messages without end"),
    (b"0" * 50 + b"\n", "sizes"),
    (b"1\r\na\r\n", "chunks of one byte"),
    (b" ", "blanks"),
    (b"HTTP/1.1 ", "status lines without a status"),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "reason"), HOSTILE)
@pytest.mark.parametrize("before", [b"", OK, TE, TE + b"0\r\n"])
def test_a_megabyte_of_malice_takes_linear_time(before: bytes, unit: bytes, reason: str) -> None:
    raw = before + unit * (1_000_000 // len(unit)) + b"\r\n\r\n"
    started = time.process_time()
    entity_body(raw)
    final_message_start(raw)
    # 0.1 to 0.6 s measured; a quadratic step takes minutes.
    assert time.process_time() - started < 20, reason


TOKENS = st.sampled_from(
    [b"HTTP/1.1 ", b"200", b"204", b"103", b" OK", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"Content-Length",
     b"Transfer-Encoding", b"chunked", b"gzip", b",", b";", b"0", b"5", b"a", b"F", b"-", b"hello", b"\r\n\r\n", b"\x00", b"\xff"]
)  # fmt: skip
STREAMS = st.one_of(st.binary(max_size=200), st.lists(TOKENS, max_size=40).map(b"".join))


@settings(max_examples=400, deadline=None)
@given(STREAMS, st.sampled_from([b"GET", b"HEAD", b"POST"]))
@example(TE + b"0", b"GET")
def test_any_bytes_give_a_message_or_a_format_error(stream: bytes, method: bytes) -> None:
    assert 0 <= final_message_start(stream) <= len(stream)
    entity_body(stream)
    try:
        message = read_message(stream, method=method)
    except HttpFormatError:
        return
    assert message.head.length <= message.end <= len(stream)
    assert len(message.entity) <= message.end - message.head.length
    assert content_length(message.head) is None or content_length(message.head) >= 0
    assert is_chunked(message.head) is (message.framing == "chunked") or message.framing == "none"


def encode_chunked(pieces: list[bytes], extension: bytes, trailers: bytes, eol: bytes) -> bytes:
    """Independent of the parser: RFC 9112 §7.1 written down."""
    chunks = [b"%x%s%s%s%s" % (len(piece), extension, eol, piece, eol) for piece in pieces if piece]
    return b"".join(chunks) + b"0" + extension + eol + trailers + eol


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.binary(max_size=40), max_size=8),
    st.sampled_from([b"", b";a=b", b' ;q="\t"', b";" + b"x" * 300]),
    st.sampled_from([b"", b"X: y\r\n", b"A: b\r\nC: d\r\n"]),
    st.sampled_from([b"\r\n", b"\n"]),
    st.data(),
)
def test_chunked_bodies_are_read_as_written_wherever_they_are_cut(
    pieces: list[bytes], extension: bytes, trailers: bytes, eol: bytes, data: st.DataObject
) -> None:
    head = TE
    raw, body = head + encode_chunked(pieces, extension, trailers, eol), b"".join(pieces)
    whole = read_message(raw + b"surplus")
    assert (whole.entity, whole.end, whole.complete, whole.trailers) == (body, len(raw), True, trailers)
    cut = data.draw(st.integers(len(head), len(raw) - 1))
    part = read_message(raw[:cut])
    assert not part.complete
    assert body.startswith(part.entity)
