"""After a crash: WARC files closed where their last whole exchange ends, then index and dataset made to agree with them.

Whole members are kept, torn tails are moved to ``logs/``; a finished file is never touched. The caller holds the lock.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

import orjson

from archiver.collection.layout import Collection
from archiver.collection.manifest import add_to_manifest, file_sha256, read_manifest
from archiver.collection.text_series import TextSeries, text_digest
from archiver.dataset.jsonl import RowFile, read_rows
from archiver.dataset.known import FILENAME as KNOWN
from archiver.dataset.pages import write_pages
from archiver.dataset.rows import failure_id
from archiver.dataset.schema import FILENAMES, RecordType
from archiver.dataset.tails import cut_torn_line, drop_lines, run_of
from archiver.dataset.writer import RowWriter
from archiver.errors import StoreError
from archiver.extraction.sandbox import Sandbox
from archiver.index.build import index_file
from archiver.index.cdxj import merge
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.database import remove
from archiver.index.lookup import Lookup
from archiver.model import RunInfo
from archiver.reextract.derive import Deriver
from archiver.reextract.leftovers import close_archive, close_text
from archiver.reextract.repaired import Repaired
from archiver.reextract.runs import ends_to_tell, extracts, finish_reasons, max_page_bytes, run_line
from archiver.sites.book import SiteBook
from archiver.warc.reader import Damage, read_records


def repair(collection: Collection) -> list[Repaired]:
    """Make the collection whole; an empty list when it was. Raises StoreError when that cannot be written."""
    try:
        try:
            return _repair(collection)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            # A power cut may tear the caches in any place; all that is in them is made from other files.
            for name in (LOOKUP, KNOWN):
                remove(collection.indexes / name)
            return [Repaired(f"indexes/{LOOKUP}", f"made anew ({error})"), *_repair(collection)]
    except (OSError, sqlite3.Error) as error:
        raise StoreError.cannot("repair", collection.root, error) from error


def _repair(collection: Collection) -> list[Repaired]:
    if collection.open_warcs():
        # A power cut may have torn them anywhere.
        _check_caches(collection)
    lookup = Lookup(collection.indexes / LOOKUP)
    try:
        done = [*close_archive(collection, lookup), *_cut_torn_lines(collection)]
        _complete_index(collection, lookup, done)
        done += close_text(collection, lookup)
        done += complete_manifest(collection)
        ended = finish_reasons(collection, lookup)
        files = [path for path in collection.warcs() if (run := lookup.run_of_file(path.name)) and run not in ended]
        if done or files:
            done += _drop_rows(collection, lookup, ended)
        done += _complete_runs(collection, lookup)
        if files:
            done += _complete_dataset(collection, lookup, files)
    finally:
        lookup.close()
    return done


def _check_caches(collection: Collection) -> None:
    """Raises sqlite3.DatabaseError for a cache that is damaged anywhere."""
    for name in (LOOKUP, KNOWN):
        path = collection.indexes / name
        if path.exists():
            with contextlib.closing(sqlite3.connect(path)) as db:
                found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
                if found != "ok":
                    raise sqlite3.DatabaseError(f"{name}: {found}")


def _cut_torn_lines(collection: Collection) -> list[Repaired]:
    done = []
    for path in (*(collection.dataset / name for name in FILENAMES.values()), collection.pages, collection.manifest):
        if torn := cut_torn_line(path, collection.logs):
            done.append(Repaired(path.name, "a torn last line cut", f"{torn} bytes, kept in logs/"))
    return done


def complete_manifest(collection: Collection) -> list[Repaired]:
    """Add the WARC files that the manifest does not name."""
    listed = read_manifest(collection.manifest)
    done = []
    for path in (*collection.warcs(), *sorted(collection.text.glob("*.warc.gz"))):
        name = path.relative_to(collection.root).as_posix()
        if name not in listed:
            add_to_manifest(collection.manifest, path, file_sha256(path))
            done.append(Repaired(name, "added to the manifest"))
    return done


def _complete_index(collection: Collection, lookup: Lookup, done: list[Repaired]) -> None:
    """Index the files that the look-up does not know whole."""
    known, warcs = lookup.file_sizes(), collection.warcs()
    stale = [path for path in warcs if known.get(path.name) != path.stat().st_size or not collection.cdxj(path.name).exists()]
    for path in stale:
        count, damages = index_file(path, collection.cdxj(path.name), lookup)
        lost = "; ".join(map(str, damages))
        done.append(Repaired(f"archive/{path.name}", f"indexed: {count} captures", lost))
    for name in set(known) - {path.name for path in warcs}:
        lookup.forget_file(name)
        done.append(Repaired(f"archive/{name}", "forgotten by the index", "the file is not there"))
    merged = collection.indexes / "index.cdxj"
    if done or not merged.exists():
        merge((collection.cdxj(path.name) for path in warcs), merged)


def _complete_runs(collection: Collection, lookup: Lookup) -> list[Repaired]:
    """Lines of runs that ended otherwise than finished and were killed before they said so."""
    path = collection.dataset / FILENAMES["run"]
    told = {_end_of(row) for row in (read_rows(path) if path.exists() else ())}
    done, rows = [], RowFile(collection.dataset, "run")
    for run, pairs in ends_to_tell(lookup):
        row = run_line(run, pairs)
        if row["finish_reason"] != "finished" and _end_of(row) not in told:
            rows.append(row)
            done.append(Repaired(path.name, f"the line of {run.run_id} written"))
    rows.close()
    return done


def _end_of(row: dict[str, Any]) -> tuple[str, str | None, str | None]:
    return row["run_id"], row["finish_reason"], row["ended_at"]


def _drop_rows(collection: Collection, lookup: Lookup, ended: Container[str]) -> list[Repaired]:
    """Rows of runs that did not end whose record is not there: a power cut may keep them and not the WARC's last bytes."""
    done = []
    for kind in ("article", "appearance", "failure"):
        check = _RowCheck(lookup, kind, ended)
        path = collection.dataset / FILENAMES[kind]
        if path.exists() and drop_lines(path, collection.logs, check.is_lost):
            if check.unbacked:
                done.append(Repaired(path.name, f"{check.unbacked} rows moved to logs/", "their records are not in the archive"))
            if check.unreadable:
                lost = f"{check.unreadable} lines that are no rows, kept in logs/; archiver verify says what is missing"
                done.append(Repaired(path.name, "lines that are no rows cut", lost))
    return done


