"""``fleet extract`` on the client: every WARC a shard; a second pass for those whose revisits refer to other files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from archiver.errors import StoreError
from archiver.extraction.extractor import EXTRACTOR_CONFIG
from archiver.fleet.board import Board, ShardState
from archiver.fleet.fitness import Facts
from archiver.fleet.foreman import Foreman, Shard
from archiver.fleet.parts import extract_part, input_values, list_referables, read_referables, referables_path
from archiver.reextract.inputs import Input
from archiver.reextract.originals import write_index
from archiver.reextract.parts import Parts, looked_in

# The parts themselves say whether they are finished: one job for ever.
JOB = "extract"
Told = Callable[[ShardState], None]


@dataclass(frozen=True, slots=True)
class Extracted:
    """``rows`` of the whole folder; the last state of each file's shard."""

    rows: int
    shards: tuple[ShardState, ...]


def fleet_extract(
    inputs: Sequence[Input], output: Path, foreman: Callable[[Board], Foreman], facts: Facts, *, deadline_s: float
) -> Extracted:
    """Make every part, then count versions. The same parts as ``extract`` makes. Raises StoreError or EngineLostError."""
    board, parts = Board(output), Parts(output)
    company = looked_in(inputs)
    named = parts.named(inputs)
    common = {"output": str(output.absolute()), "deadline_s": deadline_s, "looked_in": company, "originals": None}
    told = asdict(facts)
    for source in named:
        _forget_lost_part(board, parts, source)
    first = [_shard(source, extract_part, common, told) for source in named]
    states = foreman(board).run(first, JOB)
    needing = {state.shard for state in states if state.facts.get("needs_others")}
    if needing:
        index = _index_originals(named, board, output, foreman, common, told)
        again = [_shard(s, extract_part, {**common, "originals": str(index)}, told) for s in named if s.name in needing]
        second = {state.shard: state for state in foreman(board).run(again, JOB)}
        states = [second.get(state.shard, state) for state in states]
    return Extracted(parts.count_versions(), tuple(states))


def _shard(source: Input, function: Callable[..., dict[str, Any]], common: dict[str, Any], facts: dict[str, Any]) -> Shard:
    stat = source.path.stat()
    values = input_values(source)
    told = [function.__name__, values, stat.st_mtime_ns, EXTRACTOR_CONFIG, common]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    name = source.name if function is extract_part else f"originals in {source.name}"
    return Shard(name, digest, function, (name, {**common, "input": values, "digest": digest}, facts))


def _forget_lost_part(board: Board, parts: Parts, source: Input) -> None:
    """A shard that is done is run again where its part is not there any more."""
    state = board.get(source.name)
    if state is not None and state.status == "done" and not state.facts.get("needs_others") and not parts.path(source).exists():
        board.put(replace(state, status="waiting"))


def _index_originals(
    named: Sequence[Input],
    board: Board,
    output: Path,
    foreman: Callable[[Board], Foreman],
    common: dict[str, Any],
    facts: dict[str, Any],
) -> Path:
    """What revisits may refer to in all files, as one SQLite file that every worker reads."""
    shared = {**common, "looked_in": None}
    states = foreman(board).run([_shard(source, list_referables, shared, facts) for source in named], JOB)
    listed = [source for source, state in zip(named, states, strict=True) if state.status == "done"]
    index = board.folder / "originals.sqlite"
    aside = board.folder / f".originals.{os.getpid()}.new"
    try:
        aside.unlink(missing_ok=True)
        write_index(aside, ((_absolute(source), read_referables(referables_path(output, source))) for source in listed))
        aside.replace(index)
    except OSError as error:
        raise StoreError(f"{index}: cannot write: {error.strerror}") from error
    return index.absolute()


def _absolute(source: Input) -> Input:
    return replace(source, path=source.path.absolute())
