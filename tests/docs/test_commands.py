"""Every command on every page does what the page says: each ``sh`` block is run, on the demo site, in the order of its page."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.cli import VERBS, run
from archiver.demo_site import DemoSite

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# What is run elsewhere, or cannot be run here.
ELSEWHERE = {
    "python3": "the set-up commands, which .ci/run runs in a clean clone",
    "scrapy": "needs a Scrapy project: tests/addon makes a stock one",
    "git": "needs the reader's own checkout",
    "systemctl": "needs a machine to install units on; tests/report asks systemd itself",
}
# Twisted's reactor starts once a process.
OWN_PROCESS = frozenset({"crawl", "patch", "demo"})
# Names a profile that the reader has still to write, or serves until Ctrl-C; tests/test_sites.py and tests/replay are for these.
NOT_HERE = ("sites check example.org", "replay")


def blocks(page: Path, language: str = "sh") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def commands(page: Path) -> Iterator[list[str]]:
    for block in blocks(page):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield words


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    with DemoSite() as served:
        yield served


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_every_command_of_a_page_runs(
    page: Path,
    site: DemoSite,
    crawled_demo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    base = site.sections[0].removesuffix("/world/")
    shutil.copytree(crawled_demo, "output/demo")
    shutil.copytree(crawled_demo, "output/quotes")
    shutil.copytree(crawled_demo, "srv/news/example")
    for path in ("output/example", "srv/news/example"):
        Path(path).mkdir(parents=True, exist_ok=True)
        (Path(path) / "collection.toml").write_text("")
        (Path(path) / "seeds.txt").write_text(site.sections[1])
    for words in commands(page):
        if words[0] in ELSEWHERE:
            continue
        assert words[0] == "archiver", f"{page.name}: {words}: say in this test where it is run"
        shown = " ".join(words)
        arguments = [here(word, base, crawled_demo) for word in words[1:]]
        if " ".join(arguments).startswith(NOT_HERE) or (arguments[0] == "demo" and page.name != "tutorial.md"):
            # The demo takes no URL and is the same on every page: once is enough.
            continue
        code, said = call(arguments, capsys)
        assert code == 0, f"{page.name}: {shown}: exit {code}: {said}"


def here(word: str, base: str, crawled: Path) -> str:
    """``word`` on the demo site: its own address, and a path of ours instead of the reader's."""
    story = next(line for line in (crawled / "dataset" / "articles.jsonl").read_text().splitlines() if "ferry" in line)
    word = word.replace("https://example.org/world/ferry", re.search(r'"url":"([^"]+)"', story)[1])  # type: ignore[index]
    word = word.replace("https://example.org/town/", f"{base}/world/").replace("https://example.org", base)
    return word.replace("/srv/news", "srv/news")


def call(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    if arguments[0] not in OWN_PROCESS:
        code = run(arguments)
        return code, "".join(capsys.readouterr())
    # At the pace of a test.
    quick = ["--delay", "0", "--min-free", "0", "--no-requisites"] if arguments[0] == "crawl" else []
    command = [sys.executable, "-m", "archiver", *arguments, *quick]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def test_no_command_hides_in_a_block_that_is_not_run() -> None:
    # Output and units may name commands; they are compared elsewhere (tests/report) or are what a command printed.
    for page in PAGES:
        for block in blocks(page, "bash") + blocks(page, "shell") + blocks(page, "console"):
            pytest.fail(f"{page.name}: use ```sh, which is run:\n{block}")


def test_every_verb_is_on_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [verb for verb in VERBS if f"archiver {verb}" not in text] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("../reference"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("material")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", str(ROOT / ".ci" / "mkdocs.yml")]
    done = subprocess.run([*command, "-d", str(tmp_path / "site")], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    reference = (tmp_path / "site" / "reference" / "commands.html").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f">{verb}<" not in reference] == []
    pages = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "site").glob("*.html"))
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"?https?:", pages), "nothing from elsewhere"
