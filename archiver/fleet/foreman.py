"""The client's loop: shards given out, results taken in, failures tried again later and parked, a lost engine opened anew.

Knows neither crawls nor extraction: a shard is a name, a state on the board, and a function with plain arguments.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from archiver.fleet.board import Board, ShardState
from archiver.fleet.engine import Engine
from archiver.model import format_instant

_MAX_WAIT_S = 3600.0
# A shard that someone else holds is looked at again after so long, then twice as long, and so on; no try is counted for it.
_BUSY_S, _MAX_BUSY_S = 2.0, 60.0
# Longest silence of the engine before it is looked at.
_LOOK_S = 5.0
# A lost worker says little of the shards that it ran, so they are run again at once, and parked only after many losses.
_LOSSES_A_TRY, _MAX_LOSS_WAIT_S = 4, 60.0


@dataclass(frozen=True, slots=True)
class Shard:
    """``function(*arguments)`` returns a ``Result`` as a dict."""

    name: str
    work: str
    function: Callable[..., dict[str, Any]]
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a worker says of a shard: ``busy`` when another one holds it, ``unfit`` when this worker cannot do it."""

    outcome: Literal["done", "failed", "busy", "unfit", "refused"]
    reason: str | None = None
    facts: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a shard is tried, and how long after a failure: doubled each time."""

    max_tries: int = 5
    retry_s: float = 30.0

    def wait_s(self, tries: int) -> float:
        """Seconds until the next try, after ``tries``."""
        return float(min(self.retry_s * 2 ** max(0, tries - 1), _MAX_WAIT_S))


class Foreman:
    """Runs shards until each is done or parked. ``told`` is called with every change of a shard, from this thread."""

    def __init__(
        self, engine: Engine, board: Board, patience: Patience, *, at_once: int, told: Callable[[ShardState], None] = lambda _: None
    ) -> None:
        self._engine, self._board, self._patience, self._at_once, self._told = engine, board, patience, at_once, told
        self._ready: deque[Shard] = deque()
        self._later: list[tuple[float, int, Shard]] = []
        self._running: dict[Future[dict[str, Any]], Shard] = {}
        self._busy: Counter[str] = Counter()
        self._serial = 0

    def run(self, shards: Iterable[Shard], job: str) -> list[ShardState]:
        """The last state of each shard, in order. Raises StoreError or EngineLostError."""
        names = []
        for shard in shards:
            names.append(shard.name)
            state = self._board.get(shard.name)
            if state is None or state.work != shard.work or state.job != job:
                state = self._note(ShardState(shard.name, job, shard.work))
            elif state.status != "done":
                # Who starts the command again wants it tried again.
                state = self._note(replace(state, tries=0, facts={**state.facts, "losses": 0}))
            if state.status != "done":
                self._ready.append(shard)
            else:
                self._told(state)
        while self._ready or self._later or self._running:
            self._give_out()
            self._take_in()
        return [state for name in names if (state := self._board.get(name)) is not None]

    def _give_out(self) -> None:
        while self._later and self._later[0][0] <= time.monotonic():
            self._ready.append(heapq.heappop(self._later)[2])
        while self._ready and len(self._running) < self._at_once:
            shard = self._ready.popleft()
            try:
                future = self._engine.submit(shard.function, *shard.arguments)
            except Exception as error:
                self._ready.appendleft(shard)
                if not self._engine.is_lost(error):
                    raise
                self._reopen()
                return
            self._running[future] = shard

    def _take_in(self) -> None:
        timeout = min(_LOOK_S, max(0.0, self._later[0][0] - time.monotonic())) if self._later else _LOOK_S
        if not self._running:
            if self._later and not self._ready:
                time.sleep(timeout)
            return
        finished, _ = wait(self._running, timeout=timeout, return_when=FIRST_COMPLETED)
        lost = not self._engine.is_alive()
        for future in finished:
            shard = self._running.pop(future)
            try:
                result = Result(**future.result())
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt | SystemExit):
                    raise
                is_loss = self._engine.is_lost(error)
                lost = lost or is_loss
                if is_loss:
                    self._lost(shard)
                else:
                    self._failed(shard, " ".join(f"{type(error).__name__}: {error}".split())[:300])
                continue
            self._judge(shard, result)
        if lost:
            self._reopen()

    def _reopen(self) -> None:
        """All that ran is given out again: what went on elsewhere holds its lease, and says busy."""
        self._ready.extend(self._running.values())
        self._running.clear()
        self._engine.reopen()

    def _judge(self, shard: Shard, result: Result) -> None:
        if result.outcome == "done":
            self._told(self._board.get(shard.name) or ShardState(shard.name, "", shard.work, "done"))
        elif result.outcome == "busy":
            self._busy[shard.name] += 1
            self._wait(shard, min(_BUSY_S * 2 ** min(self._busy[shard.name] - 1, 9), _MAX_BUSY_S))
        elif result.outcome == "unfit":
            self._lost(shard, result.reason or "its worker is unfit")
        elif result.outcome == "refused":
            self._park(shard, result.reason or "refused", result.facts or {})
        else:
            self._failed(shard, result.reason or result.outcome, facts=result.facts or {})

    def _lost(self, shard: Shard, reason: str = "its worker was lost") -> None:
        """Its worker has gone, or cannot do it: run it elsewhere."""
        state = self._board.get(shard.name)
        if state is None or state.status == "done":
            return
        losses = int(state.facts.get("losses", 0)) + 1
        if losses >= self._patience.max_tries * _LOSSES_A_TRY:
            self._park(shard, f"{reason} ({losses} times)", {"losses": losses})
            return
        wait_s = min(2.0 ** (losses - 2), _MAX_LOSS_WAIT_S) if losses > 1 else 0.0
        self._again(shard, state, reason, wait_s, {"losses": losses})

    def _failed(self, shard: Shard, reason: str, facts: dict[str, Any] | None = None) -> None:
        state = self._board.get(shard.name)
        if state is None or state.status == "done":
            return
        tries = state.tries + 1
        if tries >= self._patience.max_tries:
            self._park(shard, f"{reason} (tried {tries} times)", facts or {})
            return
        self._again(shard, replace(state, tries=tries), reason, self._patience.wait_s(tries), facts or {})

    def _again(self, shard: Shard, state: ShardState, reason: str, wait_s: float, facts: dict[str, Any]) -> None:
        next_at = format_instant(datetime.now(UTC) + timedelta(seconds=wait_s))
        self._note(replace(state, status="failed", reason=reason, next_at=next_at, facts={**state.facts, **facts}))
        self._wait(shard, wait_s)

    def _park(self, shard: Shard, reason: str, facts: dict[str, Any]) -> None:
        state = self._board.get(shard.name)
        if state is not None:
            merged = {**state.facts, **facts}
            self._note(replace(state, status="parked", tries=state.tries + 1, reason=reason, next_at=None, facts=merged))

    def _wait(self, shard: Shard, seconds: float) -> None:
        self._serial += 1
        heapq.heappush(self._later, (time.monotonic() + seconds, self._serial, shard))

    def _note(self, state: ShardState) -> ShardState:
        self._told(state)
        return self._board.put(state)
