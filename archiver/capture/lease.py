"""A crawl under a lease (``archiver fleet crawl``): it ends at once when its parent has gone or another holds the lease.

``ARCHIVER_LEASE`` is the token of the lease; standard input is a pipe that the parent holds open. Without the variable nothing
happens.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from archiver.collection.lease import LeaseGuard

VARIABLE = "ARCHIVER_LEASE"
_LOOK_S = 1.0


def under_lease(steps: Callable[[str], None]) -> Callable[[str], None]:
    """``steps`` (a fault hook), asked for the lease before each; watches from a thread too, as nothing may be written meanwhile."""
    token = os.environ.get(VARIABLE)
    if not token:
        return steps
    guard = LeaseGuard(token)
    threading.Thread(target=_watch_parent, name="parent", daemon=True).start()
    threading.Thread(target=_watch_lease, args=(LeaseGuard(token),), name="lease", daemon=True).start()

    def step(name: str) -> None:
        if not guard.holds():
            _end("the lease was lost: another worker goes on with this collection")
        steps(name)

    return step


def _watch_parent() -> None:
    while os.read(0, 4096):
        pass
    _end("its worker has gone")


def _watch_lease(guard: LeaseGuard) -> None:
    while guard.holds():
        threading.Event().wait(_LOOK_S)
    _end("the lease was lost: another worker goes on with this collection")


def _end(why: str) -> NoReturn:
    """As a crash: whatever is half done, whoever goes on repairs it."""
    print(f"archiver: {why}", file=sys.stderr, flush=True)
    os._exit(3)
