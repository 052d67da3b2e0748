"""A captured page as the crawl handed it to extraction, read back from its records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archiver.dataset.rows import PageCapture
from archiver.errors import ArchiverError, WarcFormatError
from archiver.extraction.pages import article_job, listing_job
from archiver.extraction.sandbox import Job
from archiver.model import Discovery, WarcPointer
from archiver.site_rules import SectionRules
from archiver.sites.book import SiteBook
from archiver.urls import clean_url
from archiver.verify.digests import MAX_BLOCK
from archiver.verify.ledger import Ledger
from archiver.warc.metadata import discovery_from_pairs
from archiver.warc.reader import read_record_at
from archiver.warc.records import parse_warc_fields
from archiver.warc.stored import StoredResponse, read_stored

_POINTER = (
    "SELECT f.name, r.offset, r.length, r.record_id, r.type, r.payload_digest, r.refers_to, f.id"
    " FROM records r JOIN files f ON f.id = r.file WHERE r.record_id = ? AND f.folder = 'archive' LIMIT 1"
)


class UnreadablePageError(ArchiverError):
    """The page's bytes cannot be had from its records; ``str()`` says why."""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """``body`` is without content coding; ``headers`` as received, ``content_type`` and ``rules`` as the crawl took them."""

    page: PageCapture
    body: bytes
    content_type: str | None
    headers: tuple[tuple[str, str], ...]
    rules: SectionRules | None

    def job(self, task: str) -> Job:
        """What the crawl asked its worker for this page."""
        page = self.page
        if task == "listing":
            return listing_job(self.body, page.url_final, self.content_type, self.rules, discovery=page.discovery)
        return article_job(self.body, page.url_final, self.content_type, page.fetched_at, self.headers, discovery=page.discovery)


class PageStore:
    """Reads pages of one collection. ``paths``: the WARC files by their number in the ledger."""

    def __init__(self, paths: dict[int, Path], ledger: Ledger) -> None:
        self._paths, self._ledger = paths, ledger
        self._books: dict[str, SiteBook] = {}

    def load(self, record_id: str, metadata: tuple[int, int]) -> StoredPage:
        """The page whose response or revisit has ``record_id``; ``metadata`` is file number and offset of its metadata record.

        Raises UnreadablePageError.
        """
        try:
            return self._load(record_id, metadata)
        except (WarcFormatError, OSError) as error:
            raise UnreadablePageError(str(error)) from error

    def _load(self, record_id: str, metadata: tuple[int, int]) -> StoredPage:
        pairs = parse_warc_fields(read_record_at(self._paths[metadata[0]], metadata[1]).block(MAX_BLOCK))
        found = dict(reversed(pairs))
        pointer, own = self._response(record_id)
        source = self._response(pointer.refers_to.record_id)[1] if pointer.refers_to is not None else own
        status = own.head.status if own.head else None
        fields = {name.lower(): value for name, value in reversed(own.fields)}
        page = PageCapture(
            url=clean_url(found.get("url", "")) or found.get("url", ""),
            url_final=fields.get("warc-target-uri", ""),
            date=fields.get("warc-date", ""),
            status=status or 0,
            pointer=pointer,
            discovery=discovery_from_pairs(pairs) or Discovery("article"),
            run_id=found.get("run_id", ""),
        )
        # A 304 has no field that describes the page; an identical payload came with a head of its own.
        content_type = (source if status == 304 else own).content_type
        headers = own.head.text_fields if own.head else ()
        rules = self._sites(page.run_id).rules_for(page.url_final, page.fetched_at)
        return StoredPage(page, self._plain(source, page.run_id), content_type, headers, rules)

    def _sites(self, run_id: str) -> SiteBook:
        """What the run knew of sites."""
        if run_id not in self._books:
            row = self._ledger.one("SELECT settings FROM runs WHERE run_id = ?", (run_id,))
            self._books[run_id] = SiteBook.of_settings(row[0] if row else "")
        return self._books[run_id]

    def _response(self, record_id: str) -> tuple[WarcPointer, StoredResponse]:
        pointer, number = self._pointer(record_id)
        return pointer, read_stored(self._paths[number], pointer.offset)

    def _pointer(self, record_id: str, *, follow: bool = True) -> tuple[WarcPointer, int]:
        """Where a record lies, and the number of its file; what a revisit refers to, but no further: a ring would not end."""
        row = self._ledger.one(_POINTER, (record_id,))
        if row is None:
            raise UnreadablePageError(f"no record {record_id}")
        refers_to = self._pointer(row[6], follow=False)[0] if follow and row[4] == "revisit" and row[6] else None
        filename, offset, length, its_id, warc_type, digest = row[:6]
        return WarcPointer(filename, offset, length, its_id, warc_type, digest, refers_to), row[7]

    def _plain(self, source: StoredResponse, run_id: str) -> bytes:
        limit = self._ledger.number("SELECT max_bytes FROM runs WHERE run_id = ?", (run_id,)) or MAX_BLOCK
        decoded = source.plain(limit)
        if decoded.problem not in (None, "mislabelled"):
            raise UnreadablePageError(f"its content coding is {decoded.problem}")
        return decoded.body
