"""What the crawl fetched for a page is what a browser shows of it in pywb, and nothing is asked of any other host."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from capture.support import Crawl, crawl
from wire.messages import HTML, message, row
from wire.model import Case
from wire.server import WireServer

from archiver.collection.layout import Collection
from archiver.replay.originals import serve_originals

from .browser import browser, needs_chromium, new_page
from .replaywebpage import fetched, reader, served
from .torture import CHAPTERS, Chapter, filled, page, section
from .torture_acid import BY_SCRIPT, TOLD
from .ways import HELPERS, Content, Way, png

_TYPES = {
    "css": b"text/css", "js": b"text/javascript", "mjs": b"text/javascript", "svg": b"image/svg+xml", "woff2": b"font/woff2",
    "webmanifest": b"application/manifest+json", "html": HTML[14:], "wav": b"audio/wav", "webm": b"video/webm",
    "pdf": b"application/pdf", "vtt": b"text/vtt",
}  # fmt: skip

# High enough for lazy pictures to be in view.
_VIEW = {"width": 1200, "height": 2000}


@dataclass
class Shown:
    """Pages opened in pywb: the answer to each row's check, and every host that was asked."""

    pywb: str
    answers: dict[str, bool] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)


@dataclass
class Site:
    """The torture site, crawled; its two hosts go on listening, to see what leaks."""

    crawl: Crawl
    near: WireServer
    far: WireServer

    def filled(self, text: str) -> str:
        return filled(text, self.near.url(""), self.far.url(""))

    @property
    def leaked(self) -> list[str]:
        return [exchange.path for server in (self.near, self.far) for exchange in server.settled()]


