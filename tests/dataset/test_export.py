"""An export says what only the whole can say, in types that tools understand, and wrong SQL is one clear line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from archiver.cli import run
from archiver.dataset.jsonl import encode_row
from archiver.extraction.simhash import simhash, words
from archiver.urls import url_id

from .rows import worst_rows, write_rows

Captured = pytest.CaptureFixture[str]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.open()]


def select(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as db:
        return db.execute(sql).fetchall()


def as_sql(value: Any) -> Any:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if isinstance(value, list) else value


@pytest.fixture(scope="module")
def sqlite_file(crawled_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's two editions: one story changed, the others found unchanged."""
    file = tmp_path_factory.mktemp("export") / "demo.sqlite"
    assert run(["export", str(crawled_demo), "--format", "sqlite", "-o", str(file)]) == 0
    return file


def test_sqlite_holds_every_row_and_every_value(crawled_demo: Path, sqlite_file: Path) -> None:
    for name in ("articles", "appearances", "failures", "runs"):
        written = rows(crawled_demo / "dataset" / f"{name}.jsonl")
        fields = list(written[0])
        read = select(sqlite_file, f"SELECT {', '.join(fields)} FROM {name} ORDER BY row")
        assert read == [tuple(as_sql(value) for value in row.values()) for row in written]


def test_the_latest_version_and_its_last_check_are_computed(crawled_demo: Path, sqlite_file: Path) -> None:
    runs = rows(crawled_demo / "dataset" / "runs.jsonl")
    second = runs[1]["started_at"]
    versions = select(
        sqlite_file,
        "SELECT version, is_latest, last_checked_at = fetched_at FROM articles WHERE article_id IN"
        " (SELECT article_id FROM articles WHERE version = 2) ORDER BY version",
    )
    assert versions == [(1, 0, 1), (2, 1, 1)], "the first version was never seen again"
    unchanged = select(sqlite_file, f"SELECT count(*) FROM articles WHERE fetched_at < '{second}' AND last_checked_at > '{second}'")
    assert unchanged == [(runs[1]["articles_unchanged"],)], "a re-check that found the same is no row, and is known"
    assert select(sqlite_file, "SELECT count(*) FROM latest_articles") == [(29,)]


def test_full_text_search_finds_titles_and_texts(sqlite_file: Path) -> None:
    found = select(
        sqlite_file,
        "SELECT a.title, a.warc_filename FROM articles_fts JOIN articles a ON a.row = articles_fts.rowid"
        " WHERE articles_fts MATCH 'title:bridge AND mayflies'",
    )
    assert [title for title, _ in found] == ["Bridge lamps will be dimmed for the mayflies"]


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        ("2020-01-01T00:00:00.000Z", False),  # before the article was had
        ("2099-01-01T00:00:00.000Z", True),  # after: the newest thing known of it
    ],
)
def test_a_failure_that_a_later_success_made_good_is_left_out(demo: Path, tmp_path: Path, at: str, kept: bool) -> None:
    article = rows(demo / "dataset" / "articles.jsonl")[0]
    failure = rows(demo / "dataset" / "failures.jsonl")[0] | {"url": article["url"], "id": "fail:x", "at": at}
    with (demo / "dataset" / "failures.jsonl").open("ab") as out:
        out.write(encode_row(failure))
    file = tmp_path / "x.sqlite"
    assert run(["export", str(demo), "--format", "sqlite", "-o", str(file)]) == 0
    assert bool(select(file, "SELECT 1 FROM failures WHERE id = 'fail:x'")) is kept


