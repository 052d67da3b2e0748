"""A selection stands alone: every record as it was, every row pointing at its copy, and the same id wherever it is made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from archiver.cli import run
from archiver.collection.layout import Collection
from archiver.selection.identity import measured_id
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.ledger import Ledger
from archiver.warc.reader import WarcRecord, read_records
from archiver.warc.stored import stored_response

Captured = pytest.CaptureFixture[str]
POINTERS = ("warc_record_offset", "warc_refers_to_offset")


def selected(source: Path, target: Path, where: str, capsys: Captured) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["select", str(source), "--where", where, "-o", str(target), "--json"]) == 0, capsys.readouterr().err
    made: dict[str, Any] = json.loads(capsys.readouterr().out)
    return made


def findings(root: Path, *, extract: bool = False) -> list[str]:
    with Ledger() as ledger:
        verify_collection(Collection(root), ledger, VerifyOptions(extract=extract))
        return [f"{item.place} {item.kind}: {item.message}" for item in ledger.findings()]


def rows(root: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / "dataset" / f"{name}.jsonl").open()]


def records(root: Path) -> dict[tuple[str, str], tuple[str, bytes]]:
    """File and bytes as stored, by record id and type."""
    found = {}
    for path in sorted((root / "archive").iterdir()):
        data = path.read_bytes()
        for record in read_records(path):
            assert isinstance(record, WarcRecord)
            record.finish()
            assert record.length is not None
            found[record.record_id, record.warc_type] = (path.name, data[record.offset : record.offset + record.length])
    return found


# Together they pick: one section; the changed story, whose second version refers to listings of two runs; a page that was
# found unchanged; a story of the second run only; everything.
CHOICES = ["section = 'Culture'", "version = 2", "title like 'Bridge lamps%'", "is_latest and url like '%tomatoes%'", "1"]


@pytest.mark.parametrize("where", CHOICES)
def test_it_verifies_clean_and_its_records_are_the_bytes_of_the_source(
    crawled_demo: Path, tmp_path: Path, where: str, capsys: Captured
) -> None:
    target = tmp_path / "chosen"
    made = selected(crawled_demo, target, where, capsys)
    assert findings(target, extract=where == "version = 2") == []
    copies, originals = records(target), records(crawled_demo)
    own = [key for key, (name, _) in copies.items() if name.startswith("chosen-")]
    for key in copies.keys() - set(own):
        assert copies[key] == originals[key]
    assert {warc_type for _, warc_type in own} == {"warcinfo", "metadata"}, "what tells of the selection and of its runs' ends"
    assert made["counts"]["response"] == sum(warc_type == "response" for _, warc_type in copies)


def test_rows_are_as_they_were_but_for_where_their_records_lie(crawled_demo: Path, tmp_path: Path, capsys: Captured) -> None:
    target = tmp_path / "chosen"
    selected(crawled_demo, target, "section = 'World' and date_published >= '2026-03-01'", capsys)
    for name in ("articles", "appearances", "failures"):
        before = {row["id"]: {**row, **dict.fromkeys(POINTERS)} for row in rows(crawled_demo, name)}
        after = [{**row, **dict.fromkeys(POINTERS)} for row in rows(target, name)]
        assert after == [before[row["id"]] for row in after]
    written = rows(target, "articles")
    assert written
    assert {row["section"] for row in written} == {"World"}
    listings = {row["warc_record_id"] for row in rows(target, "appearances")}
    ids = {row["article_id"] for row in written}
    wanted = {row["warc_record_id"] for row in rows(crawled_demo, "appearances") if row["article_id"] in ids}
    assert listings == wanted, "every section page on which one of them stood, and no other"


def test_what_the_pages_need_to_be_shown_comes_along_with_what_style_sheets_need(
    crawled_demo: Path, tmp_path: Path, capsys: Captured
) -> None:
    target = tmp_path / "chosen"
    selected(crawled_demo, target, "title like 'Bridge lamps%'", capsys)
    urls = {json.loads(line.split(" ", 2)[2])["url"] for line in (target / "indexes" / "index.cdxj").open()}
    for part in ("/css/site.css", "/css/base.css", ".woff2", "bridge-lamps-dimmed-for-mayflies-640.jpg"):
        assert [url for url in urls if part in url], part
    assert not [url for url in urls if "regatta" in url], "of another story"


def test_every_revisit_has_its_bytes_here(crawled_demo: Path, tmp_path: Path, capsys: Captured) -> None:
    target = tmp_path / "chosen"
    selected(crawled_demo, target, "version = 2", capsys)
    chosen = [row for row in rows(target, "appearances") if row["warc_type"] == "revisit"]
    stored = records(target)
    for row in chosen:
        assert (row["warc_refers_to_record_id"], "response") in stored
    versions = sorted(row["version"] for row in rows(target, "articles") if row["url"] == rows(target, "articles")[-1]["url"])
    assert versions == [1, 2], "a version comes with those before it"


def test_the_id_is_made_from_the_records_alone(crawled_demo: Path, tmp_path: Path, capsys: Captured) -> None:
    copy = Path(shutil.copytree(crawled_demo, tmp_path / "elsewhere" / "other-name"))
    one = selected(crawled_demo, tmp_path / "one", "section = 'Culture'", capsys)["selection_id"]
    two = selected(copy, tmp_path / "two", "section='Culture' or section = 'Culture'", capsys)["selection_id"]
    other = selected(crawled_demo, tmp_path / "three", "section = 'World'", capsys)["selection_id"]
    assert one == two != other
    assert one.startswith("selection:sha256:")
    assert measured_id(Collection(tmp_path / "two")) == one, "anyone can make it again from the files"
    assert json.loads((tmp_path / "one" / "selection.json").read_text())["selection_id"] == one


def test_rebuild_from_its_archive_gives_its_rows_again(crawled_demo: Path, tmp_path: Path, capsys: Captured) -> None:
    target = tmp_path / "chosen"
    selected(crawled_demo, target, "section = 'Culture'", capsys)
    before = {name: sorted(rows(target, name), key=str) for name in ("articles", "appearances", "failures", "runs")}
    assert run(["rebuild", str(target)]) == 0
    assert {name: sorted(rows(target, name), key=str) for name in before} == before
    assert findings(target) == []


def test_what_is_excluded_stays_out_with_the_pages_that_print_it_and_the_rest_is_whole(
    demo: Path, tmp_path: Path, capsys: Captured
) -> None:
    hidden = next(row for row in rows(demo, "articles") if row["title"].startswith("Bridge lamps"))
    assert run(["exclude", str(demo), "--url", hidden["url"], "--reason", "a court"]) == 0
    target = tmp_path / "chosen"
    selected(demo, target, "1", capsys)
    assert findings(target) == []
    ids = {row["article_id"] for name in ("articles", "appearances") for row in rows(target, name)}
    assert hidden["article_id"] not in ids
    assert len(rows(target, "articles")) == len(rows(demo, "articles")) - 1
    stored = plain_pages(target)
    assert not [url for url in stored if url == hidden["url"]]
    assert hidden["text"][:60].encode() not in b"".join(stored.values())
    listings = {row["listing_url_final"] for row in rows(demo, "appearances") if row["article_id"] == hidden["article_id"]}
    assert not [url for url in listings if hidden["title"].encode() in stored.get(url, b"")], "section pages print it"
    capsys.readouterr()
    assert run(["select", str(demo), "--where", "title like 'Bridge lamps%'", "-o", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def plain_pages(root: Path) -> dict[str, bytes]:
    """What is stored for each URL, as a reader sees it."""
    found: dict[str, bytes] = {}
    for path in Collection(root).warcs():
        for record in read_records(path):
            assert isinstance(record, WarcRecord)
            if record.warc_type == "response":
                url = record.get("WARC-Target-URI") or ""
                found[url] = found.get(url, b"") + stored_response(record).plain(1 << 24).body
    return found


@pytest.mark.parametrize(
    ("where", "code", "said"),
    [
        ("section = 'No such'", 2, "no article; nothing was made"),
        ("sektion = 'World'", 2, "did you mean section?"),
        ("", 2, "syntax error"),
    ],
)
def test_a_wrong_choice_makes_nothing(
    crawled_demo: Path, tmp_path: Path, where: str, code: int, said: str, capsys: Captured
) -> None:
    assert run(["select", str(crawled_demo), "--where", where, "-o", str(tmp_path / "x")]) == code
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over_and_a_damaged_source_makes_nothing(demo: Path, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("x")
    assert run(["select", str(demo), "--where", "1", "-o", str(tmp_path / "there")]) == 2
    warc = sorted((demo / "archive").iterdir())[0]
    data = bytearray(warc.read_bytes())
    data[len(data) // 2] ^= 0xFF
    warc.write_bytes(data)
    assert run(["select", str(demo), "--where", "1", "-o", str(tmp_path / "new")]) == 3
    assert f"{warc.name}@" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo", "there"]
