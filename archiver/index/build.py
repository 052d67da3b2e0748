"""The indexes of a collection made from its WARC files: one CDXJ each, the merged replay index, the look-up."""

from __future__ import annotations

from pathlib import Path

from archiver.index.cdxj import Capture, merge, write_sorted
from archiver.index.lookup import FILENAME, IndexedFile, Lookup, remove_lookup
from archiver.index.scan import FileScan
from archiver.model import Discovery
from archiver.warc.reader import Damage

_BATCH = 1000


def index_file(path: Path, cdxj: Path, lookup: Lookup) -> tuple[int, list[Damage]]:
    """Index one WARC file anew: its CDXJ and its part of the look-up. Returns the captures counted and the damage met."""
    scan = FileScan(path)
    lookup.forget_file(scan.filename)
    lines: list[str] = []
    batch: list[tuple[Capture, Discovery | None]] = []
    run_id, count = None, 0
    for capture, found in scan:
        count += 1
        if capture.is_replayable:
            lines.append(capture.line())
        if found.run_id != run_id or len(batch) >= _BATCH:
            lookup.add(batch, run_id)
            batch.clear()
            run_id = found.run_id
        batch.append((capture, found.discovery))
    lookup.add(batch, run_id)
    write_sorted(cdxj, lines)
    if scan.run is not None:
        lookup.set_run(scan.run)
    for ended, reason in scan.ended_runs:
        lookup.end_run(ended, reason)
    lookup.set_file(
        IndexedFile(scan.filename, path.stat().st_size, scan.run.run_id if scan.run else None, scan.exchanges, scan.bytes_received)
    )
    return count, scan.damages


def index_files(warcs: dict[Path, Path], indexes: Path) -> tuple[int, list[Damage]]:
    """Index WARC files (path to CDXJ path) and merge them into ``index.cdxj``; the look-up is made from nothing."""
    remove_lookup(indexes / FILENAME)
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
