"""When a known article is due to be fetched again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from archiver.options import parse_seconds


def schedule_of(ages: Iterable[str]) -> tuple[timedelta, ...]:
    """``("1h", "6h", …)`` as ages, ascending."""
    return tuple(sorted(timedelta(seconds=parse_seconds(age)) for age in ages))


def is_due(first: datetime, last: datetime, now: datetime, schedule: tuple[timedelta, ...]) -> bool:
    """Whether an article first captured at ``first`` and last checked at ``last`` has come of an age of the schedule since.

    After the last age it is never due again.
    """
    return any(last - first < age <= now - first for age in schedule)
