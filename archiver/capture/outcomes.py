"""Exceptions of the download to reasons of failures.jsonl: what the web does wrong is counted, not raised further."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass

from OpenSSL.SSL import Error as TlsError
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError
from service_identity import VerificationError
from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectError, ConnectionAborted, ConnectionDone, ConnectionLost, DNSLookupError, TCPTimedOutError
from twisted.internet.error import TimeoutError as ConnectTimeoutError

from archiver.capture.addresses import PrivateAddressError
from archiver.model import FailureReason


class PageFailure(IgnoreRequest):
    """A page that is given up for a reason of failures.jsonl; Scrapy drops the request without a word."""

    def __init__(self, reason: FailureReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: FailureReason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Outcome:
    """The reason, the status where one came, and a few words."""

    reason: FailureReason
    http_status: int | None = None
    detail: str | None = None


# First match counts; subclasses stand before their bases.
_BY_TYPE: tuple[tuple[type[BaseException], FailureReason], ...] = (
    (PrivateAddressError, "private_address"),
    (CannotResolveHostError, "dns"),
    (DNSLookupError, "dns"),
    (DownloadConnectionRefusedError, "refused"),
    (DownloadTimeoutError, "timeout"),
    (DownloadCancelledError, "too_large"),
    (ResponseDataLossError, "truncated"),
    (UnsupportedURLSchemeError, "scope"),
    (CancelledError, "cancelled"),
    (TlsError, "tls"),
    (VerificationError, "tls"),
    (TCPTimedOutError, "timeout"),
    (ConnectTimeoutError, "timeout"),
    (ConnectError, "refused"),
    # A proxy that does not let us through; the words say which.
    (TunnelError, "refused"),
)
# Words for people, where the name of the reason is none.
_IN_WORDS: dict[FailureReason, str] = {"dns": "unknown host", "refused": "connection refused", "reset": "connection reset"}
_STARVED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
_LOST = (ConnectionLost, ConnectionDone, ConnectionAborted)


def classify(error: BaseException, *, has_bytes: bool) -> Outcome:
    """Why a request failed. ``has_bytes`` says that a part of a response was captured."""
    if isinstance(error, PageFailure):
        return Outcome(error.reason, detail=error.detail or None)
    if isinstance(error, HttpError):
        return Outcome("http_status", error.response.status)
    if isinstance(error, IgnoreRequest):
        # RedirectMiddleware gives up with a bare IgnoreRequest.
        return Outcome("redirect" if "redirect" in str(error) else "cancelled", detail=_words(error))
    for candidate in _causes(error):
        for kind, reason in _BY_TYPE:
            if isinstance(candidate, kind):
                # Accepted and reset before connect() has returned: which of the two is seen depends on who was faster.
                was_reset = isinstance(candidate, ConnectError) and candidate.osError == errno.ECONNRESET
                return Outcome("reset" if was_reset else reason, detail=_words(candidate))
    causes = list(_causes(error))
    if any(isinstance(cause, _LOST) for cause in causes) and not any(_is_parse_error(cause) for cause in causes):
        return Outcome("truncated" if has_bytes else "reset", detail=_words(causes[-1]))
    return Outcome("protocol", detail=_words(causes[-1]))


def in_words(reason: FailureReason) -> str:
    """``reason`` as a line for people has it."""
    return _IN_WORDS.get(reason, reason)


def starvation(error: BaseException) -> OSError | None:
    """What the machine refused us on the way to a connection: no page's fault, and true of every page that follows."""
    for cause in _causes(error):
        code = getattr(cause, "osError", None) or getattr(cause, "errno", None)
        if code in _STARVED:
            return OSError(code, os.strerror(code))
    return None


def _causes(error: BaseException) -> list[BaseException]:
    """``error`` and what it wraps: Twisted keeps the reasons of a failed response as Failures in ``reasons``."""
    found: list[BaseException] = [error]
    for current in found:
        inner = [getattr(reason, "value", reason) for reason in getattr(current, "reasons", ())]
        if current.__cause__ is not None:
            inner.append(current.__cause__)
        found += [cause for cause in inner if isinstance(cause, BaseException) and cause not in found]
        if len(found) > 20:
            break
    return found


def _is_parse_error(error: BaseException) -> bool:
    return isinstance(error, ValueError | KeyError) or type(error).__name__ in ("ParseError", "BadResponseVersion")


def _words(error: BaseException) -> str | None:
    """A few words, without control characters or line ends."""
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(char for char in text if char.isprintable())[:200]
