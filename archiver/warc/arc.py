"""ARC, the Internet Archive's format before WARC: the line before each record, told in WARC's named fields. No files here.

Version 1 has ``URL IP-address date content-type length``, version 2 five more columns before the length. What the line does not say
(a record id) is made from it and from the record's place, so that it comes out the same each time.
"""

from __future__ import annotations

import re
import uuid

from archiver.errors import WarcFormatError
from archiver.warc.records import HTTP_RESPONSE, Fields

# A line that opens a record; URLs with blanks are seen, and types with parameters. A file's first record is its ``filedesc:``.
# Not only at the beginning of a line: what lies before a record may be damaged.
ARC_START = re.compile(
    rb"(?<![A-Za-z0-9+.-])(?:[A-Za-z][A-Za-z0-9+.-]{1,20}://|dns:)[^\r\n]{1,3000}? \d{8,14} [^\r\n]{0,600}?\d{1,12}\r?\n"
)
_LINE = re.compile(r"(?P<url>.*?) (?P<ip>\S+) (?P<date>\d{8,14}) (?:(?P<mime>.*) )?(?P<length>\d{1,18})")


def parse_arc_head(line: bytes, offset: int) -> tuple[str, Fields]:
    """``("arc", fields)`` of a record's line; raises WarcFormatError when it is none."""
    text = line.decode("utf-8", "replace").strip()
    match = _LINE.fullmatch(text)
    if match is None:
        raise WarcFormatError(f"not an ARC record: {text[:40]!r}")
    url = match["url"]
    is_http = url.lower().startswith(("http:", "https:"))
    warc_type = "response" if is_http else "warcinfo" if url.startswith("filedesc:") else "resource"
    return "arc", (
        ("WARC-Type", warc_type),
        ("WARC-Record-ID", derived_record_id(text, offset)),
        ("WARC-Target-URI", url),
        ("WARC-Date", _date(match["date"])),
        ("WARC-IP-Address", match["ip"]),
        ("Content-Type", HTTP_RESPONSE if is_http else (match["mime"] or "").partition(" ")[0]),
        ("Content-Length", match["length"]),
    )


def derived_record_id(head: str, offset: int) -> str:
    """A record id (``urn:uuid:…``, version 5) for a record that has none: from what its head says and where it lies."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{offset} {head}')}"


def _date(digits: str) -> str:
    """``YYYYMMDDhhmmss``, or the beginning of it, as a WARC-Date."""
    year, month, day, hour, minute, second = (digits.ljust(14, "0")[slice(*span)] for span in _SPANS)
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"


_SPANS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
