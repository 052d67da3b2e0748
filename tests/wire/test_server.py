"""The server itself: what it logs is what arrives, and what the table expects is what an independent parser reads."""

from __future__ import annotations

import functools
import gzip
import http.client
import io
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import get_args

import brotlicffi
import pytest

from archiver.model import FailureReason, TruncatedReason

from . import pages
from .cases import CASES, table
from .cases.codings import unzstd
from .cases.surplus import LATE_EVENT, POISON
from .fixtures import StartServer
from .model import Case, Limits, Tag
from .server import WireExchange, WireServer
from .site import build_site

QUICK = Limits(timeout_s=0.4, max_bytes=128 * 1024, pause_s=0.005, idle_s=0.02)
BY_NAME = {case.name: case for case in table(QUICK)}
SERVED = [name for name, case in BY_NAME.items() if not case.on_accept and not case.tls_only]
ON_ACCEPT = [name for name, case in BY_NAME.items() if case.on_accept]
TLS_ONLY = [name for name, case in BY_NAME.items() if case.tls_only]


# A plain socket client.


def get(path: str) -> bytes:
    return b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Odd:  kept \r\n\r\n" % path.encode("latin-1")


def connect(server: WireServer, context: ssl.SSLContext | None = None) -> socket.socket:
    sock = socket.create_connection((server.address, server.port), timeout=5)
    return context.wrap_socket(sock, server_hostname=server.address) if context else sock


@dataclass
class Arrived:
    data: bytes = b""
    end: str = "open"  # how it stopped: open, eof, reset, quiet (no more for a while)


def read(sock: socket.socket, wanted: int, quiet_s: float) -> Arrived:
    """Read ``wanted`` bytes and look a moment for more; stops when nothing came for ``quiet_s``."""
    got = Arrived()
    try:
        while len(got.data) < wanted:
            sock.settimeout(quiet_s)
            data = sock.recv(1 << 20)
            if not data:
                got.end = "eof"
                return got
            got.data += data
        sock.settimeout(0.01)
        if data := sock.recv(1 << 20):
            got.data += data
        else:
            got.end = "eof"
    except TimeoutError:
        got.end = "quiet" if len(got.data) < wanted else "open"
    except (ConnectionResetError, BrokenPipeError):
        got.end = "reset"
    return got


def fetch(server: WireServer, case: Case, wanted: int, context: ssl.SSLContext | None = None) -> Arrived:
    quiet_s = QUICK.timeout_s if "hangs" in case.tags else 3.0
    try:
        opened = connect(server, context)
    except ConnectionResetError:
        # Accepted and reset before connect() has returned, as a busy machine has it.
        assert case.on_accept
        return Arrived(end="reset")
    with opened as sock:
        if not case.on_accept:
            sock.sendall(get(case.path))
        return read(sock, wanted, quiet_s)


def logged(exchange: WireExchange) -> bytes:
    return exchange.interim + exchange.response + exchange.surplus


# Bytes.


@pytest.fixture(scope="module")
def fetched() -> dict[str, list[tuple[Arrived, WireExchange]]]:
    """Every case once per turn, several at a time, each on a connection of its own."""

    def one(case: Case) -> list[tuple[Arrived, WireExchange]]:
        """A server per case, so that the log holds nothing else."""
        with WireServer([case], patience_s=8) as server:
            server.release(LATE_EVENT)
            arrived = []
            for turn in case.turns:
                expect = turn.expect
                arrived.append(fetch(server, case, len(expect.interim + expect.response + expect.surplus)))
            return list(zip(arrived, server.settled(), strict=True))

    with ThreadPoolExecutor(8) as pool:
        return dict(zip(SERVED, pool.map(one, [BY_NAME[name] for name in SERVED]), strict=True))


@pytest.mark.parametrize("name", SERVED)
def test_the_log_holds_what_arrived_and_what_the_table_expects(
    name: str, fetched: dict[str, list[tuple[Arrived, WireExchange]]]
) -> None:
    case = BY_NAME[name]
    for turn, (arrived, exchange) in zip(case.turns, fetched[name], strict=True):
        assert exchange.request == get(case.path)
        assert exchange.path == case.path
        assert exchange.case == name
        if "hangs" in case.tags or "large" in case.tags:
            assert logged(exchange).startswith(arrived.data)
            assert turn.expect.response.startswith(exchange.response)
            assert exchange.client_closed or exchange.complete
        else:
            assert arrived.data == logged(exchange)
            assert exchange.interim == turn.expect.interim
            assert exchange.response == turn.expect.response
            assert exchange.surplus == turn.expect.surplus
            assert exchange.complete


