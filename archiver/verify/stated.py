"""What ``warcinfo`` and ``metadata`` blocks state of runs, captures and failures, as rows of the ledger. Pure."""

from __future__ import annotations

import json
from typing import Any

from archiver.dataset.rows import row_id
from archiver.urls import clean_url, url_id
from archiver.warc.metadata import discovery_from_pairs
from archiver.warc.reader import WarcRecord

Pairs = list[tuple[str, str]]
_DEFAULT_MAX_BYTES = 64 * 2**20


def software_of(pairs: Pairs) -> str:
    """The ``software`` line of a ``warcinfo`` block."""
    return dict(reversed(pairs)).get("software", "")


def run_row(pairs: Pairs) -> tuple[Any, ...] | None:
    """``run_id, extracts, max_bytes, software`` (the first named), ``settings`` of a ``warcinfo`` of ours; else ``None``."""
    found = dict(reversed(pairs))
    if "run_id" not in found:
        return None
    settings = _settings(found.get("settings", ""))
    limit = settings.get("max_page_bytes")
    max_bytes = limit if type(limit) is int and 0 < limit < 2**40 else _DEFAULT_MAX_BYTES
    software = (found.get("software", "").split() or [""])[0]
    return found["run_id"], int(settings.get("extract") is not False), max_bytes, software, found.get("settings", "")


def _settings(text: str) -> dict[str, Any]:
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return settings if isinstance(settings, dict) else {}


def metadata_row(pairs: Pairs, record: WarcRecord) -> tuple[Any, ...]:
    """Columns of the ledger's ``metadata`` after the place: what the block says of the record it is concurrent to."""
    found = dict(reversed(pairs))
    discovery = discovery_from_pairs(pairs)
    first = found.get("url", "")
    url = clean_url(first) or first
    failure_id = None
    if "failure" in found:
        target = record.get("WARC-Target-URI") or ""
        failure_id = row_id("fail", found.get("run_id", ""), target, found["failure"])
    return (
        record.get("WARC-Concurrent-To"),
        discovery.purpose if discovery else None,
        url,
        found.get("run_id"),
        discovery.discovered_via if discovery else None,
        discovery.discovered_from if discovery else None,
        discovery.hops if discovery else None,
        failure_id,
        url_id(url) if discovery and discovery.purpose in ("article", "section") else None,
    )
