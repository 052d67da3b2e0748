"""Index, dataset and pages made anew from ``archive/`` alone: written aside, then put in the place of what was there."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from archiver.collection.layout import Collection
from archiver.dataset.companions import write_companions
from archiver.dataset.known import FILENAME as KNOWN
from archiver.dataset.schema import FILENAMES
from archiver.dataset.writer import RowWriter
from archiver.errors import StoreError
from archiver.extraction.sandbox import Sandbox
from archiver.index.build import index_files
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.database import remove
from archiver.index.lookup import Lookup
from archiver.reextract.derive import Deriver
from archiver.reextract.repair import complete_manifest, complete_text
from archiver.reextract.runs import ends_to_tell, extracts, max_page_bytes, run_line
from archiver.sites.book import SiteBook
from archiver.warc.reader import Damage
from archiver.warc.series import sync_folder

# Not in dataset/: a crash leaves it behind, and the next rebuild begins with an empty one.
_ASIDE = ".rebuild"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was made: captures indexed, rows by kind, what could not be read, and what to tell of files left out."""

    captures: int
    rows: Mapping[str, int]
    damages: list[Damage]
    note: str | None = None


def rebuild(collection: Collection, *, workers: int = 1, progress: Callable[[Path], None] = lambda _: None) -> Rebuilt:
    """Make everything but ``archive/`` anew; the caller holds the lock.

    Text records and lines of the manifest are only added to. Raises StoreError when it cannot be written; doing it again is safe.
    """
    try:
        return _rebuild(collection, workers, progress)
    except (OSError, sqlite3.Error) as error:
        raise StoreError.cannot("rebuild", collection.root, error) from error


def _rebuild(collection: Collection, workers: int, progress: Callable[[Path], None]) -> Rebuilt:
    warcs = collection.warcs()
    captures, damages = index_files({path: collection.cdxj(path.name) for path in warcs}, collection.indexes)
    aside = collection.root / _ASIDE
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    lookup = Lookup(collection.indexes / LOOKUP)
    sandbox = Sandbox(workers)
    rows = RowWriter(aside, aside / "pages.jsonl", aside / KNOWN)
    try:
        counts = _derive_all(collection, lookup, rows, sandbox, workers, progress, damages)
        runs = [run for run in lookup.runs.all() if extracts(run)]
    finally:
        sandbox.close()
        rows.close()
        lookup.close()
    _put_in_place(collection, aside)
    for run in runs:
        complete_text(collection, run)
    complete_manifest(collection)
    return Rebuilt(captures, counts, damages, write_companions(collection.dataset))


def _derive_all(
    collection: Collection,
    lookup: Lookup,
    rows: RowWriter,
    sandbox: Sandbox,
    workers: int,
    progress: Callable[[Path], None],
    damages: list[Damage],
) -> Counter[str]:
    counts: Counter[str] = Counter()
    runs = {run.run_id: run for run in lookup.runs.all()}
    for path in collection.warcs():
        progress(path)
        run = runs.get(lookup.run_of_file(path.name) or "")
        if run is None:
            continue
        sites = SiteBook.of_settings(run.settings)
        deriver = Deriver(collection, lookup, rows, sandbox, sites=sites, workers=workers, max_page_bytes=max_page_bytes(run))
        deriver.derive(path, pages=extracts(run))
        counts.update(deriver.counts)
        damages += deriver.problems
    for ended, pairs in ends_to_tell(lookup):
        rows.run(run_line(ended, pairs))
        counts["runs"] += 1
    return counts


def _put_in_place(collection: Collection, aside: Path) -> None:
    # First: it follows articles.jsonl by its length, and would read the new one from the middle on.
    remove(collection.indexes / KNOWN)
    for name in FILENAMES.values():
        (aside / name).replace(collection.dataset / name)
    (aside / "pages.jsonl").replace(collection.pages)
    (aside / KNOWN).replace(collection.indexes / KNOWN)
    for folder in (collection.dataset, collection.pages.parent, collection.indexes):
        sync_folder(folder)
    shutil.rmtree(aside)
