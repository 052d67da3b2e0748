"""``select``: copy what is wanted, index it, write its rows with their new pointers, and say what it is."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archiver._version import __version__
from archiver.collection.layout import Collection, prepare_collection
from archiver.collection.lock import CollectionLock
from archiver.collection.manifest import add_to_manifest, file_sha256
from archiver.dataset.companions import write_companions
from archiver.dataset.files import put
from archiver.dataset.jsonl import RowFile
from archiver.dataset.pages import write_pages
from archiver.dataset.rows import pointer_values
from archiver.dataset.schema import TABLES, RecordType
from archiver.errors import CollectionError, FormatError, StoreError, UsageError
from archiver.export.database import ExportDatabase
from archiver.export.files import filled_database
from archiver.export.source import open_source
from archiver.index.build import index_files
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup
from archiver.reextract.runs import run_counts, run_line
from archiver.selection.copy import CopiedRecord, copy_records, takes_capture, takes_text
from archiver.selection.identity import OWN_FILE, selection_id
from archiver.selection.requisites import take_requisites
from archiver.selection.wanted import Chooser, Wanted
from archiver.warc.metadata import CONFORMS_TO, WARC_FORMAT, Pairs, run_end_pairs
from archiver.warc.records import WARC_FIELDS, Record, format_warc_date, new_record_id, sha256_digest, warc_fields
from archiver.warc.series import WarcSeries

SELECTION = "selection.json"


@dataclass(frozen=True, slots=True)
class Selected:
    """What was made: its id, what was copied by kind, and what to tell of files left out."""

    selection_id: str
    counts: Counter[str]
    note: str | None


def select(source: Collection, output: Path, where: str) -> Selected:
    """Make the collection ``output`` of the articles of ``source`` for whose rows ``where`` holds, and all that belongs to them.

    Nothing is at ``output`` until it is whole. Raises UsageError for wrong SQL or a folder that is there, CollectionError where the
    source cannot be read whole, StoreError.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{output}: is there already; name a new folder with -o")
    aside = output.with_name(f".{output.name}.selecting")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        with ExitStack() as stack:
            lock = CollectionLock(source.root)
            lock.acquire()
            stack.callback(lock.release)
            if source.open_warcs():
                raise CollectionError(f"{source.root}: a crawl did not finish; run archiver repair first")
            # The series is named after the folder it will be.
            made = _Selection(source, prepare_collection(aside / output.name), where).make()
        output.parent.mkdir(parents=True, exist_ok=True)
        (aside / output.name).replace(output)
        return made
    except FormatError as error:
        raise CollectionError(f"{source.root}: {error}") from error
    except OSError as error:
        raise StoreError(f"{error.filename or output}: {error.strerror}; nothing was made") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


