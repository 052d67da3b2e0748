"""What only the WARC files of a run tell: how long servers took to answer, and when their certificates end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archiver.report.alarms import Certificate
from archiver.urls import host_of
from archiver.warc.reader import Damage, read_records
from archiver.warc.records import WARC_FIELDS

_MAX_BLOCK = 1 << 16


@dataclass(slots=True)
class WireFacts:
    """``milliseconds`` of each exchange, and each host's certificate as it was last seen."""

    milliseconds: list[int] = field(default_factory=list)
    certificates: dict[str, Certificate] = field(default_factory=dict)


def read_wire_facts(files: list[Path]) -> WireFacts:
    """Read the ``metadata`` records of ``files``; damage is passed over, ``archiver verify`` is for that."""
    found = WireFacts()
    for path in files:
        for record in read_records(path):
            if isinstance(record, Damage) or record.warc_type != "metadata" or record.get("Content-Type") != WARC_FIELDS:
                continue
            if record.content_length <= _MAX_BLOCK:
                _add(found, record.get("WARC-Target-URI") or "", record.read().decode("utf-8", "replace"))
    return found


def _add(found: WireFacts, url: str, block: str) -> None:
    pairs = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
    taken = pairs.get("fetchTimeMs", "")
    if taken.isascii() and taken.isdigit() and len(taken) < 10:
        found.milliseconds.append(int(taken))
    try:
        not_after = datetime.fromisoformat(pairs["certificateNotAfter"]).astimezone(UTC)
    except (KeyError, ValueError):
        return
    host = host_of(url)
    found.certificates[host] = Certificate(host, not_after)
