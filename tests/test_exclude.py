"""A takedown or an embargo keeps captures from being shown or handed out, and destroys nothing."""

from __future__ import annotations

import http.client
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from replay.browser import replaying
from verify.conftest import crawled

from archiver.collection.access import AccessList, Exclusion, read_access
from archiver.collection.layout import Collection
from archiver.dataset.load import read_articles

__all__ = ["crawled"]


def archiver(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "archiver", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def root(crawled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled, tmp_path / "demo"))


def rule(kind: str, value: str, until: str | None = None, removed_at: str | None = None) -> Exclusion:
    return Exclusion(kind, value, "a reason", "someone", "2026-01-01T00:00:00.000Z", until, removed_at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "value", "url", "covered", "reason"),
    [
        ("url", "https://a.example/x", "http://a.example/x/?utm_source=y#z", True, "another way to write the same article"),
        ("url", "https://a.example/x", "https://a.example/x/y", False, "one URL alone"),
        ("url", "https://a.example/x", "https://b.example/x", False, "another host"),
        ("prefix", "https://a.example/x/", "https://a.example/x/y?z", True, "below it"),
        ("prefix", "https://a.example/x/", "https://a.example/x", True, "itself"),
        ("prefix", "https://a.example/x/", "https://a.example/xylophone", False, "a slash is a slash"),
        ("prefix", "https://a.example/x", "https://a.example/xylophone", True, "and none is none"),
        ("prefix", "https://a.example/", "https://a.example/anything", True, "a whole host"),
        ("prefix", "https://a.example/", "https://www.a.example/", False, "and no other"),
    ],
)
def test_what_an_exclusion_covers(kind: str, value: str, url: str, covered: bool, reason: str) -> None:
    assert AccessList((rule(kind, value),)).excludes(url) is covered, reason


def test_an_embargo_ends_and_what_was_taken_back_no_longer_holds() -> None:
    listed = AccessList(
        (rule("url", "https://a.example/1", until="2026-05-01"), rule("url", "https://a.example/2", removed_at="x"))
    )
    before, after = datetime(2026, 4, 30, 23, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    assert [item.value for item in listed.in_force(before).exclusions] == ["https://a.example/1"]
    assert listed.in_force(after).exclusions == ()


def test_replay_search_export_select_and_pack_leave_it_out_and_the_warc_stays(root: Path) -> None:
    hidden = next(row for row in read_articles(root) if "ferry" in (row["title"] or "").lower())
    url, before = hidden["url"], {path: path.read_bytes() for path in Collection(root).warcs()}
    done = archiver("exclude", root, "--url", url, "--reason", "the court of Halvenau, 12/26", "--who", "the director")
    assert done.returncode == 0, done.stderr
    assert " 0 captures" not in done.stdout
    with replaying(root) as home:
        assert hidden["article_id"].encode() not in _get(home, "/?query=ferry")[1]
        assert _get(home, f"/article/{hidden['article_id']}")[0] == 404
        other = next(row for row in read_articles(root) if row["url"] != url and row["article_id"] != hidden["article_id"])
        page = _get(home, f"/article/{other['article_id']}")[1].decode()
        originals = page.split('iframe src="')[1].partition("/all/")[0] + "/all/"
        status, body = _get(originals, urlsplit(originals).path + f"2026mp_/{url}")
        assert (status, hidden["title"].encode() in body) == (451, False)
        assert _get(originals, urlsplit(originals).path + f"2026mp_/{other['url_final']}")[0] == 200
    assert archiver("export", root, "--format", "sqlite", "-o", root.parent / "x.sqlite").returncode == 0
    with sqlite3.connect(root.parent / "x.sqlite") as db:
        for table in ("articles", "appearances"):
            assert db.execute(f"SELECT count(*) FROM {table} WHERE url = ?", (url,)).fetchone() == (0,)
    assert archiver("select", root, "--where", "1", "-o", root.parent / "made").returncode == 0
    assert url not in {row["url"] for row in read_articles(root.parent / "made")}
    packed = archiver("pack", root, "-o", root.parent / "x.wacz")
    assert packed.returncode == 0, packed.stderr
    with zipfile.ZipFile(root.parent / "x.wacz") as package:
        assert url not in {json.loads(line)["url"] for line in package.read("dataset/articles.jsonl").splitlines()}
        assert f'"url": "{url}"'.encode() not in package.read("indexes/index.cdx")
    assert {path: path.read_bytes() for path in before} == before
    assert archiver("verify", root, "--no-extract").returncode == 0


def test_it_is_undone_and_the_list_keeps_who_when_and_why(root: Path) -> None:
    url = next(iter(read_articles(root)))["url"]
    archiver("exclude", root, "--prefix", url, "--reason", "embargo", "--until", "2099-01-01")
    assert archiver("exclude", root, "--prefix", url, "--remove").returncode == 0
    assert archiver("exclude", root, "--prefix", url, "--remove").returncode == 1
    (listed,) = json.loads(archiver("exclude", root, "--json").stdout)
    assert (listed["in_force"], listed["reason"], listed["until"]) == (False, "embargo", "2099-01-01")
    assert listed["removed_at"]
    assert "embargo" in archiver("exclude", root, "--list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--url and --prefix"),
        (("--url", "https://a.example/", "--prefix", "https://a.example/"), "--url and --prefix"),
        (("--url", "https://a.example/"), "--reason"),
        (("--url", "not a url", "--reason", "x"), "not an http or https URL"),
        (("--url", "https://a.example/", "--reason", "x", "--until", "soon"), "until"),
    ],
)
def test_a_wrong_call_is_one_line(root: Path, arguments: tuple[str, ...], said: str) -> None:
    done = archiver("exclude", root, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert read_access(root).exclusions == ()


def test_a_list_that_cannot_be_read_keeps_everything_back(root: Path) -> None:
    (root / "access.json").write_text("{")
    for verb in (("pack", root), ("select", root, "--where", "1", "-o", root.parent / "y")):
        done = archiver(*verb)
        assert done.returncode == 3, verb
        assert "access list" in done.stderr


def _get(base: str, target: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=20)
    connection.request("GET", target)
    response = connection.getresponse()
    return response.status, response.read()
