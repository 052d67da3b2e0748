"""One real crawl of a site whose articles are the rows of the wire table, side by side with what the server logged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from wire.cases import table
from wire.model import Expectation, Limits
from wire.server import UNROUTED, WireExchange, WireServer
from wire.site import Site, build_site

from archiver.warc.http1 import parse_head

from .support import Crawl, Group, Record, crawl

LIMITS = Limits(timeout_s=2.0, max_bytes=2 * 2**20)
FLAGS = ("--timeout", "2", "--max-response-bytes", str(LIMITS.max_bytes), "--retries", "2", "--concurrency", "8")
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
        block, sent = self.kept.block, self.wire.response
        if self.kept.is_revisit:
            head = parse_head(sent)
            return head is not None and block == sent[: head.length]
        return block == sent or (self.expect.prefix and sent.startswith(block))


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


@pytest.fixture(scope="session", params=["tcp", "tls"])
def table_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    site = build_site(table(LIMITS))
    with WireServer(site.cases, tls="good" if request.param == "tls" else None) as server:
        env = {"SSL_CERT_FILE": str(server.ca_path)} if server.ca_path else {}
        folder = tmp_path_factory.mktemp(request.param) / "table"
        done = crawl([server.url(site.seed_path)], folder, *FLAGS, env=env, timeout_s=120)
        assert done.code == 0, done.stderr
        log = server.settled()
        yield Run(site, server, log, done, _pairs(site, log, done.kept.groups))


def _pairs(site: Site, log: list[WireExchange], groups: list[Group]) -> list[Pair]:
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
            pairs.append(Pair(wire, kept[wire.request].pop(0), expect))
    return pairs
