"""The handler under a spider of somebody else's: the same URL many times at once, a cancelled download, a stopped one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from wire import pages
from wire.fixtures import StartServer
from wire.messages import length, page
from wire.model import AwaitClose, Case

from .support import REPOSITORY, Kept
from .test_endings import HALF, in_pieces, unfinished

SPIDER = """
import json, sys
from pathlib import Path
import scrapy
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import StopDownload
from scrapy.settings import Settings
from archiver.capture.launch import resolve_launch, scrapy_settings

job = json.loads(sys.argv[1])

class Job(scrapy.Spider):
    name = "job"
    answers = []

    @classmethod
    def from_crawler(cls, crawler):
        spider = super().from_crawler(crawler)
        if job.get("stop_after"):
            crawler.signals.connect(spider.stop, signals.bytes_received)
        if job.get("close_on_bytes"):
            crawler.signals.connect(spider.hang_up, signals.bytes_received)
        return spider

    async def start(self):
        for number, url in enumerate(job["urls"]):
            headers = {"X-Number": str(number)} if job.get("number") else {}
            yield scrapy.Request(url, dont_filter=True, headers=headers, errback=self.failed, meta=job.get("meta", {}))

    def parse(self, response):
        number = int(response.request.headers.get("X-Number", b"0"))
        self.answers.append([number, response.url, response.text, response.request.meta["warc"].record_id])

    def failed(self, failure):
        self.answers.append([0, failure.request.url, type(failure.value).__name__, None])

    def stop(self, data, request):
        raise StopDownload(fail=False)

    def hang_up(self, data, request):
        from twisted.internet import reactor
        reactor.callLater(0.1, self.cancel_all)

    def cancel_all(self):
        for connection in list(self.open_connections()):
            connection.cancel()

    def open_connections(self):
        import gc
        from twisted.internet.defer import Deferred
        from scrapy.core.downloader.handlers.http11 import _ResponseReader
        return [one._finished for one in gc.get_objects() if isinstance(one, _ResponseReader) and not one._finished.called]

launch = resolve_launch(tuple(job["urls"][:1]), Path(job["folder"]), {"delay": 0, "retries": 0, "obey_robots": False, "timeout": 5})
settings = Settings()
settings.setmodule("archiver.settings", priority="project")
settings.update(scrapy_settings(launch), priority="cmdline")
settings.set("LOG_LEVEL", "ERROR")
process = AsyncCrawlerProcess(settings)
process.crawl(Job)
process.start()
print(json.dumps(Job.answers))
"""


def scrape(folder: Path, urls: list[str], **job: object) -> tuple[Kept, list[tuple[int, str, str, str | None]]]:
    """A spider of somebody else's over our handler: the answers it got, and what was kept."""
    given = json.dumps({"urls": urls, "folder": str(folder), **job})
    command = [sys.executable, "-c", SPIDER, given]
    done = subprocess.run(
        command, cwd=folder.parent, env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return Kept(folder), [tuple(answer) for answer in json.loads(done.stdout.splitlines()[-1])]


def test_the_same_url_asked_for_many_times_at_once_ties_each_answer_to_its_own_request(
    tmp_path: Path, start_server: StartServer
) -> None:
    """Responses differ by turn: an answer tied to its request by URL would be anybody's."""
    turns = [in_pieces(f"turn-{number}", number) for number in range(12)]
    same = Case("same", "/same", "", "", tuple(turn for one in turns for turn in one.turns), listed=False)
    server = start_server([same])
    kept, answers = scrape(tmp_path / "same", [server.url("/same")] * 12, number=True)
    by_request = {exchange.request: exchange.response for exchange in server.settled()}
    assert len(by_request) == len(kept.groups) == len(answers) == 12
    records = {}
    for group in kept.groups:
        assert group.block == by_request[group.request.block]
        assert group.response is not None
        records[int(group.request.block.split(b"X-Number: ")[1].split(b"\r\n")[0])] = group.response
    for number, _, text, record_id in answers:
        assert record_id == records[number].id
        marker = next(pages.marker_of(one.name) for one in turns if pages.marker_of(one.name) in text)
        assert marker.encode() in records[number].block


def test_a_cancelled_download_keeps_what_had_come(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server([unfinished("cancelled", length(page("half")), sent=HALF, then=(AwaitClose(),))])
    url = server.url("/section/2026/03/14/cancelled.html")
    kept, answers = scrape(tmp_path / "cancelled", [url], close_on_bytes=True)
    (group,) = kept.groups
    (exchange,) = server.settled()
    assert [answer[2] for answer in answers] == ["DownloadCancelledError"]
    assert (group.request.block, group.block) == (exchange.request, exchange.response)
    assert group.truncated is not None


def test_a_download_that_a_signal_handler_stops_is_kept_before_it_is_delivered(tmp_path: Path, start_server: StartServer) -> None:
    """Scrapy's StopDownload: the spider gets a part as if it were all."""
    server = start_server([unfinished("stopped", length(page("half")), sent=HALF, then=(AwaitClose(),))])
    kept, answers = scrape(tmp_path / "stopped", [server.url("/section/2026/03/14/stopped.html")], stop_after=True)
    (group,) = kept.groups
    assert group.response is not None
    assert [answer[3] for answer in answers] == [group.response.id]
    assert (group.block, group.truncated) == (server.settled()[0].response, "length")
