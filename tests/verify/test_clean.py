"""What is whole is called clean, and what is no fault is no finding."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from archiver.collection.layout import Collection
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.ledger import Ledger

from .damage import ARTICLES, edit_row, findings, kinds, places, records, rows


def contents(root: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()}


def test_a_crawled_collection_is_clean_and_every_page_gives_its_rows_again(crawled: Path) -> None:
    before = contents(crawled)
    with Ledger() as ledger:
        summary = verify_collection(Collection(crawled), ledger, VerifyOptions())
        assert list(ledger.findings()) == []
    assert summary.is_clean
    assert summary.line == f"{summary.records} records, {summary.rows} rows, {summary.extracted} texts extracted again: clean"
    captures = {
        row["warc_record_id"] for name in ("articles", "appearances") for row in rows(Collection(crawled), f"dataset/{name}.jsonl")
    }
    assert summary.extracted == len(captures)
    assert contents(crawled) == before, "verify writes nothing"


def test_the_collection_holds_what_the_tests_damage(crawled: Path) -> None:
    types = {place.fields["warc-type"] for place in records(Collection(crawled))}
    assert types == {"warcinfo", "metadata", "request", "response", "revisit"}
    chunked = [place for place in records(Collection(crawled)) if place.fields["warc-type"] == "revisit"]
    assert len(chunked) > 10


def test_several_workers_find_the_same(collection: Collection) -> None:
    edit_row(collection, ARTICLES, 3, lambda row: row.update(warc_record_length=7))
    place = records(collection)[4]
    path = collection.root / place.path
    path.write_bytes(path.read_bytes()[: place.offset + 20])
    one = findings(collection)
    assert findings(collection, workers=3) == one
    assert one


def test_a_crawl_that_holds_the_lock_is_no_finding(collection: Collection) -> None:
    file = sorted(collection.archive.iterdir())[-1]
    data = file.read_bytes()
    file.with_name(file.name + ".open").write_bytes(data[:-10])
    file.unlink()
    collection.manifest.write_text("".join(line for line in collection.manifest.open() if file.name not in line))
    shutil.rmtree(collection.text)
    descriptor = os.open(collection.root / ".lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        found = findings(collection)
    finally:
        os.close(descriptor)
    noted = {(finding.severity, finding.kind) for finding in found if finding.path.endswith(".open")}
    assert noted == {("note", "open-file"), ("note", "truncated")}


def test_a_file_left_open_by_a_dead_crawl_says_run_repair(collection: Collection) -> None:
    file = sorted(collection.archive.iterdir())[-1]
    file.rename(file.with_name(file.name + ".open"))
    found = [finding for finding in findings(collection) if finding.kind == "open-file"]
    assert [(finding.severity, finding.place) for finding in found] == [("error", f"archive/{file.name}.open")]
    assert "archiver repair" in found[0].message


def test_rows_of_another_extractor_are_not_compared(collection: Collection) -> None:
    for line in range(1, len(rows(collection, ARTICLES)) + 1):
        edit_row(collection, ARTICLES, line, lambda row: row.update(extractor="trafilatura/0.0.1", tags=["other"]))
    found = findings(collection, extract=True)
    assert kinds(found) == set()
    assert sorted(finding.kind for finding in found) == ["companion-stale", "other-version"]


def test_a_stored_timeout_stays(collection: Collection) -> None:
    def timed_out(row: dict[str, object]) -> None:
        row.update(extraction_status="timeout", tags=["nothing like the page"])

    edit_row(collection, ARTICLES, 1, timed_out)
    assert places(findings(collection, extract=True)) == []


@pytest.mark.parametrize("folder", ["text", "indexes", "dataset"])
def test_a_folder_that_is_gone_is_findings_not_a_failure(collection: Collection, folder: str) -> None:
    shutil.rmtree(collection.root / folder)
    assert kinds(findings(collection))
