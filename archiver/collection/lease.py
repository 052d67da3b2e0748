"""A lease: a small file with a heartbeat that says who works on something, for shared file systems and many machines.

A kernel lock (``lock.py``) is safer and freed at once when its process dies, but not every shared file system carries it to other
machines. A lease is taken over when it has not beaten for its ``ttl_s`` by the clock of whoever watches, or at once when its holder
was a process of this machine that is no more. Whoever wrote under it asks ``LeaseGuard`` before each write.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from archiver.errors import ArchiverError, StoreError

# Beats a ``ttl_s``: a few may be late.
_BEATS = 6
# Of a fixed size: a beat overwrites the one before in place.
_SIZE = 512
# Where the kernel counts the time that a machine slept, that clock: a paused process has to notice.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseHeldError(ArchiverError):
    """Someone else holds the lease, and it beats."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease. ``nonce`` names one holding, ``boot`` and ``namespace`` one machine's process numbers."""

    nonce: str
    host: str
    boot: str
    namespace: str
    pid: int
    born: str

    def is_dead(self) -> bool:
        """Whether it surely runs no more: known only of processes of this machine."""
        me = _me("")
        return (self.boot, self.namespace) == (me.boot, me.namespace) and bool(me.boot) and _born(self.pid) != self.born

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


class Lease:
    """One holding, from ``acquire`` until ``release``; beats from a thread of its own. ``is_lost`` once another has taken it."""

    def __init__(self, path: Path, holder: Holder, descriptor: int, ttl_s: float) -> None:
        self.path, self.holder = path, holder
        self._descriptor, self._ttl_s = descriptor, ttl_s
        self._beat_number = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="lease", daemon=True)
        self._thread.start()

    @property
    def is_lost(self) -> bool:
        return not _is_same_file(self.path, self._descriptor)

    @property
    def token(self) -> str:
        """What ``LeaseGuard`` takes."""
        return f"{self.holder.nonce}:{self.path}"

    def release(self) -> None:
        """Give it back; a lease that was taken over stays with its new holder."""
        self._ended.set()
        self._thread.join()
        if not self.is_lost:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _beat_on(self) -> None:
        while not self._ended.wait(self._ttl_s / _BEATS):
            self._beat_number += 1
            try:
                # Through the descriptor: where another has put his file in place of this one, it is not touched.
                os.pwrite(self._descriptor, _content(self.holder, self._beat_number), 0)
                os.fsync(self._descriptor)
            except OSError:
                # Who watches sees no beat and takes over; the guard says so here.
                continue


def acquire_lease(path: Path, ttl_s: float, *, may_wait: Callable[[], bool] = lambda: True) -> Lease:
    """Take the lease at ``path``. Raises LeaseHeldError when its holder is alive, StoreError when it cannot be written.

    A holder of another machine is watched for ``ttl_s``, as long as ``may_wait``.
    """
    holder = _me(uuid.uuid4().hex)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _create(path, holder)
        if descriptor is None:
            _watch(path, ttl_s, may_wait)
            descriptor = _take_over(path, holder, settle_s=min(1.0, ttl_s / _BEATS))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    return Lease(path, holder, descriptor, ttl_s)


def _create(path: Path, holder: Holder) -> int | None:
    """A whole new file that nobody else made, or ``None``."""
    aside = path.with_name(f".{path.name}.{holder.nonce}.new")
    descriptor = _write_aside(aside, holder)
    try:
        os.link(aside, path)
    except FileExistsError:
        os.close(descriptor)
        return None
    finally:
        aside.unlink()
    return descriptor


def _write_aside(aside: Path, holder: Holder) -> int:
    descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    os.pwrite(descriptor, _content(holder, 0), 0)
    os.fsync(descriptor)
    return descriptor


def _watch(path: Path, ttl_s: float, may_wait: Callable[[], bool]) -> None:
    """Return when the lease may be taken over; raises LeaseHeldError at its next beat."""
    first = _read(path)
    until = time.monotonic() + ttl_s
    while first is not None:
        held_by = holder_of(first)
        if held_by is not None and held_by.is_dead():
            return
        if not may_wait() or time.monotonic() >= until:
            break
        time.sleep(min(0.2, ttl_s / _BEATS / 2))
        now = _read(path)
        if now is not None and now != first:
            raise LeaseHeldError(f"{path.name}: held by {holder_of(now) or 'another process'}")
        if now is None:
            return


def _take_over(path: Path, holder: Holder, settle_s: float) -> int:
    """Put a file of our own in its place; of several who do, the last one has it, and the others see it."""
    aside = path.with_name(f".{path.name}.{holder.nonce}.new")
    descriptor = _write_aside(aside, holder)
    aside.replace(path)
    # Longer than a guard goes without looking: what still writes under the old lease has seen by then that it is lost.
    time.sleep(settle_s + LeaseGuard.MAX_AGE_S)
    if _is_same_file(path, descriptor):
        return descriptor
    os.close(descriptor)
    raise LeaseHeldError(f"{path.name}: taken over by {holder_of(_read(path) or b'') or 'another process'}")


class LeaseGuard:
    """Asked before each write whether the lease is still the one of ``token``; looks at the file at most once in ``MAX_AGE_S``."""

    MAX_AGE_S = 0.5

    def __init__(self, token: str) -> None:
        self._nonce, _, path = token.partition(":")
        self._path = Path(path)
        self._looked_at = float("-inf")

    def holds(self) -> bool:
        """Whether it is."""
        now = time.clock_gettime(_CLOCK)
        if now - self._looked_at < self.MAX_AGE_S:
            return True
        found = holder_of(_read(self._path) or b"")
        if found is None or found.nonce != self._nonce:
            return False
        self._looked_at = now
        return True


def holder_of(content: bytes) -> Holder | None:
    """Who holds the lease with this content, ``None`` when that cannot be read."""
    try:
        facts = json.loads(content)
        facts.pop("beat", None)
        return Holder(**facts)
    except (ValueError, TypeError, AttributeError):
        return None


def _content(holder: Holder, beat: int) -> bytes:
    return json.dumps({**asdict(holder), "beat": beat}).encode().ljust(_SIZE)


def _read(path: Path) -> bytes | None:
    # Opened anew each time: that is when network file systems look at the server's state.
    try:
        return path.read_bytes()
    except OSError:
        return None


def _is_same_file(path: Path, descriptor: int) -> bool:
    try:
        there, ours = path.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def _me(nonce: str) -> Holder:
    return Holder(nonce, socket.gethostname(), _boot(), _namespace(), os.getpid(), _born(os.getpid()))


def _boot() -> str:
    """Names this start of this machine; empty where that is not known."""
    content = _read(Path("/proc/sys/kernel/random/boot_id"))
    return content.decode("ascii").strip() if content else ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return ""


def _born(pid: int) -> str:
    """When the process with this number began, so that a number used again is not the same; empty when there is none."""
    content = _read(Path(f"/proc/{pid}/stat"))
    # Fields are counted from behind the name, which may hold anything (proc(5)); a zombie has ended.
    fields = content.rpartition(b")")[2].split() if content else []
    return fields[19].decode("ascii") if len(fields) > 19 and fields[0] not in (b"Z", b"X") else ""
