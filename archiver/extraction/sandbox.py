"""A pool of worker processes with a deadline a page: one page that hangs costs one worker, which is killed and replaced.

Not a ProcessPoolExecutor, which one killed worker breaks; not multiprocessing, which a Dask worker's daemonic processes may not
use (DESIGN §8). Workers are recycled, since the extraction libraries' caches grow by about 1 MB a page (trafilatura #216).
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from archiver.errors import StoreError
from archiver.extraction.frames import PipeWithDeadline, pack_frame, read_frame

_log = logging.getLogger(__name__)
_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True, slots=True)
class Job:
    """A task (see tasks.TASKS) with its arguments and the page's bytes."""

    task: str
    arguments: dict[str, Any]
    page: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """``result`` of the task, or why there is none."""

    result: dict[str, Any] | None
    failure: Literal["timeout", "error"] | None = None
    detail: str = ""


class Sandbox:
    """``workers`` processes, started on first use. Thread-safe; ``submit`` never blocks."""

    def __init__(
        self,
        workers: int = 1,
        *,
        deadline_s: float = 30.0,
        recycle_after: int = 2000,
        max_rss_bytes: int = 320 * 2**20,
    ) -> None:
        self._jobs: queue.SimpleQueue[tuple[Job, Future[Outcome]] | None] = queue.SimpleQueue()
        self._workers = [_Worker(self._jobs, deadline_s, recycle_after, max_rss_bytes) for _ in range(workers)]
        for worker in self._workers:
            worker.start()

    def submit(self, job: Job) -> Future[Outcome]:
        """The outcome of ``job``, in the future. Its only exception is StoreError: the machine gives no further process."""
        future: Future[Outcome] = Future()
        self._jobs.put((job, future))
        return future

    def close(self) -> None:
        """Finish what is queued, then end the workers; blocks until then."""
        for _ in self._workers:
            self._jobs.put(None)
        for worker in self._workers:
            worker.join()


class _Worker(threading.Thread):
    """One thread that owns one process at a time."""

    def __init__(
        self, jobs: queue.SimpleQueue[tuple[Job, Future[Outcome]] | None], deadline_s: float, recycle_after: int, max_rss_bytes: int
    ) -> None:
        super().__init__(name="extraction", daemon=True)
        self._jobs, self._deadline_s = jobs, deadline_s
        self._recycle_after, self._max_rss_bytes = recycle_after, max_rss_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._pages = 0

    def run(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._run(job))
            except StoreError as error:
                # Not the page's fault, so not its outcome.
                future.set_exception(error)
            except Exception as error:
                # A defect costs this page: a thread that ended here would leave the crawl waiting for it for ever.
                _log.exception("cannot run %s in a worker", job.task)
                # Half an answer may lie in the pipe: the next page must not be given its rest.
                self._stop()
                future.set_result(Outcome(None, "error", f"{type(error).__name__}: {error}"))
        self._stop()

    def _run(self, job: Job) -> Outcome:
        process = self._process or self._spawn()
        try:
            frame = self._exchange(process, job)
        except TimeoutError:
            process.kill()
            self._stop()
            return Outcome(None, "timeout", f"no result within {self._deadline_s:g} s")
        except (OSError, EOFError, ValueError):
            self._stop()
            return Outcome(None, "error", f"the worker ended with status {process.returncode}")
        result = frame[0]
        self._pages += 1
        if self._pages >= self._recycle_after or result.pop("rss_bytes") > self._max_rss_bytes:
            self._stop()
        if "failure" in result:
            self._stop()
            return Outcome(None, "error", result["failure"])
        return Outcome(result)

    def _exchange(self, process: subprocess.Popen[bytes], job: Job) -> tuple[dict[str, Any], bytes]:
        """One frame there and one back, within the deadline; raises TimeoutError, or what a dead worker's pipes raise."""
        assert process.stdin is not None
        assert process.stdout is not None
        pipe = PipeWithDeadline(process.stdin.fileno(), process.stdout.fileno(), time.monotonic() + self._deadline_s)
        pipe.write(pack_frame({"task": job.task, **job.arguments}, job.page))
        frame = read_frame(pipe)
        if frame is None:
            raise EOFError("the worker has gone")
        return frame

    def _spawn(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(filter(None, (_PACKAGE_ROOT, os.environ.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "archiver.extraction.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={**os.environ, "PYTHONPATH": path},
                # Ctrl-C is for the crawl, which lets the workers finish.
                start_new_session=True,
            )
        except OSError as error:
            raise StoreError.cannot("start a process that reads pages", sys.executable, error) from error
        self._pages = 0
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
