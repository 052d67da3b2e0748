"""What the reading room shows, asked of the SQLite export of a dataset. Every call opens the file anew: any thread may ask."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]
PAGE_SIZE = 40
# Round a hit in a snippet; no text holds them.
MARK_BEGIN, MARK_END = "\x02", "\x03"
_DAY = "coalesce(date_published_day, substr(date_published, 1, 10), substr(fetched_at, 1, 10))"
_WORD = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asked for; empty: anything. Days are ``YYYY-MM-DD``, ``captured`` is the day of a capture."""

    query: str = ""
    section: str = ""
    author: str = ""
    status: str = ""
    since: str = ""
    until: str = ""
    captured: str = ""
    page: int = 1


class Catalogue:
    """Questions to the export at ``path`` (``archiver export --format sqlite``)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            yield db

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with self._open() as db:
            return [dict(row) for row in db.execute(sql, values)]

    def counts(self) -> Row:
        """Articles, versions, sightings on section pages, captures that failed, first and last day of capture."""
        return self._rows(
            "SELECT (SELECT count(*) FROM articles WHERE is_latest) AS articles, (SELECT count(*) FROM articles) AS versions,"
            " (SELECT count(*) FROM appearances) AS appearances, (SELECT count(*) FROM failures) AS failures,"
            " (SELECT substr(min(fetched_at), 1, 10) FROM articles) AS first, (SELECT substr(max(fetched_at), 1, 10) FROM articles)"
            " AS last"
        )[0]

    def sections(self) -> list[Row]:
        """``name`` and ``articles`` of each section that articles name, the largest first."""
        return self._rows(
            "SELECT section AS name, count(*) AS articles FROM articles WHERE is_latest AND section IS NOT NULL"
            " GROUP BY section ORDER BY articles DESC, name LIMIT 60"
        )

    def authors(self) -> list[Row]:
        """``name`` and ``articles`` of the authors with most articles."""
        return self._rows(
            "SELECT value AS name, count(*) AS articles FROM articles, json_each(authors) WHERE is_latest"
            " GROUP BY value ORDER BY articles DESC, name LIMIT 200"
        )

    def listings(self) -> list[Row]:
        """Each section page: title, URL, captures, first and last time seen."""
        return self._rows(
            "SELECT listing_id, min(listing_url_final) AS url, max(listing_title) AS title, min(page_number) AS page_number,"
            " count(DISTINCT warc_record_id) AS captures, min(observed_at) AS first, max(observed_at) AS last FROM appearances"
            " GROUP BY listing_id ORDER BY page_number, url LIMIT 500"
        )

    def listing(self, listing_id: str) -> list[Row]:
        """The captures of one section page, newest first, each with its number of links."""
        return self._rows(
            "SELECT warc_record_id, listing_url_final AS url, listing_title AS title, observed_at, count(*) AS items"
            " FROM appearances WHERE listing_id = ? GROUP BY warc_record_id ORDER BY observed_at DESC LIMIT 1000",
            (listing_id,),
        )

    def listing_links(self, listing_id: str, record_id: str) -> list[Row]:
        """The links of one capture of a section page, in order."""
        return self._rows(
            "SELECT rank, headline, teaser, url, article_id, block, label,"
            " EXISTS (SELECT 1 FROM articles WHERE articles.article_id = appearances.article_id) AS has_article"
            " FROM appearances WHERE listing_id = ? AND warc_record_id = ? ORDER BY rank",
            (listing_id, record_id),
        )

    def calendar(self) -> list[Row]:
        """``day`` and ``captures`` of articles, in order."""
        return self._rows(
            "SELECT substr(fetched_at, 1, 10) AS day, count(*) AS captures FROM articles GROUP BY day ORDER BY day DESC LIMIT 400"
        )[::-1]

    def search(self, filters: Filters) -> tuple[list[Row], int]:
        """The articles of one page of results and how many there are in all; ``snippet`` has marks round each hit."""
        where, values = ["is_latest"], list[Any]()
        source, order, snippet = (
            "articles",
            f"{_DAY} DESC, fetched_at DESC, row DESC",
            "substr(text, 1, 240) || CASE WHEN length(text) > 240 THEN ' …' ELSE '' END",
        )
        match = _match(filters.query)
        if match:
            source = "articles_fts JOIN articles ON articles.row = articles_fts.rowid"
            where.append("articles_fts MATCH ?")
            values.append(match)
            order, snippet = "rank", f"snippet(articles_fts, 1, '{MARK_BEGIN}', '{MARK_END}', ' … ', 40)"
        conditions = (
            (filters.section, "articles.section = ?"),
            (filters.author, "EXISTS (SELECT 1 FROM json_each(articles.authors) WHERE value = ?)"),
            (filters.status, "(articles.extraction_status = ?1 OR articles.page_type = ?1)".replace("?1", "?")),
            (filters.since, f"{_DAY} >= ?"),
            (filters.until, f"{_DAY} <= ?"),
            (filters.captured, "substr(articles.fetched_at, 1, 10) = ?"),
        )
        for value, condition in conditions:
            if value:
                where.append(condition)
                values += [value] * condition.count("?")
        clause = f"FROM {source} WHERE {' AND '.join(where)}"
        columns = (
            "articles.id, article_id, articles.title, url_final, authors, articles.section, page_type, extraction_status, version,"
            # What replay of it will miss is measured from these.
            " articles.url, image_url, discovered_via, discovered_from, depth, warc_filename, warc_record_offset,"
            " warc_refers_to_filename, warc_refers_to_offset"
        )
        with self._open() as db:
            total = int(db.execute(f"SELECT count(*) {clause}", values).fetchone()[0])
            found = db.execute(
                f"SELECT {columns}, {_DAY} AS day, fetched_at, {snippet} AS snippet {clause} ORDER BY {order} LIMIT ? OFFSET ?",
                (*values, PAGE_SIZE, (max(1, filters.page) - 1) * PAGE_SIZE),
            )
            return [_with_lists(dict(row)) for row in found], total

    def versions(self, article_id: str) -> list[Row]:
        """Every row of an article, the newest first."""
        rows = self._rows("SELECT * FROM articles WHERE article_id = ? ORDER BY version DESC, fetched_at DESC", (article_id,))
        return [_with_lists(row) for row in rows]

    def row(self, row_id: str) -> Row | None:
        """One row of articles by its id."""
        found = self._rows("SELECT * FROM articles WHERE id = ?", (row_id,))
        return _with_lists(found[0]) if found else None

    def appearances(self, article_id: str) -> list[Row]:
        """Where and when the article stood on a section page, newest first."""
        return self._rows(
            "SELECT listing_id, listing_title, listing_url_final, observed_at, rank, items_on_page, headline, teaser, block,"
            " warc_record_id FROM appearances WHERE article_id = ? ORDER BY observed_at DESC LIMIT 500",
            (article_id,),
        )


def _match(query: str) -> str:
    """Every word of the query, the last as a beginning; FTS5's own syntax is not the reader's concern."""
    words = _WORD.findall(query)[:20]
    return " ".join([*(f'"{word}"' for word in words[:-1]), *(f'"{words[-1]}"*' for _ in words[:1])])


def _with_lists(row: Row) -> Row:
    for name in ("authors", "tags", "breadcrumbs", "image_urls", "links_out"):
        if isinstance(row.get(name), str):
            row[name] = json.loads(row[name])
    return row