def test_every_ending_is_the_one_that_the_script_names(fetched: dict[str, list[tuple[Arrived, WireExchange]]]) -> None:
    ends = {name: runs[-1][0].end for name, runs in fetched.items()}
    assert ends["says-close"] == ends["close-delimited-half"] == ends["half-head"] == ends["empty-reply"] == "eof"
    assert ends["reset-in-body"] == ends["reset-in-head"] == ends["reset-at-once"] == "reset"
    assert ends["kept-alive-first"] == ends["no-content"] == ends["late-response"] == "open"
    assert ends["hangs-in-body"] == ends["never-answers"] == "open"


@pytest.mark.parametrize("name", ON_ACCEPT)
def test_a_case_on_accept_is_played_before_any_request(name: str) -> None:
    case = BY_NAME[name]
    with WireServer([], on_accept=case) as server:
        arrived = fetch(server, case, len(case.expect.response) + 1)
        [exchange] = server.settled()
    assert (arrived.data, exchange.response) == (case.expect.response, case.expect.response)
    assert exchange.request == b""
    assert arrived.end in {"eof", "reset"}


def test_over_tls_the_same_bytes_arrive() -> None:
    names = [
        "header-case-mixed",
        "chunked-trailers",
        "hints-apart",
        "surplus-response",
        "late-response",
        "reset-in-body",
        *TLS_ONLY,
    ]
    with WireServer(BY_NAME.values(), tls="good") as server:
        for name in names:
            case = BY_NAME[name]
            wanted = len(case.expect.interim + case.expect.response + case.expect.surplus)
            context = ssl.create_default_context(cafile=str(server.ca_path))
            arrived = fetch(server, case, wanted, context)
            exchange = server.settled()[-1]
            assert arrived.data == logged(exchange) == case.expect.interim + case.expect.response + case.expect.surplus, name


# Expectations, read by someone else.


