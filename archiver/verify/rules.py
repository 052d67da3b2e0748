"""The named fields of WARC/1.1 §5 as data: which types must have them, which may not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archiver.errors import WarcFormatError
from archiver.verify.findings import listed, shown
from archiver.warc.records import Fields, parse_warc_date

TYPES = frozenset({"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"})
# WARC/1.1 §5.2 to §5.5
_ALWAYS = frozenset({"warc-type", "warc-record-id", "warc-date", "content-length"})
_MANDATORY = {
    "response": _ALWAYS | {"warc-target-uri"},
    "resource": _ALWAYS | {"warc-target-uri"},
    "request": _ALWAYS | {"warc-target-uri"},
    "conversion": _ALWAYS | {"warc-target-uri"},
    "revisit": _ALWAYS | {"warc-target-uri", "warc-profile"},
    "continuation": _ALWAYS | {"warc-target-uri", "warc-segment-number", "warc-segment-origin-id"},
}
# What our own writer always states besides; other tools need not.
_OURS = frozenset({"warc-block-digest", "content-type"})
_OURS_BY_TYPE = {
    "warcinfo": _OURS | {"warc-filename"},
    "request": _OURS | {"warc-payload-digest", "warc-warcinfo-id"},
    "response": _OURS | {"warc-concurrent-to", "warc-warcinfo-id"},
    "revisit": _OURS
    | {
        "warc-concurrent-to",
        "warc-warcinfo-id",
        "warc-payload-digest",
        "warc-refers-to",
        "warc-refers-to-target-uri",
        "warc-refers-to-date",
    },
    "metadata": _OURS | {"warc-warcinfo-id", "warc-target-uri"},
    "conversion": _OURS | {"warc-warcinfo-id", "warc-refers-to"},
}
# "shall not be used": field to the only types that may have it (§5.7, §5.11, §5.12, §5.15 to §5.21).
_ONLY_IN = {
    "warc-filename": frozenset({"warcinfo"}),
    "warc-profile": frozenset({"revisit"}),
    "warc-segment-origin-id": frozenset({"continuation"}),
    "warc-segment-total-length": frozenset({"continuation"}),
    "warc-target-uri": TYPES - {"warcinfo"},
    "warc-warcinfo-id": TYPES - {"warcinfo"},
    "warc-concurrent-to": TYPES - {"warcinfo", "conversion", "continuation"},
    "warc-refers-to": frozenset({"metadata", "conversion", "revisit"}),
    "warc-refers-to-target-uri": frozenset({"revisit"}),
    "warc-refers-to-date": frozenset({"revisit"}),
}
# §4: named fields may not repeat, but these.
_REPEATABLE = frozenset({"warc-concurrent-to", "warc-protocol"})
_ID_FIELDS = ("warc-record-id", "warc-concurrent-to", "warc-refers-to", "warc-warcinfo-id", "warc-segment-origin-id")
_ID = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]+>")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)


def named_fields(fields: Fields) -> dict[str, str]:
    """First value of each field, by its name in lower case."""
    return {name.lower(): value for name, value in reversed(fields)}


def field_faults(fields: Fields, named: dict[str, str], *, ours: bool) -> Iterator[tuple[str, str]]:
    """``(kind, what is wrong)`` for the named fields of one record; ``ours`` asks for what our writer always states too."""
    warc_type = named.get("warc-type", "").lower()
    mandatory = _MANDATORY.get(warc_type, _ALWAYS)
    if not mandatory <= named.keys():
        yield "field", f"no {listed(mandatory - named.keys())} in a {warc_type or 'typeless'} record (WARC/1.1 §5)"
    if ours and warc_type in _OURS_BY_TYPE and not _OURS_BY_TYPE[warc_type] <= named.keys():
        yield "field", f"no {listed(_OURS_BY_TYPE[warc_type] - named.keys())}, which this program always writes"
    if warc_type not in TYPES:
        yield "field", f"WARC-Type {shown(warc_type)} is none of WARC/1.1 §6"
    else:
        for name in _ONLY_IN.keys() & named.keys():
            if warc_type not in _ONLY_IN[name]:
                yield "field", f"{name} in a {warc_type} record, which may not have it (WARC/1.1 §5)"
    if len(fields) != len(named):
        yield from _repeated(fields)
    yield from _values(fields, named)


def _repeated(fields: Fields) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for name, _ in fields:
        lower = name.lower()
        if lower in seen and lower not in _REPEATABLE:
            yield "field", f"{shown(lower)} is stated twice (WARC/1.1 §4)"
        seen.add(lower)


def _values(fields: Fields, named: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name in _ID_FIELDS:
        value = named.get(name)
        if value is not None and not _ID.fullmatch(value):
            yield "record-id", f"{name} {shown(value)} is no URI in angle brackets (WARC/1.1 §5.2)"
    target = named.get("warc-target-uri")
    if target is not None and not _URI.fullmatch(target.removeprefix("<").removesuffix(">")):
        yield "field", f"WARC-Target-URI {shown(target)} is no URI"
    for name in ("warc-date", "warc-refers-to-date"):
        value = named.get(name)
        if value is not None and not _is_date(value):
            yield "date", f"{name} {shown(value)} is no date as in WARC/1.1 §5.4"


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        parse_warc_date(text)
    except WarcFormatError:
        return False
    return True
