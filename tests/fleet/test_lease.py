"""A lease: one holder at a time, whoever dies or sleeps; and nobody writes under a lease that was lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from archiver.collection.lease import LeaseGuard, LeaseHeldError, acquire_lease, holder_of

# Of a holder that has to be seen alive, on a machine that is busy with other things; and of one that is dead.
LONG, SHORT = 9.0, 0.5
HOLD = """
import sys, time
from archiver.collection.lease import acquire_lease
from pathlib import Path
lease = acquire_lease(Path(sys.argv[1]), float(sys.argv[2]))
print(lease.token, flush=True)
time.sleep(60)
"""


def hold(path: Path, ttl_s: float = LONG) -> tuple[subprocess.Popen[str], str]:
    """Another process that holds the lease, and its token."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path), str(ttl_s)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def elsewhere(path: Path) -> None:
    """Make the holder one of another machine: whether that process is alive cannot be known here."""
    facts = json.loads(path.read_bytes())
    path.write_bytes(json.dumps({**facts, "boot": "another"}).encode().ljust(512))


def test_the_first_has_it_and_the_second_is_told_who(tmp_path: Path) -> None:
    lease = acquire_lease(tmp_path / "a", LONG)
    with pytest.raises(LeaseHeldError, match=f"held by process {os.getpid()} on "):
        acquire_lease(tmp_path / "a", LONG)
    assert LeaseGuard(lease.token).holds()
    lease.release()
    assert not LeaseGuard(lease.token).holds()
    acquire_lease(tmp_path / "a", LONG).release()
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_of_many_who_ask_at_once_one_has_it(tmp_path: Path) -> None:
    got, refused = [], []
    begin = threading.Barrier(8)

    def ask() -> None:
        begin.wait()
        try:
            got.append(acquire_lease(tmp_path / "a", LONG))
        except LeaseHeldError as error:
            refused.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 7)
    got[0].release()


def test_of_a_process_that_was_killed_here_it_is_taken_over_at_once(tmp_path: Path) -> None:
    process, token = hold(tmp_path / "a", ttl_s=3600)
    process.kill()
    process.wait()
    started = time.monotonic()
    # Its time to live is an hour; nobody waits for that.
    lease = acquire_lease(tmp_path / "a", 3600, may_wait=lambda: pytest.fail("it waited"))  # type: ignore[arg-type, return-value]
    assert time.monotonic() - started < 60
    assert not LeaseGuard(token).holds()
    lease.release()


def test_of_another_machine_it_is_taken_over_when_it_does_not_beat(tmp_path: Path) -> None:
    process, _ = hold(tmp_path / "a", ttl_s=3600)
    process.kill()
    process.wait()
    elsewhere(tmp_path / "a")
    started = time.monotonic()
    lease = acquire_lease(tmp_path / "a", SHORT)
    assert time.monotonic() - started >= SHORT
    assert not lease.is_lost
    lease.release()


def test_a_holder_on_another_machine_that_beats_keeps_it(tmp_path: Path) -> None:
    process, token = hold(tmp_path / "a")
    with pytest.raises(LeaseHeldError):
        acquire_lease(tmp_path / "a", 3600)
    assert LeaseGuard(token).holds()
    process.kill()
    process.wait()
    process.stdout.close()  # type: ignore[union-attr]


def test_a_holder_that_only_slept_sees_that_it_was_lost(tmp_path: Path) -> None:
    lease = acquire_lease(tmp_path / "a", 3600)
    guard = LeaseGuard(lease.token)
    assert guard.holds()
    # Another takes it over, as when this process had been stopped for longer than its time to live.
    elsewhere(tmp_path / "a")
    successor = acquire_lease(tmp_path / "a", SHORT)
    assert lease.is_lost
    # Longer than a guard trusts what it saw has passed: taking over waits for that.
    assert not guard.holds()
    lease.release()
    assert not successor.is_lost, "the one who lost it does not take it away"
    successor.release()


def test_a_stopped_process_is_not_dead(tmp_path: Path) -> None:
    process, _ = hold(tmp_path / "a")
    process.send_signal(signal.SIGSTOP)
    holder = holder_of((tmp_path / "a").read_bytes())
    assert holder is not None
    assert not holder.is_dead()
    process.kill()
    process.wait()
    assert holder.is_dead()
    process.stdout.close()  # type: ignore[union-attr]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"nonce": 1}', b"\xff" * 600])
def test_a_file_that_is_no_lease_is_replaced_when_it_does_not_change(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    lease = acquire_lease(tmp_path / "a", 0.2)
    assert LeaseGuard(lease.token).holds()
    lease.release()
