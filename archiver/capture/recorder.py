"""The one thread that writes: the reactor hands it exchanges and awaits their pointers.

After the first StoreError nothing more is written: an archive with silent holes is worse than none (DESIGN §7).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from archiver.capture.store import CaptureStore, Stored
from archiver.errors import StoreError
from archiver.model import Discovery
from archiver.warc.exchange import Exchange
from archiver.warc.metadata import Pairs

_T = TypeVar("_T")


class Recorder:
    """Runs every write of one crawl on its own thread, in the order asked for. Its methods belong to the reactor thread."""

    def __init__(self, store: CaptureStore) -> None:
        self.store = store
        self.failure: StoreError | None = None
        self.is_finished = False
        self.on_failure: Callable[[StoreError], None] = lambda _: None
        self._pool = ThreadPool(minthreads=1, maxthreads=1, name="recorder")
        self._pool.start()

    async def record(self, exchange: Exchange, metadata: Pairs, discovery: Discovery) -> Stored:
        """Write one exchange; raises StoreError, for this and every later call, when the store cannot be written."""
        return await self.run(lambda: self.store.write_exchange(exchange, metadata, discovery))

    async def run(self, write: Callable[[], _T]) -> _T:
        """Run ``write`` on the writer thread. Raises what it raises; an OSError counts as a failed store."""
        if self.failure is not None:
            raise self.failure
        from twisted.internet import reactor

        try:
            return await maybe_deferred_to_future(deferToThreadPool(reactor, self._pool, write))
        except StoreError as error:
            self._fail(error)
            raise
        except OSError as error:
            failure = StoreError(f"{error.filename or self.store.collection.root}: {error.strerror}; run the same command again")
            self._fail(failure)
            raise failure from error

    async def finish(self, write: Callable[[], None]) -> None:
        """Run ``write`` as the last one of the run; what comes later must not open a file again."""
        self.is_finished = True
        await self.run(write)

    def _fail(self, error: StoreError) -> None:
        if self.failure is None:
            self.failure = error
            self.on_failure(error)

    def stop(self) -> None:
        """End the thread after what is queued; blocks until then."""
        self._pool.stop()
