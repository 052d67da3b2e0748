"""Extracts pages again from their records and compares field by field: is each row what its record gives."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archiver._version import __version__
from archiver.collection.layout import Collection
from archiver.dataset.rows import appearance_values, article_values
from archiver.dataset.schema import FILENAMES, complete_row
from archiver.extraction.extractor import EXTRACTOR_CONFIG, FALLBACK_EXTRACTOR, OWN_EXTRACTOR, failed_article
from archiver.extraction.sandbox import Outcome, Sandbox
from archiver.extraction.transfer import article_from, listing_from
from archiver.verify.complete import PAGES_WITHOUT_ROWS, RECHECKS
from archiver.verify.findings import shown
from archiver.verify.ledger import Ledger
from archiver.verify.pages import PageStore, StoredPage, UnreadablePageError
from archiver.verify.row_rules import Row
from archiver.verify.rows import read_row

if TYPE_CHECKING:
    from archiver.verify.collection import VerifyOptions

# Longer than a crawl waits: a loaded machine must not make a finding.
_DEADLINE_S = 90.0
_REMEDY = "run archiver rebuild"
_ARTICLES, _APPEARANCES = f"dataset/{FILENAMES['article']}", f"dataset/{FILENAMES['appearance']}"
_JOBS = (
    "CREATE TEMP TABLE jobs AS"  # noqa: S608
    " SELECT 'article' AS task, w.record_id, w.number, w.at, m.file AS m_file, m.offset AS m_offset, r.file, r.offset, w.run_id"
    " FROM rows w JOIN records r ON r.record_id = w.record_id AND r.file = w.file AND r.offset = w.offset"
    " JOIN metadata m ON m.target = w.record_id AND m.purpose IS NOT NULL"
    " WHERE w.kind = 'article' AND w.extraction_status <> 'timeout'"
    " UNION ALL SELECT 'listing', w.record_id, min(w.number), NULL, m.file, m.offset, r.file, r.offset, w.run_id"
    " FROM rows w JOIN records r ON r.record_id = w.record_id JOIN metadata m ON m.target = w.record_id AND m.purpose IS NOT NULL"
    " WHERE w.kind = 'appearance' GROUP BY w.record_id"
    f" UNION ALL SELECT 'recheck', r.record_id, NULL, NULL, m.file, m.offset, r.file, r.offset, m.run_id {RECHECKS}"
    f" UNION ALL SELECT 'listing', r.record_id, NULL, NULL, m.file, m.offset, r.file, r.offset, m.run_id {PAGES_WITHOUT_ROWS}"
)

# Who extracts in this version.
_OURS = (OWN_EXTRACTOR, FALLBACK_EXTRACTOR)


@dataclass(frozen=True, slots=True)
class _Task:
    """One page to be extracted again: ``number`` and ``at`` are line and offset of its row, where it has one."""

    task: str
    record_id: str
    number: int | None
    at: int | None
    metadata: tuple[int, int]
    place: str
    run_id: str | None


class TextChecker:
    """Extracts in worker processes, a few pages ahead."""

    def __init__(self, collection: Collection, ledger: Ledger, options: VerifyOptions, progress: Callable[[str], None]) -> None:
        self._collection, self._ledger, self._options, self._progress = collection, ledger, options, progress
        paths = {number: collection.root / path for number, path in ledger.query("SELECT id, path FROM files")}
        self._pages = PageStore(paths, ledger)
        self._others = 0
        self.count = 0

    def check(self) -> int:
        """The number of pages that were extracted again and compared."""
        sandbox = Sandbox(self._options.workers, deadline_s=_DEADLINE_S)
        waiting: deque[tuple[_Task, StoredPage, Future[Outcome]]] = deque()
        try:
            for task in self._tasks():
                loaded = self._load(task)
                if loaded is None:
                    continue
                name = "listing" if task.task == "listing" else "article"
                waiting.append((task, loaded, sandbox.submit(loaded.job(name))))
                if len(waiting) > self._options.workers:
                    self._compare(*waiting.popleft())
            while waiting:
                self._compare(*waiting.popleft())
        finally:
            sandbox.close()
        if self._others:
            what = f"{self._others} pages were read by another version of this program: not compared; archiver extract --diff does"
            self._ledger.find("note", "other-version", "dataset", what)
        return self.count

    def _tasks(self) -> Iterator[_Task]:
        self._ledger.execute(_JOBS)
        rows = self._ledger.query(
            "SELECT j.task, j.record_id, j.number, j.at, j.m_file, j.m_offset, f.path, j.offset, j.run_id FROM jobs j"
            " JOIN files f ON f.id = j.file WHERE j.rowid IN (SELECT rowid FROM jobs ORDER BY random() LIMIT ?)"
            " ORDER BY j.file, j.offset",
            (-1 if self._options.sample is None else self._options.sample,),
        )
        for task, record_id, number, at, m_file, m_offset, path, offset, run_id in rows:
            yield _Task(task, record_id, number, at, (m_file, m_offset), f"{path}@{offset}", run_id)

    def _load(self, task: _Task) -> StoredPage | None:
        if task.task != "article" and not self._same_version(task.run_id):
            self._others += 1
            return None
        try:
            return self._pages.load(task.record_id, task.metadata)
        except UnreadablePageError as error:
            if task.task == "article":
                self._find("row-text", task, f"its page cannot be read: {shown(str(error))}")
            return None

    def _same_version(self, run_id: str | None) -> bool:
        row = self._ledger.one("SELECT software FROM runs WHERE run_id = ?", (run_id,))
        return row is not None and row[0] == f"archiver/{__version__}"

    def _find(self, kind: str, task: _Task, message: str) -> None:
        if task.number is not None:
            place = _APPEARANCES if task.task == "listing" else _ARTICLES
            self._ledger.find("error", kind, place, f"{message}; {_REMEDY}", line=task.number)
            return
        path, _, offset = task.place.rpartition("@")
        self._ledger.find("error", kind, path, f"{message}; {_REMEDY}", offset=int(offset))

    def _compare(self, task: _Task, stored: StoredPage, future: Future[Outcome]) -> None:
        outcome = future.result()
        self.count += 1
        if self.count % 100 == 0:
            self._progress(f"{self.count} pages extracted again")
        if outcome.failure == "timeout":
            self._ledger.find("warning", "timeout", task.place.rpartition("@")[0], f"{task.place}: {outcome.detail}")
        elif task.task == "listing":
            self._listing(task, stored, outcome)
        else:
            self._article(task, stored, outcome)

    def _article(self, task: _Task, stored: StoredPage, outcome: Outcome) -> None:
        article = (
            article_from(outcome.result["article"]) if outcome.result else failed_article("error", content_type=stored.content_type)
        )
        if task.task == "recheck":
            self._recheck(task, stored, article.content_digest)
            return
        row = read_row(self._collection.root / _ARTICLES, task.at or 0)
        if row is None or row.get("warc_record_id") != task.record_id:
            return
        if row["extractor"] not in _OURS or row["extractor_config"] != EXTRACTOR_CONFIG:
            self._others += 1
            self.count -= 1
            return
        self._difference(task, row, complete_row("article", article_values(article, stored.page, row["version"])), task.number)

    def _recheck(self, task: _Task, stored: StoredPage, content_digest: str) -> None:
        """A capture without a row must have the content of the article's newest row before it."""
        newest = self._ledger.one(
            "SELECT k.content_digest FROM rows k JOIN metadata m ON m.article_id = k.article_id WHERE m.file = ? AND m.offset = ?"
            " AND k.kind = 'article' AND k.instant <= ? ORDER BY k.number DESC LIMIT 1",
            (*task.metadata, stored.page.date),
        )
        if newest is not None and newest[0] != content_digest:
            what = f"a captured article page without a row, and not what the article's last row holds: {shown(stored.page.url)}"
            self._find("row-missing", task, what)

    def _listing(self, task: _Task, stored: StoredPage, outcome: Outcome) -> None:
        if outcome.result is None:
            self._find("row-text", task, f"its listing cannot be read again: {shown(outcome.detail)}")
            return
        listing = listing_from(outcome.result["listing"])
        is_article = outcome.result["kind"] == "article" and stored.page.discovery.discovered_via == "seed"
        if is_article and task.number is None:
            self._find("row-missing", task, f"a seed that is an article, without a row: {shown(stored.page.url)}")
            return
        expected = [complete_row("appearance", appearance_values(listing, entry, stored.page)) for entry in listing.entries]
        rows = self._ledger.query(
            "SELECT number, at FROM rows WHERE kind = 'appearance' AND record_id = ? ORDER BY rank, number", (task.record_id,)
        )
        found = [(number, read_row(self._collection.root / _APPEARANCES, at)) for number, at in rows]
        if len(found) != len(expected):
            what = f"its listing {task.place} has {len(expected)} article links, the dataset {len(found)} of them"
            self._find("listing-incomplete" if found else "row-missing", task, what)
            return
        for (number, row), wanted in zip(found, expected, strict=True):
            if row is not None:
                self._difference(task, row, wanted, number)

    def _difference(self, task: _Task, row: Row, expected: dict[str, Any], number: int | None) -> None:
        names = [name for name, value in expected.items() if row.get(name) != value]
        if not names:
            return
        name = "text" if "text" in names else names[0]
        others = f" (and {len(names) - 1} other fields)" if len(names) > 1 else ""
        what = f"{name} is {shown(row.get(name))}, but the page at {task.place} gives {shown(expected[name])}{others}"
        place = _APPEARANCES if task.task == "listing" else _ARTICLES
        self._ledger.find("error", "row-text", place, f"{what}; {_REMEDY}", line=number)
