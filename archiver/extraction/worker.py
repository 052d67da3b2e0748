"""The worker process: reads a job frame, runs its task, writes a result frame, until its input ends.

Run as ``python -m archiver.extraction.worker``; the parent enforces the deadline.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

from archiver.extraction.frames import pack_frame, read_frame

# Address space: a page of the largest size accepted (64 MB) needs about 1 GB as a tree; beyond this it is an attack.
_MAX_ADDRESS_SPACE = 3 << 30


def main() -> None:
    """Serve jobs from stdin to stdout; libraries that print go to stderr."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_ADDRESS_SPACE, resource.getrlimit(resource.RLIMIT_AS)[1]))
    jobs, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from archiver.extraction.tasks import TASKS

    while (frame := read_frame(jobs)) is not None:
        job, page = frame
        try:
            result = TASKS[job["task"]](job, page)
        except (MemoryError, RecursionError) as error:
            result = {"failure": type(error).__name__}
        try:
            results.write(pack_frame({**result, "rss_bytes": _rss_bytes()}))
            results.flush()
        except BrokenPipeError:
            # The crawl was killed: nobody waits, and there is nothing to say. At once, since Python would flush once more.
            os._exit(1)


def _rss_bytes() -> int:
    """Resident memory now (not the peak: one large page must not look like a leak)."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        # No /proc (macOS): the peak is the best there is, in bytes there.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
    sys.exit(0)
