"""The clock of a crawl: every instant that goes into a record or a row, or that decides what is due, is asked for here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_ahead = timedelta()


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC) + _ahead


def set_ahead(ahead: timedelta) -> None:
    """Let this process live so much later than the machine: what takes days can be tried at once."""
    global _ahead
    _ahead = ahead
