"""What is known of each shard, one small JSON file a shard in ``.fleet/shards/``: written by whoever runs it, read by everyone.

The files are the whole state: a client that dies is started again and goes on from them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from archiver.errors import StoreError
from archiver.model import format_instant

FOLDER = ".fleet"
Status = Literal["waiting", "running", "done", "failed", "parked"]


@dataclass(frozen=True, slots=True)
class ShardState:
    """``failed`` shards are tried again at ``next_at``, ``parked`` ones only by the next command. Instants as in the dataset.

    ``work`` says what there is to do: another digest, and the shard is a new one. ``facts`` are the shard's results.
    ``worker`` is who runs it or ran it last.
    """

    shard: str
    job: str
    work: str
    status: Status = "waiting"
    tries: int = 0
    reason: str | None = None
    worker: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    next_at: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Board:
    """The shards of one fleet folder.

    States are written by client and worker, and a client that is started again may overwrite what a worker just said: nothing is
    lost by that but a look. What a shard needs to go on is in its notes, which only the holder of its lease writes.
    """

    def __init__(self, root: Path) -> None:
        self.folder = root / FOLDER
        self._shards = self.folder / "shards"

    def prepare(self) -> None:
        """Make the folders. Raises StoreError."""
        try:
            self._shards.mkdir(parents=True, exist_ok=True)
            (self.folder / "notes").mkdir(exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self._shards}: cannot be written: {error.strerror}") from error

    def get(self, shard: str) -> ShardState | None:
        """The state of ``shard``, ``None`` when it has none that can be read."""
        return _state(self._path(shard))

    def put(self, state: ShardState) -> ShardState:
        """Write ``state`` aside and rename it. Raises StoreError."""
        _put(self._path(state.shard), asdict(state))
        return state

    def read_notes(self, shard: str, job: str, work: str) -> dict[str, Any]:
        """What the shard's holder wrote last for this job and work."""
        try:
            notes = json.loads(self._notes_path(shard).read_bytes())
        except (OSError, ValueError):
            return {}
        is_same = isinstance(notes, dict) and (notes.get("job"), notes.get("work")) == (job, work)
        return dict(notes["notes"]) if is_same and isinstance(notes.get("notes"), dict) else {}

    def write_notes(self, shard: str, job: str, work: str, notes: Mapping[str, Any]) -> None:
        """Write aside and rename. Raises StoreError."""
        _put(self._notes_path(shard), {"job": job, "work": work, "notes": dict(notes)})

    def _notes_path(self, shard: str) -> Path:
        return self.folder / "notes" / f"{file_name(shard)}.json"

    def all(self) -> Iterator[ShardState]:
        """Every shard, by name."""
        for path in sorted(self._shards.glob("*.json")):
            state = _state(path)
            if state is not None:
                yield state

    def _path(self, shard: str) -> Path:
        return self._shards / f"{file_name(shard)}.json"

    @property
    def stop(self) -> Path:
        """While this file is there, whoever crawls for this folder comes to an end."""
        return self.folder / "stop"

    def read_job(self) -> dict[str, Any] | None:
        """What the last command was, ``None`` when there was none."""
        try:
            job = json.loads((self.folder / "job.json").read_bytes())
        except (OSError, ValueError):
            return None
        return job if isinstance(job, dict) else None

    def write_job(self, job: Mapping[str, Any]) -> None:
        """Raises StoreError."""
        _put(self.folder / "job.json", job)


def file_name(shard: str) -> str:
    """``shard`` as the name of a file; different ones stay different."""
    safe = re.sub(r"[^A-Za-z0-9._~-]+", "-", shard)
    is_same = safe == shard and len(shard) < 150 and not shard.startswith(".")
    return safe if is_same else f"{safe.lstrip('.')[:120]}-{hashlib.sha256(shard.encode('utf-8', 'replace')).hexdigest()[:8]}"


def now() -> str:
    """This instant as the dataset writes it."""
    return format_instant(datetime.now(UTC))


def started(state: ShardState, worker: str) -> ShardState:
    """The state while ``worker`` runs it."""
    return replace(state, status="running", worker=worker, started_at=now(), ended_at=None, next_at=None)


def done(state: ShardState, facts: Mapping[str, Any]) -> ShardState:
    """The state when all of it is done."""
    return replace(state, status="done", reason=None, ended_at=now(), next_at=None, facts={**state.facts, **facts})


def _put(path: Path, values: Mapping[str, Any]) -> None:
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.new")
    try:
        with aside.open("w", encoding="utf-8") as out:
            json.dump(values, out)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror}") from error


def _state(path: Path) -> ShardState | None:
    try:
        return ShardState(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
