"""Each way an exchange can end (DESIGN §5.3), alone: what the archive holds then, and what becomes of the connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from wire import pages
from wire.cases import case
from wire.cases.surplus import LATE_EVENT, POISON
from wire.fixtures import StartServer
from wire.messages import CHUNKED, CLOSE, HTML, chunked, head, length, message, page, plain, row, story
from wire.model import AwaitClose, Case, Close, Flood, HalfClose, Pause, Send, Steps, WaitFor
from wire.server import WireExchange, WireServer
from wire.site import build_site

from .support import Crawl, Kept, crawl, start

LIMIT = 200_000
FLAGS = ("--timeout", "3", "--max-response-bytes", str(LIMIT), "--ignore-robots")


@dataclass(frozen=True)
class Ending:
    """``truncated`` and ``failure`` are the only right ones; ``whole``: all that the server sent is in the record."""

    case: Case
    truncated: str | None = None
    failure: str | None = None
    whole: bool = True
    tls: tuple[bool, ...] = (False, True)


CLOSES: Steps = (Close(),)


def closed(name: str, *lines: bytes, then: Steps = CLOSES) -> Case:
    """A page without a length: its end is the connection's."""
    return story(name, "", lambda body: head(HTML, *lines) + body, then=then)


def unfinished(name: str, *lines: bytes, sent: bytes, then: Steps) -> Case:
    return row(name, "", head(HTML, *lines) + sent, then=then)


HALF = page("half")[:700]
LARGE = page("large") * (LIMIT * 3 // len(page("large")))
ENDINGS = [
    Ending(plain("length-kept-alive", "")),
    Ending(plain("length-says-close", "", CLOSE, then=(Close(),))),
    Ending(plain("length-says-close-stays", "", CLOSE, then=(AwaitClose(),))),
    Ending(plain("length-half-closed", "", then=(HalfClose(),))),
    Ending(story("chunked-kept-alive", "", lambda body: head(HTML, CHUNKED) + chunked(body))),
    Ending(story("chunked-says-close", "", lambda body: head(HTML, CHUNKED, CLOSE) + chunked(body), then=(Close(),))),
    Ending(closed("close-delimited")),
    Ending(closed("close-delimited-http-1-0", b"X-Version: old")),
    Ending(closed("close-delimited-without-close-notify", then=(Close(notify=False),)), tls=(True,)),
    Ending(closed("close-delimited-half-closed", then=(HalfClose(),))),
    Ending(plain("length-without-close-notify", "", CLOSE, then=(Close(notify=False),)), tls=(True,)),
    Ending(unfinished("cut-length", length(page("half")), sent=HALF, then=(Close(),)), "disconnect", "truncated"),
    Ending(
        unfinished("cut-without-close-notify", length(page("half")), sent=HALF, then=(Close(notify=False),)),
        "disconnect", "truncated", tls=(True,),
    ),
    Ending(unfinished("cut-chunked", CHUNKED, sent=chunked(HALF)[:-5], then=(Close(),)), "disconnect", "truncated"),
    Ending(unfinished("time-length", length(page("half")), sent=HALF, then=(AwaitClose(),)), "time", "timeout"),
    Ending(unfinished("time-chunked", CHUNKED, sent=chunked(HALF)[:-5], then=(AwaitClose(),)), "time", "timeout"),
    Ending(unfinished("time-close-delimited", sent=page("half"), then=(AwaitClose(),)), "time", "timeout"),
    Ending(row("time-head", "", b"HTTP/1.1 200 OK\r\nServer: W", then=(AwaitClose(),)), "time", "timeout"),
    Ending(unfinished("size-length", length(LARGE), sent=LARGE, then=(Close(),)), "length", "too_large", whole=False),
    Ending(unfinished("size-chunked", CHUNKED, sent=chunked(LARGE), then=()), "length", "too_large", whole=False),
    Ending(unfinished("size-close-delimited", sent=LARGE, then=(Close(),)), "length", "too_large", whole=False),
    Ending(
        row("size-endless", "", b"", steps=(Send(head(HTML)), Flood(page("large"), 2**24))),
        "length", "too_large", whole=False,
    ),
    Ending(row("head-endless", "", b"", steps=(Send(b"HTTP/1.1 200 OK\r\n"), Flood(b"X-More: yes\r\n" * 99, 2**22))),
           "length", "protocol", whole=False),
]  # fmt: skip


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, tuple[Crawl, WireServer]]]:
    """Every ending in one crawl over TCP and one over TLS."""
    folder = tmp_path_factory.mktemp("endings")
    with ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        servers = {tls: stack.enter_context(WireServer(_cases(tls), tls="good" if tls else None)) for tls in (False, True)}

        def run(tls: bool) -> Crawl:
            urls = [servers[tls].url(one.path) for one in _cases(tls)]
            return crawl(urls, folder / f"tls-{tls}", *FLAGS, env={"SSL_CERT_FILE": str(servers[True].ca_path)})

        done = dict(zip(servers, threads.map(run, servers), strict=True))
        yield {tls: (done[tls], servers[tls]) for tls in servers}


