"""The main job on a real news site: a static mirror of one, served by ``python3 -m http.server`` and crawled as its reader would.

The mirror is not part of the repository; where it is absent the test is skipped and says so.
"""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from capture.support import Crawl, Kept
from fastwarc.warc import ArchiveIterator
from lxml import html
from store.running import Running, archiver
from store.test_rebuild import contents

from archiver.report.facts import gather
from archiver.warc.http1 import parse_head

SHARED = Path(os.environ.get("ARCHIVER_SHARED") or Path(__file__).parents[2] / "shared")
MIRROR = SHARED / "bench" / "site" / "anoninsiders.tar.xz"
SECTION = "category/news/"
pytestmark = pytest.mark.skipif(not MIRROR.is_file(), reason=f"no mirror of a real site at {MIRROR} (set ARCHIVER_SHARED)")


@dataclass(frozen=True)
class Job:
    """What was served, under which URL, and what the crawl left and said."""

    site: Path
    base: str
    crawl: Crawl

    @property
    def kept(self) -> Kept:
        return self.crawl.kept

    def file_of(self, url: str) -> bytes:
        return (self.site / urlsplit(url).path.lstrip("/")).read_bytes()


def has_no_way_out() -> None:
    """For a process: names of other machines are unknown, as on one that is not connected. The mirror's pages name many."""

    def here(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.getaddrinfo", "socket.gethostbyname") and arguments[0] not in ("127.0.0.1", "localhost", None):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    sys.addaudithook(here)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    folder = tmp_path_factory.mktemp("main-job")
    with tarfile.open(MIRROR) as packed:
        packed.extractall(folder, filter="data")
    site = folder / "anoninsiders"
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    serve = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(site)]
    server = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_it_listens(port)
        base = f"http://127.0.0.1:{port}/"
        command = ["crawl", f"{base}{SECTION}index.html", "-o", str(folder / "anon"), "--delay", "0"]
        code, out, err = Running(command, folder / "crawl", before=has_no_way_out).end(timeout_s=300)
        yield Job(site, base, Crawl(Kept(folder / "anon"), code, out, err))
    finally:
        server.kill()
        server.wait()


def _until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the server never listened"
            time.sleep(0.02)


def pages_of(job: Job) -> list[str]:
    """The section's pages, as the mirror has them."""
    return [f"{job.base}{SECTION}index.html"] + [f"{job.base}{SECTION}page/{number}/index.html" for number in range(2, 11)]


def headlines_on(job: Job, page: str) -> list[tuple[str, str]]:
    """URL and headline of the articles of a page in order, read by the theme's own class."""
    root = html.document_fromstring(job.file_of(page).decode())
    links = root.xpath("//h3[@class='entry-title']/a")
    return [(urljoin(page, link.get("href")), " ".join(link.text_content().split())) for link in links]


def test_it_ends_well_and_says_what_the_section_has(job: Job) -> None:
    assert job.crawl.code == 0, job.crawl.stderr
    said = job.crawl.stdout.splitlines()
    assert said[0].endswith("anon: finished")
    assert said[1] == "  10 listing pages with 100 appearances; 1 feed with 10"
    assert said[2] == "  100 new articles, 0 changed, 0 unchanged"
    assert "Traceback" not in job.crawl.stderr


def test_it_finds_the_hundred_articles_and_no_other(job: Job) -> None:
    wanted = [url for page in pages_of(job) for url, _ in headlines_on(job, page)]
    assert len(wanted) == len(set(wanted)) == 100
    rows = [row for row in job.kept.rows("articles") if row["page_type"] == "article"]
    assert sorted(row["url"] for row in rows) == sorted(wanted)
    assert len(job.kept.rows("articles")) == 100
    assert Counter(row["discovered_via"] for row in rows) == {"section": 10, "pagination": 90}
    assert {row["discovered_from"] for row in rows} == set(pages_of(job))
    assert all(row["title"] and row["extraction_status"] in ("ok", "short") for row in rows)


def test_each_page_has_its_appearances_with_headline_and_rank_in_order(job: Job) -> None:
    rows = [row for row in job.kept.rows("appearances") if row["listing_type"] != "feed"]
    assert len(rows) == 100
    for number, page in enumerate(pages_of(job), 1):
        seen = [row for row in rows if row["listing_url"] == page]
        assert [(row["url"], row["headline"]) for row in seen] == headlines_on(job, page)
        assert [row["rank"] for row in seen] == list(range(1, 11))
        assert {(row["page_number"], row["items_on_page"], row["listing_type"]) for row in seen} == {(number, 10, "category")}


def test_the_feed_has_rows_of_its_own_and_makes_no_article_of_what_is_not_there(job: Job) -> None:
    """Its links lead to the site that the mirror was made of, which does not answer: each is a row that says so."""
    rows = [row for row in job.kept.rows("appearances") if row["listing_type"] == "feed"]
    assert [row["rank"] for row in rows] == list(range(1, 11))
    assert {row["listing_url"] for row in rows} == {f"{job.base}{SECTION}feed/index.html"}
    assert {job.kept.failures[row["url"]] for row in rows} == {"robots_unavailable"}


def test_the_ledger_of_the_report_has_one_section_and_no_requisite_in_it(job: Job) -> None:
    """Frames and scripts of other hosts fail on nearly every article: none of these is a section, or a link of one."""
    assert len(job.kept.failures) > 10
    (run,) = gather(job.kept.collection).runs
    (section,) = run.sections
    ledger = run.sections[section]
    assert (ledger.seen, ledger.fetched, ledger.failed) == (100, 100, 10)


def test_every_page_is_kept_as_the_file_that_was_served(job: Job) -> None:
    wanted = [*pages_of(job), *(row["url"] for row in job.kept.rows("articles"))]
    kept = {group.url: group for group in job.kept.groups}
    for url in wanted:
        head = parse_head(kept[url].block)
        assert head is not None
        assert kept[url].block[head.length :] == job.file_of(url), url
    asked = Counter(group.url for group in job.kept.groups)
    assert [url for url, count in asked.items() if count > 1] == [], "nothing is asked for twice"


def test_each_row_points_to_the_record_of_its_page(job: Job) -> None:
    records = {(record.filename, record.offset): record for record in job.kept.records}
    for row in (*job.kept.rows("articles"), *job.kept.rows("appearances")):
        record = records[row["warc_filename"], row["warc_record_offset"]]
        assert record.id == row["warc_record_id"]
        assert record.url == row.get("listing_url_final", row.get("url_final"))


def test_other_readers_read_every_record(job: Job) -> None:
    (path,) = job.kept.collection.warcs()
    with gzip.open(path) as stream:
        while stream.read(1 << 20):
            pass
    with path.open("rb") as stream:
        assert [record.record_id.strip("<>") for record in ArchiveIterator(stream)] == [item.id for item in job.kept.records]


def test_verify_is_clean_and_rebuild_makes_the_same(job: Job, tmp_path: Path) -> None:
    root = str(job.kept.root)
    code, out, _ = archiver("verify", root, notes=tmp_path / "verify", has_workers=True)
    assert (code, out.rpartition(": ")[2]) == (0, "clean\n"), out
    before = contents(job.kept.collection)
    assert archiver("rebuild", root, notes=tmp_path / "rebuild", has_workers=True)[0] == 0
    assert contents(job.kept.collection) == before
    assert archiver("verify", root, notes=tmp_path / "again", has_workers=True)[0] == 0
