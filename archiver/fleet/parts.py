"""The shards of ``fleet extract``, as they run on a worker: one WARC file to one part, or to what revisits may refer to in it."""

from __future__ import annotations

import os
import queue
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from archiver.errors import ArchiverError, StoreError
from archiver.extraction.sandbox import Sandbox
from archiver.fleet.board import Board, ShardState, done, file_name, started
from archiver.fleet.fitness import Facts, slow_if_unfit
from archiver.fleet.foreman import Result
from archiver.index.cdxj import Capture
from archiver.model import WarcPointer
from archiver.reextract.extract import Extractor
from archiver.reextract.inputs import Input
from archiver.reextract.originals import NoOriginalError, Originals, referables
from archiver.reextract.parts import Parts

_SHOWN_PROBLEMS = 5


class _NeedsOthersError(ArchiverError):
    """A revisit refers to a record of another file."""


class _OwnOriginals(Originals):
    """Originals of one file alone: what is not there is looked for in a second pass, when all files are known."""

    def find(self, revisit: Capture) -> tuple[WarcPointer, bytes]:
        try:
            return super().find(revisit)
        except NoOriginalError as error:
            raise _NeedsOthersError(str(error)) from error


class _Sandboxes:
    """Page sandboxes that outlive a shard: a worker process takes as long to start as dozens of pages do."""

    def __init__(self) -> None:
        self._idle: queue.LifoQueue[tuple[float, Sandbox]] = queue.LifoQueue()

    @contextmanager
    def borrow(self, deadline_s: float) -> Iterator[Sandbox]:
        """One for the caller alone: shards of one process do not wait for each other's pages."""
        try:
            deadline, sandbox = self._idle.get_nowait()
        except queue.Empty:
            deadline, sandbox = deadline_s, Sandbox(1, deadline_s=deadline_s)
        if deadline != deadline_s:
            sandbox.close()
            sandbox = Sandbox(1, deadline_s=deadline_s)
        try:
            yield sandbox
        finally:
            self._idle.put((deadline_s, sandbox))


_SANDBOXES = _Sandboxes()


def worker_name() -> str:
    """This process, for people."""
    return f"{socket.gethostname()}:{os.getpid()}"


def extract_part(shard: str, work: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """Make one part. ``work``: input, folder, deadline, ``looked_in``, and the index of originals where there is one."""
    if why := slow_if_unfit(Facts(**facts)):
        return asdict(Result("unfit", why))
    output, source = Path(work["output"]), input_from(work["input"])
    board, parts = Board(output), Parts(output)
    state = board.put(started(_state(board, shard, facts, work), worker_name()))
    index = work["originals"]
    originals = Originals(index=Path(index)) if index else _OwnOriginals([source])
    try:
        part = parts.finished(source, work["looked_in"])
        if part is None:
            with _SANDBOXES.borrow(work["deadline_s"]) as sandbox:
                part = parts.make(source, Extractor(sandbox, originals), work["looked_in"])
        told = {"rows": part.rows, "problems": len(part.problems), "first_problems": list(part.problems[:_SHOWN_PROBLEMS])}
        board.put(done(state, {**told, "needs_others": False}))
    except _NeedsOthersError:
        board.put(done(state, {"needs_others": True}))
    except (StoreError, OSError) as error:
        return asdict(Result("failed", str(error)))
    finally:
        originals.close()
    return asdict(Result("done"))


def list_referables(shard: str, work: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """Write what revisits may refer to in one file, one JSON line a response."""
    if why := slow_if_unfit(Facts(**facts)):
        return asdict(Result("unfit", why))
    output, source = Path(work["output"]), input_from(work["input"])
    board = Board(output)
    state = board.put(started(_state(board, shard, facts, work), worker_name()))
    path = referables_path(output, source)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{socket.gethostname()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as out:
            for one in referables(source):
                out.write(orjson.dumps(list(one), option=orjson.OPT_APPEND_NEWLINE))
        aside.replace(path)
        board.put(done(state, {}))
    except OSError as error:
        return asdict(Result("failed", f"{path}: cannot write: {error.strerror}"))
    finally:
        aside.unlink(missing_ok=True)
    return asdict(Result("done"))


def read_referables(path: Path) -> Iterator[list[Any]]:
    """What ``list_referables`` wrote."""
    with path.open("rb") as lines:
        for line in lines:
            yield orjson.loads(line)


def referables_path(output: Path, source: Input) -> Path:
    """Where they lie."""
    return Board(output).folder / "referables" / f"{file_name(source.name)}.jsonl"


def input_values(source: Input) -> dict[str, Any]:
    """``source`` as plain values, which travel."""
    return {"path": str(source.path.absolute()), "name": source.name, "size": source.size, "members": list(source.members)}


def input_from(values: dict[str, Any]) -> Input:
    """What ``input_values`` was made of."""
    return Input(Path(values["path"]), values["name"], values["size"], tuple(values["members"]))


def _state(board: Board, shard: str, facts: dict[str, Any], work: dict[str, Any]) -> ShardState:
    return board.get(shard) or ShardState(shard, "", work["digest"])
