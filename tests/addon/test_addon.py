"""A stock Scrapy project with the add-on: exact WARCs, its own parts untouched, and its spiders over what was captured."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from capture.support import Kept
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import Settings
from scrapy.spiders import Spider
from wire.server import WireServer
from wire.site import Site

from archiver.addon import WarcAddon, guest_launch
from archiver.collection.layout import prepare_collection
from archiver.collection.lock import CollectionLock
from archiver.errors import CollectionError, UsageError
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup

from .project import Project

HANDLER = "archiver.capture.handler.ArchivingDownloadHandler"


def assert_exact(server: WireServer, kept: Kept) -> None:
    """Every exchange that the server logged is in the archive, byte for byte, and nothing else is."""
    log = server.settled()
    waiting = Counter((wire.request, wire.response) for wire in log)
    assert len(kept.groups) == len(log) > 0
    for group in kept.groups:
        match = next((pair for pair in waiting if waiting[pair] and pair[0] == group.request.block and group.holds(pair[1])), None)
        assert match is not None, group.url
        waiting[match] -= 1


def test_a_stock_project_gets_exact_warcs_and_keeps_all_that_is_its_own(project: Project, server: WireServer, site: Site) -> None:
    ran = project.crawl("walk", server.url(site.seed_path))
    assert ran.code == 0, ran.log
    kept = Kept(project.root / "output" / "walk")
    assert_exact(server, kept)
    # robots.txt, the redirect and the try that failed are exchanges too, as ever below the middlewares.
    assert {len(kept.of(path)) for path in ("/robots.txt", "addon-moved.html", "addon-goal.html")} == {1}
    assert [group.block.split(b" ", 2)[1] for group in kept.of("addon-busy.html")] == [b"503", b"200"]
    # The spider got decoded pages, each with the place of its record; middleware, pipeline, feed and add-on did their part.
    places = {(r.filename, r.offset): r.id for r in kept.records if r.type in ("response", "revisit")}
    assert len(ran.items) == len(site.linked) + len(site.listing_paths)
    for item in ran.items:
        assert places[(item["place"][0], item["place"][1])] == item["record"]
        assert (item["flags"], item["addon"]) == (["seen"], "there")
        assert item["title"]
    assert kept.rows("runs")[0]["finish_reason"] == "finished"
    assert kept.rows("runs")[0]["robots_policy"] == "obey"
    verified = project.archiver("verify", "output/walk")
    assert verified.returncode == 0, verified.stdout
    extracted = project.archiver("extract", "output/walk", "-o", "rows")
    assert (
        extracted.returncode,
        sum(len(path.read_text().splitlines()) for path in (project.root / "rows").glob("articles-*.jsonl")) > 5,
    ) == (0, True)

    # ---- the same spider again, over what was captured ----
    server.clear()
    offline = project.crawl("walk", server.url(site.seed_path), "-s", "ARCHIVER_OFFLINE=output/walk", "-s", "DOWNLOAD_DELAY=5")
    assert offline.code == 0, offline.log
    assert server.exchanges() == []
    assert without_flags(offline.items) == without_flags(ran.items)
    assert {tuple(item["flags"]) for item in offline.items} == {("archived", "seen")}


def without_flags(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({**item, "flags": None} for item in items), key=lambda item: item["url"])


def test_a_run_that_was_killed_is_repaired_and_closed_by_the_next(project: Project, server: WireServer, site: Site) -> None:
    seed, where = server.url(site.seed_path), ("-s", "ARCHIVER_COLLECTION=elsewhere/kept", "-s", "ARCHIVER_OPERATOR=A Library")
    killed = project.crawl("walk", seed, *where, env={"ARCHIVER_FAULT": "warc-write-part:5:kill"})
    assert killed.code == -signal.SIGKILL
    ran = project.crawl("walk", seed, *where)
    assert ran.code == 0, ran.log
    assert "repaired" in ran.log
    kept = Kept(project.root / "elsewhere" / "kept")
    assert [row["finish_reason"] for row in kept.rows("runs")] == ["interrupted", "finished"]
    assert {row["operator"] for row in kept.rows("runs")} == {"A Library"}
    assert project.archiver("verify", "elsewhere/kept").returncode == 0


def test_a_spider_that_posts_and_has_a_handler_of_its_own(project: Project, server: WireServer, site: Site) -> None:
    ran = project.crawl("kept", server.url(site.seed_path))
    assert ran.code == 0, ran.log
    assert "https keeps its own handler scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler" in ran.log
    kept = Kept(project.root / "output" / "kept")
    assert_exact(server, kept)
    assert sum(group.request.block.startswith(b"POST ") for group in kept.groups) == len(site.listing_paths)
    offline = project.crawl("tutorial", server.url(site.seed_path), "-s", "ARCHIVER_OFFLINE=output/kept")
    # What was posted is no page: the archive is asked for pages alone, and what it has not is said.
    assert [item.get("method") for item in offline.items] == [None] * len(site.listing_paths)
    assert "POST requests are not answered" in offline.log


def test_what_is_excluded_is_not_answered_offline(project: Project, server: WireServer, site: Site) -> None:
    assert project.crawl("walk", server.url(site.seed_path)).code == 0
    kept = project.root / "output" / "walk"
    for flag, path in (("--url", "/section/2026/03/14/addon-chunked.html"), ("--prefix", "/section/page/")):
        assert project.archiver("exclude", str(kept), flag, server.url(path), "--reason", "a takedown").returncode == 0
    offline = project.crawl("walk", server.url(site.seed_path), "-s", "ARCHIVER_OFFLINE=output/walk")
    assert offline.code == 0, offline.log
    urls = {item["url"] for item in offline.items}
    assert server.url(site.seed_path) in urls
    assert not {url for url in urls if url.endswith("addon-chunked.html") or "/page/" in url}
    assert f"{server.url('/section/2026/03/14/addon-chunked.html')}: excluded by the access list of output/walk" in offline.log
    assert "'archiver/offline/excluded': 2" in offline.log
    # Nothing is answered where it cannot be told what is excluded.
    (kept / "access.json").write_text("{")
    refused = project.crawl("walk", server.url(site.seed_path), "-s", "ARCHIVER_OFFLINE=output/walk")
    assert refused.code != 0
    assert "not a readable access list" in refused.log
    assert "'archiver/offline" not in refused.log


def test_two_crawls_do_not_write_to_one_collection(project: Project, server: WireServer, site: Site) -> None:
    lock = CollectionLock(prepare_collection(project.root / "output" / "walk").root)
    lock.acquire()
    try:
        ran = project.crawl("walk", server.url(site.seed_path))
    finally:
        lock.release()
    assert ran.code != 0
    assert "CollectionLockedError" in ran.log
    assert server.exchanges() == []


# ---- settings ---------------------------------------------------------------------------------------------------------------


class SomeSpider(Spider):
    name = "some"
    start_urls = ["http://news.example/a", "no URL"]  # noqa: RUF012


def settings_of(**values: Any) -> Settings:
    settings = Settings()
    settings.setdict(values, priority="project")
    return settings


def applied(settings: Settings) -> Settings:
    WarcAddon(Crawler(SomeSpider, settings)).update_settings(settings)
    return settings


def test_handlers_are_put_where_there_are_none(caplog: pytest.LogCaptureFixture) -> None:
    own = "own.Handler"
    settings = applied(settings_of(DOWNLOAD_HANDLERS={"https": own, "ftp": None}))
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    assert (handlers["http"], handlers["https"], handlers["ftp"]) == (HANDLER, own, None)
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "https keeps its own handler own.Handler: what it fetches is not archived"
    ]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"DOWNLOAD_HANDLERS": {"http": "own.Handler", "https": "own.Handler"}}, "both keep"),
        ({"TWISTED_REACTOR": "twisted.internet.selectreactor.SelectReactor"}, "default reactor"),
        ({"TWISTED_REACTOR_ENABLED": False}, "default reactor"),
        ({"EXTENSIONS": {"archiver.extensions.collection.CollectionExtension": 0}}, "already"),
    ],
)
def test_where_it_cannot_work_it_says_so_and_stays_out(values: dict[str, Any], why: str) -> None:
    settings = settings_of(**values)
    before = settings.copy_to_dict()
    with pytest.raises(NotConfigured, match=why):
        applied(settings)
    assert settings.copy_to_dict()["DOWNLOAD_HANDLERS"] == before["DOWNLOAD_HANDLERS"]


def test_what_warcinfo_says_is_what_the_project_does() -> None:
    launch = guest_launch(
        settings_of(DOWNLOAD_DELAY=3, ROBOTSTXT_OBEY=False, USER_AGENT="us/1", ARCHIVER_MAX_WARC_BYTES="5MB"), SomeSpider
    )
    options = launch.config.options
    assert (options.delay, options.obey_robots, launch.user_agent, options.max_warc_bytes) == (3, False, "us/1", 5_000_000)
    assert (launch.collection, launch.seeds, options.extract) == (Path("output/some"), ("http://news.example/a",), False)


def test_a_wrong_setting_stops_before_the_first_request(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ARCHIVER_MAX_WARC_BYTES"):
        applied(settings_of(ARCHIVER_MAX_WARC_BYTES="much"))
    with pytest.raises(CollectionError, match="not a collection"):
        applied(settings_of(ARCHIVER_OFFLINE=str(tmp_path)))
    prepare_collection(tmp_path)
    with pytest.raises(UsageError, match="not indexed"):
        applied(settings_of(ARCHIVER_OFFLINE=str(tmp_path)))
    with pytest.raises(UsageError, match="needs Twisted's reactor"):
        applied(settings_of(ARCHIVER_OFFLINE=str(tmp_path), TWISTED_REACTOR_ENABLED=False))


def test_offline_takes_the_place_of_any_handler(tmp_path: Path) -> None:
    Lookup(prepare_collection(tmp_path).indexes / LOOKUP).close()
    settings = applied(settings_of(ARCHIVER_OFFLINE=str(tmp_path), DOWNLOAD_HANDLERS={"http": "own.Handler"}, DOWNLOAD_DELAY=9))
    assert {settings.getwithbase("DOWNLOAD_HANDLERS")[scheme] for scheme in ("http", "https")} == {
        "archiver.capture.offline.OfflineDownloadHandler"
    }
    assert settings.getfloat("DOWNLOAD_DELAY") == 0
