"""Where a crawl's seeds and options come from besides the command line: ``--seeds FILE`` and ``--config FILE``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from discovery.pages import Answer, Site, article, section, serve
from store.running import crawl

from .support import QUICK


def town(target: str, base: str) -> Answer | None:
    """Sections of three stories each, and the stories."""
    _, name, *story = target.split("/")
    if story == [""] and name in ("world", "sport", "culture"):
        return section(*((f"/{name}/story-number-{number}-of-mud", f"Story {number} of mud and {name}") for number in range(1, 4)))
    return article(f"{name} {story[0]}") if story and story[0].startswith("story") else None


def sections_asked(site: Site) -> list[str]:
    return sorted(target for target in site.asked if target.endswith("/"))


SEEDS_FILES = [
    ("{url}/world/\n{url}/sport/\n", ["/sport/", "/world/"], "one a line"),
    ("\n  {url}/world/  \n\n", ["/world/"], "blanks round it, empty lines"),
    ("# ours\n{url}/world/ # the big one\n#{url}/sport/\n", ["/world/"], "comments, one of them a URL"),
    ("\ufeff{url}/world/\r\n{url}/sport/\r\n", ["/sport/", "/world/"], "an editor's byte order mark and CRLF"),
    ("{url}/world/\n{url}/world/\n{url}/world/#top\n", ["/world/"], "the same one three times"),
    ("{url}/world/", ["/world/"], "no line end"),
    ("{url}/world/story-number-1-of-mud\n", [], "an article is taken as one"),
]


@pytest.mark.parametrize(("text", "sections", "reason"), SEEDS_FILES, ids=[reason for *_, reason in SEEDS_FILES])
def test_a_file_of_seeds_is_crawled(tmp_path: Path, text: str, sections: list[str], reason: str) -> None:
    with serve(town) as site:
        (tmp_path / "seeds.txt").write_bytes(text.format(url=site.url).encode())
        done = crawl([], tmp_path / "c", "--seeds", str(tmp_path / "seeds.txt"), "--no-requisites")
        asked = sections_asked(site)
    assert done.code == 0, done.stderr
    assert asked == sections
    assert len(done.kept.articles) == (3 * len(sections) or 1)


def test_seeds_of_the_command_line_and_the_file_and_standard_input_are_one_crawl(tmp_path: Path) -> None:
    with serve(town) as site:
        command = [
            sys.executable,
            "-m",
            "archiver",
            "crawl",
            f"{site.url}/world/",
            "--seeds",
            "-",
            "-o",
            str(tmp_path / "c"),
            *QUICK,
        ]
        done = subprocess.run(command, input=f"{site.url}/culture/\n", capture_output=True, text=True, timeout=120, check=False)
        asked, url = sections_asked(site), site.url
    assert done.returncode == 0, done.stderr
    assert asked == ["/culture/", "/world/"]
    (run,) = (tmp_path / "c" / "dataset" / "runs.jsonl").read_text().splitlines()
    assert json.loads(run)["seeds"] == [f"{url}/world/", f"{url}/culture/"]


CONFIG = """
title = "The Courier"
sections = ["{url}/world/", "{url}/sport/"]
delay = 0
max_articles = 2
requisites = false

[host."127.0.0.1"]
headers = {{ "X-Reader" = "an archive" }}
"""


def test_a_config_file_is_read_in_place_of_the_collections_own(tmp_path: Path) -> None:
    """Its sections are the seeds, its options and host tables hold, a flag goes over it, and the collection's own is left alone."""
    config, folder = tmp_path / "courier.toml", tmp_path / "c"
    folder.mkdir()
    (folder / "collection.toml").write_text("max_articles = 1\n")
    with serve(town) as site:
        config.write_text(CONFIG.format(url=site.url))
        done = crawl([], folder, "--config", str(config))
        asked = sections_asked(site)
        # A flag goes over the file.
        all_of_them = crawl([f"{site.url}/world/"], folder, "--config", str(config), "--max-articles", "3")
    assert asked == ["/sport/", "/world/"]
    assert (done.code, all_of_them.code) == (1, 0), "the file's limit was met, the flag's was not"
    first, second = all_of_them.kept.rows("runs")
    assert [json.loads(run["settings"])["max_articles"] for run in (first, second)] == [2, 3]
    assert [len(run["seeds"]) for run in (first, second)] == [2, 1]
    assert first["articles_new"] == 2
    assert json.loads(first["settings"])["requisites"] is False
    requests = [group.request.block for group in all_of_them.kept.groups if group.request is not None]
    assert all(b"X-Reader: an archive\r\n" in block for block in requests)
    assert (folder / "collection.toml").read_text() == "max_articles = 1\n"


def test_the_collections_own_file_gives_sections_and_options(tmp_path: Path) -> None:
    with serve(town) as site:
        (tmp_path / "c").mkdir()
        (tmp_path / "c" / "collection.toml").write_text(CONFIG.format(url=site.url))
        done = crawl([], tmp_path / "c")
    assert json.loads(done.kept.rows("runs")[0]["settings"])["max_articles"] == 2
    assert len(done.kept.articles) == 2
