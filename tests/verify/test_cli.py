"""The command: results on stdout, exit codes, one line an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archiver.cli import run
from archiver.collection.layout import Collection

from .damage import ARTICLES, edit_row, of_type


def test_a_clean_collection_exits_0_with_one_line(crawled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(crawled), "--no-extract"]) == 0
    shown = capsys.readouterr()
    assert shown.out.count("\n") == 1
    assert shown.out.endswith("rows: clean\n")
    assert shown.err == ""


def test_findings_exit_1_and_are_named_by_place(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    place = of_type(collection, "response")
    path = collection.root / place.path
    data = bytearray(path.read_bytes())
    data[place.offset + 100] ^= 1
    path.write_bytes(data)
    assert run(["verify", str(collection.root), "--no-extract"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"error   {place} damaged: ") for line in lines)
    assert lines[-1].endswith("findings")


def test_many_findings_of_one_kind_are_cut_and_counted(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    for line in range(1, 28):
        edit_row(collection, ARTICLES, line, lambda row: row.update(domain="other"))
    assert run(["verify", str(collection.root), "--no-extract"]) == 1
    shown = capsys.readouterr().out
    assert shown.count("row-value: domain") == 20
    assert "row-value: 7 more; --json names them all" in shown
    assert run(["verify", str(collection.root), "--no-extract", "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len([line for line in lines if line.get("kind") == "row-value"]) == 27
    assert lines[0]["place"] == f"{ARTICLES}:1"
    assert (lines[-1]["clean"], lines[-1]["by_kind"]) == (False, {"row-value": 27})


def test_what_an_archive_holds_cannot_steer_a_terminal(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    edit_row(collection, ARTICLES, 1, lambda row: row.update(domain="\x1b[2J[red]x\u202e\r\n"))
    assert run(["verify", str(collection.root), "--no-extract"]) == 1
    shown = capsys.readouterr().out
    assert "\\x1b[2J[red]x\\u202e\\r\\n" in shown
    assert "\x1b[2J" not in shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["verify"], 2),
        (["verify", "{}", "--workers", "0"], 2),
        (["verify", "{}", "--sample", "x"], 2),
        (["verify", "{}/none"], 3),
        (["verify", "{}"], 3),
    ],
)
def test_a_wrong_call_is_one_line_and_its_exit_code(
    tmp_path: Path, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([argument.format(tmp_path) for argument in arguments]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err


def test_the_help_warns_of_warcio_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "warcio check" in shown
    assert "6.3.2" in shown
