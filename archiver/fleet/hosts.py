"""The shards of ``fleet crawl``, as they run on a worker: the sites of a shard one after the other, each in a process of its own.

A shard is held by a lease as long as it runs. What is finished is on the board site by site, so that whoever runs the shard next
goes on with the first site that is not; a site's own crawl goes on from its archive.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from archiver.capture.lease import VARIABLE
from archiver.collection.layout import Collection
from archiver.collection.lease import Lease, LeaseHeldError, acquire_lease
from archiver.dataset.jsonl import read_rows
from archiver.dataset.schema import FILENAMES
from archiver.errors import ArchiverError, StoreError, UsageError
from archiver.fleet.board import Board, ShardState, done, file_name, started
from archiver.fleet.fitness import Facts, slow_if_unfit
from archiver.fleet.foreman import Result
from archiver.fleet.parts import worker_name
from archiver.fleet.store import store_collection

_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])
_LOOK_S = 0.2
# Ends of a run after which there is nothing to go on with.
_ENDED = frozenset({"finished", "limit"})


class _NotEndedError(Exception):
    """A site's crawl did not end well; ``result`` is for the client."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason)
        self.result = result


def crawl_hosts(shard: str, work: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """Crawl the sites of one shard. ``work``: root, site names, ``ttl_s``, ``delay_s`` and the URL of a store, if any."""
    if why := slow_if_unfit(Facts(**facts)):
        return asdict(Result("unfit", why))
    root = Path(work["root"])
    board = Board(root)
    try:
        lease = acquire_lease(board.folder / "leases" / file_name(shard), work["ttl_s"])
    except LeaseHeldError as error:
        return asdict(Result("busy", str(error)))
    except StoreError as error:
        return asdict(Result("failed", str(error)))
    try:
        state = board.get(shard)
        if state is None or (state.job, state.work) != (work["job"], work["digest"]):
            state = ShardState(shard, work["job"], work["digest"])
        if state.status == "done":
            return asdict(Result("done"))
        return asdict(_Hosts(root, board, lease, work, board.put(started(state, worker_name()))).run())
    except (StoreError, UsageError) as error:
        return asdict(Result("failed", str(error)))
    finally:
        lease.release()


class _Hosts:
    """One holding of one shard."""

    def __init__(self, root: Path, board: Board, lease: Lease, work: dict[str, Any], state: ShardState) -> None:
        self._root, self._board, self._lease, self._work, self._state = root, board, lease, work, state
        self._sites = board.read_notes(state.shard, work["job"], work["digest"])

    def run(self) -> Result:
        """All sites that are not finished; a failed one does not keep the others from their turn."""
        failures = []
        for name in self._work["sites"]:
            try:
                self._site(name)
            except _NotEndedError as failure:
                if failure.result.outcome == "busy":
                    return failure.result
                failures.append((name, failure.result))
            except ArchiverError as error:
                failures.append((name, Result("failed", str(error))))
        if not failures:
            self._board.put(done(self._state, {"sites": self._sites}))
            return Result("done")
        name, first = failures[0]
        only_refused = all(result.outcome == "refused" for _, result in failures)
        return Result("refused" if only_refused else "failed", f"{name}: {first.reason}", {"sites": self._sites})

    def _site(self, name: str) -> None:
        collection, known = Collection(self._root / name), self._sites.get(name, {})
        if not known.get("ended"):
            known = self._ended_before(collection, known) if known else {"run_before": _last_run(collection)}
            self._note(name, known)
            if not known.get("ended"):
                known = self._crawl(name, known)
                self._note(name, known)
        if self._work["store"]:
            stored = store_collection(collection, self._work["store"], name, known.get("stored", {}), self._lease_holds)
            self._note(name, {**known, "stored": stored})

    def _note(self, name: str, facts: dict[str, Any]) -> None:
        if self._lease.is_lost:
            raise _NotEndedError(Result("busy", "the lease was lost"))
        self._sites[name] = facts
        self._board.write_notes(self._state.shard, self._work["job"], self._work["digest"], self._sites)
        self._state = self._board.put(replace(self._state, facts={**self._state.facts, "sites": self._sites}))

    def _lease_holds(self) -> bool:
        return not self._lease.is_lost

    def _ended_before(self, collection: Collection, known: dict[str, Any]) -> dict[str, Any]:
        """``known``, ended where the run that was begun came to its end before its worker could say so."""
        for row in _runs_after(collection, known.get("run_before")):
            if row["finish_reason"] in _ENDED:
                return {**known, **_told(row)}
        return known

    def _crawl(self, name: str, known: dict[str, Any]) -> dict[str, Any]:
        if known.get("begun") or any(site.get("ended") for other, site in self._sites.items() if other != name):
            # Somebody asked these hosts a moment ago; who, and when, died with its worker.
            time.sleep(self._work["delay_s"])
        self._note(name, {**known, "begun": True})
        log = self._board.folder / "logs" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            begin = errors.tell()
            code, output = self._run(name, errors.fileno())
        if self._lease.is_lost:
            raise _NotEndedError(Result("busy", "the lease was lost"))
        reason = _last_line(log, begin) or f"exit code {code}"
        if code == 2:
            raise _NotEndedError(Result("refused", reason))
        summary = _summary(output)
        if code not in (0, 1) or summary.get("finish_reason") not in _ENDED:
            raise _NotEndedError(Result("busy" if ": in use by " in reason else "failed", reason))
        told: dict[str, Any] = {key: summary.get(key) for key in ("run_id", "finish_reason", "counts", "sections_without_links")}
        return {**known, "begun": True, "ended": True, **told}

    def _run(self, name: str, errors: int) -> tuple[int, bytes]:
        """Exit code and output of the crawl; it ends with this process, and with the lease."""
        config = self._board.folder / "sites" / f"{name}.toml"
        command = [sys.executable, "-m", "archiver", "crawl", "-o", str(self._root / name), "--config", str(config), "--json"]
        path = os.pathsep.join(filter(None, (_PACKAGE_ROOT, os.environ.get("PYTHONPATH"))))
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(  # noqa: S603 (this program)
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=errors,
                env={**os.environ, "PYTHONPATH": path, VARIABLE: self._lease.token},
                start_new_session=True,
            )
            is_told = False
            try:
                while (code := _wait(process)) is None:
                    if self._lease.is_lost:
                        process.kill()
                    elif not is_told and self._board.stop.exists():
                        # As Ctrl-C, once: what is on its way is kept, and the run is gone on with later.
                        process.terminate()
                        is_told = True
            finally:
                process.kill()
                process.wait()
                assert process.stdin is not None
                process.stdin.close()
            output.seek(0)
            return code, output.read()


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(timeout=_LOOK_S)
    except subprocess.TimeoutExpired:
        return None


def _last_run(collection: Collection) -> str | None:
    last = None
    for row in _runs(collection):
        last = row["run_id"]
    return last


def _runs_after(collection: Collection, run_id: str | None) -> Iterator[dict[str, Any]]:
    """Lines of runs that are later than ``run_id``."""
    is_later = run_id is None
    for row in _runs(collection):
        if row["run_id"] == run_id:
            is_later = True
        elif is_later:
            yield row


def _runs(collection: Collection) -> Iterator[dict[str, Any]]:
    path = collection.dataset / FILENAMES["run"]
    try:
        yield from read_rows(path)
    except (OSError, ValueError):
        # None yet, or a torn last line, which the crawl cuts.
        return


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {"ended": True, "run_id": row["run_id"], "finish_reason": row["finish_reason"]}


def _last_line(log: Path, begin: int) -> str | None:
    """What the crawl said last, without the program's name."""
    with log.open("rb") as stream:
        stream.seek(max(begin, stream.seek(0, os.SEEK_END) - 4096))
        lines = [line for line in stream.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("archiver: ")[:300] if lines else None


def _summary(output: bytes) -> dict[str, Any]:
    try:
        found = json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        return {}
    return found if isinstance(found, dict) else {}
