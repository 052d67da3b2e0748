"""The one thread that writes: the reactor hands it exchanges and awaits their pointers.

After the first StoreError nothing more is written: an archive with silent holes is worse than none (DESIGN §7).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from archiver.capture.store import CaptureStore, Stored
from archiver.errors import StoreError
from archiver.model import Discovery
from archiver.warc.exchange import Exchange
from archiver.warc.metadata import Pairs

_T = TypeVar("_T")


_Job = tuple[Callable[[], Any], "Deferred[Any]"]
# Results go back to the reactor together: waking it costs more than most writes.
_MAX_BATCH = 32


class Recorder:
    """Runs every write of one crawl on its own thread, in the order asked for. Its methods belong to the reactor thread."""

    def __init__(self, store: CaptureStore) -> None:
        self.store = store
        self.failure: StoreError | None = None
        self.is_finished = False
        self.on_failure: Callable[[StoreError], None] = lambda _: None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    async def record(self, exchange: Exchange, metadata: Pairs, discovery: Discovery) -> Stored:
        """Write one exchange; raises StoreError, for this and every later call, when the store cannot be written."""
        return await self.run(lambda: self.store.write_exchange(exchange, metadata, discovery))

    async def run(self, write: Callable[[], _T]) -> _T:
        """Run ``write`` on the writer thread. Raises what it raises; what the system or SQLite refuses is a failed store."""
        if self.failure is not None:
            raise self.failure
        done: Deferred[_T] = Deferred()
        self._jobs.put((write, done))
        try:
            return await maybe_deferred_to_future(done)
        except StoreError as error:
            self.fail(error)
            raise
        except (OSError, sqlite3.Error) as error:
            failure = StoreError.cannot("write", self.store.collection.root, error)
            self.fail(failure)
            raise failure from error

    def _work(self) -> None:
        from twisted.internet import reactor

        while (job := self._jobs.get()) is not None:
            results = [_run(job)]
            while len(results) < _MAX_BATCH and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    # The sign to stop is for the next turn.
                    self._jobs.put(None)
                    break
                results.append(_run(following))
            reactor.callFromThread(_deliver, results)

    async def finish(self, write: Callable[[], None]) -> None:
        """Run ``write`` as the last one of the run; what comes later must not open a file again."""
        self.is_finished = True
        await self.run(write)

    def fail(self, error: StoreError) -> None:
        """Nothing more is written; the crawl stops. The first failure is the one that is told."""
        if self.failure is None:
            self.failure = error
            self.on_failure(error)

    def stop(self) -> None:
        """End the thread after what is queued; blocks until then."""
        self._jobs.put(None)
        self._thread.join()


def _run(job: _Job) -> tuple[Deferred[Any], Any]:
    write, done = job
    try:
        return done, write()
    except BaseException as error:  # handed to whoever awaits it
        return done, Failure(error)


def _deliver(results: list[tuple[Deferred[Any], Any]]) -> None:
    for done, result in results:
        if not done.called:
            done.callback(result)
