"""The fault hook: lets a test kill the process, or fail a write, at a named step of the store.

``ARCHIVER_FAULT=step:n:kill`` sends SIGKILL at the n-th time the step is reached; ``step:n:ENOSPC`` (or another errno name) makes
that step fail as the kernel would. Without the variable nothing happens.
"""

from __future__ import annotations

import errno
import os
import signal
from collections import Counter
from collections.abc import Callable

from archiver.errors import UsageError
from archiver.warc.writer import no_fault

VARIABLE = "ARCHIVER_FAULT"
# In the order an exchange meets them, then those of rows and of closing.
STEPS = (
    "exchange-read",
    "warc-write-start",
    "warc-write-part",
    "warc-written",
    "cdxj-written",
    "lookup-written",
    "row-start",
    "row-written",
    "failure-recorded",
    "warc-sync",
    "warc-rename",
    "cdxj-sort",
    "manifest",
    "run-end",
    "merge",
    "run-line",
)


def fault_from_environment() -> Callable[[str], None]:
    """The hook that the environment asks for; raises UsageError when it cannot be read."""
    order = os.environ.get(VARIABLE)
    if not order:
        return no_fault
    step, _, rest = order.partition(":")
    times, _, action = rest.partition(":")
    if step not in STEPS or not times.isdigit() or not (action == "kill" or hasattr(errno, action)):
        raise UsageError(f"{VARIABLE}={order}: not step:n:kill or step:n:ERRNO with a step of {', '.join(STEPS)}")
    return _Fault(step, int(times), action)


class _Fault:
    def __init__(self, step: str, nth: int, action: str) -> None:
        self._step, self._nth, self._action = step, nth, action
        self._seen: Counter[str] = Counter()

    def __call__(self, step: str) -> None:
        self._seen[step] += 1
        if step != self._step or self._seen[step] != self._nth:
            return
        if self._action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        code = getattr(errno, self._action)
        raise OSError(code, os.strerror(code))
