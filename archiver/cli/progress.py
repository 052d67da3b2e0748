"""Progress of a crawl on stderr: a live table on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.filesize import decimal
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from archiver.capture.session import CaptureSession, session_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_PLAIN_EVERY_S = 10.0


@contextmanager
def show_progress(crawler: Crawler, *, quiet: bool = False) -> Iterator[None]:
    """Show the crawl's counts while the block runs; read-only, from a thread of its own."""
    if quiet:
        yield
    elif sys.stderr.isatty():
        with Live(_Table(crawler), console=Console(stderr=True), refresh_per_second=4, transient=True):
            yield
    else:
        yield from _plain_lines(crawler)


def _plain_lines(crawler: Crawler) -> Iterator[None]:
    done = threading.Event()

    def report() -> None:
        while not done.wait(_PLAIN_EVERY_S):
            session = _session(crawler)
            if session is not None:
                print(_line(session), file=sys.stderr, flush=True)

    thread = threading.Thread(target=report, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _session(crawler: Crawler) -> CaptureSession | None:
    try:
        return session_of(crawler)
    except KeyError:
        return None


def _line(session: CaptureSession) -> str:
    sections = session.progress.sections.copy().values()
    counts = session.recorder.store.counts
    return (
        f"archiver: {sum(s.listings for s in sections)} listings, {sum(s.articles for s in sections)} articles, "
        f"{sum(s.failures for s in sections)} failures, {counts['exchanges']} exchanges, {decimal(counts['bytes_received'])}"
    )


class _Table:
    """Rendered anew at each refresh."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._started = crawler, time.monotonic()

    def __rich__(self) -> Table:
        table = Table(box=None, header_style="bold")
        table.add_column("section", overflow="fold")
        for name in ("listings", "links", "articles", "failures"):
            table.add_column(name, justify="right")
        session = _session(self._crawler)
        if session is None:
            return table
        for seed, section in session.progress.sections.copy().items():
            numbers = (section.listings, section.articles_seen, section.articles, section.failures)
            table.add_row(escape(seed), *map(str, numbers))
        counts, seconds = session.recorder.store.counts, max(time.monotonic() - self._started, 0.1)
        table.caption = (
            f"{counts['exchanges']} exchanges, {decimal(counts['bytes_received'])}, "
            f"{counts['exchanges'] / seconds:.1f} a second, {seconds:.0f} s; Ctrl-C stops, the same command goes on"
        )
        return table
