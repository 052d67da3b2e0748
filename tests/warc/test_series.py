"""A series of files: names of ours alone, the ``.open`` suffix, roll-over, closing, and what happens when that fails."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import StoreError
from archiver.warc import series as series_module
from archiver.warc.reader import WarcRecord, read_records
from archiver.warc.records import parse_warc_fields
from archiver.warc.series import ClosedFile, WarcSeries, finish_name, safe_name, sync_folder

from .samples import OK, group
from .test_writer import BIG, fail_at, no_space

INFO = (("software", "archiver/0"), ("operator", "The Archive\r\nrobots: evil"))


def make(folder: Path, **how: Any) -> tuple[WarcSeries, list[ClosedFile]]:
    closed: list[ClosedFile] = []
    return WarcSeries(folder, "news", INFO, on_close=closed.append, **how), closed


def append(series: WarcSeries, received: bytes = OK) -> None:
    series.ready()
    series.append(group(received))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_open_while_it_is_written_and_gets_its_name_when_closed(tmp_path: Path) -> None:
    series, closed = make(tmp_path)
    assert names(tmp_path) == [], "no file before the first record"
    append(series)
    final = series.filename
    assert names(tmp_path) == [f"{final}.open"]
    series.close()
    assert names(tmp_path) == [final]
    data = (tmp_path / final).read_bytes()
    assert [(file.path, file.size, file.sha256) for file in closed] == [
        (tmp_path / final, len(data), hashlib.sha256(data).hexdigest())
    ]
    series.close()
    assert len(closed) == 1, "closing twice does nothing"


def test_names_say_prefix_time_serial_and_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_module.socket, "gethostname", lambda: "../büro host\n")
    series = WarcSeries(tmp_path, "../x/…?*", INFO)
    series.ready()
    assert re.fullmatch(r"x-\d{17}-00001-b-ro-host\.warc\.gz", series.filename)


@given(st.text())
def test_a_safe_name_is_a_plain_part_of_a_file_name(text: str) -> None:
    name = safe_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,59}", name)


def test_every_file_opens_with_a_warcinfo_that_its_records_name(tmp_path: Path) -> None:
    series, closed = make(tmp_path, max_bytes=1)
    ids = []
    for _ in range(3):
        append(series)
        ids.append(series.warcinfo_id)
    series.close()
    for file, warcinfo_id in zip(closed, ids, strict=True):
        first = next(iter(read_records(file.path)))
        assert isinstance(first, WarcRecord)
        assert (first.warc_type, first.record_id) == ("warcinfo", warcinfo_id)
        assert first.get("WARC-Filename") == file.path.name
        fields = parse_warc_fields(first.block(10_000))
        assert fields == [("software", "archiver/0"), ("operator", "The Archive  robots: evil")]
    assert len(set(ids)) == 3


def test_the_next_file_begins_when_one_is_full_and_no_group_is_split(tmp_path: Path) -> None:
    series, closed = make(tmp_path, max_bytes=310_000)
    for received in (BIG, OK, BIG, BIG, OK):
        append(series, received)
    series.close()
    types = [[item.warc_type for item in read_records(file.path) if isinstance(item, WarcRecord)] for file in closed]
    one = ["metadata", "request", "response"]
    assert types == [["warcinfo", *one, *one, *one], ["warcinfo", *one, *one]]
    assert [re.search(r"-(\d{5})-", file.path.name)[1] for file in closed] == ["00001", "00002"]  # type: ignore[index]
    for file in closed:
        subprocess.run(["gzip", "-t", file.path], check=True)


def test_a_write_that_failed_leaves_the_open_file_for_repair(tmp_path: Path) -> None:
    series, closed = make(tmp_path, fault=fail_at("warc-write-part", 2, no_space()))
    append(series)
    with pytest.raises(StoreError, match="No space left"):
        append(series, BIG)
    series.abandon()
    assert closed == []
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".warc.gz.open")
    subprocess.run(["gzip", "-t", "--suffix", ".open", left], check=True, input=b"")


def test_a_warcinfo_that_cannot_be_written_leaks_no_descriptor(tmp_path: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    series, closed = make(tmp_path, fault=fail_at("warc-write-start", 0, no_space()))
    with pytest.raises(StoreError, match="No space left"):
        series.ready()
    series.close()
    assert closed == []
    assert len(list(Path("/dev/fd").iterdir())) == before
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "Permission denied"), OSError(errno.EROFS, "Read-only file system")])
def test_a_rename_that_fails_is_a_store_error_and_the_file_stays_open(tmp_path: Path, error: OSError) -> None:
    series, closed = make(tmp_path, fault=fail_at("warc-rename", 0, error))
    append(series)
    with pytest.raises(StoreError, match=f"cannot rename.*{error.strerror}"):
        series.close()
    assert closed == []
    assert [name.endswith(".open") for name in names(tmp_path)] == [True]


@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_a_finished_file_is_never_replaced(tmp_path: Path, kind: str) -> None:
    series, closed = make(tmp_path)
    append(series)
    taken = tmp_path / series.filename
    if kind == "file":
        taken.write_bytes(b"yesterday")
    else:
        taken.symlink_to(tmp_path / "nowhere")
    with pytest.raises(StoreError, match="a finished file has that name"):
        series.close()
    assert closed == []
    assert taken.is_symlink() or taken.read_bytes() == b"yesterday"
    assert taken.with_name(f"{taken.name}.open").exists()


def test_closing_makes_file_and_folder_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def watched_fsync(descriptor: int) -> None:
        events.append("folder" if os.path.isdir(f"/dev/fd/{descriptor}") else "file")  # noqa: PTH112
        fsync(descriptor)

    def watched_rename(self: Path, target: Path) -> Path:
        events.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "rename", watched_rename)
    series, _ = make(tmp_path)
    append(series)
    assert events == ["folder"], "the new name is durable before anything points to it"
    series.sync()
    series.close()
    assert events == ["folder", "file", "rename", "folder"]


def test_sync_without_a_file_does_nothing(tmp_path: Path) -> None:
    series, _ = make(tmp_path)
    series.sync()
    series.abandon()
    assert names(tmp_path) == []


@pytest.mark.parametrize("what", ["gone", "a file"])
def test_a_folder_that_cannot_be_synced_is_a_store_error(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "x"
    if what == "a file":
        folder.write_bytes(b"")
    with pytest.raises(StoreError, match="cannot fsync"):
        sync_folder(folder)


def test_too_many_open_files_is_a_store_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_descriptors(*_: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    series, _ = make(tmp_path)
    append(series)
    monkeypatch.setattr(os, "open", no_descriptors)
    with pytest.raises(StoreError, match="Too many open files"):
        sync_folder(tmp_path)
    with pytest.raises(StoreError, match="Too many open files"):
        WarcSeries(tmp_path, "other", INFO).ready()


def test_finishing_a_name_takes_off_the_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz.open").write_bytes(b"x")
    assert finish_name(tmp_path / "a.warc.gz.open") == tmp_path / "a.warc.gz"
    assert names(tmp_path) == ["a.warc.gz"]
