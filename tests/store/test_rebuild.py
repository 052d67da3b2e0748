"""Everything but ``archive/`` is made again from ``archive/`` alone, and is what was there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from archiver.collection.layout import Collection
from archiver.demo_site import DemoSite
from archiver.errors import StoreError
from archiver.extensions.opening import Opened
from archiver.reextract.rebuild import rebuild

from .crashes import findings
from .running import archiver, crawl
from .script import run_script
from .whole import StoppedError, dies, without_worker_processes

__all__ = ["without_worker_processes"]

_ROWS = ("articles", "appearances", "failures", "runs")


def contents(collection: Collection) -> dict[str, Any]:
    """Rows by table, page lines, index lines and manifest; rows and pages in any order: many are made at once."""
    found: dict[str, Any] = {name: sorted(_lines(collection.dataset / f"{name}.jsonl")) for name in _ROWS}
    found["pages"] = sorted(_lines(collection.pages))
    found |= {path.name: path.read_text() for path in sorted(collection.indexes.glob("*.cdxj"))}
    found["manifest"] = sorted(line for line in _lines(collection.manifest) if "  archive/" in line)
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def leave_the_archive_alone(collection: Collection) -> None:
    """Nothing but ``archive/`` is left."""
    for path in collection.root.iterdir():
        if path.is_dir() and path.name != "archive":
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()


def same(collection: Collection, before: dict[str, Any]) -> None:
    after = contents(collection)
    assert after.keys() == before.keys()
    for name, lines in before.items():
        assert after[name] == lines, name


# ---- real crawls -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Two days of the demo site by every way to its articles, with changes, failures, revisits and small files."""
    root = tmp_path_factory.mktemp("rebuild") / "demo"
    with DemoSite() as site:
        for edition in (1, 2):
            site.edition = edition
            flags = ("--recheck", "all", "--discover", "section,feed,sitemap", "--max-warc-bytes", "60000", "--min-free", "0")
            done = crawl(site.sections, root, *flags)
            assert done.code == 0, done.stderr
    return Collection(root)


def test_the_collection_holds_what_is_made_again(crawled: Collection) -> None:
    tables = {name: [json.loads(line) for line in _lines(crawled.dataset / f"{name}.jsonl")] for name in _ROWS}
    assert max(row["version"] for row in tables["articles"]) == 2
    assert {row["discovered_via"] for row in tables["articles"]} >= {"section", "pagination", "sitemap"}
    assert {row["warc_type"] for row in tables["appearances"]} == {"response", "revisit"}
    assert tables["failures"]
    assert any(row["warc_filename"] is None for row in tables["failures"])
    assert [row["finish_reason"] for row in tables["runs"]] == ["finished", "finished"]
    assert len(crawled.warcs()) > 4


def test_from_the_archive_alone_all_comes_out_equal(crawled: Collection, tmp_path: Path) -> None:
    collection = Collection(Path(shutil.copytree(crawled.root, tmp_path / "demo")))
    before = contents(collection)
    leave_the_archive_alone(collection)
    code, said, errors = archiver("rebuild", str(collection.root), "--workers", "2", notes=tmp_path / "rebuild")
    assert code == 0, errors
    assert said.startswith(f"{collection.root}: ")
    same(collection, before)
    assert findings(collection, False) == []


def test_a_collection_that_was_renamed_between_its_runs(crawled: Collection, tmp_path: Path) -> None:
    """Names of WARC files begin with that of the folder: their order in time is not that of the names."""
    with DemoSite() as site:
        first = tmp_path / "zebra"
        assert crawl(site.sections, first, "--min-free", "0", "--no-requisites").code == 0
        first.rename(tmp_path / "ant")
        site.edition = 2
        done = crawl(site.sections, tmp_path / "ant", "--recheck", "all", "--min-free", "0", "--no-requisites")
    assert done.code == 0, done.stderr
    collection = Collection(tmp_path / "ant")
    before = contents(collection)
    assert [path.name.partition("-")[0] for path in collection.warcs()] == ["zebra", "ant"]
    assert archiver("rebuild", str(collection.root), notes=tmp_path / "rebuild")[0] == 0
    same(collection, before)


# ---- what only odd histories leave -----------------------------------------------------------------------------------


def is_stopped(opened: Opened) -> None:
    opened.writer.end_run("cancelled")
    raise StoppedError


@pytest.mark.usefixtures("without_worker_processes")
def test_a_run_with_several_lives_has_the_lines_that_it_had(tmp_path: Path) -> None:
    """Stopped twice, killed, and finished; each stop has its line."""
    root = tmp_path / "c"
    for names, end in ((("one-a",), is_stopped), (("two-b",), is_stopped), (("three-a",), dies)):
        with pytest.raises(StoppedError):
            run_script(root, names, before_end=end)
    run_script(root)
    collection = Collection(root)
    before = contents(collection)
    assert [json.loads(line)["finish_reason"] for line in _lines(collection.dataset / "runs.jsonl")] == [
        "cancelled", "cancelled", "finished",
    ]  # fmt: skip
    leave_the_archive_alone(collection)
    prepare(collection)
    rebuild(collection)
    same(collection, before)
    assert findings(collection, False) == []


def prepare(collection: Collection) -> None:
    for folder in (collection.text, collection.indexes, collection.pages.parent, collection.dataset, collection.logs):
        folder.mkdir(exist_ok=True)


@pytest.mark.usefixtures("without_worker_processes")
def test_a_rebuild_that_stops_anywhere_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_script(tmp_path / "c")
    collection = Collection(tmp_path / "c")
    before = contents(collection)
    real = os.replace
    for nth in count(1):
        calls = count(1)

        def full(*arguments: Any, calls: Iterator[int] = calls, nth: int = nth) -> None:
            if next(calls) >= nth:
                raise OSError(28, "No space left on device")
            real(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", full)
            try:
                rebuild(collection)
                break
            except StoreError as error:
                said = str(error)
        assert "No space left on device; " in said
        assert said.endswith(("run the same command again", "run archiver rebuild"))
        rebuild(collection)
        same(collection, before)
    assert nth > 6
    same(collection, before)
