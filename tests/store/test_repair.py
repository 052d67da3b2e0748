"""What a crash or a power cut leaves of a collection, in every state that we could think of, put right; nothing is thrown away."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from archiver.collection.layout import Collection
from archiver.dataset.known import FILENAME as KNOWN
from archiver.index.database import FILENAME as LOOKUP
from archiver.reextract.repair import repair
from archiver.reextract.repaired import Repaired
from archiver.warc.reader import WarcRecord, read_records

from .crashes import findings
from .running import archiver
from .script import NAMES, run_script, url_of
from .whole import StoppedError, assert_whole, dies, without_worker_processes

__all__ = ["without_worker_processes"]
pytestmark = pytest.mark.usefixtures("without_worker_processes")


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of repairs: what fsync is for, no test in one process can tell."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@dataclass
class Dead:
    """A collection whose crawl died after three exchanges, and the bytes of its files then."""

    root: Path
    files: dict[Path, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with pytest.raises(StoppedError):
            run_script(self.root, NAMES[:3], before_end=dies)
        self.files = {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    @property
    def collection(self) -> Collection:
        return Collection(self.root)

    @property
    def open_warc(self) -> Path:
        (path,) = (path for path in self.files if path.parent.name == "archive" and path.name.endswith(".open"))
        return path

    def again(self) -> None:
        """As it was when the crawl died."""
        for path in self.root.rglob("*"):
            if path.is_file() and path not in self.files:
                path.unlink()
        for path, data in self.files.items():
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)


@pytest.fixture
def dead(tmp_path: Path) -> Dead:
    return Dead(tmp_path / "c")


def told(done: list[Repaired], name: str) -> list[Repaired]:
    return [item for item in done if item.file == name]


# ---- the WARC --------------------------------------------------------------------------------------------------------


def test_cut_at_every_byte_of_the_last_member_the_earlier_records_are_intact_and_the_loss_is_told(dead: Dead) -> None:
    path, data = dead.open_warc, dead.files[dead.open_warc]
    starts = [item.offset for item in read_records(path) if isinstance(item, WarcRecord)]
    # The record of the failure, a group of its own: what is before it stays.
    last, name = starts[-1], path.name.removesuffix(".open")
    for size in range(last + 1, len(data)):
        dead.again()
        path.write_bytes(data[:size])
        done = repair(dead.collection)
        closed = path.with_name(name)
        assert closed.read_bytes() == data[:last]
        assert (dead.collection.logs / f"{path.name}@{last}.torn").read_bytes() == data[last:size]
        closing, *_ = told(done, f"archive/{name}")
        assert closing.what == f"closed after {len(starts) - 1} whole records"
        assert closing.lost.startswith(f"{size - last} bytes of an exchange that was being written, kept as logs/")
        assert not path.exists()
        if size % 50 == 0:
            assert findings(dead.collection, False) == []


def test_of_an_exchange_that_is_cut_nothing_is_left_in_the_file(dead: Dead) -> None:
    """Metadata and request without their response would be a capture that nobody can tell from a lost one."""
    path, data = dead.open_warc, dead.files[dead.open_warc]
    records = [item for item in read_records(path) if isinstance(item, WarcRecord)]
    # The last exchange and the failure behind it: metadata, request, revisit, metadata.
    ends = [item.offset for item in records[-4:]]
    for size in (ends[1], ends[2], ends[2] + 9, ends[3] - 1):
        dead.again()
        path.write_bytes(data[:size])
        done = repair(dead.collection)
        assert path.with_name(path.name.removesuffix(".open")).read_bytes() == data[: ends[0]]
        assert f"{size - ends[0]} bytes" in done[0].lost
        rows = [json.loads(line) for line in (dead.root / "dataset" / "articles.jsonl").open()]
        assert [row["url"] for row in rows] == [url_of(name) for name in NAMES[:2]], "the row of the lost capture has gone with it"
        assert url_of(NAMES[2]).encode() in (dead.collection.logs / "articles.jsonl.lost").read_bytes()
        run_script(dead.root)
        assert_whole(dead.root)


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\x1f\x8b\x08\0", b"junk", b"\0"], ids=["nuls", "a gzip head", "text", "one nul"])
def test_what_a_power_cut_leaves_behind_the_last_record_is_a_tail(dead: Dead, tail: bytes) -> None:
    path = dead.open_warc
    path.write_bytes(dead.files[path] + tail)
    done = repair(dead.collection)
    assert done[0].lost.startswith(f"{len(tail)} bytes")
    run_script(dead.root)
    assert_whole(dead.root)


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\x1f\x8b\x08"], ids=["empty", "nuls", "a torn head"])
def test_a_file_without_a_whole_record_goes_and_its_bytes_stay(dead: Dead, content: bytes) -> None:
    path = dead.collection.archive / "c-20990101000000000-00001-host.warc.gz.open"
    path.write_bytes(content)
    (removed,) = told(repair(dead.collection), f"archive/{path.name.removesuffix('.open')}")
    assert removed.what == "removed: no whole record in it"
    assert not path.exists()
    kept = [aside.read_bytes() for aside in dead.collection.logs.glob(f"{path.name}*")]
    assert kept == ([content] if content else [])
    run_script(dead.root)
    assert_whole(dead.root)


def test_a_finished_file_is_never_touched_whatever_is_wrong_with_it(dead: Dead) -> None:
    finished = sorted(dead.collection.archive.glob("*.gz"))[0]
    broken = finished.read_bytes()[:-5]
    finished.write_bytes(broken)
    done = repair(dead.collection)
    assert finished.read_bytes() == broken
    (told_,) = told(done, f"archive/{finished.name}")
    assert told_.what.startswith("indexed: ")
    assert f"{finished.name}@" in told_.lost, "what could not be read, by file and offset"
    assert {finding.kind for finding in findings(dead.collection, False)} >= {"truncated", "manifest"}


# ---- rows and pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["dataset/articles.jsonl", "dataset/failures.jsonl", "pages/pages.jsonl", "manifest-sha256.txt", "dataset/runs.jsonl"]
)
def test_a_torn_last_line_is_moved_aside_and_made_again(dead: Dead, name: str) -> None:
    if name.endswith("runs.jsonl"):
        run_script(dead.root)
        dead.files = {path: path.read_bytes() for path in dead.root.rglob("*") if path.is_file()}
    path = dead.root / name
    data = dead.files[path]
    last = data[:-1].rfind(b"\n") + 1
    for size in (*range(last + 1, len(data) - 1, 97), len(data) - 1):
        dead.again()
        path.write_bytes(data[:size])
        done = repair(dead.collection)
        assert told(done, path.name)[0].lost == f"{size - last} bytes, kept in logs/"
        assert (dead.collection.logs / f"{path.name}@{last}.torn").read_bytes() == data[last:size]
        assert path.read_bytes()[-1:] in (b"\n", b"")
    run_script(dead.root)
    assert_whole(dead.root)


@pytest.mark.parametrize("name", ["articles.jsonl", "failures.jsonl"])
def test_a_hole_of_nuls_in_rows_is_moved_aside_and_filled(dead: Dead, name: str) -> None:
    """A power cut may keep a later page of a file and lose an earlier one."""
    path = dead.root / "dataset" / name
    data = path.read_bytes()
    first = data.index(b"\n") // 2
    path.write_bytes(data[:first] + bytes(100) + data[first + 100 :])
    done = repair(dead.collection)
    assert "1 lines that are no rows, kept in logs/" in told(done, name)[0].lost
    run_script(dead.root)
    assert_whole(dead.root)


def test_a_row_that_is_ahead_of_the_archive_is_moved_aside(dead: Dead) -> None:
    """Of a failure whose record a power cut took, and of a capture in a file that is gone altogether."""
    failures, articles = dead.root / "dataset" / "failures.jsonl", dead.root / "dataset" / "articles.jsonl"
    row = json.loads(failures.read_text().splitlines()[0])
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    failures.write_text(failures.read_text() + json.dumps({**row, "id": "fail:0", "url": "http://a.example/x"}, **compact) + "\n")
    row = json.loads(articles.read_text().splitlines()[-1])
    lost = {**row, "id": "art:0", "warc_filename": "gone.warc.gz", "warc_record_id": "urn:uuid:0", "run_id": "run:unheard-of"}
    articles.write_text(articles.read_text() + json.dumps(lost, **compact) + "\n")
    done = repair(dead.collection)
    for name in ("failures.jsonl", "articles.jsonl"):
        assert told(done, name)[0] == Repaired(name, "1 rows moved to logs/", "their records are not in the archive")
        assert (dead.collection.logs / f"{name}.lost").read_text().count("\n") == 1
    run_script(dead.root)
    assert_whole(dead.root)


# ---- caches ----------------------------------------------------------------------------------------------------------


def _remove(name: str) -> Callable[[Dead], None]:
    return lambda dead: (dead.root / name).unlink()


def _spoil(name: str, at: int, data: bytes) -> Callable[[Dead], None]:
    def spoil(dead: Dead) -> None:
        path = dead.root / name
        before = path.read_bytes()
        path.write_bytes(before[:at] + data + before[at + len(data) :])

    return spoil


def _without_caches(dead: Dead) -> None:
    for path in (dead.root / "indexes").iterdir():
        path.unlink()


def _look_up_is_ahead(dead: Dead) -> None:
    """The look-up knows what the archive has lost."""
    path = dead.open_warc
    path.write_bytes(path.read_bytes()[:-700])


def _rows_are_behind(dead: Dead) -> None:
    for name in ("articles.jsonl", "failures.jsonl"):
        (dead.root / "dataset" / name).write_bytes(b"")


def _known_is_ahead(dead: Dead) -> None:
    """The cache of articles has read more of articles.jsonl than there is."""
    path = dead.root / "dataset" / "articles.jsonl"
    path.write_bytes(path.read_bytes()[: path.read_bytes().index(b"\n") + 1])


def _dataset_is_gone(dead: Dead) -> None:
    for path in (dead.root / "dataset").iterdir():
        path.unlink()


def _text_is_gone(dead: Dead) -> None:
    for path in (dead.root / "text").iterdir():
        path.unlink()
    manifest = dead.collection.manifest
    manifest.write_text("".join(line for line in manifest.open() if "  text/" not in line))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: None, id="nothing but the crash"),
        pytest.param(_without_caches, id="no index at all"),
        pytest.param(_remove(f"indexes/{LOOKUP}"), id="no look-up"),
        pytest.param(_spoil(f"indexes/{LOOKUP}", 0, b"not a database!!"), id="a look-up that is none"),
        pytest.param(_spoil(f"indexes/{LOOKUP}", 4096, bytes(8192)), id="a look-up with a hole"),
        pytest.param(_spoil(f"indexes/{KNOWN}", 0, b"not a database!!"), id="a cache of articles that is none"),
        pytest.param(_spoil(f"indexes/{KNOWN}", 4096, bytes(4096)), id="a cache of articles with a hole"),
        pytest.param(_look_up_is_ahead, id="a look-up ahead of the archive"),
        pytest.param(_rows_are_behind, id="rows behind the archive"),
        pytest.param(_known_is_ahead, id="a cache of articles ahead of the rows"),
        pytest.param(_dataset_is_gone, id="no dataset"),
        pytest.param(_remove("pages/pages.jsonl"), id="no pages"),
        pytest.param(_remove("manifest-sha256.txt"), id="no manifest"),
        pytest.param(_text_is_gone, id="no text"),
    ],
)
def test_index_and_dataset_are_made_to_agree_with_the_archive(dead: Dead, damage: Callable[[Dead], None]) -> None:
    damage(dead)
    assert repair(dead.collection)
    assert findings(dead.collection, False) == []
    assert repair(dead.collection) == [], "once is enough"
    run_script(dead.root)
    assert_whole(dead.root)


# ---- a repair that dies, a crawl that dies anywhere ------------------------------------------------------------------

_CALLS = ("write", "fsync", "rename", "replace", "unlink", "truncate", "ftruncate", "open")


def dies_at(nth: int, work: Callable[[], Any]) -> bool:
    """Whether ``work``, in a process of its own, was killed at the nth call to the system that changes a file."""
    child = os.fork()
    if child == 0:
        calls = count(1)

        def killing(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                if next(calls) == nth:
                    os._exit(9)
                return real(*arguments, **options)

            return call

        for name in _CALLS:
            setattr(os, name, killing(getattr(os, name)))
        try:
            work()
        except BaseException:  # pytest must not run on in the child
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9), "not killed: failed"
    return code == 9


def test_a_repair_may_be_killed_at_every_call(dead: Dead) -> None:
    torn = dead.files[dead.open_warc][:-5]
    for nth in count(1):
        dead.again()
        dead.open_warc.write_bytes(torn)
        if not dies_at(nth, lambda: repair(dead.collection)):
            break
        repair(dead.collection)
        aside = list(dead.collection.logs.glob("*.torn"))
        assert b"".join(path.read_bytes() for path in aside if ".warc" in path.name)
        run_script(dead.root)
        assert_whole(dead.root)
    assert nth > 15


def test_a_crawl_may_be_killed_at_every_third_call(tmp_path: Path) -> None:
    for nth in count(1, 3):
        root = tmp_path / str(nth)
        if not dies_at(nth, lambda root=root: run_script(root)):  # type: ignore[misc]
            break
        repair(Collection(root))
        if not (root / "dataset" / "runs.jsonl").read_bytes():
            run_script(root)
        assert_whole(root)
    assert nth > 60


# ---- what is said ----------------------------------------------------------------------------------------------------


def test_the_verb_says_in_one_table_what_was_put_right_and_what_was_lost(dead: Dead, tmp_path: Path) -> None:
    path, articles = dead.open_warc, dead.root / "dataset" / "articles.jsonl"
    path.write_bytes(dead.files[path][:-5])
    articles.write_bytes(articles.read_bytes() + b'{"torn')
    code, table, errors = archiver("repair", str(dead.root), notes=tmp_path / "repair")
    assert (code, errors) == (0, "")
    head, *lines = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()]
    assert head == ["file", "put right", "lost"]
    told = {(file, what): lost for file, what, lost in lines}
    name = f"archive/{path.name.removesuffix('.open')}"
    (closed,) = (lost for (file, what), lost in told.items() if file == name and what.startswith("closed after"))
    assert re.fullmatch(
        rf"[0-9]+ bytes of an exchange that was being written, kept as logs/{re.escape(path.name)}@[0-9]+\.torn", closed
    )
    assert told["articles.jsonl", "a torn last line cut"] == "6 bytes, kept in logs/"
    assert told[name, "added to the manifest"] == "nothing"
    assert archiver("repair", str(dead.root), notes=tmp_path / "again")[1] == f"{dead.root}: whole, nothing to repair\n"


def test_the_verb_says_it_as_json_too(dead: Dead, tmp_path: Path) -> None:
    code, said, _ = archiver("repair", str(dead.root), "--json", notes=tmp_path / "repair")
    assert code == 0
    assert {"file", "what", "lost"} == set(json.loads(said)[0])
    assert archiver("repair", str(dead.root), "--json", notes=tmp_path / "again")[1] == "[]\n"
