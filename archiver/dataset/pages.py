"""``pages/pages.jsonl`` (WACZ 1.1.1 §5.2.2): one captured article or listing a line, with its text."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from archiver.dataset.jsonl import encode_row, read_rows
from archiver.dataset.schema import FILENAMES
from archiver.errors import StoreError
from archiver.warc.series import sync_folder

_HEADER = {"format": "json-pages-1.0", "id": "pages", "title": "Captured articles and section pages", "hasText": True}


class PagesFile:
    """Appends lines; writes the header line to a new file. One thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            if os.fstat(self._fd).st_size == 0:
                os.write(self._fd, orjson.dumps(_HEADER, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as error:
            raise StoreError(f"{path}: cannot write: {error.strerror}") from error

    def append(self, *, page_id: str, url: str, ts: str, title: str | None, text: str | None = None) -> None:
        """``ts`` is the capture's instant; ``title`` and ``text`` are left out when unknown."""
        line = {"id": page_id, "url": url, "ts": ts}
        if title:
            line["title"] = title
        if text:
            line["text"] = text
        try:
            os.write(self._fd, encode_row(line))
        except OSError as error:
            raise StoreError(f"{self.path}: cannot write: {error.strerror}; make room and run the same command again") from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


def write_pages(dataset: Path, pages: Path) -> None:
    """Make ``pages`` anew from the article and appearance rows, aside and renamed."""
    aside = pages.with_name(pages.name + ".new")
    aside.unlink(missing_ok=True)
    out = PagesFile(aside)
    articles, appearances = dataset / FILENAMES["article"], dataset / FILENAMES["appearance"]
    for row in read_rows(articles) if articles.exists() else ():
        out.append(page_id=row["id"], url=row["url_final"], ts=row["fetched_at"], title=row["title"], text=row["text"] or None)
    last = None
    for row in read_rows(appearances) if appearances.exists() else ():
        # The rows of one listing capture stand together.
        if row["warc_record_id"] != last:
            last = row["warc_record_id"]
            out.append(page_id=last, url=row["listing_url_final"], ts=row["observed_at"], title=row["listing_title"])
    out.close()
    aside.replace(pages)
    sync_folder(pages.parent)
