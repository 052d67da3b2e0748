"""A fleet for people: a bar on stderr while it runs (on a terminal), and the table of ``archiver fleet status``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from archiver.fleet.board import ShardState
from archiver.fleet.status import FleetStatus


@contextmanager
def show_shards(total: int) -> Iterator[Callable[[ShardState], None]]:
    """Shards done of ``total``, how many failed and are tried again, and the time left."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    seen: dict[str, str] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("shards", total=total)

        def told(state: ShardState) -> None:
            seen[state.shard] = state.status
            ended = [status for status in seen.values() if status in ("done", "parked")]
            failed = sum(status in ("failed", "parked") for status in seen.values())
            bar.update(task, completed=len(ended), total=max(total, len(seen)), description=f"shards ({failed} failed)")

        yield told


def print_status(found: FleetStatus) -> None:
    """Counts, then what runs, failed or waits for someone, then alarms; on stdout."""
    console = Console(highlight=False, soft_wrap=True)
    counts = ", ".join(f"{count} {name}" for name, count in found.counts.items())
    rate = f"; {found.rate_per_h:.1f} an hour" if found.rate_per_h is not None else ""
    left = f", about {timedelta(seconds=round(found.left_s))} left" if found.left_s else ""
    console.print(Text(f"{found.kind}: {counts}{rate}{left}"))
    rows = [*found.running, *found.failed, *found.parked]
    if rows:
        table = Table(box=None, header_style="bold")
        for name in ("shard", "status", "tries", "since", "worker", "reason"):
            table.add_column(name, overflow="fold")
        for state in rows:
            since = state.next_at or state.ended_at or state.started_at or ""
            facts = (state.shard, state.status, str(state.tries), since, state.worker or "", state.reason or "")
            table.add_row(*map(Text, facts))
        console.print(table)
    for name, lines in found.alarms.items():
        for line in lines:
            console.print(Text.assemble((name, "bold yellow"), f": {line}"))
