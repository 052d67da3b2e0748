"""A collection's site tables: the crawl reads by them, and so does all that is made from its archive later."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.cli import run
from archiver.collection.layout import Collection
from archiver.demo_site import DemoSite

TABLE = """
[site."127.0.0.1"]
exclude = ".appeal"
[[site."127.0.0.1".version]]
until = 2020-01-01
entry = "nothing-of-today"
[[site."127.0.0.1".version]]
entry = ".post:nth-child(-n+6)"
headline = "h2"
teaser = ""
"""


def archiver(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "archiver", *arguments], capture_output=True, text=True, timeout=120, check=False)


def crawl(site: DemoSite, root: Path) -> None:
    done = archiver(
        "crawl", site.tag_page, "-o", str(root), "--delay", "0", "--min-free", "0", "--no-requisites", "--discover", "section"
    )
    assert done.returncode == 0, done.stderr


def rows(root: Path, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (root / "dataset" / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def site() -> DemoSite:
    with DemoSite() as running:
        yield running


def test_the_tag_page_of_fifteen_stories_and_two_appeals_gives_fifteen_articles(site: DemoSite, tmp_path: Path) -> None:
    crawl(site, tmp_path / "c")
    found = rows(tmp_path / "c", "appearances")
    truth = site.truth().listings[site.tag_page][0].entries
    assert [row["url"] for row in found] == [entry.url for entry in truth]
    assert [row["headline"] for row in found] == [entry.headline for entry in truth]
    assert [row["rank"] for row in found] == list(range(1, 16))
    assert not any("donate" in str(row["url"]) for row in (*found, *rows(tmp_path / "c", "articles")))


def test_rows_read_by_a_site_table_are_derived_again_equal_and_verify_agrees(site: DemoSite, tmp_path: Path) -> None:
    root = tmp_path / "c"
    root.mkdir()
    (root / "collection.toml").write_text(TABLE, "utf-8")
    crawl(site, root)
    before = rows(root, "appearances")
    assert len(before) == 5
    assert all(row["teaser"] is None and row["headline"] for row in before)

    # The table is in the archive: what is in the folder now does not matter.
    (root / "collection.toml").unlink()
    assert archiver("verify", str(root)).returncode == 0
    done = archiver("rebuild", str(root))
    assert done.returncode == 0, done.stderr
    assert rows(root, "appearances") == before


def test_without_its_table_in_the_archive_verify_would_tell(
    site: DemoSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "c"
    root.mkdir()
    (root / "collection.toml").write_text(TABLE, "utf-8")
    crawl(site, root)
    assert run(["verify", str(root)]) == 0
    monkeypatch.setattr("archiver.sites.book._stated", lambda settings: {})
    assert run(["verify", str(root)]) == 1
    assert "listing-incomplete" in capsys.readouterr().out


def test_repair_makes_lost_rows_again_by_the_table(site: DemoSite, tmp_path: Path) -> None:
    root = tmp_path / "c"
    root.mkdir()
    (root / "collection.toml").write_text(TABLE, "utf-8")
    crawl(site, root)
    before = rows(root, "appearances")
    for name in ("appearances", "runs"):
        (Collection(root).dataset / f"{name}.jsonl").unlink()
    (root / "collection.toml").unlink()
    done = archiver("repair", str(root))
    assert done.returncode in (0, 1), done.stderr
    assert rows(root, "appearances") == before
