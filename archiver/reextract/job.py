"""A whole extraction on one machine: every file a part, the pages of all of them on one set of worker processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from archiver.extraction.sandbox import Sandbox
from archiver.reextract.extract import Extractor
from archiver.reextract.inputs import Input
from archiver.reextract.originals import Originals
from archiver.reextract.parts import Part, Parts, looked_in

# While the last pages of one file are extracted the next is read already: many small files would leave workers idle.
_FILES_AT_ONCE = 2
Progress = Callable[[Input, int], None]


class _StoppedError(Exception):
    pass


def extract_all(
    inputs: Sequence[Input], output: Path, *, workers: int, deadline_s: float, progress: Progress = lambda source, at: None
) -> list[Part]:
    """One part a file, in their order; those that are finished are left as they are. ``progress`` is told how far reading is.

    Raises StoreError; when it does, or is interrupted, parts that are not whole are not there.
    """
    parts, company = Parts(output), looked_in(inputs)
    inputs = parts.named(inputs)
    sandbox, originals, stopped = Sandbox(workers, deadline_s=deadline_s), Originals(inputs), threading.Event()
    extractor = Extractor(sandbox, originals, workers=workers)

    def part_of(source: Input) -> Part:
        def told(at: int) -> None:
            if stopped.is_set():
                raise _StoppedError
            progress(source, at)

        told(0)
        part = parts.finished(source, company) or parts.make(source, extractor, company, told)
        told(source.size)
        return part

    pool = ThreadPoolExecutor(_FILES_AT_ONCE, thread_name_prefix="extract")
    try:
        return list(pool.map(part_of, inputs))
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)
        sandbox.close()
        originals.close()