class Canned:
    """What http.client wants of a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._data)


NOT_COPED = {"not-modified-chunked"}  # http.client waits for chunks after a 304
LEGAL = [
    (case.name, number)
    for case in BY_NAME.values()
    if case.legal and "large" not in case.tags and case.name not in NOT_COPED
    for number, turn in enumerate(case.turns)
    if turn.expect.response and turn.expect.truncated is None
]


@pytest.mark.parametrize(("name", "turn"), LEGAL)
def test_an_independent_parser_reads_a_legal_row_as_the_table_says(name: str, turn: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.client, "_MAXHEADERS", 1000)
    expect = BY_NAME[name].turns[turn].expect
    response = http.client.HTTPResponse(Canned(expect.response), method="GET")  # type: ignore[arg-type]
    response.begin()
    assert response.status == expect.status
    assert response.read() == expect.payload


def unpack(payload: bytes, headers: http.client.HTTPMessage) -> bytes:
    decoders: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.decompress, "x-gzip": gzip.decompress, "br": brotlicffi.decompress, "zstd": unzstd,
        "deflate": lambda data: zlib.decompress(data, 15 if data[0] & 0x0F == 8 else -15), "identity": bytes, "": bytes,
    }  # fmt: skip
    labels = [label.strip().lower() for line in headers.get_all("Content-Encoding", []) for label in line.split(",")]
    for label in reversed(labels):
        payload = decoders[label](payload)
    return payload


CODED = [case.name for case in BY_NAME.values() if b"Content-Encoding" in case.expect.response and case.expect.article]
SLOPPY = {"coding-unknown-word", "coding-none", "gzip-padding", "gzip-then-plain"}


@pytest.mark.parametrize("name", [name for name in CODED if name not in SLOPPY])
def test_the_text_is_the_payload_unpacked(name: str) -> None:
    expect = BY_NAME[name].expect
    head = expect.response.partition(b"\r\n\r\n")[0].partition(b"\r\n")[2] + b"\r\n\r\n"
    headers = http.client.parse_headers(io.BytesIO(head))
    assert expect.payload is not None
    assert unpack(expect.payload, headers).decode() == expect.text


def test_rows_that_cannot_be_unpacked_cannot() -> None:
    for name in (
        "gzip-cut-inside",
        "gzip-bad-middle",
        "identity-as-gzip",
        "brotli-as-gzip",
        "gzip-bad-checksum",
        "gzip-no-trailer",
    ):
        payload = BY_NAME[name].expect.payload
        assert payload is not None
        with pytest.raises((OSError, EOFError, zlib.error)):
            gzip.decompress(payload)


# The table.


def test_the_table_is_sound() -> None:
    names = [case.name for case in CASES]
    paths = [case.path for case in CASES]
    assert len(set(names)) == len(names) >= 80
    assert len(set(paths)) == len(paths)
    for case in CASES:
        assert case.reason, case.name
        assert case.path.isascii(), case.name
        assert " " not in case.path, case.name
        for turn in case.turns:
            expect = turn.expect
            assert expect.outcomes <= {None, *get_args(FailureReason)}, case.name
            assert expect.truncated in {None, *get_args(TruncatedReason)}, case.name
            assert case.tags <= {*get_args(Tag)}, case.name
            assert expect.delivered or expect.failure, case.name
            assert POISON not in expect.response, case.name
            if expect.article:
                assert expect.failure is None, case.name
                assert expect.delivered, case.name
            if expect.truncated:
                assert expect.failure, case.name
                assert not expect.delivered, case.name


def test_every_article_row_can_be_told_apart_by_its_text() -> None:
    articles = {case.name: case.expect.text for case in CASES if case.expect.article and not case.name.startswith("same-body")}
    everything = "".join(text for text in articles.values() if text)
    assert len(articles) > 80
    for name, text in articles.items():
        if text:
            assert pages.marker_of(name) in text
            assert everything.count(f"{pages.marker_of(name)} number 1.") == 1, name


# Connections.


def test_exchanges_on_one_kept_alive_connection_are_numbered(start_server: StartServer) -> None:
    server = start_server()
    with connect(server) as sock:
        for word in ("first", "second", "third"):
            case = BY_NAME[f"kept-alive-{word}"]
            sock.sendall(get(case.path))
            assert read(sock, len(case.expect.response), 2).data == case.expect.response
    fetch(server, BY_NAME["says-close"], 10)
    found = server.settled()
    assert [(e.connection, e.index) for e in found] == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert [c.number for c in server.connections()] == [0, 1]
    assert found == sorted(found, key=lambda e: e.started_s)


def test_late_surplus_waits_for_the_test(start_server: StartServer) -> None:
    server = start_server()
    case = BY_NAME["late-on-signal"]
    with connect(server) as sock:
        sock.sendall(get(case.path))
        assert read(sock, len(case.expect.response), 2).data == case.expect.response
        assert server.exchanges()[0].surplus == b""
        server.release(LATE_EVENT)
        assert read(sock, len(POISON), 2).data == POISON
    assert server.settled()[0].surplus == POISON


def test_late_surplus_is_not_sent_into_the_next_request(start_server: StartServer) -> None:
    server = start_server(table(Limits(idle_s=5)))
    late, after = BY_NAME["late-response"], BY_NAME["kept-alive-first"]
    with connect(server) as sock:
        sock.sendall(get(late.path))
        read(sock, len(late.expect.response), 2)
        sock.sendall(get(after.path))
        assert read(sock, len(after.expect.response), 2).data == after.expect.response
    first, second = server.settled()
    assert (first.surplus, first.complete, second.case) == (b"", False, "kept-alive-first")


def test_late_surplus_that_meets_a_request_on_the_way_is_noted(start_server: StartServer) -> None:
    server = start_server()
    late, after = BY_NAME["late-on-signal"], BY_NAME["kept-alive-first"]
    with connect(server) as sock:
        sock.sendall(get(late.path))
        read(sock, len(late.expect.response), 2)
        sock.sendall(get(after.path))
        server.release(LATE_EVENT)
        assert read(sock, len(POISON + after.expect.response), 2).data == POISON + after.expect.response
    assert [exchange.crossed for exchange in server.settled()] == [True, False]


@pytest.mark.parametrize(("name", "end"), [("stale-close", "eof"), ("stale-reset", "reset")])
def test_a_stale_connection_takes_one_more_request_and_no_more(name: str, end: str, start_server: StartServer) -> None:
    server = start_server()
    case, other = BY_NAME[name], BY_NAME["kept-alive-first"]
    with connect(server) as sock:
        sock.sendall(get(case.path))
        assert read(sock, len(case.expect.response), 2).data == case.expect.response
        sock.sendall(get(other.path))
        assert read(sock, 1, 2) == Arrived(b"", end)
    assert fetch(server, other, len(other.expect.response)).data == other.expect.response
    assert [(e.path, e.case, e.response != b"") for e in server.settled()] == [
        (case.path, name, True),
        (other.path, "", False),
        (other.path, other.name, True),
    ]


def test_a_request_that_arrives_as_the_server_closes_is_logged_unanswered(start_server: StartServer) -> None:
    server = start_server(table(Limits(idle_s=0.1)))
    case = BY_NAME["idle-close"]
    with connect(server) as sock:
        sock.sendall(get(case.path))
        read(sock, len(case.expect.response), 2)
        sock.sendall(get("/crossing"))
        assert read(sock, 1, 2).end == "eof"
    deadline = time.monotonic() + 3
    while len(server.exchanges()) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [(e.path, e.response) for e in server.exchanges()][1] == ("/crossing", b"")


def test_a_client_that_leaves_early_is_noted(start_server: StartServer) -> None:
    server = start_server()
    with connect(server) as sock:
        sock.sendall(get(BY_NAME["too-large-close-delimited"].path))
        sock.recv(100)
    [exchange] = server.settled()
    assert exchange.client_closed
    assert not exchange.complete


def test_a_request_with_a_body_is_logged_whole(start_server: StartServer) -> None:
    server = start_server()
    request = b"POST /nowhere HTTP/1.1\r\nHost: x\r\ncontent-length: 5\r\n\r\nhello"
    with connect(server) as sock:
        sock.sendall(request[:20])
        sock.sendall(request[20:])
        assert read(sock, 20, 2).data.startswith(b"HTTP/1.1 404")
    assert [(e.request, e.case) for e in server.settled()] == [(request, "unrouted")]


@pytest.mark.parametrize("as_sent", ["url-%c3%bcber-%e6%b8%af.html", "url-\xc3\xbcber-\xe6\xb8\xaf.html"])
def test_a_path_is_found_whatever_its_escapes(as_sent: str, start_server: StartServer) -> None:
    server = start_server()
    case = BY_NAME["url-escaped-utf-eight"]
    sent = case.path.replace("url-%C3%BCber-%E6%B8%AF.html", as_sent)
    with connect(server) as sock:
        sock.sendall(get(sent))
        assert read(sock, len(case.expect.response), 2).data == case.expect.response
    assert server.settled()[0].path == sent


# TLS.


def handshake(server: WireServer, ca: str | None) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=ca)
    context.set_alpn_protocols(["http/1.1"])
    sock = connect(server, context)
    assert isinstance(sock, ssl.SSLSocket)
    return sock


def test_tls_is_trusted_by_the_authority_alone(start_server: StartServer) -> None:
    server = start_server(tls="good")
    with handshake(server, str(server.ca_path)) as sock:
        sock.sendall(get("/"))
        assert sock.recv(12) == b"HTTP/1.1 404"
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, None)
    server.settled()
    good, bad = server.connections()
    assert (good.alpn, good.tls_version, good.error) == ("http/1.1", "TLSv1.3", None)
    assert good.cipher
    assert bad.error


@pytest.mark.parametrize(("kind", "words"), [("expired", "expired"), ("wrong-host", "not valid for")])
def test_a_bad_certificate_is_refused_by_a_usual_client(kind: str, words: str, start_server: StartServer) -> None:
    server = start_server(tls=kind)
    with pytest.raises(ssl.SSLCertVerificationError, match=words):
        handshake(server, str(server.ca_path))


def test_another_loopback_address_has_its_own_certificate(start_server: StartServer) -> None:
    server = start_server(address="127.0.0.7", tls="good")
    handshake(server, str(server.ca_path)).close()
    assert server.url("/x") == f"https://127.0.0.7:{server.port}/x"


# The site.


def test_the_listing_pages_link_to_every_case(start_server: StartServer) -> None:
    site = build_site(CASES)
    server = start_server(site.cases)
    texts = []
    for path in site.listing_paths:
        with connect(server) as sock:
            sock.sendall(get(path))
            case = next(case for case in site.cases if case.path == path)
            texts.append(read(sock, len(case.expect.response), 2).data.decode())
    whole = "".join(texts)
    assert len(texts) == 3
    assert 'rel="next"' in texts[0]
    assert 'rel="next"' not in texts[-1]
    for case in CASES:
        assert (case.title in whole) == (case.listed and not case.on_accept), case.name


@functools.cache
def _extract(text: str) -> str:
    trafilatura = pytest.importorskip("trafilatura")
    return trafilatura.extract(text, url="http://127.0.0.1/x.html", with_metadata=True, output_format="json") or ""


def test_an_extractor_takes_the_pages_for_articles() -> None:
    for name in ("header-case-mixed", "charset-japanese", "same-body"):
        found = _extract(pages.article(name))
        assert pages.marker_of(name) in found
        assert "Mara Lindqvist" in found
        assert "2026-03-14" in found
        assert pages.title_of(name) in found


# The end.


def test_close_ends_every_thread_and_frees_the_port() -> None:
    before = set(threading.enumerate())
    server = WireServer(CASES).start()
    socks = [connect(server) for _ in range(3)]
    socks[0].sendall(get(BY_NAME["never-answers"].path))
    socks[1].sendall(get(BY_NAME["late-on-signal"].path))
    socks[2].sendall(b"GET /half")
    time.sleep(0.05)
    started = time.monotonic()
    server.close()
    assert time.monotonic() - started < 2
    assert set(threading.enumerate()) <= before
    for sock in socks:
        sock.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.address, server.port), timeout=1)
