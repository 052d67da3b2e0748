"""What a download ended in, as a reason of failures.jsonl."""

from __future__ import annotations

import errno

import pytest
from twisted.internet.error import TimeoutError as ConnectTimeoutError
from twisted.internet.error import getConnectError

from archiver.capture.outcomes import classify
from archiver.model import FailureReason

CONNECTING: list[tuple[Exception, FailureReason, str]] = [
    (getConnectError((errno.ECONNREFUSED, "")), "refused", "nobody listens"),
    (getConnectError((errno.ENETUNREACH, "")), "refused", "no way there"),
    (getConnectError((errno.EHOSTUNREACH, "")), "refused", "nobody at that address"),
    (getConnectError((errno.ECONNRESET, "")), "reset", "accepted and reset before connect() has returned"),
    (getConnectError((errno.ETIMEDOUT, "")), "timeout", "the kernel's patience ended before ours"),
    (ConnectTimeoutError(), "timeout", "ours ended"),
]


@pytest.mark.parametrize(("error", "reason", "why"), CONNECTING, ids=[why for *_, why in CONNECTING])
def test_how_a_connection_failed_is_told_apart(error: Exception, reason: FailureReason, why: str) -> None:
    assert classify(error, has_bytes=False).reason == reason, why
