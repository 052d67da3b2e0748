"""What a crawl is compared with, each in a process of its own: bare Scrapy, and the naive Scrapy + trafilatura + warcio pipeline.

``python -m bench.speed.peers bare|naive|archiver URL OUT REPORT [flags]``: the report is a JSON object with CPU seconds and peak
memory of this process and of its children.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any


def bare(url: str, out: Path, settings: dict[str, Any]) -> int:
    """Stock Scrapy 2.19 on the same pages: follows the listing, does nothing with an article."""
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    seen = [0]

    class Bare(scrapy.Spider):
        name = "bare"
        start_urls = (url,)

        def parse(self, response: Any) -> Any:
            for href in response.css("article.card h2 a::attr(href)").getall():
                yield response.follow(href, self.article)
            for href in response.css("a[rel=next]::attr(href)").getall():
                yield response.follow(href, self.parse)

        def article(self, response: Any) -> Any:
            seen[0] += 1
            return self.use(response)

        def use(self, response: Any) -> Any:
            return None

    return _run(AsyncCrawlerProcess, Bare, settings, seen)


def naive(url: str, out: Path, settings: dict[str, Any]) -> int:
    """What one writes first: trafilatura on the reactor, a warcio record of what Scrapy still has of the response."""
    import scrapy
    import trafilatura
    from scrapy.crawler import AsyncCrawlerProcess
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out.mkdir(parents=True, exist_ok=True)
    stream, rows, seen = (out / "naive.warc.gz").open("wb"), (out / "naive.jsonl").open("w"), [0]
    writer = WARCWriter(stream, gzip=True)

    class Naive(scrapy.Spider):
        name = "naive"
        start_urls = (url,)

        def parse(self, response: Any) -> Any:
            self.keep(response)
            for href in response.css("article.card h2 a::attr(href)").getall():
                yield response.follow(href, self.article)
            for href in response.css("a[rel=next]::attr(href)").getall():
                yield response.follow(href, self.parse)

        def article(self, response: Any) -> None:
            seen[0] += 1
            self.keep(response)
            found = trafilatura.extract(response.text, output_format="json", with_metadata=True, url=response.url)
            rows.write((found or "{}") + "\n")

        def keep(self, response: Any) -> None:
            headers = [(k.decode(), v[0].decode("latin-1")) for k, v in response.headers.items()]
            head = StatusAndHeaders(f"{response.status} OK", headers, protocol="HTTP/1.1")
            record = writer.create_warc_record(response.url, "response", payload=io.BytesIO(response.body), http_headers=head)
            writer.write_record(record)

    return _run(AsyncCrawlerProcess, Naive, settings, seen)


def _run(process_class: Any, spider: Any, settings: dict[str, Any], seen: list[int]) -> int:
    process = process_class({"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, **settings})
    process.crawl(spider)
    process.start()
    return seen[0]


def archiver(url: str, out: Path, flags: list[str]) -> int:
    """``archiver crawl`` in this process, so that its own CPU and its workers' can be told apart."""
    from archiver.cli import run

    arguments = ["crawl", url, "-o", str(out), "--delay", "0", "--contact", "bench", "--min-free", "0", "--json", *flags]
    code = run(arguments)
    assert code in (0, 1), code
    return sum(1 for _ in (out / "dataset" / "articles.jsonl").open("rb")) or -1


class Heartbeat(threading.Thread):
    """Asks the reactor for a turn every 5 ms and notes how late it comes: the longest block is what a crawl's peers would feel."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.delays_ms: list[float] = []
        self.rss_mb: list[tuple[int, float]] = []

    def run(self) -> None:
        # The crawl chooses the reactor: it must not be installed from here.
        while not getattr(sys.modules.get("twisted.internet.reactor"), "running", False):
            time.sleep(0.05)
        from twisted.internet import reactor

        while True:
            asked = time.perf_counter()
            answered = threading.Event()
            reactor.callFromThread(answered.set)
            if answered.wait(10):
                self.delays_ms.append((time.perf_counter() - asked) * 1000)
            time.sleep(0.005)


def main() -> None:
    kind, url, out, report, *flags = sys.argv[1:]
    heartbeat = None
    if "--heartbeat" in flags:
        flags.remove("--heartbeat")
        heartbeat = Heartbeat()
        heartbeat.start()
    settings = {"CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0}
    started = time.perf_counter()
    if kind == "archiver":
        pages = archiver(url, Path(out), [*flags, "--concurrency", "16"])
    else:
        pages = {"bare": bare, "naive": naive}[kind](url, Path(out), settings)
    wall = time.perf_counter() - started
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    facts: dict[str, Any] = {
        "pages": pages,
        "wall_s": wall,
        "main_cpu_s": own.ru_utime + own.ru_stime,
        "children_cpu_s": children.ru_utime + children.ru_stime,
        "main_rss_mb": own.ru_maxrss / 1024,
        "child_rss_mb": children.ru_maxrss / 1024,
    }
    if heartbeat is not None:
        delays = sorted(heartbeat.delays_ms)
        facts |= {"block_ms_p99": delays[int(len(delays) * 0.99)], "block_ms_max": delays[-1], "beats": len(delays)}
    Path(report).write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
