"""CDXJ files and the look-up: unsorted, stale, missing, twice or wrong lines are found in their line."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest

from archiver.collection.layout import Collection

from .damage import edit_line, findings, kinds, of_type, places

MERGED = "indexes/index.cdxj"


def of_file(collection: Collection) -> str:
    """The index of the first WARC file."""
    return f"indexes/{collection.cdxj(collection.warcs()[0].name).name}"


@pytest.fixture(params=["merged", "of a file"])
def index(request: pytest.FixtureRequest, collection: Collection) -> str:
    return MERGED if request.param == "merged" else of_file(collection)


def test_an_unsorted_index_is_found_at_the_first_line_out_of_order(collection: Collection, index: str) -> None:
    path = collection.root / index
    lines = path.read_text().splitlines(keepends=True)
    lines[3:5] = [lines[4], lines[3]]
    path.write_text("".join(lines))
    assert [(finding.kind, finding.place) for finding in findings(collection)] == [("index-unsorted", f"{index}:5")]


def test_a_missing_line_is_found_and_says_which_capture(collection: Collection, index: str) -> None:
    edit_line(collection, index, 4, lambda _: None)
    found = findings(collection)
    assert [(finding.kind, finding.place) for finding in found] == [("index-missing", index)]
    assert "archive/" in found[0].message
    assert "archiver index" in found[0].message


def test_a_line_that_stands_twice_is_found(collection: Collection, index: str) -> None:
    edit_line(collection, index, 4, lambda line: f"{line}\n{line}")
    assert [(finding.kind, finding.place) for finding in findings(collection)] == [("index-duplicate", f"{index}:5")]


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(line: str) -> str:
        assert old in line
        return line.replace(old, new)

    return change


def number(collection: Collection, index: str, name: str) -> str:
    """A number that the fourth line states."""
    return (collection.root / index).read_text().splitlines()[3].split(f'"{name}": "')[1].split('"')[0]


def test_a_stale_line_is_found(collection: Collection, index: str) -> None:
    offset = number(collection, index, "offset")
    edit_line(collection, index, 4, replaced(f'"offset": "{offset}"', f'"offset": "{int(offset) + 1}"'))
    found = findings(collection)
    assert places(found, "index-stale") == [f"{index}:4"]
    assert places(found, "index-missing") == [index]


def test_a_line_past_the_end_of_its_file_is_found(collection: Collection, index: str) -> None:
    edit_line(collection, index, 4, replaced(number(collection, index, "offset"), "999999999999"))
    found = [finding for finding in findings(collection) if finding.kind == "index-stale"]
    assert "past the end" in found[0].message


@pytest.mark.parametrize("name", ["length", "digest", "status", "mime", "record_id", "url", "date"])
def test_a_fact_that_the_record_does_not_give_is_found(collection: Collection, index: str, name: str) -> None:
    value = number(collection, index, name)
    edit_line(collection, index, 4, replaced(f'"{name}": "{value}"', f'"{name}": "{value[:-1]}{"7" if value[-1] != "7" else "8"}"'))
    found = findings(collection)
    assert [(finding.kind, finding.place) for finding in found] == [("index-wrong", f"{index}:4")]
    assert found[0].message.startswith(f"{name} is")


def test_another_form_of_the_same_facts_is_no_finding(collection: Collection) -> None:
    edit_line(collection, MERGED, 4, replaced('", "', '","'))
    assert "index-wrong" not in kinds(findings(collection))


def test_a_record_that_no_replay_index_may_hold_is_found(collection: Collection, index: str) -> None:
    place = of_type(collection, "metadata")
    lines = (collection.root / index).read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if place.path.rpartition("/")[2] in text)
    edit_line(collection, index, line, lambda text: re.sub(r'"offset": "\d+"', f'"offset": "{place.offset}"', text))
    assert f"{index}:{line}" in places(findings(collection), "index-wrong")


def test_an_index_that_is_not_there_is_found(collection: Collection, index: str) -> None:
    (collection.root / index).unlink()
    assert set(places(findings(collection), "index-missing")) == {index}


def test_an_index_of_no_file_is_found(collection: Collection) -> None:
    (collection.indexes / "other.cdxj").write_text("")
    assert places(findings(collection)) == ["indexes/other.cdxj"]


BAD_LINES = [
    "",
    "no json at all",
    'com,example)/ 2026 {"offset": "1"}',
    'com,example)/ 20260301000000 {"offset": "-1", "length": "1", "filename": "x"}',
    'com,example)/ 20260301000000 {"offset": "1e9", "length": "1", "filename": "x"}',
    'com,example)/ 20260301000000 {"offset": ' + "9" * 6000 + ', "length": "1", "filename": "x"}',
    "com,example)/ 20260301000000 " + "[" * 100_000,
    'com,example)/ 20260301000000 ["offset"]',
    "a" * (2 << 20),
]


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: line[:40])
def test_what_is_no_line_is_found(collection: Collection, line: str) -> None:
    edit_line(collection, MERGED, 4, lambda old: f"{old}\n{line}")
    assert f"{MERGED}:5" in places(findings(collection), "index-line")


def test_a_line_with_a_name_from_elsewhere_opens_no_file(collection: Collection) -> None:
    line = 'a)/ 20260301000000 {"offset": "1", "length": "1", "filename": "../../\\ud800/etc/passwd"}'
    edit_line(collection, MERGED, 1, lambda old: f"{line}\n{old}")
    assert len(places(findings(collection), "missing-file")) == 1


LOOKUP = "indexes/lookup.sqlite"
CHANGES = [
    "DELETE FROM captures WHERE status = 404",
    "UPDATE captures SET etag = 'x' WHERE offset = (SELECT max(offset) FROM captures)",
    "UPDATE captures SET offset = 'x' WHERE offset = (SELECT max(offset) FROM captures)",
    "DROP TABLE captures",
    "DROP TABLE captures; CREATE VIEW captures AS SELECT 1",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_look_up_that_does_not_agree_is_one_warning(collection: Collection, change: str) -> None:
    with sqlite3.connect(collection.root / LOOKUP) as db:
        db.executescript(change)
    db.close()
    found = findings(collection)
    assert [(finding.severity, finding.kind, finding.place) for finding in found] == [("warning", "lookup", LOOKUP)]
    assert "archiver index" in found[0].message


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_look_up_that_is_no_database_is_one_warning(collection: Collection, content: bytes) -> None:
    for path in collection.indexes.glob("lookup.sqlite*"):
        path.unlink()
    (collection.root / LOOKUP).write_bytes(content)
    assert [finding.kind for finding in findings(collection)] == ["lookup"]
