"""A real Dask cluster on loopback whose processes a test kills, and WARC files to extract."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from reextract.test_extract import HTML, ID, REVISIT, http, record
from wire.pages import article

REPOSITORY = Path(__file__).parent.parent.parent
# Longer than anything takes on a machine that does ten things at once; nothing waits so long that goes well.
PATIENCE_S = 90.0
# What a worker logs when its scheduler has taken it.
_REGISTERED = "Starting established connection"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def archiver(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "archiver", *map(str, arguments)]


def run(*arguments: object, timeout_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
    """An ``archiver`` command to its end."""
    return subprocess.run(archiver(*arguments), capture_output=True, text=True, timeout=timeout_s, check=False, env=environment())


@contextlib.contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """An ``archiver`` command that runs beside the test; killed at the end, if it is still there."""
    process = subprocess.Popen(archiver(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for ``condition``; the only place where these tests look again and again."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_S:g} s"
        time.sleep(0.05)


class Cluster:
    """A scheduler and workers of one thread each, without nannies: a worker that is killed stays dead."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self._folder, self._port = folder, 0
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start_scheduler()
        for _ in range(workers):
            self.add_worker()

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    def _start_scheduler(self) -> subprocess.Popen[bytes]:
        file = self._folder / "scheduler.json"
        file.unlink(missing_ok=True)
        command = ["--host", "127.0.0.1", "--port", str(self._port), "--no-dashboard", "--no-show", "--scheduler-file", str(file)]
        process = self._spawn("distributed.cli.dask_scheduler", command)

        def answers() -> bool:
            with contextlib.suppress(OSError, ValueError):
                self._port = int(json.loads(file.read_bytes())["address"].rpartition(":")[2])
                return True
            return False

        until(answers, "a scheduler")
        return process

    def add_worker(self, path: Path | None = None) -> subprocess.Popen[bytes]:
        """One more; ``path`` comes first where it looks for modules. Returns when the scheduler knows of it."""
        command = [self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--death-timeout", "30"]
        folder = self._folder / f"worker-{len(self.workers)}"
        before = self._log().count(_REGISTERED)
        self.workers.append(self._spawn("distributed.cli.dask_worker", [*command, "--local-directory", str(folder)], path))
        until(lambda: self._log().count(_REGISTERED) > before, "a worker")
        return self.workers[-1]

    def _log(self) -> str:
        return (self._folder / "dask.log").read_text(errors="replace")

    def _spawn(self, module: str, arguments: Sequence[str], path: Path | None = None) -> subprocess.Popen[bytes]:
        env = environment()
        if path is not None:
            env["PYTHONPATH"] = f"{path}:{env['PYTHONPATH']}"
        log = (self._folder / "dask.log").open("ab")
        with log:
            return subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=log, stderr=log, env=env)

    def kill_worker(self, pid: int) -> None:
        """``kill -9``; it is not replaced."""
        (worker,) = [worker for worker in self.workers if worker.pid == pid]
        worker.kill()
        worker.wait()

    def restart_scheduler(self) -> None:
        """``kill -9`` and a new one on the same port, with new workers: those of the old one end themselves."""
        self.scheduler.kill()
        self.scheduler.wait()
        self.scheduler = self._start_scheduler()
        for _ in range(2):
            self.add_worker()

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.send_signal(signal.SIGKILL)
            process.wait()


def shard_state(root: Path, name: str) -> dict[str, object]:
    """What the board says of a shard, ``{}`` when nothing yet."""
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, object] = json.loads((root / ".fleet" / "shards" / f"{name}.json").read_bytes())
        return found
    return {}


def running_workers(root: Path) -> dict[str, int]:
    """Shards that run now, and the process that runs each."""
    found = {}
    for path in (root / ".fleet" / "shards").glob("*.json"):
        state = shard_state(root, path.stem)
        if state.get("status") == "running":
            found[path.stem] = int(str(state["worker"]).rpartition(":")[2])
    return found


def write_warcs(folder: Path, files: int, pages: int) -> None:
    """``files`` of ``pages`` each; every second one ends with a revisit of a page in the file before, one is damaged."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        first = number * pages
        records = [
            record("response", http(article(f"page-{n}").encode(), HTML), n, url=f"http://h{number}.example/{n}")
            for n in range(first, first + pages)
        ]
        if number % 2:
            refers = f"WARC-Refers-To: <{ID % (first - 1)}>"
            records.append(
                record("revisit", http(b"", HTML), first + 900_000, REVISIT, refers, url=f"http://h{number}.example/again")
            )
        members = [gzip.compress(one, mtime=0) for one in records]
        if number == 2:
            members.insert(1, b"\x1f\x8b\x08" + bytes(3000))
        (folder / f"file-{number}.warc.gz").write_bytes(b"".join(members))


def parts(folder: Path) -> dict[str, bytes]:
    """The JSON Lines of a dataset folder."""
    return {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}
