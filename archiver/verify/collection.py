"""``verify_collection``: scan, load, compare, extract again; everything found is in the ledger that is handed back."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from archiver.collection.layout import Collection
from archiver.dataset.schema import FILENAMES
from archiver.errors import ArchiverError
from archiver.verify.companions import check_companions
from archiver.verify.complete import check_complete
from archiver.verify.files import Expected, check_digest, compare_manifest, find_files, is_busy, read_manifest
from archiver.verify.findings import Summary
from archiver.verify.index import IndexReader, check_index
from archiver.verify.join import check_rows
from archiver.verify.ledger import Ledger
from archiver.verify.lookup import check_lookup
from archiver.verify.records import WarcFile, scan_file
from archiver.verify.references import check_references
from archiver.verify.rows import RowReader
from archiver.verify.text import TextChecker

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """``sample``: rows and listings to extract again, ``None`` for all; ``workers``: processes for scanning and for extraction."""

    extract: bool = True
    sample: int | None = None
    workers: int = 1


def verify_collection(
    collection: Collection, ledger: Ledger, options: VerifyOptions, progress: Progress = lambda _: None
) -> Summary:
    """Verify ``collection`` into an open ``ledger``; nothing in the collection is changed. Raises ArchiverError."""
    busy = is_busy(collection.root)
    stops = {name: _size(collection.dataset / name) for name in FILENAMES.values()}
    files = find_files(collection, ledger, busy=busy)
    manifest = read_manifest(collection, ledger)
    compare_manifest(collection, manifest, files, ledger, busy=busy)
    _scan(files, manifest, ledger, options.workers, progress)
    progress("rows and indexes")
    numbers = {file.name: file.number for file in files if file.folder == "archive"}
    rows = RowReader(collection, numbers, ledger)
    for record_type, name in FILENAMES.items():
        rows.read(record_type, stops[name])
    IndexReader(collection, files, ledger, busy=busy).read()
    ledger.build_indexes()
    check_references(ledger)
    check_index(ledger, collection, files, busy=busy)
    check_rows(ledger)
    if not busy:
        check_complete(ledger)
        check_lookup(collection, numbers, ledger)
        check_companions(collection, ledger)
    extracted = TextChecker(collection, ledger, options, progress).check() if options.extract else None
    return summarize(ledger, rows.count, extracted)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _scan(files: list[WarcFile], manifest: dict[str, Expected], ledger: Ledger, workers: int, progress: Progress) -> None:
    """Read every WARC once: in this process, or in ``workers`` others that hand back a part of the ledger each."""
    expected = {file.number: manifest.get(f"{file.folder}/{file.path.name}") for file in files}
    if workers < 2 or len(files) < 2:
        for file in files:
            progress(f"{file.folder}/{file.path.name}")
            scan_one(file, expected[file.number], ledger)
        return
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            parts = [ledger.folder / f"part-{file.number}.sqlite" for file in files]
            jobs = [pool.submit(scan_part, file, expected[file.number], part) for file, part in zip(files, parts, strict=True)]
            for job in as_completed(jobs):
                ledger.take(job.result())
                progress(f"{ledger.number('SELECT count(*) FROM records')} records")  # noqa: S608
    except BrokenProcessPool as error:
        raise ArchiverError("a scanning process was killed (out of memory?): run again with --workers 1") from error


def scan_one(file: WarcFile, expected: Expected | None, ledger: Ledger) -> None:
    """One WARC file: its records, and its digest as a whole."""
    scan_file(file, ledger)
    if expected is not None:
        check_digest(file.path, f"{file.folder}/{file.path.name}", expected, ledger)


def scan_part(file: WarcFile, expected: Expected | None, part: Path) -> Path:
    """``scan_one`` in a process of its own; the path of the part it wrote."""
    ledger = Ledger.part(part)
    try:
        scan_one(file, expected, ledger)
    finally:
        ledger.close()
    return part


def summarize(ledger: Ledger, rows: int, extracted: int | None) -> Summary:
    """The counts of everything found."""
    by_kind: Counter[str] = Counter()
    by_severity: Counter[str] = Counter()
    for (severity, kind), count in ledger.counts().items():
        by_severity[severity] += count
        if severity != "note":
            by_kind[kind] += count
    return Summary(
        records=ledger.number("SELECT count(*) FROM records"),
        rows=rows,
        errors=by_severity["error"],
        warnings=by_severity["warning"],
        notes=by_severity["note"],
        by_kind=tuple(sorted(by_kind.items())),
        extracted=extracted,
    )
