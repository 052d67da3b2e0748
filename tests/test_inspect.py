"""``archiver inspect``: what a page is, what is taken, what is not and why; and a page that shows it and can do nothing else."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from listing_cases import FOOT, MENU, RECENT, RIVER, SITE, page
from lxml import html

from archiver.cli import run

URL = SITE + "/town/"
PLAIN = page(f"{MENU}<main>{RIVER}</main>{RECENT}{FOOT}")


def inspect(tmp_path: Path, text: str, *arguments: str) -> tuple[int, Path]:
    file, shown = tmp_path / "page.html", tmp_path / "shown.html"
    file.write_text(text, "utf-8")
    return run(["inspect", str(file), "--url", URL, "--html", str(shown), *arguments]), shown


def frame_of(shown: Path) -> html.HtmlElement:
    (source,) = re.findall(r'<iframe sandbox title="[^"]*" srcdoc="([^"]*)"></iframe>', shown.read_text("utf-8"))
    return html.document_fromstring(unescape(source))


def test_every_entry_has_its_reason_and_every_group_left_out_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = inspect(tmp_path, PLAIN, "--json")
    facts = json.loads(capsys.readouterr().out)
    assert (code, facts["kind"], facts["profile"]) == (0, "listing", None)
    assert [entry["reason"] for entry in facts["listing"]["entries"]] == ["main list"] * 5
    left = {cluster["reason"] for cluster in facts["listing"]["rejected"]}
    assert {"page foot", "side column"} <= left
    assert SITE + "/politics/" in facts["slight_links"]


def test_the_table_names_rank_headline_reason_and_what_was_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inspect(tmp_path, PLAIN)
    shown = capsys.readouterr().out
    for words in ("5 article links", "main list", "groups of links not taken", "side column", "next page: none"):
        assert words in shown


def test_a_site_table_is_used_named_and_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "collection.toml").write_text('[site."news.example"]\nentry = "article:first-of-type"\n', "utf-8")
    inspect(tmp_path, PLAIN, "--json", "--config", str(tmp_path))
    facts = json.loads(capsys.readouterr().out)
    assert (facts["profile"], [entry["reason"] for entry in facts["listing"]["entries"]]) == ("news.example", ["site profile"])
    inspect(tmp_path, PLAIN, "--config", str(tmp_path), "--no-profile")
    assert "5 article links" in capsys.readouterr().out


def test_the_day_of_capture_chooses_the_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[[site."news.example".version]]\nuntil = 2020-01-01\nentry = "article:first-of-type"\n', "utf-8")
    for day, count in (("2019-12-31", 1), ("2020-01-01", 5)):
        inspect(tmp_path, PLAIN, "--json", "--config", str(config), "--captured", day)
        assert len(json.loads(capsys.readouterr().out)["listing"]["entries"]) == count


def test_a_page_with_nothing_on_it_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(tmp_path, "<p>Nothing.</p>", "--json")[0] == 1
    assert json.loads(capsys.readouterr().out)["kind"] == "unknown"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no-such-file",), "neither a URL nor a file"),
        (("{file}", "--html", "{file}/x"), "Not a directory"),
        (("{file}", "--config", "no-such.toml"), "no such file"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_2(
    arguments: tuple[str, ...], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "page.html"
    file.write_text(PLAIN, "utf-8")
    assert run(["inspect", *(argument.format(file=file) for argument in arguments)]) == 2
    assert words in capsys.readouterr().err


def test_entries_are_marked_on_the_page_with_rank_and_reason_and_other_links_with_why_not(tmp_path: Path) -> None:
    _, shown = inspect(tmp_path, PLAIN)
    marks = [(element.tag, element.get("data-archiver")) for element in frame_of(shown).iter() if element.get("data-archiver")]
    assert [mark for mark in marks if mark[1].startswith("#")] == [("article", f"#{rank} main list") for rank in range(1, 6)]
    assert ("a", "too slight to be a headline") in marks
    assert ("a", "side column") in marks


def test_a_story_shown_twice_under_two_forms_of_its_address_is_marked_in_both_places(tmp_path: Path) -> None:
    lead = f'<section><h1><a href="{SITE}/2024/05/one-of-many-here">One of many here</a></h1></section>'
    again = '<article><h2><a href="/2024/05/one-of-many-here/">One of many here</a></h2><p>Its text.</p></article>'
    _, shown = inspect(tmp_path, page(f"{lead}<main>{RIVER}{again}</main>"))
    marks = [mark for element in frame_of(shown).iter() if (mark := element.get("data-archiver") or "").startswith("#1 ")]
    assert len(marks) == 2


def test_what_a_page_prints_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "A head\x1b[2Jline \u202e of [bold]some[/bold] \u200d length"
    inspect(tmp_path, page(f"<h2><a href='/2024/05/a-b-c/'>{text}</a></h2>" * 2))
    shown = capsys.readouterr().out
    assert not {"\x1b", "\u202e"} & set(shown)
    assert "[bold]some[/bold]" in " ".join(shown.replace("│", " ").split())


# ---- a hostile page ------------------------------------------------------------------------------------------------------------

HOSTILE = """
<base href="HOME/"><meta http-equiv="refresh" content="0;url=HOME/refresh"><link rel="stylesheet" href="HOME/css">
<script>document.title = "owned"; fetch("HOME/script")</script><noscript><img src="HOME/noscript"></noscript>
<style>@import url("HOME/import"); body { background: url(HOME/background) }</style>
<iframe src="HOME/frame"></iframe><object data="HOME/object"></object><embed src="HOME/embed">
<img src="HOME/img" srcset="HOME/srcset 2x" onerror="document.title='owned'"><video src="HOME/video" autoplay></video>
<svg><script>document.title = "owned"</script><image href="HOME/svg"/></svg><math><mtext></mtext></math>
<form action="HOME/form"><button formaction="HOME/formaction">x</button></form><body onload="document.title='owned'">
<p style="background: url(HOME/style)">"></iframe><script>document.title = "owned"</script></p>
<noscript><p title="</noscript><script>document.title='owned'</script>"></noscript><template><img src="HOME/t"></template>
<a href="javascript:document.title='owned'" ping="HOME/ping">A link that would do something bad to you</a>
<article><h2><a href="/story/&quot;&gt;&lt;script&gt;"><b onclick="x()">x</b>&lt;script&gt;alert()&lt;/script&gt;</a></h2></article>
<main>RIVER</main>"""


def hostile(home: str) -> str:
    return page(HOSTILE.replace("HOME", home).replace("RIVER", RIVER))


def test_nothing_that_acts_loads_or_leads_away_is_left(tmp_path: Path) -> None:
    _, shown = inspect(tmp_path, hostile("http://127.0.0.1:9"))
    text = shown.read_text("utf-8")
    outer = html.document_fromstring(text)
    for root in (outer, frame_of(shown)):
        policies = [meta.get("content") for meta in root.iter("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
        assert len(policies) == 1
        assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        assert not list(root.iter("script", "object", "embed", "base", "link", "form", "video", "svg", "template"))
        names = {name for element in root.iter() if isinstance(element.tag, str) for name in element.attrib}
        assert not {name for name in names if name.startswith("on")}
        assert not names & {"href", "src", "srcset", "action", "formaction", "ping", "data", "background"}
    assert [frame.get("sandbox") for frame in outer.iter("iframe")] == [""]
    assert "<script" not in text


class _Counter(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def counting() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Counter)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_a_browser_that_shows_it_asks_for_nothing_and_runs_nothing(
    tmp_path: Path, counting: http.server.ThreadingHTTPServer
) -> None:
    _, shown = inspect(tmp_path, hostile(f"http://127.0.0.1:{counting.server_port}"))
    command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    command += ["--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=2000", "--dump-dom"]
    done = subprocess.run([*command, shown.as_uri()], capture_output=True, text=True, timeout=60, check=False)
    assert f"<title>{URL}</title>" in done.stdout
    assert counting.asked == []  # type: ignore[attr-defined]
