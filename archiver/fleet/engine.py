"""Where shards run: processes of this machine or a Dask cluster, as concurrent.futures.Executor, opened anew when it breaks."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from archiver.errors import ArchiverError, MissingExtraError, UsageError
from archiver.fleet.fitness import Facts, unfit

# How often a scheduler that does not answer is asked again.
_RETRY_S = 1.0


class EngineLostError(ArchiverError):
    """The scheduler does not answer any more: run the same command again when it does."""


class Engine(Protocol):
    """An executor, and what is needed to do without it for a while. One thread."""

    @property
    def slots(self) -> int:
        """How many shards can run at once now."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Run a function with plain values somewhere."""

    def is_lost(self, error: BaseException) -> bool:
        """Whether ``error`` says that what ran it has gone, not that it failed."""

    def is_alive(self) -> bool:
        """Whether results can still come in."""

    def reopen(self) -> None:
        """After a loss: wait until shards can be submitted again. Raises EngineLostError."""

    def close(self) -> None:
        """Let go of it; what runs is not waited for."""


class LocalEngine:
    """A process pool of ``workers``; a worker ends when this process does, however that ends, and when the engine is closed."""

    def __init__(self, workers: int) -> None:
        self.slots = workers
        self._open()

    def _open(self) -> None:
        # Not fork: the client has threads.
        context = multiprocessing.get_context("spawn")
        # Workers hold one end, nobody writes: it is closed by whatever ends this process.
        held, self._tether = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(self.slots, mp_context=context, initializer=_hold, initargs=(held,))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return self._pool.submit(function, *arguments)

    def is_lost(self, error: BaseException) -> bool:
        return isinstance(error, BrokenProcessPool | CancelledError)

    def is_alive(self) -> bool:
        # A broken pool says so through every future.
        return True

    def reopen(self) -> None:
        self.close()
        self._open()

    def close(self) -> None:
        # Before the pool would wait for shards that take hours.
        self._tether.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _hold(tether: Connection) -> None:
    """In a worker: end when the other end of ``tether`` is gone; Ctrl-C is for the client."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        wait([tether])
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="tether").start()


class DaskEngine:
    """Workers of the Dask scheduler at ``address``. Only functions of this package and plain values travel."""

    def __init__(self, address: str, facts: Facts, *, patience_s: float) -> None:
        self._address, self._facts, self._patience_s = address, facts, patience_s
        try:
            import distributed
        except ImportError as error:
            raise MissingExtraError("distributed", "fleet") from error
        self._dask: Any = distributed
        # What it has to say of a scheduler that went away is said here, in one line.
        for name in ("distributed.client", "distributed.comm", "distributed.core", "distributed.batched"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            self._connect(timeout_s=min(10.0, patience_s))
        except (OSError, ValueError, TypeError) as error:
            raise UsageError(f"--scheduler {address}: no scheduler answers: {' '.join(str(error).split())[:200]}") from error

    def _connect(self, timeout_s: float) -> None:
        self._client: Any = self._dask.Client(self._address, timeout=timeout_s, set_as_default=False, name="archiver-fleet")
        self._executor: Executor = self._client.get_executor(pure=False)

    def check(self) -> None:
        """Ask every worker for its versions and paths; raises UsageError where one could not do what this process can.

        Workers that come later are asked by each shard (``fitness``).
        """
        said = self._client.run(unfit, self._facts)
        if not said:
            # An adaptive cluster starts workers when there is something to do.
            said = {"that came first": self._first()}
        bad = {worker: what for worker, what in said.items() if what}
        if bad:
            worker, what = sorted(bad.items())[0]
            more = f" ({len(bad)} of {len(said)} workers are unfit)" if len(bad) > 1 else ""
            raise UsageError(f"worker {worker}: {what}{more}")

    def _first(self) -> str | None:
        try:
            found: str | None = self.submit(unfit, self._facts).result(timeout=self._patience_s)
        except TimeoutError as error:
            raise UsageError(f"--scheduler {self._address}: no worker came within {self._patience_s:g} s (--patience)") from error
        return found

    @property
    def slots(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError, RuntimeError):
            return 0

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return self._executor.submit(function, *arguments)

    def is_lost(self, error: BaseException) -> bool:
        return isinstance(error, CancelledError | OSError | TimeoutError) or type(error).__name__ in (
            "FutureCancelledError",
            "CommClosedError",
            "ClosedClientError",
        )

    def is_alive(self) -> bool:
        return bool(self._client.status == "running")

    def reopen(self) -> None:
        self.close()
        until = time.monotonic() + self._patience_s
        while True:
            try:
                self._connect(timeout_s=5.0)
                return
            except (OSError, TimeoutError) as error:
                if time.monotonic() > until:
                    raise EngineLostError(
                        f"{self._address}: the scheduler has gone; run the same command again when it is back"
                    ) from error
                time.sleep(_RETRY_S)

    def close(self) -> None:
        self._client.close(timeout=2)
