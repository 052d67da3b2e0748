"""What became of an article is told with both captures, and what did not change is not told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from report.past import SPORT, WORLD, Day, plain, usual, write_past

from archiver.cli import run
from archiver.dataset.jsonl import encode_row
from archiver.urls import url_id

Captured = pytest.CaptureFixture[str]
HOSTILE = "\"'></p><script>document.title='owned'</script><img src=x onerror=document.title='owned'>{{7*7}}\x1b[2J"
STORY = f"{WORLD}0/0"


def told(root: Path, capsys: Captured, *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run(["history", *arguments, str(root), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def edit(root: Path, name: str, change: Any) -> None:
    path = root / "dataset" / name
    rows = [json.loads(line) for line in path.open()]
    path.write_bytes(b"".join(encode_row(row) for row in change(rows)))


def add_version(root: Path, version: int, **values: Any) -> None:
    """Another version of the first story, a day later each."""

    def with_version(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        last = [row for row in rows if row["url"] == STORY][-1]
        day = f"2026-03-{2 + version:02d}T06:00:00.000Z"
        own = {"id": f"art:v{version}", "version": version, "fetched_at": day, "warc_record_offset": 1000 * version}
        return [*rows, {**last, **own, **values}]

    edit(root, "articles.jsonl", with_version)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Five quiet days."""
    write_past(tmp_path, [Day({WORLD: 2, SPORT: 1}) for _ in range(5)])
    # Their headlines stay what they are: by rank they would change each day.
    edit(tmp_path, "appearances.jsonl", lambda rows: [{**row, "headline": row["url"][-3:]} for row in rows])
    return tmp_path


def test_articles_that_did_not_change_are_not_told(root: Path, capsys: Captured) -> None:
    assert told(root, capsys) == []
    assert run(["history", str(root)]) == 0
    assert capsys.readouterr().out == f"{root}: 0 articles: 0 changes, 0 disappearances\n"


def test_a_change_names_both_captures_and_its_words(root: Path, capsys: Captured) -> None:
    edit(root, "articles.jsonl", lambda rows: [{**row, "text": "The boat sails at five.\nIt is free."} for row in rows])
    add_version(root, 2, title="Story 0, updated", text="The boat sails at six.\nIt is free.", authors=["Ann Other", "Bo"])
    (story,) = told(root, capsys)
    (change,) = story["changes"]
    assert (story["url"], story["versions"], change["version"]) == (STORY, 2, 2)
    assert (change["before"]["at"], change["after"]["at"]) == ("2026-03-02T06:00:00.000Z", "2026-03-04T06:00:00.000Z")
    assert change["after"]["warc_record_offset"] == 2000
    assert [(p["op"], p["text"].strip()) for p in change["title"]] == [("same", "Story"), ("removed", "0"), ("added", "0, updated")]
    (paragraph,) = change["paragraphs"]
    assert [(p["op"], p["text"].strip()) for p in paragraph["pieces"]] == [
        ("same", "The boat sails at"),
        ("removed", "five."),
        ("added", "six."),
    ]
    assert change["fields"] == [["authors", ["Ann Other"], ["Ann Other", "Bo"]]]
    assert change["is_correction"] is False


@pytest.mark.parametrize(
    ("note", "is_correction"),
    [
        ("Correction: an earlier version gave the wrong fare.", True),
        ("This article was amended on 4 March.", True),
        ("Korrektur: In einer früheren Version hieß es, die Fähre sei kostenlos.", True),
        ("Rectificatif du 4 mars", True),
        ("The minister spoke of a correction course for the budget.", False),
        ("The prison, a correctional facility, is shut.", False),
        ("More boats will sail.", False),
    ],
)
def test_a_paragraph_that_owns_up_is_a_correction(root: Path, capsys: Captured, note: str, is_correction: bool) -> None:
    add_version(root, 2, text=f"x\n{note}")
    add_version(root, 3, text=f"x\n{note}\nAnd more of it.")
    (story,) = told(root, capsys)
    assert [change["is_correction"] for change in story["changes"]] == [is_correction, False], "an old note is no news"


def test_headlines_of_a_section_page_are_told_in_time_and_against_the_title(root: Path, capsys: Captured) -> None:
    printed = iter(["Story 0", "Shock over ferry", "Shock over ferry", "Story 0!", "Story 0!"])

    def change(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "headline": next(printed)} if row["url"] == STORY else row for row in rows]

    edit(root, "appearances.jsonl", change)
    (story,) = told(root, capsys)
    lines = [(line["text"], line["times"], line["is_title"]) for line in story["headlines"]]
    assert lines == [("Story 0", 1, True), ("Shock over ferry", 2, False), ("Story 0!", 2, True)]
    assert story["headlines"][1]["first"]["at"] < story["headlines"][1]["last"]["at"]


