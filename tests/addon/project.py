"""What is put into the stock project, and how it is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent.parent

# The add-on in one line, beside a middleware, a pipeline and an add-on of the project's own.
SETTINGS = """
ADDONS = {"archiver.addon.WarcAddon": 500, "stock.own.OwnAddon": 600}
ITEM_PIPELINES = {"stock.own.OwnPipeline": 300}
DOWNLOADER_MIDDLEWARES = {"stock.own.OwnMiddleware": 543}
DOWNLOAD_DELAY = 0
CONCURRENT_REQUESTS_PER_DOMAIN = 4
"""
SPIDERS = {
    "own": """
class OwnAddon:
    def update_settings(self, settings):
        settings.set("OWN_ADDON", "there", priority="addon")


class OwnPipeline:
    @classmethod
    def from_crawler(cls, crawler):
        pipeline = cls()
        pipeline.addon = crawler.settings["OWN_ADDON"]
        return pipeline

    def process_item(self, item):
        return {**item, "addon": self.addon}


class OwnMiddleware:
    def process_response(self, request, response):
        return response.replace(flags=[*response.flags, "seen"])
""",
    "walk": '''
import scrapy
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


def facts(response):
    warc = response.meta["warc"]
    return {
        "url": response.url,
        "status": response.status,
        "title": response.css("title::text").get(),
        "flags": response.flags,
        "record": warc.record_id,
        "place": [warc.filename, warc.offset, warc.length],
    }


class WalkSpider(CrawlSpider):
    """As Scrapy's documentation shows it: rules, link extractor, callbacks."""

    name = "walk"
    handle_httpstatus_list = [404]
    rules = (Rule(LinkExtractor(allow=r"/section/"), callback="parse_page", follow=True),)

    def __init__(self, url=None, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.start_urls = [url]

    def parse_page(self, response):
        yield facts(response)


class TutorialSpider(scrapy.Spider):
    """As the tutorial's: follow the next page, one item an entry; and a form that is posted."""

    name = "tutorial"

    def __init__(self, url=None, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.start_urls = [url]

    def parse(self, response):
        yield facts(response)
        yield from response.follow_all(css="a[rel=next]", callback=self.parse)
        yield scrapy.FormRequest(response.url, formdata={"q": "mud"}, callback=self.posted, dont_filter=True)

    def posted(self, response):
        yield {**facts(response), "method": response.request.method}


class KeptSpider(TutorialSpider):
    """Has a handler of its own for https."""

    name = "kept"
    custom_settings = {"DOWNLOAD_HANDLERS": {"https": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"}}
''',
}


@dataclass(frozen=True)
class Ran:
    """A run of ``scrapy crawl``."""

    code: int
    log: str
    items: list[dict[str, Any]]


@dataclass(frozen=True)
class Project:
    """The stock project at ``root``."""

    root: Path

    def crawl(self, spider: str, url: str, *flags: str, env: dict[str, str] | None = None) -> Ran:
        """``scrapy crawl`` as its user runs it, items to a feed of its own."""
        items = self.root / f"{spider}.jsonl"
        command = [sys.executable, "-m", "scrapy", "crawl", spider, "-a", f"url={url}", "-O", str(items), *flags]
        clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**clean, "PYTHONPATH": str(REPOSITORY), **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        lines = items.read_text(encoding="utf-8").splitlines() if items.exists() else []
        return Ran(done.returncode, done.stderr, [json.loads(line) for line in lines])

    def archiver(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "archiver", *arguments]
        env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        return subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, timeout=300, check=False)
