"""The page that people read and the table that rows are written by say the same."""

from __future__ import annotations

from pathlib import Path

from archiver.dataset.fields import with_fields
from archiver.dataset.schema import TABLES

PAGE = Path(__file__).parent.parent.parent / "docs" / "dataset.md"


def test_the_fields_on_the_page_are_those_of_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert with_fields(text) == text, "run: python -m archiver.dataset.fields docs/dataset.md"
    for table in TABLES.values():
        for field in table:
            assert f"| `{field.name}` |" in text
