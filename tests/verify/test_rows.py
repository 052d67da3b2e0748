"""Rows against records, both ways: the finding names the file and line of the row, or the record that has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from archiver.collection.layout import Collection
from archiver.dataset.schema import FILENAMES

from .damage import APPEARANCES, ARTICLES, FAILURES, RUNS, edit_line, edit_row, findings, kinds, of_type, places, rows

Row = dict[str, Any]


def changed(**values: Any) -> Callable[[Row], None]:
    return lambda row: row.update(values)


@pytest.mark.parametrize("path", [ARTICLES, APPEARANCES])
def test_a_row_that_points_past_its_file_is_found(collection: Collection, path: str) -> None:
    edit_row(collection, path, 5, changed(warc_record_offset=10**12))
    found = [finding for finding in findings(collection) if finding.kind == "row-pointer"]
    assert [finding.place for finding in found] == [f"{path}:5"]
    assert "past the end" in found[0].message
    assert "its record is archive/" in found[0].message


@pytest.mark.parametrize("path", [ARTICLES, APPEARANCES])
def test_a_row_that_points_at_the_wrong_record_is_found(collection: Collection, path: str) -> None:
    place = of_type(collection, "request")
    edit_row(collection, path, 5, changed(warc_record_offset=place.offset))
    found = [finding for finding in findings(collection) if finding.kind == "row-pointer"]
    assert [finding.place for finding in found] == [f"{path}:5"]
    assert str(place) in found[0].message


def test_a_row_that_points_between_records_is_found(collection: Collection) -> None:
    edit_row(collection, ARTICLES, 5, lambda row: row.update(warc_record_offset=row["warc_record_offset"] + 1))
    assert places(findings(collection), "row-pointer") == [f"{ARTICLES}:5"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("warc_record_length", 12),
        ("warc_type", "revisit"),
        ("warc_payload_digest", "sha256:" + "0" * 64),
        ("fetched_at", "2026-01-01T00:00:00.000Z"),
        ("http_status", 203),
        ("discovered_from", "http://a.example/"),
        ("discovered_via", "feed"),
        ("depth", 9),
        ("run_id", "run:other"),
    ],
)
def test_a_column_that_its_record_does_not_give_is_found(collection: Collection, field: str, value: Any) -> None:
    edit_row(collection, ARTICLES, 5, changed(**{field: value}))
    found = findings(collection)
    assert f"{ARTICLES}:5" in places(found, "row-record")
    assert any(field in finding.message for finding in found)


def revisit_line(collection: Collection) -> int:
    return next(number for number, row in enumerate(rows(collection, APPEARANCES), 1) if row["warc_type"] == "revisit")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("warc_refers_to_offset", 0),
        ("warc_refers_to_length", 1),
        ("warc_refers_to_record_id", "urn:uuid:0"),
        ("warc_refers_to_filename", None),
    ],
)
def test_a_wrong_place_of_the_bytes_of_a_revisit_is_found(collection: Collection, field: str, value: Any) -> None:
    line = revisit_line(collection)
    edit_row(collection, APPEARANCES, line, changed(**{field: value}))
    assert places(findings(collection), "row-pointer") == [f"{APPEARANCES}:{line}"]


def test_a_file_that_is_nowhere_is_one_finding(collection: Collection) -> None:
    for line in (2, 5):
        edit_row(collection, ARTICLES, line, changed(warc_filename="gone.warc.gz"))
    assert places(findings(collection), "missing-file") == ["archive/gone.warc.gz"]


def test_an_article_page_without_its_row_is_found_at_its_record(collection: Collection) -> None:
    row = rows(collection, ARTICLES)[4]
    edit_line(collection, ARTICLES, 5, lambda _: None)
    found = findings(collection)
    record = f"archive/{row['warc_filename']}@{row['warc_record_offset']}"
    assert record in places(found, "row-missing")
    assert f"{RUNS}:1" in places(found, "run-count")
    assert "conversion" in kinds(found), "its text is there, and no row"


def test_an_appearance_that_is_gone_is_found_at_its_listing(collection: Collection) -> None:
    edit_line(collection, APPEARANCES, 2, lambda _: None)
    assert places(findings(collection), "listing-incomplete") == [f"{APPEARANCES}:1"]


def test_a_listing_without_any_appearance_is_found_at_its_record(collection: Collection) -> None:
    path = collection.root / APPEARANCES
    first = rows(collection, APPEARANCES)[0]
    lines = [line for line in path.read_text().splitlines(keepends=True) if first["warc_record_id"] not in line]
    path.write_text("".join(lines))
    record = f"archive/{first['warc_filename']}@{first['warc_record_offset']}"
    assert record in places(findings(collection), "row-missing")


def test_a_failure_without_its_row_is_found_at_its_record(collection: Collection) -> None:
    edit_line(collection, FAILURES, 1, lambda _: None)
    found = findings(collection)
    assert any("recorded failure" in finding.message for finding in found if finding.kind == "row-missing")


def test_a_failure_that_no_record_tells_of_is_found(collection: Collection) -> None:
    from archiver.dataset.rows import row_id

    def other(row: Row) -> None:
        row["reason"] = "tls"
        row["id"] = row_id("fail", row["run_id"], row["url"], row["reason"])

    edit_row(collection, FAILURES, 1, other)
    assert places(findings(collection), "failure-record") == [f"{FAILURES}:1"]


def test_two_rows_with_one_id_are_found(collection: Collection) -> None:
    edit_line(collection, ARTICLES, 5, lambda line: f"{line}\n{line}")
    found = findings(collection)
    assert places(found, "row-duplicate") == [f"{ARTICLES}:6"]
    assert places(found, "row-version") == [f"{ARTICLES}:6"]


def test_a_version_that_is_skipped_is_found(collection: Collection) -> None:
    line = next(number for number, row in enumerate(rows(collection, ARTICLES), 1) if row["version"] == 2)
    edit_row(collection, ARTICLES, line, changed(version=3))
    assert places(findings(collection)) == [f"{ARTICLES}:{line}"]


@pytest.mark.parametrize("field", ["id", "article_id", "url_normalized", "urlkey", "domain"])
def test_a_value_that_does_not_follow_from_the_others_is_found(collection: Collection, field: str) -> None:
    edit_row(collection, ARTICLES, 5, changed(**{field: "something else"}))
    assert f"{ARTICLES}:5" in places(findings(collection), "row-value")


def reordered(row: Row) -> None:
    row["url"] = row.pop("url")


BAD_ROWS: list[tuple[str, Callable[[Row], Any]]] = [
    ("a field that is not there", lambda row: row.pop("title")),
    ("a field too many", changed(more=1)),
    ("fields in another order", reordered),
    ("text as a number", changed(title=1)),
    ("a number as text", changed(depth="1")),
    ("true as a number", changed(depth=True)),
    ("a negative number", changed(depth=-1)),
    ("a number beyond 64 bits", changed(warc_record_offset=2**63)),
    ("a number beyond every bit", changed(warc_record_offset=10**400)),
    ("null where there must be something", changed(url=None)),
    ("a list of numbers", changed(tags=[1])),
    ("null for a list", changed(tags=None)),
    ("an instant of whole seconds", changed(fetched_at="2026-01-01T00:00:00Z")),
    ("a word that the schema does not have", changed(page_type="poem")),
    ("another kind of row", changed(record_type="failure")),
    ("another version of the schema", changed(schema_version="2.0", more=1)),
]


@pytest.mark.parametrize("change", [row[1] for row in BAD_ROWS], ids=[row[0] for row in BAD_ROWS])
def test_a_row_that_is_not_as_the_schema_says_is_found(collection: Collection, change: Callable[[Row], Any]) -> None:
    edit_row(collection, ARTICLES, 5, change)
    found = findings(collection)
    assert f"{ARTICLES}:5" in places(found, "row-schema") + places(found, "row-line")


BAD_LINES: list[tuple[str, Callable[[str], str]]] = [
    ("an empty line", lambda _: ""),
    ("no JSON", lambda line: line[:-1]),
    ("no object", lambda _: "[1]"),
    ("a key stated twice", lambda line: line[:-1] + ',"schema_version":"1.0"}'),
    ("spaces", lambda line: line.replace(":", ": ", 1)),
    ("NaN", lambda line: line.replace('"depth":1', '"depth":NaN')),
    ("deep nesting", lambda _: "[" * 200_000),
    ("a lone surrogate", lambda line: line.replace('"title":"', '"title":"\\ud800', 1)),
    ("a NUL", lambda line: line.replace('"title":"', '"title":"\0', 1)),
]


@pytest.mark.parametrize("path", [f"dataset/{name}" for name in FILENAMES.values()])
@pytest.mark.parametrize("change", [row[1] for row in BAD_LINES[:4]], ids=[row[0] for row in BAD_LINES[:4]])
def test_a_line_that_is_no_row_is_found_in_every_file(collection: Collection, path: str, change: Callable[[str], str]) -> None:
    edit_line(collection, path, 1, change)
    assert f"{path}:1" in places(findings(collection), "row-line")


@pytest.mark.parametrize("change", [row[1] for row in BAD_LINES[4:]], ids=[row[0] for row in BAD_LINES[4:]])
def test_a_line_in_a_form_that_loaders_read_wrongly_is_found(collection: Collection, change: Callable[[str], str]) -> None:
    edit_line(collection, ARTICLES, 5, change)
    assert f"{ARTICLES}:5" in places(findings(collection), "row-line")


def test_a_torn_last_line_is_found_in_its_line(collection: Collection) -> None:
    path = collection.root / ARTICLES
    path.write_bytes(path.read_bytes()[:-100])
    last = len(path.read_bytes().splitlines())
    found = [finding for finding in findings(collection) if finding.kind == "row-line"]
    assert [finding.place for finding in found] == [f"{ARTICLES}:{last}"]
    assert "archiver repair" in found[0].message


def test_a_text_that_the_text_records_do_not_hold_is_found_without_extraction(collection: Collection) -> None:
    edit_row(collection, ARTICLES, 5, lambda row: row.update(text="x" + row["text"][1:]))
    assert places(findings(collection)) == [f"{ARTICLES}:5"]


def test_newer_minor_versions_may_have_more_fields(collection: Collection) -> None:
    edit_row(collection, ARTICLES, 5, changed(schema_version="1.7", more=[1, 2]))
    assert kinds(findings(collection)) == set()
    assert json.loads((collection.root / ARTICLES).read_text().splitlines()[4])["more"] == [1, 2]
