"""The client's loop, on threads that do what a test says: every shard ends, failures are tried again and parked, losses survive."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from archiver.fleet.board import Board, ShardState, done, file_name, started
from archiver.fleet.foreman import Foreman, Patience, Result, Shard


class Threads:
    """An engine of threads, which a test breaks."""

    slots = 4

    def __init__(self) -> None:
        self.reopened = 0
        self.alive = True
        self._pool = ThreadPoolExecutor(4)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return self._pool.submit(function, *arguments)

    def is_lost(self, error: BaseException) -> bool:
        return isinstance(error, CancelledError)

    def is_alive(self) -> bool:
        return self.alive

    def reopen(self) -> None:
        self.reopened += 1
        self.alive = True

    def close(self) -> None:
        self._pool.shutdown()


class Work:
    """Shards that do what ``plan`` says of each try: a Result, an exception, or done."""

    def __init__(self, board: Board, plan: dict[str, list[Any]] | None = None) -> None:
        self.board, self.plan = board, defaultdict(list, plan or {})
        self.tries: Counter[str] = Counter()
        self.at: dict[str, list[float]] = defaultdict(list)

    def shard(self, name: str, work: str = "w") -> Shard:
        return Shard(name, work, self.run, (name,))

    def run(self, name: str) -> dict[str, Any]:
        self.tries[name] += 1
        self.at[name].append(time.monotonic())
        steps = self.plan[name]
        step = steps.pop(0) if steps else "done"
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, Result):
            return asdict(step)
        state = self.board.get(name)
        assert state is not None
        self.board.put(done(started(state, "here"), {"n": self.tries[name]}))
        return asdict(Result("done"))


@pytest.fixture
def board(tmp_path: Path) -> Board:
    found = Board(tmp_path)
    found.prepare()
    return found


def run(board: Board, work: Work, names: str, *, job: str = "j", at_once: int = 4, engine: Threads | None = None, tries: int = 3):
    engine = engine or Threads()
    try:
        foreman = Foreman(engine, board, Patience(tries, 0.01), at_once=at_once)
        return foreman.run([work.shard(name) for name in names], job)
    finally:
        engine.close()


def test_every_shard_is_done_once_and_a_second_run_does_nothing(board: Board) -> None:
    work = Work(board)
    assert [state.status for state in run(board, work, "abcdef")] == ["done"] * 6
    assert [state.shard for state in run(board, work, "fedcba")] == list("fedcba")
    assert set(work.tries.values()) == {1}


def test_a_new_job_or_other_work_is_done_again(board: Board) -> None:
    work = Work(board)
    run(board, work, "a")
    run(board, work, "a", job="k")
    assert work.tries["a"] == 2
    engine = Threads()
    Foreman(engine, board, Patience(), at_once=1).run([work.shard("a", "other")], "k")
    engine.close()
    assert work.tries["a"] == 3


def test_a_failure_is_tried_again_later_and_then_parked_with_its_reason(board: Board) -> None:
    work = Work(board, {"a": [Result("failed", "no route")] * 9, "b": [ValueError("odd"), "done"]})
    states = run(board, work, "ab")
    assert [(state.status, state.reason) for state in states] == [("parked", "no route (tried 3 times)"), ("done", None)]
    assert work.tries == {"a": 3, "b": 2}
    first, second, third = work.at["a"]
    assert second - first >= 0.01
    assert third - second >= 0.02, "twice as long"


def test_a_parked_shard_is_tried_again_by_the_next_command(board: Board) -> None:
    work = Work(board, {"a": [Result("failed", "x")] * 3})
    assert run(board, work, "a")[0].status == "parked"
    (state,) = run(board, work, "a")
    assert (state.status, work.tries["a"]) == ("done", 4)


def test_what_is_refused_is_parked_at_once(board: Board) -> None:
    work = Work(board, {"a": [Result("refused", "a wrong option")]})
    (state,) = run(board, work, "a")
    assert (state.status, state.reason, work.tries["a"]) == ("parked", "a wrong option", 1)


def test_a_busy_shard_is_no_failure(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.fleet.foreman._BUSY_S", 0.001)
    work = Work(board, {"a": [Result("busy", "held by process 1")] * 9})
    (state,) = run(board, work, "a")
    assert (state.status, state.tries, work.tries["a"]) == ("done", 0, 10)


def test_a_lost_worker_costs_no_try_and_the_shard_runs_again_at_once(board: Board) -> None:
    work, engine = Work(board, {"a": [CancelledError()]}), Threads()
    (state,) = run(board, work, "a", engine=engine)
    assert (state.status, state.tries, engine.reopened) == ("done", 0, 1)
    assert state.facts["losses"] == 1


def test_a_shard_that_kills_its_workers_is_parked(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.fleet.foreman._MAX_LOSS_WAIT_S", 0.01)
    work = Work(board, {"a": [CancelledError()] * 99})
    states = run(board, work, "ab", tries=2)
    assert [state.status for state in states] == ["parked", "done"]
    assert states[0].reason == "its worker was lost (8 times)"


def test_a_shard_that_was_done_when_its_worker_was_lost_is_not_run_again(board: Board) -> None:
    work = Work(board)
    inner = work.run

    def done_and_lost(name: str) -> dict[str, Any]:
        inner(name)
        raise CancelledError

    work.run = done_and_lost  # type: ignore[method-assign]
    (state,) = run(board, work, "a")
    assert (state.status, work.tries["a"]) == ("done", 1)


def test_an_engine_that_went_silent_is_opened_anew(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.fleet.foreman._LOOK_S", 0.05)
    work, engine, forever = Work(board), Threads(), threading.Event()
    inner = work.run

    def first_hangs(name: str) -> dict[str, Any]:
        if not work.tries[name]:
            work.tries[name] += 1
            engine.alive = False
            forever.wait()
        return inner(name)

    work.run = first_hangs  # type: ignore[method-assign]
    try:
        foreman = Foreman(engine, board, Patience(), at_once=2)
        (state,) = foreman.run([work.shard("a")], "j")
    finally:
        forever.set()
        engine.close()
    assert (state.status, engine.reopened) == ("done", 1)


def test_no_more_run_at_once_than_there_may(board: Board) -> None:
    work, now, most, lock = Work(board), [0], [0], threading.Lock()
    inner = work.run

    def counted(name: str) -> dict[str, Any]:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        result = inner(name)
        with lock:
            now[0] -= 1
        return result

    work.run = counted  # type: ignore[method-assign]
    run(board, work, "abcdefgh", at_once=2)
    assert 1 <= most[0] <= 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"shard": "a"}', b'{"other": 1}'])
def test_a_state_that_cannot_be_read_is_no_state(board: Board, content: bytes) -> None:
    (board.folder / "shards" / "a.json").write_bytes(content)
    assert board.get("a") is None
    assert run(board, Work(board), "a")[0].status == "done"


def test_names_of_shards_become_names_of_files() -> None:
    names = ["a", "a/b", "a-b", "a b", ".a", "a" * 300, "a" * 301, "::1", "Ä", "../../etc"]
    files = [file_name(name) for name in names]
    assert len(set(files)) == len(names)
    assert all("/" not in name and not name.startswith(".") and len(name) < 200 for name in files)


def test_a_state_is_the_same_when_it_is_read_again(board: Board) -> None:
    state = ShardState("a", "j", "w", facts={"sites": {"x": {"ended": True}}})
    assert board.put(state) == board.get("a") == state
    assert board.put(replace(state, tries=2)) == board.get("a")


def test_an_unfit_worker_costs_no_try(board: Board) -> None:
    work = Work(board, {"a": [Result("unfit", "archiver is 0.0.1, the client's is 0.1")]})
    (state,) = run(board, work, "a")
    assert (state.status, state.tries, work.tries["a"]) == ("done", 0, 2)


def test_notes_are_of_one_job_and_work(board: Board) -> None:
    board.write_notes("a", "j", "w", {"x": {"ended": True}})
    assert board.read_notes("a", "j", "w") == {"x": {"ended": True}}
    assert board.read_notes("a", "k", "w") == board.read_notes("a", "j", "v") == board.read_notes("b", "j", "w") == {}
