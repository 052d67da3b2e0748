"""WARC/1.1 records: named fields, ids, dates, digests, and their serialised form. Pure; files are the writer's."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from archiver.errors import WarcFormatError

CRLF = b"\r\n"
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
SERVER_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
HTTP_RESPONSE = "application/http; msgtype=response"
HTTP_REQUEST = "application/http; msgtype=request"
WARC_FIELDS = "application/warc-fields"
# Names whose value is a record id, which alone stands in angle brackets (WARC/1.1 §5.2; wget brackets URIs too, wrongly).
_ID_FIELDS = frozenset({"WARC-Record-ID", "WARC-Concurrent-To", "WARC-Refers-To", "WARC-Warcinfo-ID"})
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# A field name is a token (WARC/1.1 §4).
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NOT_NAME = re.compile(r"[^!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_WARC_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?)?\s*(?:Z|([+-])(\d\d):?(\d\d))?", re.ASCII
)
_DAY_OF_YEAR = re.compile(r"^(\d{4})-(\d\d)-(\d{3})(?=[T ])", re.ASCII)

# base64 to its URL-safe form (RFC 4648 §5)
_URL_SAFE = str.maketrans("+/", "-_")

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record to be written: named fields in order (without Content-Length) and the block in pieces.

    ``body_is_coded`` is a hint for the compressor: the block is mostly compressed bytes already.
    """

    fields: Fields
    block: tuple[bytes, ...]
    body_is_coded: bool = False

    @property
    def record_id(self) -> str:
        """``urn:uuid:…`` without brackets."""
        return dict(self.fields)["WARC-Record-ID"]

    @property
    def warc_type(self) -> str:
        """The value of WARC-Type."""
        return dict(self.fields)["WARC-Type"]

    def serialize(self) -> list[bytes]:
        """The whole record as buffers, uncompressed (WARC/1.1 §4)."""
        length = sum(map(len, self.block))
        return [_head(self.fields, length), *self.block, CRLF + CRLF]


def _head(fields: Fields, content_length: int) -> bytes:
    lines = ["WARC/1.1"]
    for name, value in fields:
        if not _NAME.fullmatch(name):
            raise WarcFormatError(f"not a WARC field name: {name[:40]!r}")
        if _CONTROL.search(value):
            raise WarcFormatError(f"a control character in {name}: {value[:40]!r}")
        lines.append(f"{name}: <{value}>" if name in _ID_FIELDS else f"{name}: {value}")
    lines.append(f"Content-Length: {content_length}")
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n"


def new_record_id() -> str:
    """A fresh ``urn:uuid:…``."""
    return f"urn:uuid:{uuid.uuid4()}"


def format_warc_date(moment: datetime) -> str:
    """W3C date in UTC to the microsecond (WARC/1.1 §5.4)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_warc_date(text: str) -> datetime:
    """A WARC-Date of any precision (1.0: seconds; 1.1: from the year to nanoseconds); raises WarcFormatError.

    *Quirk:* some old tools write a zone offset or a space instead of ``T``, ClueWeb09 the day of the year in place of the day
    (``2008-10-294T…``). A leap second reads as the one before.
    """
    match = _WARC_DATE.fullmatch(_DAY_OF_YEAR.sub(_as_day_of_month, text.strip()))
    if match is None:
        raise WarcFormatError(f"not a WARC-Date: {text[:40]!r}")
    year, month, day, hour, minute, second, fraction, sign, zone_hours, zone_minutes = match.groups()
    offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
    try:
        moment = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            59 if second == "60" else int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]),
            tzinfo=UTC,
        )
        return moment + offset if sign == "-" else moment - offset
    except (ValueError, OverflowError) as error:
        raise WarcFormatError(f"not a WARC-Date: {text[:40]!r}") from error


def _as_day_of_month(match: re.Match[str]) -> str:
    """The date that a year and a day of it name; as it was where the month says otherwise."""
    year, month, day = map(int, match.groups())
    if not (1 <= year <= 9998 and 1 <= day <= 366):
        return match[0]
    found = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day - 1)
    return f"{found:%Y-%m-%d}" if (found.year, found.month) == (year, month) else match[0]


def sha256_digest(buffers: Iterable[bytes]) -> str:
    """``sha256:`` + lower-case hex of the concatenated buffers."""
    digest = hashlib.sha256()
    for buffer in buffers:
        digest.update(buffer)
    return f"sha256:{digest.hexdigest()}"


def digest_matches(stated: str, data: Iterable[bytes]) -> bool | None:
    """Whether a labelled digest is that of ``data``; ``None``: unknown algorithm.

    WARC/1.1 §5.8 leaves the encoding open: hex and base32 of either case, with or without padding, and base64 are seen.
    """
    algorithm, _, value = stated.partition(":")
    name = algorithm.strip().lower().replace("-", "")
    if name not in ("sha1", "sha256", "sha512", "md5", "sha224", "sha384"):
        return None
    digest = hashlib.new(name, usedforsecurity=False)
    for buffer in data:
        digest.update(buffer)
    raw, value = digest.digest(), value.strip().rstrip("=")
    return value.lower() == raw.hex() or _is_in_base_32_or_64(value, raw)


def _is_in_base_32_or_64(value: str, raw: bytes) -> bool:
    in_base64 = base64.b64encode(raw).decode().rstrip("=")
    in_base32 = base64.b32encode(raw).decode().rstrip("=")
    return value.upper() == in_base32 or value in (in_base64, in_base64.translate(_URL_SAFE))


def warc_fields(pairs: Sequence[tuple[str, str]]) -> bytes:
    """An ``application/warc-fields`` block (WARC/1.1 Annex A).

    Control characters in values become spaces; what may not stand in a name becomes ``_``.
    """
    lines = [f"{_NOT_NAME.sub('_', name) or '_'}: {_CONTROL.sub(' ', value)}\r\n" for name, value in pairs]
    return "".join(lines).encode("utf-8", "replace")


def parse_warc_fields(block: bytes) -> list[tuple[str, str]]:
    """Name and value pairs of an ``application/warc-fields`` block; lines without a colon are passed over, folded ones joined."""
    logical: list[list[str]] = []
    # Not splitlines: it also cuts at U+0085, U+2028 and others, which a page's title may hold.
    for line in block.decode("utf-8", "replace").split("\n"):
        if line[:1] in (" ", "\t") and logical:
            logical[-1].append(line.strip())
        else:
            logical.append([line.rstrip("\r")])
    split = (" ".join(parts).partition(":") for parts in logical)
    return [(name.strip(), value.strip()) for name, colon, value in split if colon]
