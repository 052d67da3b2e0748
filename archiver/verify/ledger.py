"""Everything stated in a collection, side by side in one throw-away SQLite file: what is checked is then a query over it.

Memory does not grow with the collection, and no order of files or rows is needed. Nothing of it is kept.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from archiver.errors import ArchiverError
from archiver.verify.findings import SEVERITIES, Finding, Severity, printable

_BATCH = 2000
# One column each, in the order in which rows are added. Digests of text are sha256 hex; hashes are 64 bits (see hashes.py).
TABLES = {
    "files": "id INTEGER PRIMARY KEY, folder, name, path, size INTEGER, is_open INTEGER",
    "records": "file INTEGER, offset INTEGER, length INTEGER, type, record_id, date, uri, warcinfo_id, refers_to, refers_uri,"
    " refers_date, profile, payload_digest, block_digest, status INTEGER, mime, truncated, capture_hash INTEGER,"
    " line_hash INTEGER, PRIMARY KEY (file, offset)",
    "concurrent": "file INTEGER, offset INTEGER, target",
    "metadata": "file INTEGER, offset INTEGER, target, purpose, url, run_id, discovered_via, discovered_from, depth INTEGER,"
    " failure_id, article_id",
    "runs": "run_id PRIMARY KEY, extracts INTEGER, max_bytes INTEGER, software, settings",
    "sources": "id INTEGER PRIMARY KEY, path, file INTEGER",
    "lines": "source INTEGER, number INTEGER, file INTEGER, offset INTEGER, hash INTEGER",
    "rows": "kind, number INTEGER, at INTEGER, id, run_id, article_id, url, url_final, instant, status INTEGER,"
    " file INTEGER, offset INTEGER, length INTEGER, record_id, type, digest,"
    " refers_file INTEGER, refers_offset INTEGER, refers_length INTEGER, refers_record_id,"
    " version INTEGER, content_digest, text_digest, rank INTEGER, items INTEGER, discovered_via, discovered_from,"
    " depth INTEGER, extraction_status",
    "run_rows": "number INTEGER, run_id, articles INTEGER, appearances INTEGER, failures INTEGER, ended INTEGER",
    "wanted": "filename, path, line INTEGER",
    "findings": "severity, kind, path, message, offset INTEGER, line INTEGER",
}
_INDEXES = (
    "CREATE INDEX records_id ON records (record_id)",
    "CREATE INDEX metadata_target ON metadata (target)",
    "CREATE INDEX metadata_from ON metadata (discovered_from, run_id) WHERE purpose = 'article'",
    "CREATE INDEX records_refers ON records (refers_to, type)",
    "CREATE INDEX metadata_failure ON metadata (failure_id) WHERE failure_id IS NOT NULL",
    "CREATE INDEX lines_at ON lines (file, offset)",
    "CREATE INDEX rows_record ON rows (record_id)",
    "CREATE INDEX rows_id ON rows (id)",
    "CREATE INDEX rows_article ON rows (article_id, kind)",
    "CREATE INDEX rows_run ON rows (run_id, kind)",
    "CREATE INDEX rows_failed ON rows (run_id, url) WHERE kind = 'failure'",
)


class Ledger:
    """One SQLite file in a folder of its own, removed at the end of the ``with`` block. One thread."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="archiver-verify-"))
        self._is_part = folder is not None
        self._pending: dict[str, list[Sequence[Any]]] = defaultdict(list)

    @classmethod
    def part(cls, path: Path) -> Ledger:
        """A ledger in the file ``path``, to be added to another one with ``take``."""
        ledger = cls(path.parent)
        ledger._open(path)
        return ledger

    def __enter__(self) -> Self:
        self._open(self.folder / "ledger.sqlite")
        return self

    def _open(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536;"
        )
        for name, columns in TABLES.items():
            self._db.execute(f"CREATE TABLE {name} ({columns})")
        self._marks = {
            name: ", ".join("?" * len(self._db.execute(f"SELECT * FROM {name}").description))  # noqa: S608
            for name in TABLES
        }

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """Write what is pending and close; for parts."""
        self.flush()
        self._db.close()

    def add(self, table: str, row: Sequence[Any]) -> None:
        """Append ``row``, in the order of the table's columns. Strings hold no lone surrogates, numbers fit 64 bits."""
        pending = self._pending[table]
        pending.append(row)
        if len(pending) >= _BATCH:
            self._write(table)

    def find(
        self, severity: Severity, kind: str, path: str, message: str, *, offset: int | None = None, line: int | None = None
    ) -> None:
        """Append a finding."""
        self.add("findings", (severity, kind, printable(path), printable(message), offset, line))

    def _write(self, table: str) -> None:
        rows, self._pending[table] = self._pending[table], []
        try:
            self._db.execute("BEGIN")
            self._db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({self._marks[table]})", rows)  # noqa: S608
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise ArchiverError(f"{self.folder}: {error}; name a folder with more room in TMPDIR") from error

    def flush(self) -> None:
        """Make everything added so far visible to queries."""
        for table in list(self._pending):
            if self._pending[table]:
                self._write(table)

    def take(self, part: Path) -> None:
        """Add everything of a part, and remove its file."""
        self.flush()
        self._db.execute("ATTACH ? AS part", (str(part),))
        for name in TABLES:
            self._db.execute(f"INSERT OR IGNORE INTO {name} SELECT * FROM part.{name}")  # noqa: S608
        self._db.execute("DETACH part")
        part.unlink()

    def build_indexes(self) -> None:
        """After the last record, line and row: make look-ups fast."""
        self.flush()
        for statement in _INDEXES:
            self._db.execute(statement)
        self._db.execute("ANALYZE")

    def query(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Rows of a query, one by one."""
        yield from self._db.execute(sql, values)

    def execute(self, sql: str) -> None:
        """Run a statement that gives nothing."""
        self._db.execute(sql)

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first row of a query, ``None`` when there is none."""
        return self._db.execute(sql, values).fetchone()

    def number(self, sql: str, values: Sequence[Any] = ()) -> int:
        """The number that a query gives; 0 for nothing."""
        row = self.one(sql, values)
        return int(row[0] or 0) if row else 0

    def findings(self) -> Iterator[Finding]:
        """All findings: errors first, then by place."""
        self.flush()
        order = " ".join(f"WHEN '{name}' THEN {rank}" for rank, name in enumerate(SEVERITIES))
        yield from (
            Finding(*row)
            for row in self.query(
                "SELECT DISTINCT severity, kind, path, message, offset, line FROM findings"  # noqa: S608
                f" ORDER BY CASE severity {order} END, path, coalesce(offset, line), kind"
            )
        )

    def counts(self) -> dict[tuple[str, str], int]:
        """Findings by severity and kind."""
        self.flush()
        rows = self.query(
            "SELECT severity, kind, count(*) FROM (SELECT DISTINCT severity, kind, path, message, offset, line FROM findings)"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return {(severity, kind): count for severity, kind, count in rows}
