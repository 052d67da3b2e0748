"""What stands beside the JSON Lines is made from them and the field table, whole or not at all."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from archiver.cli import run
from archiver.collection.layout import Collection
from archiver.dataset.companions import write_companions
from archiver.dataset.schema import FILENAMES, TABLES, RecordType
from archiver.urls import url_id
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.findings import Finding
from archiver.verify.ledger import Ledger

from .rows import worst_rows, write_rows

HOSTILE = "http://a.example/`</code>\"'\n---\n- x: <script>alert(1)</script> | [x](http://b.example)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve rows of each type."""
    for record_type in TABLES:
        write_rows(tmp_path, record_type, worst_rows(record_type, 12))
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_rows_give_the_same_files_and_nothing_is_left_over(folder: Path) -> None:
    write_companions(folder)
    first = contents(folder)
    tables = {name for jsonl in FILENAMES.values() for name in (jsonl, jsonl.replace(".jsonl", ".parquet"))}
    schemas = {f"schema/{name.replace('.jsonl', '.json')}" for name in FILENAMES.values()}
    assert set(first) == tables | schemas | {"README.md", "load.sql", "croissant.json", "datapackage.json"}
    write_companions(folder)
    assert contents(folder) == first


@pytest.mark.parametrize("record_type", TABLES)
def test_every_row_fits_its_json_schema_and_a_wrong_one_does_not(folder: Path, record_type: RecordType) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    write_companions(folder)
    name = FILENAMES[record_type].removesuffix(".jsonl")
    schema = json.loads((folder / "schema" / f"{name}.json").read_text())
    rows = [json.loads(line) for line in (folder / FILENAMES[record_type]).open()]
    validator = jsonschema.Draft202012Validator(schema)
    for row in rows:
        validator.validate(row)
    for wrong in ({"run_id": 5}, {"run_id": None}, {"more": "x"}):
        assert not validator.is_valid({**rows[0], **wrong})