def _cases(tls: bool) -> list[Case]:
    return [ending.case for ending in ENDINGS if tls in ending.tls]


@pytest.mark.parametrize(
    ("ending", "tls"),
    [(ending, tls) for ending in ENDINGS for tls in ending.tls],
    ids=[f"{ending.case.name}-{'tls' if tls else 'tcp'}" for ending in ENDINGS for tls in ending.tls],
)
def test_an_exchange_is_kept_as_far_as_it_went(ended: dict[bool, tuple[Crawl, WireServer]], ending: Ending, tls: bool) -> None:
    done, server = ended[tls]
    (exchange,) = [exchange for exchange in server.settled() if exchange.path == ending.case.path]
    (group,) = done.kept.of(ending.case.path)
    assert group.request.block == exchange.request
    assert group.block == exchange.response if ending.whole else exchange.response.startswith(group.block)
    assert len(group.block) > (LIMIT // 2 if not ending.whole and "length" not in ending.case.name else 0)
    assert (group.truncated, group.surplus) == (ending.truncated, b"")
    assert done.kept.failures.get(group.url) == ending.failure
    assert (group.url in done.kept.articles) == (ending.failure is None)
    if ending.case.expect.article:
        assert pages.marker_of(ending.case.name) in done.kept.articles[group.url]["text"]


def test_only_http_1_1_is_offered_over_tls(ended: dict[bool, tuple[Crawl, WireServer]]) -> None:
    """The server's own choice would be h2."""
    assert {connection.alpn for connection in ended[True][1].connections()} == {"http/1.1"}


def test_a_connection_is_used_again_only_after_a_whole_message_that_leaves_it_open(
    ended: dict[bool, tuple[Crawl, WireServer]],
) -> None:
    stays_open = {"length-kept-alive", "length-half-closed", "chunked-kept-alive"}
    for _, server in ended.values():
        log = server.exchanges()
        last = {exchange.connection: exchange.index for exchange in log}
        assert {exchange.case for exchange in log if exchange.index < last[exchange.connection]} <= stays_open
        assert {exchange.index for exchange in log} > {0}


# ---- many at once ---------------------------------------------------------------------------------------------------


def in_pieces(name: str, number: int) -> Case:
    """A page in slow pieces, so that the bodies of many connections come interleaved."""
    pause = Pause(0.002 + 0.003 * (number % 5))

    def steps(data: bytes) -> Steps:
        size = 150 + 37 * (number % 7)
        found = [Send(data[start : start + size]) for start in range(0, len(data), size)]
        return tuple(step for send in found for step in (send, pause))

    if number % 3 == 1:
        return story(name, "", lambda body: head(HTML, CHUNKED) + chunked(body, 90 + number), steps=steps)
    if number % 3 == 2:
        return story(name, "", lambda body: head(HTML) + body, steps=lambda data: (*steps(data), Close()))
    return story(name, "", lambda body: message(body, HTML), steps=steps)


@pytest.mark.parametrize("tls", [None, "good"], ids=["tcp", "tls"])
def test_bodies_of_many_connections_do_not_mix(tmp_path: Path, start_server: StartServer, tls: str | None) -> None:
    site = build_site([in_pieces(f"piece-by-piece-{number}", number) for number in range(48)], listing_pages=1)
    server = start_server(site.cases, tls=tls)
    env = {"SSL_CERT_FILE": str(server.ca_path)} if tls else {}
    done = crawl([server.url(site.seed_path)], tmp_path / "many", "--concurrency", "16", env=env)
    _assert_all_exact(done.kept, server.settled())
    assert len(done.kept.articles) == len(site.linked)
    for one in site.linked:
        assert pages.marker_of(one.name) in done.kept.articles[server.url(one.path)]["text"]
    over = {exchange.connection for exchange in server.exchanges()}
    assert 8 <= len(over) < len(server.exchanges())


def _assert_all_exact(kept: Kept, log: list[WireExchange]) -> None:
    assert len(kept.groups) == len(log)
    by_request = {exchange.request: exchange.response for exchange in log}
    for group in kept.groups:
        assert group.block == by_request[group.request.block]


# ---- connections that turn out to be no good -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stale-close", "stale-reset"])
@pytest.mark.parametrize("tls", [None, "good"], ids=["tcp", "tls"])
def test_a_request_on_a_stale_connection_is_sent_once_more_and_both_exchanges_are_kept(
    tmp_path: Path, start_server: StartServer, name: str, tls: str | None
) -> None:
    after = plain("after", "what is asked for on the connection that is no good")
    server = start_server([case(name), after], tls=tls)
    urls = [server.url(case(name).path), server.url(after.path)]
    env = {"SSL_CERT_FILE": str(server.ca_path)} if tls else {}
    done = crawl(urls, tmp_path / name, "--ignore-robots", "--concurrency", "1", env=env)
    assert list(done.kept.articles) == urls
    log = [(exchange.path, exchange.connection, bool(exchange.response)) for exchange in server.settled()]
    assert log == [(case(name).path, 0, True), (after.path, 0, False), (after.path, 1, True)]
    first, second = done.kept.of(after.path)
    assert first.request.block == second.request.block
    assert (first.response, second.block) == (None, after.expect.response)


def test_a_time_out_on_a_kept_alive_connection_is_no_stale_connection(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server([plain("before", ""), case("never-answers")])
    urls = [server.url(one.path) for one in (plain("before", ""), case("never-answers"))]
    done = crawl(urls, tmp_path / "timeout", "--ignore-robots", "--concurrency", "1", "--timeout", "1")
    assert done.kept.failures == {urls[1]: "timeout"}
    assert [(exchange.connection, exchange.index) for exchange in server.settled()] == [(0, 0), (0, 1)]
    assert len(done.kept.groups) == 2


def test_late_surplus_is_kept_byte_for_byte_and_its_connection_never_used_again(tmp_path: Path, start_server: StartServer) -> None:
    late, again = case("late-on-signal"), plain("again", "the next page of the same host")
    server = start_server([late, again])
    # Another host holds its redirect back until the surplus is out: the next request then finds the connection spoiled.
    hop = message(b"", b"Location: " + server.url(again.path).encode(), status=b"HTTP/1.1 302 Found")
    other = start_server([row("hop", "", hop, path="/hop", steps=(WaitFor("go"), Send(hop)))])
    folder = tmp_path / "late"
    process = start([server.url(late.path), other.url("/hop")], folder, "--ignore-robots", "--concurrency", "2")
    _wait(lambda: bool(other.exchanges()) and bool(server.exchanges()))
    server.release(LATE_EVENT)
    _wait(lambda: bool(server.exchanges()[0].surplus))
    other.release("go")
    process.communicate(timeout=30)

    kept = Kept(folder)
    (group,) = kept.of(late.path)
    assert (group.block, group.late, group.metadata.decoded("surplusBase64")) == (late.expect.response, POISON, b"")
    (record,) = [record for record in kept.records if record.type == "metadata" and record.get("WARC-Refers-To")]
    assert group.response is not None
    assert (record.get("WARC-Refers-To"), record.url) == (group.response.id, group.url)
    assert [(exchange.case, exchange.connection, exchange.index) for exchange in server.settled()] == [
        ("late-on-signal", 0, 0),
        ("again", 1, 0),
    ]
    assert kept.of(again.path)[0].block == again.expect.response
    assert len(kept.articles) == 2


def _wait(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