@pytest.mark.parametrize(
    ("failures", "back", "expected"),
    [
        ([], [], []),
        ([(404, "03")], [], [("2026-03-03T09:00:00.000Z", "HTTP 404", False)]),
        ([(410, "03"), (410, "05")], [], [("2026-03-03T09:00:00.000Z", "HTTP 410", False)]),  # one absence
        ([(404, "03")], [2], [("2026-03-03T09:00:00.000Z", "HTTP 404", True)]),  # had again on the 4th
        ([(404, "03"), (404, "05")], [2],
         [("2026-03-03T09:00:00.000Z", "HTTP 404", True), ("2026-03-05T09:00:00.000Z", "HTTP 404", False)]),
        ([(503, "03")], [], []),  # a server in trouble is not an article withdrawn
        ([(404, "01")], [], []),  # before it was ever had
    ],
)  # fmt: skip
def test_a_disappearance_is_told_once_an_absence(
    root: Path, capsys: Captured, failures: list[tuple[int, str]], back: list[int], expected: list[tuple[str, str, bool]]
) -> None:
    rows = [
        plain("failure", id=f"fail:{n}", run_id="run:0001", url=STORY, reason="http_status", http_status=status,
              at=f"2026-03-{day}T09:00:00.000Z")
        for n, (status, day) in enumerate(failures)
    ]  # fmt: skip
    edit(root, "failures.jsonl", lambda old: [*old, *rows])
    for version in back:
        add_version(root, version)
    found = [(gone["at"], gone["why"], gone["came_back"]) for story in told(root, capsys) for gone in story["disappearances"]]
    assert found == expected


def test_one_url_is_told_even_when_nothing_happened_and_an_unknown_one_is_an_error(root: Path, capsys: Captured) -> None:
    (story,) = told(root, capsys, STORY)
    assert (story["article_id"], story["changes"], story["disappearances"]) == (url_id(STORY), [], [])
    assert told(root, capsys, STORY + "/?utm_source=x")[0]["article_id"] == url_id(STORY), "as the crawl would take it"
    assert run(["history", "https://news.example/none", str(root)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_since_leaves_out_what_changed_before(root: Path, capsys: Captured) -> None:
    add_version(root, 2, text="changed")  # on the 4th
    assert len(told(root, capsys, "--since", "2026-03-04")) == 1
    assert told(root, capsys, "--since", "2026-03-05") == []


def test_a_url_alone_is_looked_for_in_this_folder_and_under_output(
    root: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "work"
    write_past(place / "output" / "a", [usual()])
    write_past(place / "output" / "b", [Day({"https://other.example/": 1})], seeds=["https://other.example/"])
    monkeypatch.chdir(place)
    assert run(["history", "https://other.example/0/0"]) == 0
    assert "output/b: 1 article" in capsys.readouterr().out
    assert run(["history", "https://other.example/no"]) == 2


def test_script_in_every_field_stays_text_on_the_page_and_in_the_terminal(root: Path, tmp_path: Path, capsys: Captured) -> None:
    pytest.importorskip("jinja2")
    edit(root, "articles.jsonl", lambda rows: [{**row, "title": HOSTILE, "text": HOSTILE} for row in rows])
    add_version(root, 2, title=HOSTILE + "2", text=HOSTILE + " more", description=HOSTILE, authors=[HOSTILE])
    edit(root, "appearances.jsonl", lambda rows: [{**row, "headline": HOSTILE, "listing_url": HOSTILE} for row in rows])
    page = tmp_path / "history.html"
    assert run(["history", str(root), "--html", str(page)]) == 0
    document = html.fromstring(page.read_text(encoding="utf-8"))
    assert not document.xpath("//script | //img | //*[@src] | //*[@href] | //*[@onerror]")
    assert "owned" in document.text_content()
    assert "{{7*7}}" in document.text_content()
    assert document.xpath("//ins")
    assert document.xpath("//meta[@http-equiv]/@content")[0].startswith("default-src 'none'")
    assert run(["history", str(root)]) == 0
    assert "\x1b[2J" not in capsys.readouterr().out


def test_the_demo_tells_of_its_changed_story_and_of_the_one_that_is_gone(crawled_demo: Path, capsys: Captured) -> None:
    found = {story["title"]: story for story in told(crawled_demo, capsys)}
    changed = found["Council votes for the night ferry, by one voice"]
    assert [line["text"] for line in changed["headlines"] if line["listing_url"].endswith("/world/")] == [
        "Council puts off vote on the night ferry",
        "Council votes for the night ferry, by one voice",
    ]
    assert len(changed["changes"][0]["paragraphs"]) > 5
    gone = found["Market hall roof is sound, first survey finds"]["disappearances"]
    assert [(item["why"], item["came_back"]) for item in gone] == [("HTTP 410", False)]
