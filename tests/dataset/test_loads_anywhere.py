"""30,000 rows in the worst order load with the path alone, each value and type as written, in every tool that is promised."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import archiver
from archiver.dataset.companions import write_companions
from archiver.dataset.schema import TABLES, RecordType

from .rows import worst_rows, write_rows

pa = pytest.importorskip("pyarrow")
COUNT = 30_000
SMALL: dict[RecordType, int] = {"article": COUNT, "appearance": COUNT, "failure": 40, "run": 11}
ROWS: dict[RecordType, list[dict[str, Any]]] = {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("loads") / "dataset"
    root.mkdir()
    for record_type, count in SMALL.items():
        ROWS[record_type] = worst_rows(record_type, count)
        write_rows(root, record_type, ROWS[record_type])
    assert write_companions(root) is None
    yield root
    ROWS.clear()


def expected(record_type: RecordType) -> Any:
    """The rows as a table, made here from Python values alone."""
    kinds = {
        "str": pa.string(),
        "int": pa.int64(),
        "bool": pa.bool_(),
        "instant": pa.timestamp("ms", "UTC"),
        "list": pa.list_(pa.string()),
    }
    columns = {}
    for field in TABLES[record_type]:
        values = [row[field.name] for row in ROWS[record_type]]
        if field.kind == "instant":
            values = [datetime.fromisoformat(value) if value else None for value in values]
        columns[field.name] = pa.array(values, kinds[field.kind])
    return pa.table(columns)


def assert_same(table: Any, record_type: RecordType) -> None:
    """Names, order and every value; the types may be wider ones of the tool (large_string, microseconds), never others."""
    wanted = expected(record_type)
    assert table.column_names == wanted.column_names
    for name in wanted.column_names:
        kind = table.schema.field(name).type
        column, whole = table.column(name), wanted.column(name)
        family = {
            pa.string(): lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t),
            pa.int64(): lambda t: t == pa.int64(),
            pa.bool_(): lambda t: t == pa.bool_(),
            pa.timestamp("ms", "UTC"): lambda t: pa.types.is_timestamp(t) and t.tz in ("UTC", "Etc/UTC"),
            pa.list_(pa.string()): lambda t: pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_list_view(t),
        }[whole.type]
        assert family(kind), f"{name}: {kind}"
        assert column.cast(whole.type).combine_chunks() == whole.combine_chunks(), name


def with_pandas(path: Path) -> Any:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(path)
    assert str(frame.dtypes["schema_version"]) == "str"
    for name in ("warc_record_offset", "warc_refers_to_offset"):
        assert str(frame.dtypes[name]) in ("int64", "Int64"), "no float of an offset"
    return pa.Table.from_pandas(frame, preserve_index=False)


def with_polars(path: Path) -> Any:
    return pytest.importorskip("polars").read_parquet(path).to_arrow()


def with_duckdb(path: Path) -> Any:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(config={"threads": 1}) as db:
        db.execute("SET TimeZone = 'UTC'")
        return db.sql(f"SELECT * FROM '{path}'").to_arrow_table()


@pytest.mark.parametrize("record_type", ["article", "appearance"])
@pytest.mark.parametrize("load", [with_pandas, with_polars, with_duckdb])
def test_the_parquet_loads_with_its_path_alone(folder: Path, record_type: RecordType, load: Callable[[Path], Any]) -> None:
    assert_same(load(folder / f"{record_type}s.parquet"), record_type)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Hugging Face ``datasets``, offline, with a cache of its own; its settings are read when it is imported."""
    os.environ.update(
        HF_HUB_OFFLINE="1",
        HF_DATASETS_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        HF_HOME=str(tmp_path_factory.mktemp("hub")),
    )
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    return datasets


@pytest.mark.parametrize("record_type", ["article", "appearance"])
def test_hugging_face_loads_the_parquet_with_its_path_alone(
    folder: Path, tmp_path: Path, hub: Any, record_type: RecordType
) -> None:
    path = str(folder / f"{record_type}s.parquet")
    loaded = hub.load_dataset("parquet", data_files=path, split="train", cache_dir=str(tmp_path))
    assert_same(loaded.data.table, record_type)


@pytest.mark.parametrize(("config", "record_type"), [(None, "article"), ("appearances", "appearance"), ("runs", "run")])
def test_hugging_face_loads_the_folder_by_its_card(
    folder: Path, tmp_path: Path, hub: Any, config: str | None, record_type: RecordType
) -> None:
    loaded = hub.load_dataset(str(folder), config, cache_dir=str(tmp_path))
    assert list(loaded) == ["train"]
    assert_same(loaded["train"].data.table, record_type)


def test_hugging_face_is_not_offered_a_table_without_rows(tmp_path: Path, hub: Any) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    for record_type in TABLES:
        write_rows(folder, record_type, [] if record_type == "failure" else worst_rows(record_type, 12))
    write_companions(folder)
    assert hub.get_dataset_config_names(str(folder)) == ["articles", "appearances", "runs"]


@pytest.mark.parametrize("record_type", ["article", "appearance", "failure", "run"])
def test_archiver_load_types_the_json_lines(folder: Path, record_type: RecordType) -> None:
    assert_same(archiver.load(folder / f"{record_type}s.jsonl"), record_type)


def test_archiver_load_gives_pandas_and_polars_on_request(folder: Path) -> None:
    pandas = archiver.load(folder / "failures.jsonl", to="pandas")
    assert str(pandas.dtypes["http_status"]) == "Int64"
    assert_same(pa.Table.from_pandas(pandas, preserve_index=False), "failure")
    assert_same(archiver.load(folder / "failures.jsonl", to="polars").to_arrow(), "failure")


@pytest.mark.parametrize("record_type", ["article", "appearance", "failure", "run"])
def test_load_sql_types_the_json_lines_in_duckdb(folder: Path, record_type: RecordType, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb")
    monkeypatch.chdir(folder)
    with duckdb.connect(config={"threads": 1}) as db:
        db.execute(Path("load.sql").read_text())
        assert_same(db.sql(f"SELECT * FROM {record_type}s").to_arrow_table(), record_type)


def test_load_sql_works_from_elsewhere(folder: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(config={"threads": 1}) as db:
        db.execute(f"SET file_search_path = '{folder}'")
        db.execute((folder / "load.sql").read_text())
        assert db.execute("SELECT count(*) FROM failures").fetchall() == [(SMALL["failure"],)]
