"""One real crawl over every row of the wire table: the archive holds what the server logged, byte for byte, and nothing else."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from wire.model import Case

from archiver.warc.http1 import read_message

from .support import Record
from .table_run import Run

# A transfer coding that no client asks for and browsers do not know is not undone, and a digest over it would be wrong.
NO_PAYLOAD = ("transfer-gzip-chunked",)


@pytest.fixture
def run(table_run: Run) -> Run:
    return table_run


# ---- bytes ----------------------------------------------------------------------------------------------------------


def test_nothing_was_on_the_wire_without_a_record_and_no_record_was_not_on_the_wire(run: Run) -> None:
    assert len(run.pairs) == len(run.log) > 480
    unread = [group for group in run.groups if group not in [pair.kept for pair in run.pairs]]
    # Sent on a kept-alive connection that the server was closing: kept as what it was, and sent again.
    assert [group.url for group in unread if group.response is not None] == []
    assert len(unread) < 5


def test_every_row_of_the_table_was_met(run: Run) -> None:
    met = {wire.case for wire in run.log}
    assert {case.name for case in run.site.linked} <= met
    assert run.site.cases[0].name == "robots-txt" in met


def test_every_response_is_exact(run: Run) -> None:
    assert [repr(pair) for pair in run.pairs if not pair.is_exact] == []


def test_a_response_that_sent_nothing_has_no_record(run: Run) -> None:
    for pair in run.pairs:
        assert (pair.kept.response is None) == (not pair.wire.response or (pair.expect.prefix and not pair.kept.block)), pair


def test_interim_messages_are_exact_and_apart_from_the_response(run: Run) -> None:
    assert {repr(pair): pair.kept.interim for pair in run.pairs if pair.kept.interim != pair.wire.interim} == {}
    assert sum(bool(pair.kept.interim) for pair in run.pairs) >= 10


def test_bytes_beyond_the_end_of_a_message_are_exact_early_and_late(run: Run) -> None:
    wrong = [
        (repr(pair), len(pair.kept.surplus), len(pair.wire.surplus)) for pair in run.pairs if pair.kept.surplus != pair.wire.surplus
    ]
    assert wrong == []
    assert sum(bool(pair.kept.late) for pair in run.pairs) >= 1
    assert sum(bool(pair.kept.metadata.pairs.get("surplusBase64")) for pair in run.pairs) >= 10


def test_no_poison_stands_under_any_url(run: Run) -> None:
    assert [group.url for group in run.groups if b"POISON" in group.block] == []


# ---- records --------------------------------------------------------------------------------------------------------


def test_a_group_is_joined_both_ways_and_has_one_date(run: Run) -> None:
    infos = {record.id: record.filename for record in run.records if record.type == "warcinfo"}
    for group in run.groups:
        members = [group.metadata, group.request, *([group.response] if group.response else [])]
        anchor = group.response or group.request
        assert group.metadata.all("WARC-Concurrent-To") == [anchor.id]
        if group.response:
            assert group.request.all("WARC-Concurrent-To") == [group.response.id]
            assert group.response.all("WARC-Concurrent-To") == [group.request.id]
        assert {infos[member.get("WARC-Warcinfo-ID") or ""] for member in members} == {group.request.filename}
        assert len({member.get("WARC-Date") for member in members}) == 1
        assert len({member.url for member in members}) == 1


def test_the_date_is_when_the_request_was_sent_to_the_microsecond(run: Run) -> None:
    for pair in run.pairs:
        date = pair.kept.request.get("WARC-Date") or ""
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", date), date
        assert timedelta(0) <= pair.wire.started_at - datetime.fromisoformat(date) < timedelta(seconds=2), pair


def test_the_target_uri_is_the_url_of_the_request(run: Run) -> None:
    for pair in run.pairs:
        assert pair.kept.url == run.server.url(pair.wire.path), pair


def test_address_protocol_and_cipher_are_those_of_the_connection(run: Run) -> None:
    connections = {connection.number: connection for connection in run.server.connections()}
    for pair in run.pairs:
        connection = connections[pair.wire.connection]
        tls = [f"tls/{connection.tls_version.removeprefix('TLSv')}"] if connection.tls_version else []
        for record in filter(None, (pair.kept.request, pair.kept.response)):
            assert record.get("WARC-IP-Address") == "127.0.0.1"
            assert record.all("WARC-Protocol") == ["http/1.1", *tls], pair
            assert record.get("WARC-Cipher-Suite") == connection.cipher


def test_only_http_1_1_is_offered(run: Run) -> None:
    """The server would rather talk h2, of which a WARC block can hold nothing."""
    over_tls = [connection for connection in run.server.connections() if connection.tls_version]
    assert {connection.alpn for connection in over_tls} <= {"http/1.1"}


def test_truncated_says_why_a_response_is_cut(run: Run) -> None:
    wrong = {}
    for pair in run.pairs:
        # Where the RFC leaves the outcome open, so it does the reason; a prefix of a broken message ends where the client stopped.
        if not pair.expect.tolerated and pair.kept.response and pair.kept.truncated != pair.expect.truncated:
            wrong[repr(pair)] = (pair.kept.truncated, pair.expect.truncated)
    assert wrong == {}
    told = Counter(pair.kept.truncated for pair in run.pairs)
    assert told["length"] >= 4
    assert told["time"] >= 6
    assert told["disconnect"] >= 10


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hangs-in-body", "time"),
        ("hangs-close-delimited", "time"),
        ("drips-head-for-ever", "time"),
        ("too-large-length", "length"),
        ("too-large-chunked", "length"),
        ("too-large-close-delimited", "length"),
        ("length-cut-said-close", "disconnect"),
        ("reset-in-body", "disconnect"),
    ],
)
def test_truncated_where_only_one_reason_is_right(run: Run, name: str, reason: str) -> None:
    assert {pair.kept.truncated for pair in run.pairs if pair.wire.case == name} == {reason}


def test_digests_are_over_block_and_payload(run: Run) -> None:
    for record in run.records:
        assert record.get("WARC-Block-Digest") == _sha256(record.block)
    for pair in run.pairs:
        if pair.expect.payload is None or pair.expect.prefix or pair.kept.response is None or pair.wire.case in NO_PAYLOAD:
            continue
        digest = pair.kept.response.get("WARC-Payload-Digest")
        if digest is None and "protocol" in pair.expect.outcomes:
            continue
        # WARC/1.1 §6.3.2: transfer coding removed, content coding kept.
        assert digest == _sha256(pair.expect.payload), pair


def test_a_compressed_transfer_coding_gives_no_payload_digest_and_no_article(run: Run) -> None:
    """``Transfer-Encoding: gzip, chunked`` without being asked (RFC 9112 §7.4)."""
    (pair,) = [pair for pair in run.pairs if pair.wire.case == "transfer-gzip-chunked"]
    assert pair.kept.response is not None
    assert pair.kept.response.get("WARC-Payload-Digest") is None
    assert run.crawl.kept.failures[pair.kept.url] == "decode"


def test_a_payload_is_stored_once_and_each_head_always(run: Run) -> None:
    """Identical payloads become revisits, but for messages with trailers, which a revisit cannot hold (DESIGN §6)."""
    stored: dict[str, Record] = {}  # by digest, what rows whose own bytes are not compared below stored first too
    wires = {pair.kept.request.id: pair for pair in run.pairs}
    revisits = 0
    for group in run.groups:  # in the order written
        pair, response = wires.get(group.request.id), group.response
        digest = (response.get("WARC-Payload-Digest") if response else None) or ""
        if pair is None or response is None or pair.kept.truncated or not pair.expect.payload or pair.expect.prefix:
            if response is not None and digest and not group.is_revisit and not response.get("WARC-Truncated"):
                stored[digest] = min(stored.get(digest, response), response, key=_began)
            continue
        has_trailers = bool(read_message(pair.wire.response).trailers)
        # Of two that went on at once, the one that began later may be written first; a revisit looks back.
        is_there = digest in stored and _began(stored[digest]) <= _began(response)
        assert group.is_revisit == (is_there and not has_trailers), pair
        if group.is_revisit:
            revisits += 1
            original = stored[digest]
            assert response.get("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
            assert response.get("WARC-Refers-To") == original.id
            assert response.get("WARC-Refers-To-Target-URI") == original.url
            assert response.get("WARC-Refers-To-Date") == original.get("WARC-Date")
        else:
            stored[digest] = min(stored.get(digest, response), response, key=_began)
    assert revisits >= 4


def _began(record: Record) -> str:
    return record.get("WARC-Date") or ""


# ---- dataset --------------------------------------------------------------------------------------------------------


def _url(run: Run, case: Case) -> str:
    return run.server.url(case.path)


def test_every_linked_page_is_an_article_or_a_failure_as_the_table_expects(run: Run) -> None:
    articles = {urlsplit(url).path: row for url, row in run.crawl.kept.articles.items()}
    failures = {urlsplit(url).path: reason for url, reason in run.crawl.kept.failures.items()}
    wrong = {}
    for case in run.site.linked:
        path = urlsplit(_url(run, case)).path
        if path in articles and path in failures:
            wrong[case.name] = "both"
        elif path in failures and failures[path] not in case.expect.outcomes:
            wrong[case.name] = f"{failures[path]}, not {sorted(map(str, case.expect.outcomes))}"
        elif path not in failures and (path not in articles or None not in case.expect.outcomes):
            wrong[case.name] = f"{'article' if path in articles else 'nothing'}, not {case.expect.failure}"
    assert wrong == {}


def test_each_article_holds_the_text_of_its_own_page(run: Run) -> None:
    """The marker of a page stands in its own article and in no other: nothing was mixed up on the way."""
    texts = {case.path: case.expect.text for case in run.site.cases}
    for url, row in run.crawl.kept.articles.items():
        text = texts.get(urlsplit(row["url_final"]).path)
        if text is not None:
            assert _markers(row["text"]) == _markers(text) or row["extraction_status"] in ("short", "empty"), url


def test_every_whole_article_page_was_read(run: Run) -> None:
    articles = run.crawl.kept.articles
    wanted = [case for case in run.site.linked if case.expect.article and case.expect.outcomes == {None}]
    assert [case.name for case in wanted if not _markers(articles[_url(run, case)]["text"])] == []
    assert len(wanted) > 150


def test_every_row_points_to_the_record_it_came_from(run: Run) -> None:
    places = {(record.filename, record.offset): record for record in run.records}
    for row in (*run.crawl.kept.rows("articles"), *run.crawl.kept.rows("appearances")):
        record = places[row["warc_filename"], row["warc_record_offset"]]
        assert (record.id, record.type) == (row["warc_record_id"], row["warc_type"])
        assert record.get("WARC-Payload-Digest") == row["warc_payload_digest"]
    for row in run.crawl.kept.rows("failures"):
        if row["warc_filename"] is not None:
            assert places[row["warc_filename"], row["warc_record_offset"]].id == row["warc_record_id"]


def test_every_link_of_the_listings_is_an_appearance_in_order(run: Run) -> None:
    seen = sorted(run.crawl.kept.rows("appearances"), key=lambda row: (row["page_number"], row["rank"]))
    assert [urlsplit(row["url"]).path for row in seen] == [urlsplit(_url(run, case)).path for case in run.site.linked]


def test_the_counts_of_the_run_are_those_of_its_files(run: Run) -> None:
    kept, row = run.crawl.kept, run.crawl.kept.rows("runs")[-1]
    assert row["exchanges"] == len(run.groups)
    assert row["revisits"] == sum(group.is_revisit for group in run.groups)
    assert row["articles_new"] == len(kept.rows("articles"))
    assert row["failures"] == len(kept.rows("failures"))
    assert row["listings"] == 3
    assert row["finish_reason"] == "finished"


def _markers(text: str) -> set[str]:
    return set(re.findall(r"\bwire[a-z0-9]+x\d+\b", text))


def _sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def test_no_file_is_left_open(run: Run) -> None:
    assert [path.name for path in run.crawl.kept.root.rglob("*.open")] == []
