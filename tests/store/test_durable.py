"""What a power cut cannot take: files and their names are with the disk at roll-over, at the end, and every few seconds between."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from wire.fixtures import StartServer
from wire.model import Turn, WaitFor
from wire.site import build_site

from archiver.collection.layout import Collection

from .crashes import FLAGS
from .running import crawl
from .script import run_script
from .test_resume import seed_of


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every fsync and rename in order, with the name of the file or folder."""
    found: list[tuple[str, str]] = []
    fsync, rename = os.fsync, os.rename

    def noting_fsync(descriptor: int) -> None:
        found.append(("fsync", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        fsync(descriptor)

    def noting_rename(source: Any, target: Any) -> None:
        found.append(("rename", Path(source).name))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "rename", noting_rename)
    return found


def test_each_file_is_durable_before_it_has_its_name_and_the_name_right_after(tmp_path: Path, calls: list[tuple[str, str]]) -> None:
    run_script(tmp_path / "c")
    collection = Collection(tmp_path / "c")
    for folder in (collection.archive, collection.text):
        files = sorted(folder.glob("*.warc.gz"))
        assert len(files) > (folder == collection.archive), "one roll-over at least"
        for path in files:
            opened = f"{path.name}.open"
            at = next(i for i, call in enumerate(calls) if call == ("rename", opened) and calls[i + 1] == ("fsync", folder.name))
            assert calls[at - 1] == ("fsync", opened)


def test_a_new_file_is_in_its_folder_before_anything_is_in_it(tmp_path: Path, calls: list[tuple[str, str]]) -> None:
    run_script(tmp_path / "c")
    first = sorted((tmp_path / "c" / "archive").iterdir())[0].name
    assert calls.index(("fsync", "archive")) < calls.index(("fsync", f"{first}.open"))


def test_rows_are_durable_before_the_line_that_says_that_the_run_has_ended(
    tmp_path: Path, calls: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def noting_write(descriptor: int, data: bytes) -> int:
        calls.append(("write", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", noting_write)
    run_script(tmp_path / "c")
    line = calls.index(("write", "runs.jsonl"))
    for name in ("articles.jsonl", "failures.jsonl", "manifest-sha256.txt"):
        last = max(i for i, call in enumerate(calls) if call == ("write", name))
        assert ("fsync", name) in calls[last:line], name
    assert ("fsync", "index.cdxj.new") in calls[:line]
    assert ("fsync", "runs.jsonl") in calls[line:]


def test_what_is_written_is_synced_while_a_crawl_waits_for_an_answer(start_server: StartServer, tmp_path: Path) -> None:
    """The process dies of the sync itself: the answer never came, so nothing else would have ended it."""
    robots, listing, *articles = build_site((), listing_pages=1, plain_articles=1).cases
    held = dataclasses.replace(listing, turns=(Turn((WaitFor("never"),), listing.expect),))
    server = start_server((robots, held, *articles), patience_s=60)
    done = crawl(seed_of(server), tmp_path / "c", *FLAGS, "--timeout", "60", env={"ARCHIVER_FAULT": "warc-sync:1:kill"})
    assert done.code == -signal.SIGKILL
    (asked,) = (wire for wire in server.exchanges() if wire.path == listing.path)
    assert asked.response == b""
