"""Rows whose values are not what their page gives when it is extracted again."""

from __future__ import annotations

from typing import Any

from archiver.collection.layout import Collection

from .damage import APPEARANCES, ARTICLES, edit_row, findings, kinds, places, rows


def test_fields_that_the_page_does_not_give_are_found_in_their_rows(collection: Collection) -> None:
    def spoil(field: str, value: Any) -> dict[str, Any]:
        return {field: value}

    edits = [(2, spoil("title", "Another title")), (4, spoil("authors", ["Nobody"])), (6, spoil("date_published", None))]
    for line, values in edits:
        edit_row(collection, ARTICLES, line, lambda row, values=values: row.update(values))
    edit_row(collection, APPEARANCES, 3, lambda row: row.update(headline="Another headline"))
    last = len(rows(collection, APPEARANCES))
    edit_row(collection, APPEARANCES, last, lambda row: row.update(teaser="A teaser that a revisit's page does not have"))
    found = findings(collection, extract=True, workers=2)
    expected = [f"{APPEARANCES}:3", f"{APPEARANCES}:{last}", f"{ARTICLES}:2", f"{ARTICLES}:4", f"{ARTICLES}:6"]
    assert places(found) == expected
    assert kinds(found) == {"row-text"}
    message = next(finding.message for finding in found if finding.place == f"{ARTICLES}:2")
    row = rows(collection, ARTICLES)[1]
    assert f"title is 'Another title', but the page at archive/{row['warc_filename']}@{row['warc_record_offset']} gives" in message


def test_a_text_that_is_not_what_its_record_gives_is_found(collection: Collection) -> None:
    edit_row(collection, ARTICLES, 3, lambda row: row.update(text=row["text"].replace("e", "a", 1)))
    assert places(findings(collection, extract=True), "row-text") == [f"{ARTICLES}:3"]


def test_a_changed_page_without_a_new_version_is_found_at_its_record(collection: Collection) -> None:
    path = collection.root / ARTICLES
    lines = path.read_text().splitlines(keepends=True)
    changed = next(row for row in rows(collection, ARTICLES) if row["version"] == 2)
    path.write_text("".join(line for line in lines if changed["id"] not in line))
    record = f"archive/{changed['warc_filename']}@{changed['warc_record_offset']}"
    assert record not in places(findings(collection), "row-missing"), "only extraction can tell a change from a re-check"
    assert record in places(findings(collection, extract=True), "row-missing")


def test_a_sample_extracts_no_more_than_asked_for(collection: Collection) -> None:
    from archiver.verify.collection import VerifyOptions, verify_collection
    from archiver.verify.ledger import Ledger

    with Ledger() as ledger:
        assert verify_collection(collection, ledger, VerifyOptions(sample=3)).extracted == 3