class _RowCheck:
    """Tells lines of one row file that nothing in the archive backs, and counts them."""

    def __init__(self, lookup: Lookup, kind: RecordType, ended: Container[str]) -> None:
        self._lookup, self._kind, self._ended = lookup, kind, ended
        self._failures: dict[str, frozenset[str]] = {}
        self.unbacked = self.unreadable = 0

    def is_lost(self, line: bytes) -> bool:
        if run_of(line) in self._ended:
            return False
        try:
            row = orjson.loads(line)
            is_backed = self._is_backed(row)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            self.unreadable += 1
            return True
        self.unbacked += not is_backed
        return not is_backed

    def _is_backed(self, row: dict[str, Any]) -> bool:
        if self._kind == "failure":
            run_id = row["run_id"]
            if run_id not in self._failures:
                self._failures[run_id] = frozenset(map(failure_id, self._lookup.runs.failures_of(run_id)))
            return row["id"] in self._failures[run_id]
        capture = self._lookup.by_record_id(row["warc_record_id"])
        return capture is not None and (capture.filename, capture.offset) == (row["warc_filename"], row["warc_record_offset"])


def _complete_dataset(collection: Collection, lookup: Lookup, files: list[Path]) -> list[Repaired]:
    """Rows, page lines and text records for captures of ``files`` that have none yet."""
    runs = {run.run_id: run for run in lookup.runs.all()}
    run_of_file = {path: runs[lookup.run_of_file(path.name) or ""] for path in files}
    open_runs = {run.run_id: run for run in run_of_file.values()}
    sandbox = Sandbox()
    rows = RowWriter(collection.dataset, collection.pages, collection.indexes / KNOWN)
    rows.written = frozenset().union(*(written_ids(collection, run_id) for run_id in open_runs))
    done = []
    try:
        for path, run in run_of_file.items():
            sites = SiteBook.of_settings(run.settings)
            deriver = Deriver(collection, lookup, rows, sandbox, sites=sites, max_page_bytes=max_page_bytes(run))
            deriver.derive(path, pages=extracts(run))
            written = {name: count for name, count in deriver.counts.items() if count and name != "articles_there"}
            if written:
                done.append(
                    Repaired(
                        f"archive/{path.name}", "rows written: " + ", ".join(f"{n} {name}" for name, n in sorted(written.items()))
                    )
                )
            done += [Repaired(f"archive/{path.name}", "a capture without a row", str(problem)) for problem in deriver.problems]
    finally:
        sandbox.close()
        rows.close()
    for run in open_runs.values():
        done += complete_text(collection, run)
    write_pages(collection.dataset, collection.pages)
    return done


def written_ids(collection: Collection, run_id: str) -> frozenset[str]:
    """Ids of the appearances and failures that ``run_id`` has, and the record ids of its listings."""
    found: set[str] = set()
    for kind in ("appearance", "failure"):
        path = collection.dataset / FILENAMES[kind]
        for row in _rows_of(path, run_id):
            found.add(row["id"])
            if kind == "appearance":
                found.add(row["warc_record_id"])
    return frozenset(found)


def _rows_of(path: Path, run_id: str) -> Iterable[dict[str, Any]]:
    return (row for row in read_rows(path) if row["run_id"] == run_id) if path.exists() else ()


def complete_text(collection: Collection, run: RunInfo) -> list[Repaired]:
    """Text records for the rows of ``run`` that have none with their text."""
    there = _converted(collection, run.run_id)
    rows = _rows_of(collection.dataset / FILENAMES["article"], run.run_id)
    missing = [row for row in rows if (row["warc_record_id"], text_digest(row["text"])) not in there]
    if not missing:
        return []
    series = TextSeries(collection, run)
    for row in missing:
        series.append(
            target_uri=row["url_final"],
            refers_to=row["warc_record_id"],
            text=row["text"],
            extractor=row["extractor"],
            extractor_config=row["extractor_config"],
        )
    series.close()
    return [Repaired("text/", f"{len(missing)} text records written")]


def _converted(collection: Collection, run_id: str) -> set[tuple[str | None, str | None]]:
    """Record ids and digests of the ``conversion`` records in files of ``run_id``."""
    found: set[tuple[str | None, str | None]] = set()
    for path in sorted(collection.text.glob("*.warc.gz")):
        for record in read_records(path):
            if isinstance(record, Damage):
                continue
            if record.warc_type == "warcinfo" and f"run_id: {run_id}\r\n".encode() not in record.read():
                break
            if record.warc_type == "conversion":
                found.add(((record.get("WARC-Refers-To") or "").strip("<>"), record.get("WARC-Block-Digest")))
    return found
