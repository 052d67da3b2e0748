"""One stated date: ISO 8601, an epoch, or prose, read without this machine's clock or zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from dateutil import parser as dateutil_parser

from archiver.extraction.datewords import written_dates
from archiver.model import DatePrecision, DateSource


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as found. ``moment`` is aware, ``None`` when no zone was stated; ``wall`` is the local time."""

    raw: str
    source: DateSource
    day: date
    wall: datetime | None = None
    moment: datetime | None = None
    precision: DatePrecision = "day"


_ISO = re.compile(
    r"\s*(\d{4})-?(\d\d)-?(\d\d)(?:[T ]\s*(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT"
    r"|[+-]\d\d(?::?\d\d)?)?)?(?:\s*UTC|\s*\[[\w/]+\])?\s*",
    re.IGNORECASE,
)
# Two default dates that share no part: what differs between the two readings was not stated.
_DEFAULTS = (datetime(2004, 1, 1), datetime(2008, 2, 2))  # noqa: DTZ001  (naive on purpose: no zone may be invented)


def parse_date(raw: str, source: DateSource) -> StatedDate | None:
    """``raw`` read as ISO 8601 or, failing that, as English prose or RFC 2822; ``None`` unless it names a full day."""
    text = raw.strip()
    if not 6 <= len(text) <= 80:
        return None
    match = _ISO.fullmatch(text)
    if match:
        return _from_iso(match, text, source)
    if re.fullmatch(r"\d{10}|\d{13}", text):
        moment = datetime.fromtimestamp(int(text[:10]), UTC)
        return StatedDate(text, source, moment.date(), moment.replace(tzinfo=None), moment, "second")
    return _from_prose(text, source)


def _from_iso(match: re.Match[str], raw: str, source: DateSource) -> StatedDate | None:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        if hour is None:
            return StatedDate(raw, source, date(int(year), int(month), int(day)))
        micro = int((fraction or "0")[:6].ljust(6, "0"))
        wall = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second or 0), 59), micro)  # noqa: DTZ001
        moment = datetime.fromisoformat(wall.isoformat() + _offset(zone)) if zone else None
    except ValueError:
        return None
    if moment is None:
        return StatedDate(raw, source, wall.date(), wall)
    return _checked(StatedDate(raw, source, wall.date(), wall, moment, "second" if second else "minute"))


def _offset(zone: str) -> str:
    if not zone.startswith(("+", "-")):
        return "+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def _checked(stated: StatedDate) -> StatedDate | None:
    """Nothing whose UTC form leaves the calendar."""
    try:
        if stated.moment is not None:
            stated.moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return stated


# RFC 2822 §4.3 and the two zones the whole world knows; any other name is left unread rather than looked up on this machine.
_ZONES = {
    "UT": 0,
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}


def _zone(name: str | None, offset_s: int | None) -> timezone | None:
    if offset_s is None and name in _ZONES:
        offset_s = _ZONES[name] * 3600
    return timezone(timedelta(seconds=offset_s)) if offset_s is not None and abs(offset_s) < 86400 else None


def _from_prose(text: str, source: DateSource) -> StatedDate | None:
    written = list(written_dates(text, day_first=False))
    if len(written) == 1 and written[0].raw == text:
        return StatedDate(text, source, written[0].day)
    # A year of two digits would be completed from today's date.
    if not re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", text):
        return None
    try:
        one, two = (dateutil_parser.parse(text, default=default, tzinfos=_zone) for default in _DEFAULTS)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    if one.date() != two.date():
        return None
    clock = re.search(r"\d{1,2}:\d\d(:\d\d)?", text)
    wall = one.replace(tzinfo=None) if clock else None
    if wall is None or one.tzinfo is None:
        return StatedDate(text, source, one.date(), wall)
    return _checked(StatedDate(text, source, one.date(), wall, one, "second" if clock and clock[1] else "minute"))
