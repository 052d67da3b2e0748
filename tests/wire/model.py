"""The nouns of the table: what a server does (`Step`), what an archive must hold of it (`Expectation`), one row (`Case`).

No socket here; `server.py` plays the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archiver.model import FailureReason, TruncatedReason

Tag = Literal[
    "slow",  # takes about as long as the client's time limit, or half of it
    "hangs",  # ends only when the client gives up
    "large",  # more than 500 KB on the wire
    "hostile",  # no honest server does this
    "redirect",
    "retry",  # answered differently the second time
    "keep-alive",  # says something about the connection after the message
    "surplus",
    "interim",
]


@dataclass(frozen=True, slots=True)
class Send:
    """One write of interim, then response, then surplus bytes: one TCP segment while it fits. The log keeps the three apart."""

    response: bytes = b""
    interim: bytes = b""
    surplus: bytes = b""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait; goes on at once when the client has gone."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Idle:
    """Wait as an idle kept-alive connection; the rest of the script is skipped when the client's next request comes first."""

    seconds: float


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Wait until the test calls ``server.release(event)`` (bounded by the server's patience)."""

    event: str


@dataclass(frozen=True, slots=True)
class AwaitClose:
    """Say nothing until the client closes (bounded by the server's patience)."""


@dataclass(frozen=True, slots=True)
class Flood:
    """Send ``block`` again and again until ``total_bytes`` are out or the client closes."""

    block: bytes
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Close:
    """FIN. Over TLS a close_notify alert first, unless ``notify`` is false (many servers send none)."""

    notify: bool = True


@dataclass(frozen=True, slots=True)
class HalfClose:
    """FIN for our direction (close_notify first over TLS), but go on reading until the client closes too."""


@dataclass(frozen=True, slots=True)
class Reset:
    """RST: close with SO_LINGER 0."""


Step = Send | Pause | Idle | WaitFor | AwaitClose | Flood | Close | HalfClose | Reset
Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an exact archive holds after one exchange, whatever client made it.

    ``response``: the block of the WARC `response` record; empty means that no such record can be written.
    ``payload``: WARC/1.1 §6.3.2, transfer coding removed, content coding kept; ``None`` where the head cannot be read.
    ``text``: payload with content coding removed, decoded; ``None`` where there is no text or it cannot be had.
    ``delivered``: the message was whole and readable, so a Response leaves the downloader (content is decoded after that).
    ``failure``: the reason in failures.jsonl, ``None`` for a page that was had, or a redirect that leads to one.
    ``tolerated``: other outcomes (in terms of ``failure``) that the RFC leaves open; then text and truncated are open too.
    ``prefix``: the client may rightly stop reading early (limit, time, syntax error): a prefix of ``response`` is exact.
    ``article``: the page is a full news article, so extraction has to succeed on it.
    """

    response: bytes
    interim: bytes = b""
    surplus_early: bytes = b""
    surplus_late: bytes = b""
    truncated: TruncatedReason | None = None
    payload: bytes | None = b""
    text: str | None = None
    status: int | None = 200
    delivered: bool = True
    failure: FailureReason | None = None
    tolerated: tuple[FailureReason | None, ...] = ()
    prefix: bool = False
    article: bool = False

    @property
    def surplus(self) -> bytes:
        return self.surplus_early + self.surplus_late

    @property
    def outcomes(self) -> frozenset[FailureReason | None]:
        """Every acceptable outcome."""
        return frozenset({self.failure, *self.tolerated})


@dataclass(frozen=True, slots=True)
class Turn:
    """The server's answer to one request for a path, and what follows from it."""

    steps: Steps
    expect: Expectation


@dataclass(frozen=True, slots=True)
class Case:
    """One row. The nth request for ``path`` gets ``turns[n]``; the last turn is repeated.

    ``path``: as it stands on the request line. ``href``: as a page links to it, where that differs.
    ``legal``: conforms to RFC 9112/9110, so that any sound parser reads it as the expectation says.
    ``listed``: a listing page links to it. ``tls_only``: makes sense over TLS alone.
    ``on_accept``: played as soon as the connection is open; reached only through ``WireServer(on_accept=…)``.
    ``next_request``: what the next request on the same connection gets, whatever its path (empty: its own case).
    """

    name: str
    path: str
    title: str
    reason: str
    turns: tuple[Turn, ...]
    href: str | None = None
    legal: bool = True
    listed: bool = True
    tls_only: bool = False
    on_accept: bool = False
    next_request: Steps = ()
    tags: frozenset[Tag] = frozenset()

    @property
    def link(self) -> str:
        return self.href if self.href is not None else self.path

    @property
    def expect(self) -> Expectation:
        """Of the last turn: where repeating the request leads."""
        return self.turns[-1].expect


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that the client under test runs with; the rows that hit them are made to measure.

    ``pause_s``: the gap between segments that belong together; ``idle_s``: before something happens on an idle connection.
    """

    timeout_s: float = 2.0
    max_bytes: int = 2 * 1024 * 1024
    pause_s: float = 0.02
    idle_s: float = 0.05
