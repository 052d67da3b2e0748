"""The near duplicates of a dataset, with what a person needs to judge them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.dataset.near_duplicates import fingerprint
from archiver.export.database import MIN_WORDS
from archiver.export.files import filled_database
from archiver.export.source import open_source


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An article and the older one it is nearly: title and URL of both, and the bits in which their SimHashes differ."""

    article_id: str
    article: tuple[str | None, str]
    duplicate_of: str
    original: tuple[str | None, str]
    bits: int

    def as_json(self) -> dict[str, Any]:
        return {
            "article_id": self.article_id,
            "url": self.article[1],
            "title": self.article[0],
            "duplicate_of": self.duplicate_of,
            "duplicate_of_url": self.original[1],
            "duplicate_of_title": self.original[0],
            "bits": self.bits,
        }


def find_duplicates(path: Path, distance: int) -> tuple[int, list[Duplicate]]:
    """How many articles were compared, and the duplicates among them, those of one original together."""
    with filled_database(open_source(path), distance=distance) as database:
        compared = database.db.execute(
            "SELECT count(*) FROM articles WHERE is_latest AND extraction_status = 'ok' AND word_count >= ?", (MIN_WORDS,)
        ).fetchone()[0]
        rows = database.db.execute(
            "SELECT one.article_id, one.title, one.url, two.article_id, two.title, two.url, one.simhash, two.simhash"
            " FROM articles AS one JOIN articles AS two ON two.article_id = one.duplicate_of AND two.is_latest"
            " WHERE one.is_latest ORDER BY two.row, one.row"
        ).fetchall()
    return compared, [
        Duplicate(row[0], (row[1], row[2]), row[3], (row[4], row[5]), (fingerprint(row[6]) ^ fingerprint(row[7])).bit_count())
        for row in rows
    ]