class _Selection:
    def __init__(self, source: Collection, made: Collection, where: str) -> None:
        self._source, self._made, self._where = source, made, where
        self._copied: list[CopiedRecord] = []

    def make(self) -> Selected:
        source = open_source(self._source.root)
        if source.lookup is None:
            raise CollectionError(f"{self._source.root}: no look-up; run archiver index first")
        with filled_database(source, superseded=True) as database:
            chooser = Chooser(database, source.lookup, source.access)
            rows = database.matching("article", self._where)
            if not rows:
                raise UsageError(f"--where {self._where!r}: no article; nothing was made")
            chosen = chooser.choose(rows)
            if not chosen:
                raise UsageError(f"--where {self._where!r}: nothing but what is excluded; nothing was made")
            take_requisites(chooser, self._source)
            wanted = chooser.result()
            self._copy(database, wanted)
            note = self._index_and_write(database)
            return self._tell(chosen, wanted, note)

    def _copy(self, database: ExportDatabase, wanted: Wanted) -> None:
        for path in self._source.warcs():
            if path.name in wanted.by_file:
                takes = takes_capture(wanted.by_file[path.name], wanted.failures)
                self._copied += copy_records(path, self._made.archive / path.name, takes)
        records = {row[0] for row in database.db.execute("SELECT warc_record_id FROM articles")}
        for path in sorted(self._source.text.glob("*.warc.gz")):
            copy_records(path, self._made.text / path.name, takes_text(records))

    def _index(self) -> None:
        _, damages = index_files({path: self._made.cdxj(path.name) for path in self._made.warcs()}, self._made.indexes)
        if damages:
            raise CollectionError(f"{self._source.root}: the copy cannot be read: {damages[0]}")

    def _index_and_write(self, database: ExportDatabase) -> str | None:
        self._index()
        lookup = Lookup(self._made.indexes / LOOKUP)
        try:
            for record_type in ("article", "appearance", "failure"):
                self._write_rows(database, lookup, record_type)
            ends = self._ends(lookup)
        finally:
            lookup.close()
        self._write_own_file(ends)
        self._index()
        self._write_runs(ends)
        for path in (*self._made.warcs(), *sorted(self._made.text.glob("*.warc.gz"))):
            add_to_manifest(self._made.manifest, path, file_sha256(path))
        write_pages(self._made.dataset, self._made.pages)
        return write_companions(self._made.dataset)

    def _write_rows(self, database: ExportDatabase, lookup: Lookup, record_type: RecordType) -> None:
        """The rows as they were, pointing at the copies."""
        file = RowFile(self._made.dataset, record_type)
        names = [field.name for field in TABLES[record_type]]
        for row in database.rows(record_type):
            values = {name: row[name] for name in names}
            if row["warc_record_id"] is not None:
                capture = lookup.by_record_id(row["warc_record_id"])
                if capture is None:
                    raise CollectionError(f"{self._source.root}: {row['id']} points at no record; run archiver verify")
                values |= pointer_values(lookup.pointer(capture))
            file.append(values)
        file.close()

    def _ends(self, lookup: Lookup) -> list[Pairs]:
        """The end of each run, counted again: the rows of a run are as many as its record says, here too."""
        source = Lookup(self._source.indexes / LOOKUP, read_only=True)
        try:
            told = {run_id: dict(pairs) for run_id, pairs in source.runs.ends()}
        finally:
            source.close()
        ends = []
        for run in lookup.runs.all():
            end = told.get(run.run_id, {})
            ended_at = datetime.fromisoformat(end["ended_at"]) if "ended_at" in end else None
            counts = run_counts(self._made, lookup, run)
            files = [file.filename for file in lookup.files_of_run(run.run_id)]
            ends.append(run_end_pairs(run.run_id, end.get("finish_reason", "interrupted"), ended_at, counts, files))
        return ends

    def _write_own_file(self, ends: list[Pairs]) -> None:
        """One WARC file that tells of the selection and of the ends of its runs."""
        about = (
            ("software", f"archiver/{__version__}"),
            ("format", WARC_FORMAT),
            ("conformsTo", CONFORMS_TO),
            ("isPartOf", self._made.name),
            (OWN_FILE, self._source.name),
            ("Selection-Id", self.selection_id),
            ("Selection-Where", self._where),
        )
        series = WarcSeries(self._made.archive, self._made.name, about)
        for pairs in ends:
            series.ready()
            block = warc_fields(pairs)
            fields = (
                ("WARC-Type", "metadata"),
                ("WARC-Record-ID", new_record_id()),
                ("WARC-Date", format_warc_date(datetime.now(UTC))),
                ("WARC-Target-URI", f"urn:{dict(pairs)['run_id']}"),
                ("WARC-Warcinfo-ID", series.warcinfo_id),
                ("WARC-Block-Digest", sha256_digest([block])),
                ("Content-Type", WARC_FIELDS),
            )
            series.append([Record(fields, (block,))])
        series.close()

    def _write_runs(self, ends: list[Pairs]) -> None:
        lookup = Lookup(self._made.indexes / LOOKUP)
        file = RowFile(self._made.dataset, "run")
        runs = {run.run_id: run for run in lookup.runs.all()}
        for pairs in ends:
            file.append(run_line(runs[dict(pairs)["run_id"]], pairs))
        file.close()
        lookup.close()

    @property
    def selection_id(self) -> str:
        return selection_id(record.line for record in self._copied if record.line)

    def _tell(self, chosen: int, wanted: Wanted, note: str | None) -> Selected:
        counts = Counter(record.warc_type for record in self._copied)
        counts["articles"] = wanted.articles
        counts["chosen"] = chosen
        about: dict[str, Any] = {
            "selection_id": self.selection_id,
            "selected_from": self._source.name,
            "where": self._where,
            "made_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "software": f"archiver/{__version__}",
            "articles": wanted.articles,
            "records": sum(1 for record in self._copied if record.line),
            "id_is": "sha256 over the lines '<WARC-Record-ID> <WARC-Block-Digest>\\n' of every record in archive/ but warcinfo"
            " records and the file that tells of the selection, sorted bytewise",
        }
        put(self._made.root / SELECTION, (json.dumps(about, indent=2, ensure_ascii=False) + "\n").encode())
        return Selected(self.selection_id, counts, note)
