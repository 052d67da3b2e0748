"""The page: whole in itself, right in its numbers, and nothing that a page or URL says acts in it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from archiver.cli import run
from archiver.collection.layout import Collection
from archiver.dataset.schema import FILENAMES, TABLES
from archiver.report.write import examine

from .past import SPORT, WORLD, Day, usual, write_past

pytest.importorskip("altair")
pytest.importorskip("jinja2")
Captured = pytest.CaptureFixture[str]
HOSTILE = "\"'></script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>{{7*7}}\u202e&amp;"


def page(root: Path, *arguments: str) -> Any:
    assert run(["report", str(root), *arguments]) == 0
    return html.fromstring((root / "report.html").read_text(encoding="utf-8"))


def test_the_headline_and_the_ledger_say_what_the_rows_say(tmp_path: Path, capsys: Captured) -> None:
    last = Day({WORLD: 0, SPORT: 4}, failures=[("robots", f"{WORLD}a"), ("timeout", f"{WORLD}b"), ("timeout", f"{WORLD}c")])
    write_past(tmp_path, [*[usual() for _ in range(29)], last])
    root = page(tmp_path)
    assert root.find_class("headline")[0].text == "4 new articles, 0 changed, 1 section silent, 1 other alarm"
    assert "overdue" in root.find_class("alarm")[1].text_content()
    head, *rows = ([cell.text_content() for cell in row] for row in root.xpath("//h2[@id='coverage']/following::table[1]//tr"))
    assert head == ["day", "section", "seen", "fetched", "new", "changed", "extracted", "short", "blocked", "robots", "failed"]
    assert rows[:2] == [
        ["2026-03-31", SPORT, "20", "0", "4", "0", "4", "0", "0", "0", "0"],
        ["2026-03-31", WORLD, "20", "0", "0", "0", "0", "0", "0", "1", "2"],
    ]
    assert "4 new articles" in capsys.readouterr().out


def test_every_plot_has_an_alternative_text_and_its_numbers_in_a_table(tmp_path: Path) -> None:
    write_past(tmp_path, [usual() for _ in range(10)])
    figures = page(tmp_path).xpath("//figure")
    assert [figure.find("figcaption").text for figure in figures] == [
        "New articles a day and section",
        "Captures and failures",
        "Rows with author, date and section",
        "Words an article (words)",
        "Time on the section page, of articles that have left it (hours)",
    ]
    for figure in figures:
        svg = figure.find(".//svg")
        assert svg.get("role") == "img"
        assert len(svg.get("aria-label")) > 40
        assert figure.findall(".//table//tbody/tr")
    first = [[cell.text for cell in row] for row in figures[0].findall(".//tbody/tr")]
    assert first[0] == ["2026-03-02", SPORT, "4"]
    assert len(first) == 20


def hostile_rows(root: Path) -> None:
    """Script in every text of every row, where a row may have any text."""
    collection = write_past(
        root, [*[usual() for _ in range(8)], usual(failures=[("http_status", f"{WORLD}{n}") for n in range(20)])]
    )
    for record_type, name in FILENAMES.items():
        kept = {
            "record_type",
            "run_id",
            "article_id",
            "settings",
            "finish_reason",
            "page_type",
            "extraction_status",
            "warc_filename",
        }
        rows = [json.loads(line) for line in (collection.dataset / name).open()]
        for row in rows:
            for field in TABLES[record_type]:
                if field.kind == "str" and field.name not in kept:
                    row[field.name] = HOSTILE
                elif field.kind == "list" and field.name != "warc_files":
                    row[field.name] = [HOSTILE]
        (collection.dataset / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_script_in_every_field_stays_text_and_the_page_asks_for_nothing(tmp_path: Path) -> None:
    hostile_rows(tmp_path / "x")
    root = page(tmp_path / "x")
    text = (tmp_path / "x" / "report.html").read_text(encoding="utf-8")
    assert text.count("<script>") == 1, "the one that sorts"
    assert not root.xpath("//img | //iframe | //object | //link | //*[@src] | //*[starts-with(name(@*), 'on')]")
    assert not [value for value in root.xpath("//@href | //@*[local-name()='href']") if not value.startswith("#")]
    assert "owned" in root.text_content()
    assert "{{7*7}}" in root.text_content()
    policy = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in re.search(r"script-src [^;]+", policy)[0]  # type: ignore[index]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium here")
def test_in_a_real_browser_nothing_hostile_runs_and_the_sorter_does(tmp_path: Path) -> None:
    hostile_rows(tmp_path / "x")
    page(tmp_path / "x")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    done = subprocess.run(
        ["chromium", *flags, f"file://{tmp_path / 'x' / 'report.html'}"], capture_output=True, text=True, timeout=300, check=False
    )
    seen = html.fromstring(done.stdout)
    assert seen.xpath("//title")[0].text == "x: crawl report", "not owned"
    assert seen.xpath("//th/button"), "the script of the page itself has run: its hash is right"


@pytest.mark.parametrize(
    ("days", "arguments", "code"),
    [
        ([usual()] * 9, ["--fail-on", "silent-section,walls"], 0),
        ([usual()] * 9, ["--fail-on", "overdue"], 1),  # these runs are long ago
        ([usual()] * 9, [], 0),  # alarms are said; who wants to be told asks for it
        ([usual()] * 9, ["--fail-on", "any"], 1),
        ([], ["--fail-on", "any"], 0),
        ([usual()], ["--fail-on", "nonsense"], 2),
    ],
)
@pytest.mark.parametrize("verb", ["report", "status"])
def test_fail_on_is_the_exit_code(tmp_path: Path, verb: str, days: list[Day], arguments: list[str], code: int) -> None:
    write_past(tmp_path, days)
    assert run([verb, str(tmp_path), *arguments]) == code


def test_status_as_json_has_counts_last_run_and_alarms_with_their_rows(tmp_path: Path, capsys: Captured) -> None:
    write_past(tmp_path, [*[usual() for _ in range(29)], Day({WORLD: 0, SPORT: 4})])
    assert run(["status", str(tmp_path), "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["rows"]["runs.jsonl"] == 30
    assert status["last_run"]["finish_reason"] == "finished"
    silent = [alarm for alarm in status["alarms"] if alarm["kind"] == "silent-section"]
    assert silent[0]["place"] == WORLD
    assert silent[0]["rows"][-1]["new articles"] == 0


def test_a_run_that_is_going_on_is_no_alarm_and_one_that_died_is(tmp_path: Path, capsys: Captured) -> None:
    write_past(tmp_path, [*[usual() for _ in range(2)], usual(finish_reason=None)])
    descriptor = os.open(tmp_path / ".lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert run(["status", str(tmp_path), "--fail-on", "any"]) == 0
        assert "running now" in page(tmp_path).text_content()
    finally:
        os.close(descriptor)
    assert run(["status", str(tmp_path), "--fail-on", "unfinished"]) == 1
    assert "it did not end" in capsys.readouterr().out


def test_an_escape_sequence_in_a_url_does_not_reach_the_terminal(tmp_path: Path, capsys: Captured) -> None:
    seed = "https://news.example/\x1b[2J/"
    write_past(tmp_path, [*[Day({seed: 14}) for _ in range(9)], Day({seed: 0})], seeds=[seed])
    assert run(["status", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "silent-section" in out
    assert "\x1b[2J" not in out


def test_a_real_crawl_gives_answer_times_types_and_fetched_pages(crawled_demo: Path, tmp_path: Path) -> None:
    demo = Path(shutil.copytree(crawled_demo, tmp_path / "demo"))
    root = page(demo)
    facts = examine(Collection(demo), datetime.now(UTC)).facts
    assert {page.share for pages in facts.shown.values() for page in pages} == {1.0}, "the demo has all that its pages need"
    assert len(facts.shown) == 2
    captions = [caption.text for caption in root.xpath("//figcaption")]
    assert "Answer times of the last run (ms)" in captions
    assert "Bytes by type (MB in the archive, compressed)" in captions
    rows = [[cell.text_content() for cell in row] for row in root.xpath("//h2[@id='coverage']/following::table[1]//tbody/tr")]
    runs = [json.loads(line) for line in (demo / "dataset" / "runs.jsonl").open()]
    checked = ("articles_new", "articles_changed", "articles_unchanged")
    assert sum(int(row[3]) for row in rows) == sum(line[name] for line in runs for name in checked)
    assert {row[1] for row in rows} == set(runs[0]["seeds"]), "second pages count for their section"
    assert datetime.now(UTC).strftime("%Y-%m-%d")[:7] in rows[0][0]
