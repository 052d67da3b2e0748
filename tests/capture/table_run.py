"""One real crawl of a site whose articles are the rows of the wire table, side by side with what the server logged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from wire.cases import table
from wire.model import Expectation, Limits
from wire.server import UNROUTED, WireExchange, WireServer
from wire.site import Site, build_site

from .support import Crawl, Group, Record, crawl

LIMITS = Limits(timeout_s=3.0, max_bytes=2 * 2**20)
_MAX = str(LIMITS.max_bytes)
FLAGS = ("--timeout", "3", "--max-response-bytes", _MAX, "--max-page-bytes", _MAX, "--retries", "2", "--concurrency", "8")
# The connection broke where the client's next request was expected (`Case.next_request`): nothing can be kept of the answer.
NO_ANSWER = Expectation(b"", payload=None, status=None, failure="reset")


@dataclass(frozen=True, repr=False)
class Pair:
    """What passed between client and server (``wire``) and what the archive says of it (``kept``)."""

    wire: WireExchange
    kept: Group
    expect: Expectation

    def __repr__(self) -> str:
        return f"{self.wire.case or self.wire.path} (turn {self.wire.turn})"

    @property
    def is_exact(self) -> bool:
        sent = self.wire.response
        return self.kept.holds(sent) or (self.expect.prefix and sent.startswith(self.kept.block))


@dataclass(frozen=True, repr=False)
class Run:
    """A crawl of the whole table, with the server's own log of it."""

    site: Site
    server: WireServer
    log: list[WireExchange]
    crawl: Crawl
    pairs: list[Pair]

    @property
    def groups(self) -> list[Group]:
        return self.crawl.kept.groups

    @property
    def records(self) -> list[Record]:
        return self.crawl.kept.records


@pytest.fixture(scope="session")
def table_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """Both crawls, side by side: much of their time is waiting for time limits."""
    site = build_site(table(LIMITS))
    with WireServer(site.cases) as tcp, WireServer(site.cases, tls="good") as tls, ThreadPoolExecutor(2) as threads:
        servers = {"tcp": tcp, "tls": tls}

        def run(name: str) -> Run:
            server = servers[name]
            env = {"SSL_CERT_FILE": str(server.ca_path)} if server.ca_path else {}
            for _ in range(3):
                server.clear()
                folder = tmp_path_factory.mktemp(name) / "table"
                done = crawl([server.url(site.seed_path)], folder, *FLAGS, env=env, timeout_s=120)
                assert done.code == 0, done.stderr
                log = server.settled()
                if not _have_crossed(log):
                    break
            return Run(site, server, log, done, pairs_of(site, log, done.kept.groups))

        yield dict(zip(servers, threads.map(run, servers), strict=True))


@pytest.fixture(scope="session", params=["tcp", "tls"])
def table_run(request: pytest.FixtureRequest, table_runs: dict[str, Run]) -> Run:
    return table_runs[request.param]


def _have_crossed(log: list[WireExchange]) -> bool:
    """Whether late surplus met the next request on the same connection on its way: no client can tell it from an answer.

    It takes milliseconds and a busy machine. What a client does that knows of surplus is tested in test_endings.
    """
    last = {wire.connection: wire.index for wire in log}
    return any(wire.surplus and last[wire.connection] > wire.index for wire in log)


def pairs_of(site: Site, log: list[WireExchange], groups: list[Group]) -> list[Pair]:
    """Requests are told apart by their bytes, the same one again (a retry, a loop) by its order in time.

    A request that crossed the server's FIN was sent, and is kept, but the server never read it: it has no partner.
    """
    cases = {case.name: case for case in (*site.cases, UNROUTED)}
    kept: defaultdict[bytes, list[Group]] = defaultdict(list)
    for group in sorted(groups, key=lambda group: group.request.get("WARC-Date") or ""):
        kept[group.request.block].append(group)
    asked = Counter(wire.request for wire in log)
    for request, same in kept.items():
        unread = [group for group in same if group.response is None][: max(0, len(same) - asked[request])]
        kept[request] = [group for group in same if group not in unread]
    pairs = []
    for wire in log:
        if kept[wire.request]:
            expect = cases[wire.case].turns[wire.turn].expect if wire.case else NO_ANSWER
            same = kept[wire.request]
            # What a server finds on a connection that it has closed it logs late, after the same request on the next one.
            group = next((one for one in same if bool(one.block) == bool(wire.response)), same[0])
            same.remove(group)
            pairs.append(Pair(wire, group, expect))
    return pairs
