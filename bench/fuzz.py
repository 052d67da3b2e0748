"""Coverage-guided fuzzing of what reads bytes from the web and from archives (atheris, from PyPI; not a dependency).

``python bench/fuzz.py http1|warc|listing|article [libFuzzer flags, as -max_total_time=60]``. Inputs are self-made; libFuzzer
writes a crash to the current folder. Memory is bounded by ``-rss_limit_mb`` (default 2048).
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

with atheris.instrument_imports(include=["archiver"]):
    from archiver.errors import HttpFormatError, WarcFormatError
    from archiver.extraction.article import extract_article
    from archiver.extraction.listing import find_listing
    from archiver.extraction.requisites import find_css_requisites, find_requisites
    from archiver.warc.http1 import entity_body, read_message
    from archiver.warc.reader import Damage, read_records

URL = "https://news.example/world/"
SEEDS = {
    "http1": [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\n\r\n",
    ],
    "warc": [b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 2\r\n\r\nab\r\n\r\n"],
    "listing": [b"<main>" + b"<article><h2><a href=/2026/a-b-c>Title of it</a></h2><p>Teaser</p></article>" * 4],
    "article": [b"<title>t</title><article><h1>t</h1><time datetime=2026-01-01>x</time><p>" + b"word " * 60],
}
_FILE = Path(tempfile.mkdtemp(prefix="fuzz-")) / "x.warc"


def http1(data: bytes) -> None:
    with contextlib.suppress(HttpFormatError):
        message = read_message(data)
        assert len(message.entity) <= len(data)
    entity_body(data)


def warc(data: bytes) -> None:
    _FILE.write_bytes(data)
    at = 0
    for item in read_records(_FILE):
        if isinstance(item, Damage):
            assert item.offset >= at or item.length >= 0
            continue
        with contextlib.suppress(WarcFormatError):
            item.read()
            item.finish()
        at = item.offset


def listing(data: bytes) -> None:
    found = find_listing(data, URL)
    assert all(entry.url.startswith(("http://", "https://")) for entry in found.entries)
    find_requisites(data, URL)
    find_css_requisites(data, URL)


def article(data: bytes) -> None:
    assert extract_article(data, URL).extraction_status != "error"


def main() -> None:
    target = sys.argv.pop(1)
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{target}-"))
    for number, seed in enumerate(SEEDS[target]):
        (corpus / str(number)).write_bytes(seed)
    atheris.Setup([*sys.argv, str(corpus)], {"http1": http1, "warc": warc, "listing": listing, "article": article}[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