def test_frictionless_finds_the_package_valid(folder: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    write_companions(folder)
    package = frictionless.Package(str(folder / "datapackage.json"))
    assert frictionless.Package.metadata_validate(package.to_descriptor()) is not None
    assert list(frictionless.Package.metadata_validate(package.to_descriptor())) == []
    assert [task.errors for task in package.validate().tasks if not task.valid] == [], "and every value of every row"
    resource = json.loads((folder / "datapackage.json").read_text())["resources"][0]
    assert resource["bytes"] == (folder / "articles.jsonl").stat().st_size
    assert [field["name"] for field in resource["schema"]["fields"]] == [field.name for field in TABLES["article"]]


def test_croissant_names_every_field_once_and_each_source_is_there(folder: Path) -> None:
    write_companions(folder)
    document = json.loads((folder / "croissant.json").read_text())
    files = {item["@id"] for item in document["distribution"]}
    assert files == {name.replace(".jsonl", ".parquet") for name in FILENAMES.values()}
    for record_set, table in zip(document["recordSet"], TABLES.values(), strict=True):
        assert [field["name"] for field in record_set["field"]] == [field.name for field in table]
        assert {field["source"]["fileObject"]["@id"] for field in record_set["field"]} <= files
        assert [field["name"] for field in record_set["field"] if field.get("repeated")] == [
            field.name for field in table if field.kind == "list"
        ]


def test_nothing_that_a_page_or_seed_says_acts_in_the_card(folder: Path) -> None:
    yaml = pytest.importorskip("yaml")
    runs = worst_rows("run", 1)
    runs[0]["seeds"], runs[0]["operator"] = [HOSTILE], HOSTILE
    write_rows(folder, "run", runs)
    write_companions(folder)
    _, front, sheet = (folder / "README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front)["pretty_name"] == "News articles of a.example"
    outside = "".join(sheet.split("`")[::2])
    assert "script" not in outside
    assert "b.example" not in outside


def test_a_gap_is_a_failed_url_without_any_row(folder: Path) -> None:
    failures, articles = worst_rows("failure", 3), worst_rows("article", 1)
    for row, url, reason in zip(failures, ("http://a.example/1", "http://a.example/2", "http://a.example/2"), "xyz", strict=True):
        row["url"], row["reason"] = url, reason
    articles[0]["article_id"] = url_id("http://a.example/1")
    write_rows(folder, "failure", failures)
    write_rows(folder, "article", articles)
    write_companions(folder)
    gaps = (folder / "README.md").read_text().split("## Known gaps")[1].split("##")[0]
    assert "1 URLs were wanted and have no row" in gaps
    assert "| `z` | 1 |" in gaps, "the last reason counts"


def test_without_pyarrow_the_card_offers_the_json_lines_and_it_is_a_note(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    yaml = pytest.importorskip("yaml")
    write_companions(folder)
    assert list(folder.glob("*.parquet"))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    note = write_companions(folder)
    assert note == "no Parquet files are written: this needs pyarrow: pip install 'archiver[data]'"
    front = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
    assert front["configs"][0]["data_files"] == [{"split": "train", "path": ["articles.jsonl"]}]
    assert not list(folder.glob("*.parquet"))


def test_files_of_a_re_extraction_are_one_table(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow.parquet")
    for number, name in enumerate(("articles-b.warc.gz.jsonl", "articles-a.jsonl")):
        write_rows(tmp_path, "article", worst_rows("article", 12 + number)).rename(tmp_path / name)
    assert write_companions(tmp_path) is None
    assert pa.read_table(tmp_path / "articles.parquet").num_rows == 25
    assert "articles-a.jsonl', 'articles-b.warc.gz.jsonl'" in (tmp_path / "load.sql").read_text()


def test_a_value_of_another_type_is_named_by_file_and_field(folder: Path) -> None:
    rows: list[dict[str, Any]] = worst_rows("article", 12)
    rows[5]["version"] = "two"
    write_rows(folder, "article", rows)
    with pytest.raises(Exception, match=r"articles\.jsonl: version: .*archiver verify"):
        write_companions(folder)
    assert not (folder / "datapackage.json").exists(), "nothing says that the files beside the rows are those of the rows"


def found(collection: Collection) -> list[tuple[str, str, str]]:
    with Ledger() as ledger:
        verify_collection(collection, ledger, VerifyOptions(extract=False))
        return [(item.severity, item.kind, item.path) for item in ledger.findings() if isinstance(item, Finding)]


def test_a_crawl_and_a_rebuild_make_them_and_verify_looks_at_them(demo: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    collection = Collection(demo)
    before = contents(collection.dataset)
    assert {"articles.parquet", "appearances.parquet", "README.md", "load.sql", "schema/articles.json"} <= set(before)
    assert found(collection) == []
    (collection.dataset / "articles.parquet").write_bytes(before["articles.parquet"][:-1] + b"x")
    assert found(collection) == [("warning", "companion", "dataset/articles.parquet")]
    with (collection.dataset / "failures.jsonl").open("ab") as out:
        out.write(before["failures.jsonl"][: before["failures.jsonl"].index(b"\n") + 1])
    assert ("note", "companion-stale", "dataset/failures.jsonl") in found(collection)
    assert run(["rebuild", str(demo)]) == 0
    assert found(collection) == []
    after = contents(collection.dataset)
    assert after.keys() == before.keys()
    for name in ("articles.parquet", "appearances.parquet"):
        old, new = (parquet.read_table(io.BytesIO(files[name])).sort_by("id") for files in (before, after))
        assert new == old, name


@pytest.mark.parametrize("text", [b"", b"[]", b'{"resources": [{"path": "../x", "bytes": 1, "hash": ""}]}', b'{"resources": [3]}'])
def test_a_package_file_that_is_none_is_one_warning(demo: Path, text: bytes) -> None:
    collection = Collection(demo)
    (collection.dataset / "datapackage.json").write_bytes(text)
    assert found(collection) == [("warning", "companion", "dataset/datapackage.json")]
