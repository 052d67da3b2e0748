"""What a host asks of us is kept, and costs other hosts nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from wire.messages import HTML, message, row
from wire.model import Send, Turn
from wire.server import WireServer

from archiver.capture.politeness import MAX_PAUSE_S, parse_retry_after
from capture.support import crawl

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
RETRY_AFTER = [
    ("3", 3.0, "seconds"),
    (" 0 ", 0.0, "at once"),
    ("Mon, 23 Nov 2026 12:00:10 GMT", 10.0, "an HTTP date"),
    ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0, "a date that is past"),
    ("Monday, 23-Nov-26 12:00:05 GMT", 5.0, "the obsolete RFC 850 form"),
    ("86400", MAX_PAUSE_S, "longer than a run stands still"),
    ("9" * 400, MAX_PAUSE_S, "digits without end"),
    ("soon", None, "neither"),
    ("-5", None, "no negative numbers"),
    ("", None, "nothing"),
    ("²", None, "a digit that is no number"),
]


@pytest.mark.parametrize(("value", "expected", "reason"), RETRY_AFTER)
def test_retry_after_is_seconds_or_a_date(value: str, expected: float | None, reason: str) -> None:
    assert parse_retry_after(value, NOW) == expected, reason


def _section(count: int, robots: bytes = b"", *, busy: bytes | None = None) -> list[Any]:
    paths = [f"/2026/03/14/story-{i}.html" for i in range(count)]
    cards = "".join(
        f"<article><h2><a href='{path}'>A story about the quay number {i}</a></h2><p>It was a long day, all agreed.</p></article>"
        for i, path in enumerate(paths)
    )
    text = "".join(f"<p>Paragraph {i} of a story that has enough words to be one, and then some more.</p>" for i in range(6))
    page = f"<html><body><main><article><h1>A story</h1>{text}</article></main></body></html>".encode()
    listing = f"<html><body><main><h1>Quay</h1>{cards}</main></body></html>".encode()
    rows = [
        row("robots", "asks for patience", message(robots, b"Content-Type: text/plain"), path="/robots.txt", listed=False),
        row("section", "the listing", message(listing, HTML), path="/section/", listed=False),
        *(row(f"story-{i}", "a story", message(page + b"<!--%d-->" % i, HTML), path=path) for i, path in enumerate(paths)),
    ]
    if busy is not None:
        first = rows[2]
        rows[2] = type(first)(**{**_fields(first), "turns": (Turn((Send(busy),), first.expect), *first.turns)})
    return rows


def _fields(case: Any) -> dict[str, Any]:
    return {name: getattr(case, name) for name in case.__slots__}


def test_crawl_delay_is_a_floor(tmp_path: Path, start_server: Callable[..., WireServer]) -> None:
    server = start_server(_section(3, b"User-agent: *\nCrawl-delay: 0.4\n"))
    done = crawl([server.url("/section/")], tmp_path / "c")
    assert len(done.kept.rows("articles")) == 3
    times = [exchange.started_s for exchange in server.settled() if exchange.path != "/robots.txt"]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(gaps) == 3
    assert min(gaps) >= 0.39


@pytest.mark.parametrize("status", [b"429 Too Many Requests", b"503 Service Unavailable"])
def test_a_busy_host_is_left_alone_as_long_as_it_asks_and_others_are_not(
    tmp_path: Path, start_server: Callable[..., WireServer], status: bytes
) -> None:
    busy = b"HTTP/1.1 " + status + b"\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbusy"
    patient = start_server(_section(2, busy=busy))
    other = start_server(_section(2), address="127.0.0.3")
    done = crawl([patient.url("/section/"), other.url("/section/")], tmp_path / "c", "--retries", "2")
    assert len(done.kept.rows("articles")) == 4
    asked = [exchange for exchange in patient.settled() if exchange.path == "/2026/03/14/story-0.html"]
    assert asked[0].response == busy
    assert asked[1].started_s - asked[0].started_s >= 0.95
    assert max(exchange.started_s for exchange in other.settled()) < asked[1].started_s
    kept = [group for group in done.kept.of("/2026/03/14/story-0.html") if group.url.startswith(patient.url("/"))]
    assert [group.block[:12] for group in kept] == [busy[:12], b"HTTP/1.1 200"]
