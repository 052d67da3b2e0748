"""What a fleet is doing, from its board alone: counts, rate, time left, failed and parked shards, alarms of its sites."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archiver.errors import CollectionError
from archiver.fleet.board import FOLDER, Board, ShardState


@dataclass(frozen=True, slots=True)
class FleetStatus:
    """``waiting`` are not begun; ``rate_per_h`` counts shards done since the first of them began; ``left_s`` goes by it."""

    kind: str
    job: str | None
    counts: dict[str, int]
    rate_per_h: float | None
    left_s: float | None
    running: tuple[ShardState, ...]
    failed: tuple[ShardState, ...]
    parked: tuple[ShardState, ...]
    alarms: dict[str, list[str]]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "running": [asdict(one) for one in self.running], "failed": [asdict(one) for one in self.failed],
                "parked": [asdict(one) for one in self.parked]}  # fmt: skip


def fleet_status(root: Path, now: datetime | None = None) -> FleetStatus:
    """The status of the fleet folder ``root``. Raises CollectionError when it is none."""
    if not (root / FOLDER).is_dir():
        raise CollectionError(f"{root}: no fleet has run here (no {FOLDER}/ in it)")
    board = Board(root)
    job = board.read_job() or {}
    states = [state for state in board.all() if not job or state.job == job.get("id")]
    if "shards" in job:
        named = set(job["shards"])
        states = [state for state in states if state.shard in named]
    counts: Counter[str] = Counter(state.status for state in states)
    missing = len(set(job.get("shards", ())) - {state.shard for state in states})
    counts["waiting"] += missing
    rate, left = _rate(states, counts, now or datetime.now(UTC))
    return FleetStatus(
        kind=str(job.get("kind", "extract")),
        job=job.get("id"),
        counts={name: counts[name] for name in ("waiting", "running", "done", "failed", "parked")},
        rate_per_h=rate,
        left_s=left,
        running=_of(states, "running"),
        failed=_of(states, "failed"),
        parked=_of(states, "parked"),
        alarms=_alarms(states),
    )


def _of(states: list[ShardState], status: str) -> tuple[ShardState, ...]:
    return tuple(state for state in states if state.status == status)


def _rate(states: list[ShardState], counts: Counter[str], now: datetime) -> tuple[float | None, float | None]:
    ended = [state for state in states if state.status == "done" and state.started_at]
    if not ended:
        return None, None
    begun = min(datetime.fromisoformat(state.started_at) for state in ended if state.started_at)
    open_shards = counts["waiting"] + counts["running"] + counts["failed"]
    until = now if open_shards else max(datetime.fromisoformat(state.ended_at) for state in ended if state.ended_at)
    seconds = max((until - begun).total_seconds(), 0.001)
    rate = len(ended) / seconds
    return rate * 3600, open_shards / rate


def _alarms(states: list[ShardState]) -> dict[str, list[str]]:
    """By site (or file): what its last run said that someone should look at."""
    found: dict[str, list[str]] = {}
    for state in states:
        for name, site in state.facts.get("sites", {}).items():
            lines = [f"no article link: {section}" for section in site.get("sections_without_links") or ()]
            if site.get("finish_reason") not in (None, "finished"):
                lines.append(f"its run ended by {site['finish_reason']}")
            if lines:
                found[name] = lines
        if state.facts.get("problems"):
            found[state.shard] = [f"{state.facts['problems']} problems", *state.facts.get("first_problems", ())]
    return found
