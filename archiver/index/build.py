"""The indexes of a collection made from its WARC files: one CDXJ each, the merged replay index, the look-up."""

from __future__ import annotations

from pathlib import Path

from archiver.index.cdxj import Capture, merge, write_sorted
from archiver.index.lookup import FILENAME, Lookup
from archiver.index.scan import scan_file
from archiver.warc.reader import Damage

_BATCH = 1000


def index_file(path: Path, cdxj: Path, lookup: Lookup, run_id: str | None = None) -> tuple[int, list[Damage]]:
    """Index one WARC file anew: its CDXJ and its part of the look-up. Returns the captures counted and the damage met."""
    lookup.forget_file(path.name)
    lines: list[str] = []
    damages: list[Damage] = []
    batch: list[tuple[Capture, str | None]] = []
    count = 0
    for item in scan_file(path):
        if isinstance(item, Damage):
            damages.append(item)
            continue
        capture, pairs = item
        count += 1
        run_id = pairs.get("run_id", run_id)
        if capture.is_replayable:
            lines.append(capture.line())
        batch.append((capture, pairs.get("purpose")))
        if len(batch) >= _BATCH:
            lookup.add(batch, run_id)
            batch.clear()
    lookup.add(batch, run_id)
    write_sorted(cdxj, lines)
    lookup.set_file(path.name, path.stat().st_size, run_id)
    return count, damages


def index_files(warcs: dict[Path, Path], indexes: Path) -> tuple[int, list[Damage]]:
    """Index WARC files (path to CDXJ path) and merge them into ``index.cdxj``; the look-up is made from nothing."""
    for suffix in ("", "-wal", "-shm"):
        (indexes / (FILENAME + suffix)).unlink(missing_ok=True)
    lookup = Lookup(indexes / FILENAME)
    total, damages = 0, []
    try:
        for path, cdxj in warcs.items():
            count, damaged = index_file(path, cdxj, lookup)
            total += count
            damages += damaged
    finally:
        lookup.close()
    merge(warcs.values(), indexes / "index.cdxj")
    return total, damages
