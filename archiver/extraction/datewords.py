"""Dates as people write them: month names in common languages, numeric forms, and the words that say which date it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

# First letters that tell a month in English, German, French, Spanish, Italian, Portuguese, Dutch, Danish, Norwegian, Swedish.
_MONTHS = {
    "jan": 1, "gen": 1, "ene": 1, "jän": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3, "maa": 3,
    "mrt": 3, "apr": 4, "avr": 4, "abr": 4, "may": 5, "mai": 5, "mei": 5, "maj": 5, "mag": 5, "jun": 6, "juin": 6,
    "giu": 6, "jul": 7, "juil": 7, "lug": 7, "aug": 8, "aoû": 8, "ago": 8, "sep": 9, "set": 9, "oct": 10, "okt": 10,
    "out": 10, "ott": 10, "nov": 11, "dec": 12, "déc": 12, "dez": 12, "dic": 12, "des": 12,
}  # fmt: skip
_NAME = rf"(?P<{{0}}>(?:{'|'.join(_MONTHS)})[a-zäöüéûç]*)\.?"
_YEAR = r"(?P<{0}>(?:19|20)\d\d)(?!\d)"
_DATE = re.compile(
    "|".join([
        rf"(?<![\w.]){_NAME.format('m1')}\s+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR.format('y1')}",
        rf"(?<![\w.])(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er|º)?[.\s]+(?:(?:of|de)\s+)?{_NAME.format('m2')}[,\s]+(?:(?:de"
        rf"|del)\s+)?{_YEAR.format('y2')}",
        rf"(?<![\d.]){_YEAR.format('y3')}[-/.](?P<m3>\d{{1,2}})[-/.](?P<d3>\d{{1,2}})(?!\d)",
        rf"{_YEAR.format('y4')}\s?[年년]\s?(?P<m4>\d{{1,2}})\s?[月월]\s?(?P<d4>\d{{1,2}})\s?[日일]?",
        rf"(?<![\d.])(?P<d5>\d{{1,2}})(?P<sep>[./-])\s?(?P<m5>\d{{1,2}})(?P=sep)\s?{_YEAR.format('y5')}",
    ]),
    re.IGNORECASE,
)  # fmt: skip
_CHANGED = re.compile(
    r"updat|aktuali[sz]|modifi|mise?\s+à\s+jour|actuali[sz]|aggiornat|atualiz|bijgewerkt|opdater|oppdater|uppdater"
    r"|\bstand\b|review|güncelle|edited"
    r"|bewerkt|обновл|изменен|更新|수정",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"publish|posted|veröffentlicht|erschienen|\bdatum\b|\bdate\b|publié|paru\b|publicad|pubblicat|gepubliceerd|udgivet"
    r"|publisert|publicerad|yayın"
    r"|опубликован|公開|发布|發布|配信|掲載|입력|등록",
    re.IGNORECASE,
)
# A label stands right before its date.
_LABEL_CHARS = 40


class WrittenDate(NamedTuple):
    """A date in a text. ``label`` is ``published`` or ``changed`` when the words before it say so, else empty."""

    raw: str
    day: date
    label: str


def written_dates(text: str, *, day_first: bool) -> Iterator[WrittenDate]:
    """The full dates in ``text`` in order; ``day_first`` decides what 03/04/2025 is (with dots or hyphens the day is first)."""
    end = 0
    for match in _DATE.finditer(text):
        before = text[max(end, match.start() - _LABEL_CHARS) : match.start()]
        end = match.end()
        day = _day(match, day_first=day_first)
        if day is not None:
            label = "changed" if _CHANGED.search(before) else "published" if _PUBLISHED.search(before) else ""
            yield WrittenDate(match[0].strip(), day, label)


def _day(match: re.Match[str], *, day_first: bool) -> date | None:
    form = next(number for number in "12345" if match[f"y{number}"])
    day, month, year = match[f"d{form}"], match[f"m{form}"], int(match[f"y{form}"])
    if not month[0].isdigit():
        month = str(_MONTHS.get(month.lower()[:4]) or _MONTHS[month.lower()[:3]])
    elif form == "5" and int(month) <= 12 and int(day) <= 12 and match["sep"] == "/" and not day_first:
        day, month = month, day
    if int(month) > 12 and form == "5":
        day, month = month, day
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None


def says_changed(text: str) -> bool:
    """Whether ``text`` speaks of an update."""
    return _CHANGED.search(text) is not None