def archiver(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "archiver", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _answer(path: str, content: Content) -> Case:
    body = content.encode() if isinstance(content, str) else content
    extension = path.partition("?")[0].rpartition(".")[2]
    kind = _TYPES.get(extension, b"text/javascript" if path == "/t/script" else b"text/css" if "css" in path else b"image/png")
    kind = b"video/webm" if path == "/t/lazy" else kind
    lines, status = [b"Content-Type: " + kind], b"HTTP/1.1 200 OK"
    if path == "/t/packed.css":
        lines, body = [*lines, b"Content-Encoding: gzip"], gzip.compress(body, mtime=0)
    elif path == "/t/latin.css":
        body = body.decode().encode("latin-1")
    elif path == "/t/moved.png":
        lines, body, status = [b"Location: /t/moved-to.png"], b"", b"HTTP/1.1 302 Found"
    return row(path, "a page or what it needs", message(body, *lines, status=status), path=path, payload=body)


def _cases(chapters: Sequence[Chapter], here: str, other: str, *, far: bool) -> list[Case]:
    """What one of the two hosts has; ``far``: the second."""
    files: dict[str, Content] = {
        path: content for chapter in chapters for way in chapter.ways for path, content in way.files.items()
    }
    if not far:
        files |= {chapter.path: page(chapter) for chapter in chapters}
        files |= {"/news/index.html": section(tuple(chapters)), "/t/moved-to.png": png("/t/moved.png")}
    cases = []
    for path, content in files.items():
        if path.startswith("{other}") == far:
            content = filled(content, here, other) if isinstance(content, str) else content
            cases.append(_answer(path.removeprefix("{other}"), content))
    return cases


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with WireServer([], "127.0.0.1") as near, WireServer([], "127.0.0.2") as far:
        for server in (near, far):
            server.add(_cases(CHAPTERS, near.url(""), far.url(""), far=server is far))
        folder = tmp_path_factory.mktemp("torture") / "c"
        found = Site(crawl([near.url("/news/index.html")], folder, "--allow-private", "--min-free", "0"), near, far)
        assert found.crawl.code == 0, found.crawl.stderr
        assert found.leaked, "the crawl asked both"
        for server in (near, far):
            server.clear()
        yield found


def show(site: Site, collection: Collection, work: Path, *, tries: int) -> Shown:
    """Open each chapter in a browser and ask its checks."""
    work.mkdir()
    with serve_originals(collection, work, host="127.0.0.1", shown_in="'self'") as originals, browser() as chromium:
        found = Shown(urlsplit(originals).netloc)
        for chapter in CHAPTERS:
            with new_page(chromium, viewport=_VIEW) as seen:
                seen.page.goto(f"{originals}{site.near.url(chapter.path)}")
                seen.page.frame_locator("iframe").locator("h1").wait_for()
                seen.page.frames[1].wait_for_load_state("load")
                found.answers |= seen.page.frames[1].evaluate(asked(site, chapter, tries))
                found.hosts |= seen.hosts
        return found


def asked(site: Site, chapter: Chapter, tries: int) -> str:
    """JavaScript for the checks of a chapter, all at once."""
    checks = ",".join(f"{json.dumps(way.name)}: () => {site.filled(way.check)}" for way in chapter.ways)
    return (
        f"async () => {{ const TRIES = {tries}; {HELPERS} const checks = {{ {checks} }};"
        " const answers = Object.entries(checks).map(async ([name, check]) => [name, await check()]);"
        " return Object.fromEntries(await Promise.all(answers)); }"
    )


@pytest.fixture(scope="module")
def shown(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return show(site, site.crawl.kept.collection, tmp_path_factory.mktemp("shown") / "pywb", tries=100)


def _row(way: Way) -> Any:
    marks = [pytest.mark.xfail(reason=way.not_in_pywb, strict=True)] if way.not_in_pywb else []
    return pytest.param(way, marks=marks, id=way.name)


@needs_chromium
@pytest.mark.parametrize("way", [_row(way) for chapter in CHAPTERS for way in chapter.ways])
def test_what_a_page_names_is_shown_from_the_archive(shown: Shown, way: Way) -> None:
    assert shown.answers[way.name], way.reason


@needs_chromium
def test_what_the_archival_acid_test_asks_for_is_shown(shown: Shown) -> None:
    """What markup and CSS tell is 14 of 18; the other four need a literal in a script."""
    reached = [sum(shown.answers[way.name] for way in ways) for ways in (TOLD, (*TOLD, *BY_SCRIPT))]
    assert reached == [14, 18], [way.name for way in (*TOLD, *BY_SCRIPT) if not shown.answers[way.name]]


@needs_chromium
def test_nothing_leaves_for_another_host(site: Site, shown: Shown) -> None:
    assert shown.hosts == {shown.pywb}
    assert site.leaked == []


@needs_chromium
def test_without_its_requisites_the_checks_say_so(site: Site, tmp_path: Path) -> None:
    bare = Collection(Path(shutil.copytree(site.crawl.kept.root, tmp_path / "bare")))
    index = bare.indexes / "index.cdxj"
    index.write_text("".join(line for line in index.read_text().splitlines(keepends=True) if ")/news/" in line))
    answers = show(site, bare, tmp_path / "pywb", tries=1).answers
    assert [way.name for chapter in CHAPTERS for way in chapter.ways if answers[way.name] and way.files] == []


def test_every_file_of_the_site_is_in_the_archive_and_what_is_not_there_is_a_row(site: Site) -> None:
    kept = {group.url for group in site.crawl.kept.groups if b" 200 " in group.block[:13]}
    named = [site.filled(path if path.startswith("{") else "{here}" + path) for c in CHAPTERS for w in c.ways for path in w.files]
    assert [url for url in named if url not in kept and "moved.png" not in url and "unknown" not in url] == []
    missing = {url.rpartition("/")[2] for url, reason in site.crawl.kept.failures.items() if reason == "http_status"}
    assert missing == {"face.eot", "unknown.xyz", "no.mp4"}


@needs_chromium
def test_replayweb_page_shows_the_same_of_the_package(site: Site, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    cache = request.config.cache
    assert cache is not None
    files, packed = fetched(cache.mkdir("replaywebpage")), tmp_path / "c.wacz"
    done = archiver("pack", site.crawl.kept.root, "-o", packed)
    assert done.returncode == 0, done.stderr
    files["/c.wacz"] = packed.read_bytes()
    files |= {f"/{number}.html": reader(site.near.url(chapter.path)) for number, chapter in enumerate(CHAPTERS)}
    answers: dict[str, bool] = {}
    with served(files) as origin, browser() as chromium:
        for number, chapter in enumerate(CHAPTERS):
            with new_page(chromium, viewport=_VIEW) as seen:
                seen.page.goto(f"{origin}/{number}.html")
                seen.page.frame_locator("iframe").frame_locator("iframe").locator("h1").wait_for()
                replay = next(frame for frame in seen.page.frames if "mp_/" in frame.url)
                answers |= replay.evaluate(asked(site, chapter, 100))
                assert seen.hosts == {urlsplit(origin).netloc}
    known = {way.name for chapter in CHAPTERS for way in chapter.ways if way.not_in_reader}
    assert {name for name, answer in answers.items() if not answer} == known
    assert site.leaked == []