def test_parquet_has_the_computed_columns_typed_and_only_the_rows_asked_for(crawled_demo: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "out.parquet"
    where = "section = 'World' and date_published >= '2026-03-01'"
    assert run(["export", str(crawled_demo), "--format", "parquet", "--where", where, "-o", str(file)]) == 0
    table = parquet.read_table(file)
    wanted = [
        row["id"]
        for row in rows(crawled_demo / "dataset" / "articles.jsonl")
        if row["section"] == "World" and (row["date_published"] or "") >= "2026-03-01"
    ]
    assert table.column("id").to_pylist() == wanted
    assert 0 < len(wanted) < 29
    types = {name: str(table.schema.field(name).type) for name in ("is_latest", "last_checked_at", "duplicate_of", "authors")}
    assert types["is_latest"] == "bool"
    assert types["last_checked_at"] == "timestamp[ms, tz=UTC]"
    assert types["authors"].startswith("list<")


def test_where_on_sqlite_takes_the_appearances_of_its_articles_along(crawled_demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.sqlite"
    assert run(["export", str(crawled_demo), "--format", "sqlite", "--where", "language = 'de'", "-o", str(file)]) == 0
    assert select(file, "SELECT count(*), count(DISTINCT language) FROM articles")[0][1] == 1
    strays = "SELECT count(*) FROM appearances WHERE article_id NOT IN (SELECT article_id FROM articles)"
    assert select(file, strays) == [(0,)]
    assert select(file, "SELECT count(*) > 0 FROM appearances") == [(1,)]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("sektion = 'World'", "no such column: sektion; did you mean section?"),
        ("section = ", "syntax error"),
        ("1); DROP TABLE articles; --", "one statement at a time"),
        ("load_extension('x')", "not authorized"),
        ("1 IN (SELECT 1 FROM pragma_table_list)", "not authorized"),
        ("'unclosed", "unrecognized token"),
        ("section = 'a\u0000b'", "null character"),
    ],
)
def test_wrong_sql_is_one_line_and_writes_nothing(
    crawled_demo: Path, tmp_path: Path, where: str, said: str, capsys: Captured
) -> None:
    file = tmp_path / "out.sqlite"
    code = run(["export", str(crawled_demo), "--format", "sqlite", "--where", where, "-o", str(file)])
    shown = capsys.readouterr()
    assert (code, shown.out, shown.err.count("\n")) == (2, "", 1)
    assert said in shown.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["{}/none", "--format", "sqlite"], 2),
        (["{}", "--format", "csv"], 2),
        (["{}"], 2),
        (["{}", "--format", "sqlite", "-o", "{}"], 2),
        (["{}", "--format", "sqlite", "--table", "runs"], 2),
        (["{}", "--format", "sqlite", "-o", "/proc/none/x.sqlite"], 3),
    ],
)
def test_a_wrong_call_is_its_exit_code_and_one_line(crawled_demo: Path, arguments: list[str], code: int, capsys: Captured) -> None:
    assert run(["export", *(argument.format(crawled_demo) for argument in arguments)]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_torn_line_is_named(tmp_path: Path, capsys: Captured) -> None:
    path = write_rows(tmp_path, "article", worst_rows("article", 2))
    path.write_bytes(path.read_bytes()[:-20])
    assert run(["export", str(tmp_path), "--format", "sqlite", "-o", str(tmp_path / "x.sqlite")]) == 3
    assert "articles.jsonl@" in capsys.readouterr().err


TEXT = " ".join(f"word{number * 7919 % 1000} and{number} then{number * 31 % 97}" for number in range(120))


def test_dedup_marks_copies_of_the_oldest_and_deletes_nothing(tmp_path: Path, capsys: Captured) -> None:
    texts = {
        "http://a.example/first": TEXT,
        "http://b.example/copy": TEXT.replace("word0", "changed"),
        "http://c.example/other": " ".join(reversed(TEXT.split())),
        "http://d.example/short": "Just a few words of no account.",
        "http://e.example/short": "Just a few words of no account.",
    }
    written = []
    for number, (url, text) in enumerate(texts.items()):
        row = worst_rows("article", 1)[0]
        row |= {"url": url, "id": f"art:{number}", "article_id": url_id(url), "version": 1, "text": text, "extraction_status": "ok"}
        row |= {"fetched_at": f"2026-01-0{5 - number}T00:00:00.000Z" if number > 1 else f"2026-01-0{number + 1}T00:00:00.000Z"}
        row |= {"word_count": len(words(text)), "simhash": simhash(words(text))}
        written.append(row)
    write_rows(tmp_path, "article", written)
    file = tmp_path / "out.sqlite"
    assert run(["dedup", str(tmp_path), "--json", "-o", str(file)]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(item["url"], item["duplicate_of_url"]) for item in found] == [("http://b.example/copy", "http://a.example/first")]
    assert 0 < found[0]["bits"] <= 8
    assert select(file, "SELECT url, duplicate_of FROM articles WHERE duplicate_of IS NOT NULL") == [
        ("http://b.example/copy", url_id("http://a.example/first"))
    ]
    assert select(file, "SELECT count(*) FROM articles") == [(5,)]


@pytest.mark.parametrize("spoil", ["not a database", "of another version"])
@pytest.mark.parametrize("verb", [["export", "--format", "sqlite", "-o", "x.sqlite"], ["status"], ["report"], ["history"]])
def test_a_look_up_that_cannot_be_read_is_one_line_and_is_left_as_it_is(
    demo: Path, tmp_path: Path, verb: list[str], spoil: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = demo / "indexes" / "lookup.sqlite"
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    if spoil == "not a database":
        path.write_bytes(b"no database at all" * 100)
    else:
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 1")
        db.close()
    before = path.read_bytes()
    assert run([*verb, str(demo)]) == 3
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert "run archiver index" in shown.err
    assert path.read_bytes() == before
