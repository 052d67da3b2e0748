"""What the crawl knew and no byte on the wire says, to ``application/warc-fields`` pairs and back.

``via``, ``hopsFromSeed`` and ``fetchTimeMs`` are Heritrix's names; the others are the dataset's, so that everything can be rebuilt
from the WARC alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast, get_args

from archiver.model import DiscoveredVia, Discovery, Failure, FailureReason, Purpose, RunInfo, format_instant

WARC_FORMAT = "WARC File Format 1.1"
CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
Pairs = tuple[tuple[str, str], ...]


def warcinfo_pairs(run: RunInfo, collection_name: str) -> list[tuple[str, str]]:
    """The block of a ``warcinfo`` record (WARC/1.1 §6.2): who crawled what, with which software, seeds and settings.

    The settings in it hold no secret: see ``archiver.settings``.
    """
    return [
        ("software", " ".join(run.software)),
        ("format", WARC_FORMAT),
        ("conformsTo", CONFORMS_TO),
        ("isPartOf", collection_name),
        ("hostname", run.hostname),
        *((("operator", run.operator),) if run.operator else ()),
        ("http-header-user-agent", run.user_agent),
        ("robots", run.robots_policy),
        ("run_id", run.run_id),
        ("started_at", format_instant(run.started_at)),
        *(("seed", seed) for seed in run.seeds),
        ("settings", run.settings),
    ]


def run_from_pairs(pairs: Iterable[tuple[str, str]]) -> RunInfo | None:
    """The run that a ``warcinfo`` block names, ``None`` when another tool wrote it."""
    found: dict[str, str] = {}
    seeds = []
    for name, value in pairs:
        if name == "seed":
            seeds.append(value)
        else:
            found.setdefault(name, value)
    try:
        return RunInfo(
            run_id=found["run_id"],
            started_at=datetime.fromisoformat(found["started_at"]),
            seeds=tuple(seeds),
            settings=found["settings"],
            software=tuple(found["software"].split()),
            user_agent=found["http-header-user-agent"],
            operator=found.get("operator"),
            robots_policy="ignore" if found["robots"] == "ignore" else "obey",
            hostname=found["hostname"],
        )
    except (KeyError, ValueError):
        return None


def discovery_pairs(discovery: Discovery, *, run_id: str, first_url: str, redirects: int = 0) -> Pairs:
    """The pairs of an exchange's ``metadata`` record. ``first_url`` begins the redirect chain."""
    pairs = [
        ("run_id", run_id),
        ("purpose", discovery.purpose),
        ("url", first_url),
        ("hopsFromSeed", hops_path(discovery, redirects)),
        ("depth", str(discovery.hops)),
        ("discovered_via", discovery.discovered_via),
    ]
    optional = {
        "via": discovery.via,
        "discovered_from": discovery.discovered_from,
        "seed": discovery.seed,
        "page_number": str(discovery.page_number) if discovery.page_number else None,
        "discovered_title": discovery.title,
        "discovered_date_raw": discovery.date_raw,
        "discovered_date_source": discovery.date_source,
        "within": discovery.within,
    }
    pairs += [(name, value) for name, value in optional.items() if value]
    return tuple(pairs)


def hops_path(discovery: Discovery, redirects: int) -> str:
    """Heritrix's path from the seed: ``L`` a link, ``E`` an embed, ``P`` a prerequisite, ``R`` a redirect."""
    last = {"requisite": "E", "robots": "P", "policy": "P"}.get(discovery.purpose, "")
    return "L" * discovery.hops + last + "R" * redirects


def discovery_from_pairs(pairs: Sequence[tuple[str, str]]) -> Discovery | None:
    """The discovery that a ``metadata`` block tells, ``None`` when another tool wrote it."""
    found = dict(reversed(pairs))
    if found.get("purpose") not in get_args(Purpose) or "depth" not in found:
        return None
    source = found.get("discovered_date_source")
    via = found.get("discovered_via")
    return Discovery(
        purpose=cast("Purpose", found["purpose"]),
        discovered_via=cast("DiscoveredVia", via) if via in get_args(DiscoveredVia) else "unknown",
        discovered_from=found.get("discovered_from"),
        via=found.get("via"),
        hops=_number(found["depth"]) or 0,
        seed=found.get("seed"),
        page_number=_number(found.get("page_number", "")),
        title=found.get("discovered_title"),
        date_raw=found.get("discovered_date_raw"),
        date_source=source if source in ("feed", "sitemap", "listing") else None,  # type: ignore[arg-type]
        within=found.get("within"),
    )


def failure_pairs(failure: Failure) -> Pairs:
    """The pairs of the ``metadata`` record of a failure; ``failure_from_pairs`` reads them."""
    pairs = [
        ("run_id", failure.run_id),
        ("failure", failure.reason),
        ("at", format_instant(failure.at)),
        ("tries", str(failure.tries)),
        ("purpose", failure.discovery.purpose),
        ("depth", str(failure.discovery.hops)),
        ("discovered_via", failure.discovery.discovered_via),
    ]
    optional = {
        "http_status": str(failure.http_status) if failure.http_status else None,
        "detail": failure.detail,
        "discovered_from": failure.discovery.discovered_from,
    }
    return (*pairs, *((name, value) for name, value in optional.items() if value))


def failure_from_pairs(url: str, pairs: Sequence[tuple[str, str]]) -> Failure | None:
    """The failure of ``url`` that a ``metadata`` block tells, without its pointer; ``None`` when it tells none."""
    found = dict(reversed(pairs))
    discovery = discovery_from_pairs(pairs)
    if found.get("failure") not in get_args(FailureReason) or discovery is None or "run_id" not in found:
        return None
    try:
        return Failure(
            url=url,
            reason=cast("FailureReason", found["failure"]),
            at=datetime.fromisoformat(found["at"]),
            discovery=discovery,
            run_id=found["run_id"],
            http_status=int(found["http_status"]) if "http_status" in found else None,
            detail=found.get("detail"),
            tries=int(found["tries"]),
        )
    except (KeyError, ValueError):
        return None


def run_end_pairs(
    run_id: str, finish_reason: str, ended_at: datetime | None, counts: Mapping[str, int], files: Sequence[str]
) -> Pairs:
    """The pairs of the ``metadata`` record that ends a run: all of its line in runs.jsonl that is not in ``warcinfo``."""
    ended = (("ended_at", format_instant(ended_at)),) if ended_at else ()
    return (
        ("run_id", run_id),
        ("finish_reason", finish_reason),
        *ended,
        *((f"count.{name}", str(number)) for name, number in sorted(counts.items())),
        *(("warc_file", name) for name in files),
    )


def _number(text: str) -> int | None:
    """A count in another's file: ASCII digits, and not so many that they are no count."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
