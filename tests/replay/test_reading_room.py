"""A librarian finds an article, reads it beside the page as captured, and sees what changed and what proves it."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from verify.conftest import crawled

from archiver.collection.layout import Collection
from archiver.replay.worddiff import diff_paragraphs

from .browser import browser, needs_chromium, new_page, replaying

__all__ = ["crawled"]

CHANGED = "Council votes for the night ferry, by one voice"


@pytest.fixture(scope="module")
def home(crawled: Path) -> Iterator[str]:
    with replaying(crawled) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as running:
        yield running


@needs_chromium
def test_an_article_is_found_and_its_original_stands_beside_its_text(home: str, chromium: Any) -> None:
    with new_page(chromium) as seen:
        page = seen.page
        page.goto(home)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content", "the keyboard alone is enough"
        page.fill("#find", "night ferry vote")
        page.keyboard.press("Enter")
        page.locator("mark").first.wait_for()
        page.click(f"text={CHANGED}")
        assert page.locator("h1").inner_text() == CHANGED
        assert "twelve members voted for the service" in page.locator(".text").inner_text()
        original = page.frame_locator("iframe")
        original.locator("h1").wait_for()
        assert original.locator("h1").inner_text().replace("\n", " ") == CHANGED
        frame = page.frames[1]
        frame.wait_for_load_state("load")
        assert "Brackwater" in frame.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family).join()")
        assert frame.evaluate("[...document.images].filter(i => !i.naturalWidth && i.loading != 'lazy').map(i => i.src)") == []
        assert seen.hosts == {urlsplit(home).netloc, urlsplit(frame.url).netloc}, "nothing was asked of any other host"
        assert urlsplit(frame.url).netloc != urlsplit(home).netloc, "the original has an origin of its own"


@needs_chromium
def test_what_changed_is_shown_and_the_record_is_hashed_again(home: str, chromium: Any) -> None:
    with new_page(chromium) as seen:
        page = seen.page
        page.goto(f"{home}?query=ferry+voice")
        page.click(f"text={CHANGED}")
        page.click("text=Check it now")
        page.locator(".checks").wait_for()
        assert page.locator(".checks .good").count() >= 4
        assert page.locator(".checks .bad").count() == 0
        page.click("summary")
        assert page.locator("pre").first.inner_text().startswith("GET /world/")
        assert page.locator("pre").last.inner_text().startswith("HTTP/1.1 200")
        assert "2 of 2" in page.locator("article > .about").first.inner_text()
        page.click("text=Show what changed")
        page.locator(".diff").wait_for()
        assert page.locator("ins").count() > 2
        assert page.locator("del").count() > 2
        page.go_back()
        page.locator("#appearances a").first.click()
        page.locator("text=Every capture of it").wait_for()
        assert page.locator("ol.articles > li").count() >= 5
        page.frame_locator("iframe").locator(":root").wait_for(state="attached")  # a section page, or its feed


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_home_page_fits_a_phone_in_either_light(home: str, chromium: Any, scheme: str) -> None:
    with new_page(chromium, color_scheme=scheme, viewport={"width": 360, "height": 740}) as seen:
        seen.page.goto(home)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
        dark = seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(25, 23, 21)"
        assert dark == (scheme == "dark")


@needs_chromium
def test_filters_narrow_what_is_shown(home: str, chromium: Any) -> None:
    with new_page(chromium) as seen:
        page = seen.page
        page.goto(home)
        page.select_option("select[name=section]", "Culture")
        page.click("text=Filter")
        page.locator("text=show all").wait_for()
        assert {text.split(" · ")[1] for text in page.locator("ol.articles .about").all_inner_texts()} == {"Culture"}
        page.goto(f"{home}?since=2026-03-17&until=2026-03-17")
        assert {text[:10] for text in page.locator("ol.articles .about").all_inner_texts()} == {"2026-03-17"}
        page.goto(f"{home}?status=liveblog")
        assert page.locator("ol.articles > li").count() == 1
        page.goto(f"{home}?query=zzzz")
        assert "Nothing found" in page.locator("ol.articles").inner_text()


@needs_chromium
def test_the_home_page_says_of_each_article_what_replay_misses(crawled: Path, tmp_path: Path, chromium: Any) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(crawled, bare)
    with closing(sqlite3.connect(bare / "indexes" / "lookup.sqlite")) as lookup:
        lookup.execute("DELETE FROM captures WHERE url LIKE '%.woff2'")
        lookup.commit()
    with replaying(bare) as address, new_page(chromium) as seen:
        seen.page.goto(address)
        gaps = seen.page.locator(".gap").all_inner_texts()
        assert len(gaps) == seen.page.locator("ol.articles > li").count()
        assert all(re.match(r"misses \d+ of \d+\s+(.*, )?1 font", text) for text in gaps), gaps
        seen.page.locator(".gap").first.click()
        seen.page.locator("#missing summary").click()
        assert any(text.endswith(".woff2") for text in seen.page.locator("#missing li").all_inner_texts())


@needs_chromium
def test_so_it_says_of_warc_files_alone(crawled: Path, chromium: Any) -> None:
    with replaying(*(crawled / "archive").glob("*.warc.gz")) as address, new_page(chromium) as seen:
        seen.page.goto(address)
        assert seen.page.locator(".gap").count() == seen.page.locator("ol.articles > li").count() > 3


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@needs_chromium
def test_script_in_any_field_is_text(crawled: Path, tmp_path: Path, chromium: Any) -> None:
    root = Path(shutil.copytree(crawled, tmp_path / "demo"))
    path = root / "dataset" / "articles.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        row.update(
            title=HOSTILE, text=f"{HOSTILE} ferry", authors=[HOSTILE], section=HOSTILE, extractor=HOSTILE, discovered_from=HOSTILE
        )
        row.update(url_final=f"http://127.0.0.1:1/{HOSTILE}", warc_record_id=f"urn:{HOSTILE}", language='en" onload="alert(3)')
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with replaying(root) as home, new_page(chromium) as seen:
        page, alerts = seen.page, list[str]()
        page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
        page.goto(f"{home}?query=ferry&section={HOSTILE}")
        assert page.locator("ol.articles > li").count() > 0
        page.goto(f"{home}?query={HOSTILE} ferry")
        page.goto(f"{home}?query=ferry")
        page.click("ol.articles a")
        page.locator(".text").wait_for()
        assert HOSTILE in page.locator(".text").inner_text()
        page.click("text=Check it now")
        page.locator(".checks").wait_for()
        assert page.locator(".bad").count() == 1, "the record id is another one"
        assert page.locator("script, img").count() == 0
        assert alerts == []


def ask(home: str, method: str, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(home).netloc, timeout=20)
    sent = {"Host": urlsplit(home).netloc, **headers}
    connection.putrequest(method, target, skip_host=True)
    for name, value in {**sent, "Content-Length": "0"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


@pytest.mark.parametrize(
    ("method", "target", "headers", "status", "reason"),
    [
        ("GET", "/", {}, 200, "the home page"),
        ("GET", "/", {"Host": "rebound.example"}, 421, "DNS rebinding: a name of somebody else's for our address"),
        ("GET", "/", {"Host": ""}, 421, "no name"),
        ("POST", "/", {}, 405, "nothing is changed here"),
        ("PUT", "/static/x", {}, 405, "nor written"),
        ("DELETE", "/article/x", {}, 405, "nor deleted"),
        ("POST", "/check/art:none", {"Origin": "http://evil.example"}, 403, "a form on another site"),
        ("POST", "/check/art:none", {"Origin": "null"}, 403, "a form in a sandboxed frame"),
        ("POST", "/check/art:none", {}, 404, "no such row"),
        ("GET", "/article/url:none", {}, 404, "no such article"),
        ("GET", "/listing/url:none", {}, 404, "no such listing"),
        ("GET", "/static/../app.py", {}, 404, "path traversal"),
        ("GET", "/static/%2e%2e/app.py", {}, 404, "the same, escaped"),
        ("GET", "/static/..%2f..%2f..%2fpyproject.toml", {}, 404, "the same, deeper"),
        ("GET", "/?page=-1&query=%22%20OR%20*", {}, 200, "FTS5's own syntax"),
        ("GET", "/?page=99999999999999999999", {}, 200, "a page beyond all"),
        ("GET", "/?query=%00%ff", {}, 200, "bytes that are no text"),
    ],
)  # fmt: skip
def test_what_does_not_come_from_our_own_pages_is_refused(
    home: str, method: str, target: str, headers: dict[str, str], status: int, reason: str
) -> None:
    found, answered, _ = ask(home, method, target, **headers)
    assert found == status, reason
    if found in (200, 404):
        assert "script" not in answered["content-security-policy"]
        assert "default-src 'none'" in answered["content-security-policy"]


def test_a_flipped_bit_is_seen_by_the_check(crawled: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(crawled, tmp_path / "demo"))
    row = json.loads((root / "dataset" / "articles.jsonl").open().readline())
    warc = Collection(root).archive / row["warc_filename"]
    data = bytearray(warc.read_bytes())
    data[row["warc_record_offset"] + row["warc_record_length"] // 2] ^= 4
    warc.write_bytes(data)
    with replaying(root) as home:
        status, _, page = ask(home, "POST", f"/check/{row['id']}")
    assert status == 200
    assert b'class="bad"' in page


def test_a_warc_of_any_tool_and_a_wacz_can_be_read_too(crawled: Path, tmp_path: Path) -> None:
    warc = Collection(crawled).warcs()[0]
    package = tmp_path / "demo.wacz"
    packed = subprocess.run(
        [sys.executable, "-m", "archiver", "pack", str(crawled), "-o", str(package)], capture_output=True, timeout=60, check=False
    )
    assert packed.returncode == 0, packed.stderr
    for target in (warc, package):
        with replaying(target) as home:
            status, _, page = ask(home, "GET", "/?query=ferry")
            assert (status, b"ferry" in page) == (200, True), target


def test_a_diff_compares_paragraph_by_paragraph_and_word_by_word() -> None:
    found = diff_paragraphs("Same.\nThe old bridge is shut.\nGone.", "Same.\nThe new bridge is shut.")
    assert [[(piece.kind, piece.text) for piece in paragraph] for paragraph in found] == [
        [("same", "Same.")],
        [("same", "The "), ("removed", "old"), ("added", "new"), ("same", " bridge is shut.")],
        [("removed", "Gone.")],
    ]
    assert diff_paragraphs("", "") == []
