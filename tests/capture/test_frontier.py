"""The queue of waiting requests: what comes out is what went in, and most of it takes little room while it waits."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy import FormRequest, Request, Spider
from scrapy.http import JsonRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.test import get_crawler

from archiver.capture.frontier import FrontierQueue
from archiver.capture.session import META_DISCOVERY
from archiver.model import Discovery

URL = "http://news.test/2026/a-story.html"
WHY = {META_DISCOVERY: Discovery("article", "section", "http://news.test/", title="A story")}


class Reader(Spider):
    name = "reader"

    def parse_article(self, response: Any) -> None:
        """Nothing."""

    def failed(self, failure: Any) -> None:
        """Nothing."""


SPIDER = Reader()


def article(url: str = URL, **more: Any) -> Request:
    return Request(url, **{"callback": SPIDER.parse_article, "errback": SPIDER.failed, "meta": WHY, **more})


def elsewhere(response: Any) -> None:
    """Not a method of the spider."""


# The request, and whether it is packed.
REQUESTS = {
    "as the spider makes them": (article(), True),
    "a listing, which comes first and may come again": (article(priority=100, dont_filter=True), True),
    "a URL of 8 KB": (article(f"{URL}?{'a' * 8000}"), True),
    "escapes in the URL": (article("http://news.test/%C3%BC?q=%7E#part"), True),
    "more in its meta, as of a redirect": (article(meta={**WHY, "redirect_urls": [URL]}), False),
    "no discovery, as of a robots.txt": (article(meta={"dont_obey_robotstxt": True}), False),
    "no meta": (article(meta=None), False),
    "headers": (article(headers={"If-None-Match": '"a"'}), False),
    "cookies": (article(cookies={"a": "b"}), False),
    "a method": (article(method="HEAD"), False),
    "a body": (article(body=b"a=b"), False),
    "flags": (article(flags=["a"]), False),
    "arguments of the callback": (article(cb_kwargs={"a": 1}), False),
    "another encoding": (article(encoding="latin-1"), False),
    "a form": (FormRequest(URL, callback=SPIDER.parse_article, errback=SPIDER.failed, meta=WHY), False),
    "JSON": (JsonRequest(URL, callback=SPIDER.parse_article, errback=SPIDER.failed, meta=WHY), False),
    "a function that is no method": (article(callback=elsewhere), False),
    "a method of another spider": (article(callback=Reader().parse_article), False),
    "no callback": (article(callback=None), False),
    "a callback that must not be called": (article(callback=NO_CALLBACK), False),
}


@pytest.fixture
def queue() -> FrontierQueue:
    crawler = get_crawler(Reader)
    crawler.spider = SPIDER
    return FrontierQueue.from_crawler(crawler, "")


@pytest.mark.parametrize("reason", REQUESTS)
def test_what_comes_out_is_what_went_in(queue: FrontierQueue, reason: str) -> None:
    request, is_packed = REQUESTS[reason]
    queue.push(request)
    assert (request not in queue.q) is is_packed
    for found in (queue.peek(), queue.pop()):
        assert found is not None
        assert type(found) is type(request)
        assert [getattr(found, name) for name in request.attributes] == [getattr(request, name) for name in request.attributes]
    assert (queue.pop(), queue.peek(), len(queue)) == (None, None, 0)


def test_the_last_in_is_the_first_out(queue: FrontierQueue) -> None:
    for number in range(4):
        queue.push(article(f"{URL}?{number}", flags=["kept"] if number % 2 else None))
    assert [popped.url[-1] for _ in range(4) if (popped := queue.pop())] == ["3", "2", "1", "0"]
