"""The indexes of a collection made from its WARC files: one CDXJ each, the merged replay index, the look-up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from archiver.index.cdxj import Capture, merge, write_sorted
from archiver.index.database import FILENAME, remove
from archiver.index.lookup import Context, IndexedFile, Lookup
from archiver.index.scan import FileScan
from archiver.warc.reader import Damage

_BATCH = 1000


def index_file(path: Path, cdxj: Path, lookup: Lookup) -> tuple[int, list[Damage]]:
    """Index one WARC file anew: its CDXJ and its part of the look-up. Returns the captures counted and the damage met."""
    scan = FileScan(path)
    lookup.forget_file(scan.filename)
    lines: list[str] = []
    count = 0
    captures = _noting_lines(scan, lines)
    while batch := list(islice(captures, _BATCH)):
        lookup.add(batch)
        count += len(batch)
    write_sorted(cdxj, lines)
    if scan.run is not None:
        lookup.runs.add(scan.run)
    for place, ended, finish_reason, pairs in scan.ended_runs:
        lookup.runs.add_end(scan.filename, place, ended, finish_reason, pairs)
    for place, failure, record_id in scan.failures:
        lookup.runs.add_failure(scan.filename, place, failure, record_id)
    run_id = scan.run.run_id if scan.run else None
    lookup.set_file(IndexedFile(scan.filename, path.stat().st_size, run_id, scan.exchanges, scan.bytes_received))
    return count, scan.damages


def _noting_lines(scan: FileScan, lines: list[str]) -> Iterator[tuple[Capture, Context]]:
    for capture, context in scan:
        if capture.is_replayable:
            lines.append(capture.line())
        yield capture, context


def index_files(warcs: dict[Path, Path], indexes: Path) -> tuple[int, list[Damage]]:
    """Index WARC files (path to CDXJ path) and merge them into ``index.cdxj``; the look-up is made from nothing."""
    remove(indexes / FILENAME)
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
