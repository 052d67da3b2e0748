"""Archives by date: how /2024/02/, a month's page, and /2024/01/ stand to each other. No DOM here."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Pages of one month: its second page is of the same month.
_PAGE_OF = re.compile(r"(?i)(?:/(?:page|seite|pagina|p)[/-]?\d{1,5}|[?&](?:page|paged)=\d{1,5})$")
_PERIOD = re.compile(
    r"(?i)(?P<before>.*(?:/|[?&](?:m|ym|month|date|day|year|archive|period)=))"
    r"(?P<year>(?:19|20)\d\d)"
    r"(?:(?P<by>[/-]?)(?P<month>0[1-9]|1[0-2]|[1-9])(?:(?P=by)(?P<day>0[1-9]|[12]\d|3[01]|[1-9]))?)?"
    r"(?P<after>\.\w{2,5})?"
)


@dataclass(frozen=True, slots=True)
class Period:
    """A year, month or day that an address names. ``shape`` is the same for those of one archive, as long as each other."""

    shape: tuple[str, ...]
    when: tuple[int, ...]


def period_of(canonical_url: str) -> Period | None:
    """What the address of an archive's page (as ``page_urls.canonical`` has it) is of; ``None`` when it names no date."""
    match = _PERIOD.fullmatch(_PAGE_OF.sub("", canonical_url))
    if match is None:
        return None
    parts = [match[name] for name in ("year", "month", "day") if match[name]]
    shape = (match["before"], match["by"] or "", match["after"] or "", str(len(parts)))
    return Period(shape, tuple(map(int, parts)))


def other_period(here: Period | None, canonical_url: str) -> Period | None:
    """What ``canonical_url`` is of, where that is another year, month or day of the archive that ``here`` is of."""
    there = period_of(canonical_url) if here is not None else None
    return there if there is not None and here is not None and there.shape == here.shape and there.when != here.when else None
