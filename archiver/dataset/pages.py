"""``pages/pages.jsonl`` (WACZ 1.1.1 §5.2.2): one captured article or listing a line, with its text."""

from __future__ import annotations

from pathlib import Path

import orjson

from archiver.appending import AppendedFile
from archiver.dataset.jsonl import encode_row, read_rows
from archiver.dataset.schema import FILENAMES
from archiver.warc.series import sync_folder

_HEADER = {"format": "json-pages-1.0", "id": "pages", "title": "Captured articles and section pages", "hasText": True}


class PagesFile:
    """Appends lines; writes the header line to a new file. One thread."""

    def __init__(self, path: Path) -> None:
        self._file = AppendedFile(path)
        if self._file.size == 0:
            self._file.append(orjson.dumps(_HEADER, option=orjson.OPT_APPEND_NEWLINE))

    def append(self, *, page_id: str, url: str, ts: str, title: str | None, text: str | None = None) -> None:
        """``ts`` is the capture's instant; ``title`` and ``text`` are left out when unknown."""
        line = {"id": page_id, "url": url, "ts": ts}
        if title:
            line["title"] = title
        if text:
            line["text"] = text
        self._file.append(encode_row(line))

    def close(self) -> None:
        """fsync and close; raises StoreError."""
        self._file.close()


def write_pages(dataset: Path, pages: Path) -> None:
    """Make ``pages`` anew from the article and appearance rows, aside and renamed."""
    aside = pages.with_name(pages.name + ".new")
    aside.unlink(missing_ok=True)
    out = PagesFile(aside)
    articles, appearances = dataset / FILENAMES["article"], dataset / FILENAMES["appearance"]
    for row in read_rows(articles) if articles.exists() else ():
        out.append(page_id=row["id"], url=row["url_final"], ts=row["fetched_at"], title=row["title"], text=row["text"] or None)
    listings: set[str] = set()
    for row in read_rows(appearances) if appearances.exists() else ():
        # Not always together: what a crash cut off is written later.
        if row["warc_record_id"] not in listings:
            page_id = row["warc_record_id"]
            listings.add(page_id)
            out.append(page_id=page_id, url=row["listing_url_final"], ts=row["observed_at"], title=row["listing_title"])
    out.close()
    aside.replace(pages)
    sync_folder(pages.parent)
