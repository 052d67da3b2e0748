"""The runs of a collection, how they ended, and what failed in them, as the look-up knows them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from archiver.model import Discovery, Failure, RunInfo, format_instant
from archiver.urls import normalize_url
from archiver.warc.metadata import Pairs
from archiver.warc.series import order_in_time


class RunHistory:
    """Part of ``Lookup``; ``filename`` and ``place`` say which record of which WARC something was read from."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, run: RunInfo) -> None:
        """Remember a run; one that is resumed, as it goes on."""
        info = json.dumps(asdict(run) | {"started_at": format_instant(run.started_at)})
        self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?)", (run.run_id, info))

    def all(self) -> list[RunInfo]:
        """Every run, oldest first."""
        return sorted((_run(json.loads(info)) for (info,) in self._db.execute("SELECT info FROM runs")), key=_started)

    def add_end(self, filename: str, place: int, run_id: str, finish_reason: str, pairs: Pairs) -> None:
        """Remember how a run ended; a cancelled run may be resumed and end again."""
        self._db.execute("INSERT INTO run_ends VALUES (?, ?, ?, ?, ?)", (filename, place, run_id, finish_reason, json.dumps(pairs)))

    def ends(self) -> Iterator[tuple[str, Pairs]]:
        """``(run_id, pairs)`` of every end, in the order they were written."""
        rows = self._db.execute("SELECT filename, place, run_id, pairs FROM run_ends").fetchall()
        for _, _, run_id, pairs in sorted(rows, key=lambda row: (order_in_time(row[0]), row[1])):
            yield run_id, tuple((name, value) for name, value in json.loads(pairs))

    def finish_reason(self, run_id: str) -> str | None:
        """How the run ended, ``None`` when it did not: also when it ended (Ctrl-C), was gone on with, and did not end again."""
        ends = self._db.execute("SELECT filename, place, finish_reason FROM run_ends WHERE run_id = ?", (run_id,)).fetchall()
        if not ends:
            return None
        filename, _, reason = max(ends, key=lambda row: (order_in_time(row[0]), row[1]))
        files = self._db.execute("SELECT filename FROM files WHERE run_id = ?", (run_id,))
        goes_on = any(order_in_time(name) > order_in_time(filename) for (name,) in files)
        return None if goes_on else str(reason)

    def add_failure(self, filename: str, place: int, failure: Failure, record_id: str | None) -> None:
        """Remember a failure; ``record_id`` is that of its last exchange, where bytes came."""
        facts = asdict(failure) | {"at": format_instant(failure.at), "pointer": None}
        values = (filename, place, failure.run_id, normalize_url(failure.url), record_id, json.dumps(facts))
        self._db.execute("INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?)", values)

    def failures(self, filename: str) -> Iterator[tuple[Failure, str | None]]:
        """Failures told by one file in order, with the record id of their last exchange."""
        rows = self._db.execute("SELECT failure, record_id FROM failures WHERE filename = ? ORDER BY place", (filename,))
        for facts, record_id in rows:
            yield _failure(json.loads(facts)), record_id

    def failures_of(self, run_id: str) -> Iterator[Failure]:
        """Every failure of a run, as the archive tells it; a row was made of each."""
        for (facts,) in self._db.execute("SELECT failure FROM failures WHERE run_id = ?", (run_id,)):
            yield _failure(json.loads(facts))

    def has_failed(self, record_id: str) -> bool:
        """Whether a failure refers to this record: what it holds is not a page."""
        return self._db.execute("SELECT 1 FROM failures WHERE record_id = ?", (record_id,)).fetchone() is not None


def _started(run: RunInfo) -> datetime:
    return run.started_at


def _run(info: dict[str, Any]) -> RunInfo:
    lists = {name: tuple(info[name]) for name in ("seeds", "software")}
    return RunInfo(**{**info, **lists, "started_at": datetime.fromisoformat(info["started_at"])})


def _failure(facts: dict[str, Any]) -> Failure:
    discovery = Discovery(**facts["discovery"])
    return Failure(**{**facts, "at": datetime.fromisoformat(facts["at"]), "discovery": discovery})
