"""Feeds as they are served: every version, and what is wrong with many of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.cli import run
from archiver.extraction.feeds import read_feed
from archiver.extraction.machine_lists import FEED, FEED_UPDATED, machine_kind

URL = "http://news.example/science/feed.xml"
A = "http://news.example/a"


def rss(items: str, *, prolog: str = '<?xml version="1.0"?>', version: str = "2.0") -> bytes:
    return f'{prolog}<rss version="{version}"><channel><title>Science</title>{items}</channel></rss>'.encode()


def titled(title: str, *, encoding: str = "utf-8") -> bytes:
    """One item; a declaration that states ``encoding``."""
    return rss(f"<item><title>{title}</title><link>{A}</link></item>", prolog=f'<?xml version="1.0" encoding="{encoding}"?>')


def item(inside: str) -> bytes:
    return rss(f"<item><title>One</title>{inside}</item>")


@dataclass(frozen=True)
class Case:
    why: str
    body: bytes
    headline: str | None = "One"
    content_type: str = "application/rss+xml"
    expected: dict[str, object] = field(default_factory=dict)


CASES = (
    Case("plain RSS 2.0", item(f"<link>{A}</link><pubDate>Sun, 01 Mar 2026 08:00:00 GMT</pubDate>"),
         expected={"date_raw": "Sun, 01 Mar 2026 08:00:00 GMT", "reason": FEED}),
    Case("RSS 0.91 with Netscape's DTD, which is not fetched",
         rss(f"<item><title>One</title><link>{A}</link><description>d</description></item>", version="0.91",
             prolog='<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.1:1/rss-0.91.dtd">'),
         expected={"teaser": "d"}),
    Case("RSS 1.0 states the date as dc:date, the author as dc:creator",
         b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
         b' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Science</title></channel><item rdf:about="http://news.example/a">'
         b"<title>One</title><link>http://news.example/a</link><dc:date>2026-03-01T08:00:00+01:00</dc:date><dc:creator>Ann</dc:creator>"
         b"</item></rdf:RDF>", expected={"date_raw": "2026-03-01T08:00:00+01:00", "byline_raw": "Ann", "reason": FEED}),
    Case("Atom: the alternate link, not the one to the entry itself; relative to xml:base",
         b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://news.example/"><title>Science</title><entry><title>One</title>'
         b'<link rel="self" href="entry/1"/><link href="a"/><published>2026-03-01T00:00:00Z</published>'
         b"<updated>2026-03-02T00:00:00Z</updated><author><name>Ann</name></author></entry></feed>",
         expected={"date_raw": "2026-03-01T00:00:00Z", "byline_raw": "Ann", "reason": FEED}),
    Case("Atom with the last change alone: no publication date",
         b'<feed xmlns="http://www.w3.org/2005/Atom"><title>Science</title><entry><title>One</title><link href="/a"/>'
         b"<updated>2026-03-02T00:00:00Z</updated></entry></feed>",
         expected={"date_raw": "2026-03-02T00:00:00Z", "reason": FEED_UPDATED}),
    Case("Atom 0.3", b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Science</title><entry><title>One</title>'
         b'<link rel="alternate" href="/a"/><issued>2026-03-01T00:00:00Z</issued></entry></feed>',
         expected={"date_raw": "2026-03-01T00:00:00Z"}),
    Case("JSON Feed", json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Science", "items": [
         {"id": 1, "url": "/a", "title": "One", "date_published": "2026-03-01T00:00:00Z"}, {"id": 2}]}).encode(),
         expected={"date_raw": "2026-03-01T00:00:00Z"}),
    Case("served as HTML", item(f"<link>{A}</link>"), content_type="text/html; charset=utf-8"),
    Case("served as text", item(f"<link>{A}</link>"), content_type="text/plain"),
    Case("served without a type", item(f"<link>{A}</link>"), content_type=""),
    Case("says UTF-8 and is Latin-1", titled("Café").decode().encode("latin-1"), "Café"),
    Case("the header says Latin-1, the document UTF-8, and it is UTF-8 behind a BOM", "\ufeff".encode() + titled("Café"), "Café",
         "text/xml; charset=iso-8859-1"),
    Case("UTF-16", titled("Café", encoding="utf-16").decode().encode("utf-16"), "Café"),
    Case("a link from the root", item("<link>/a</link>")),
    Case("a link with line ends around it", item(f"<link>\n  {A}\n</link>")),
    Case("CDATA with markup and an entity in a title", titled("<![CDATA[Q &amp; A: <b>now</b>]]>"), "Q & A: now"),
    Case("markup escaped in a summary, as most write it",
         item(f"<link>{A}</link><description>&lt;p&gt;Two &lt;i&gt;words&lt;/i&gt;.&lt;/p&gt;</description>"),
         expected={"teaser": "Two words."}),
    Case("FeedBurner's link counts clicks, origLink is the story's",
         b'<rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><title>Science</title><item><title>One'
         b"</title><link>http://feeds.example/~r/x/1</link><feedburner:origLink>http://news.example/a</feedburner:origLink></item>"
         b"</channel></rss>"),
    Case("no link, but a guid that is one", item(f"<guid>{A}</guid>")),
    Case("ampersands that are not escaped", titled("One & two"), "One & two"),
    Case("cut in the middle of its second item", rss(f"<item><title>One</title><link>{A}</link></item><item><title>Tw")[:-24]),
    Case("a PHP warning before the declaration", b"\n<br />\n<b>Warning</b>: in <b>x.php</b><br />\n" + titled("One")),
    Case("no version", rss(f"<item><title>One</title><link>{A}</link></item>").replace(b' version="2.0"', b"")),
    Case("a picture as enclosure", item(f'<link>{A}</link><enclosure url="/p.jpg" type="image/jpeg" length="1"/>'),
         expected={"image_url": "http://news.example/p.jpg"}),
    Case("an untitled item", rss(f"<item><link>{A}</link></item>"), None),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_a_feed_gives_its_entries(case: Case) -> None:
    assert machine_kind(case.body) == "feed"
    reading, _ = read_feed(case.body, URL, case.content_type)
    assert (reading.kind, reading.listing.listing_type) == ("feed", "feed")
    entry = reading.listing.entries[0]
    assert (entry.url, entry.headline) == (A, case.headline)
    assert {name: getattr(entry, name) for name in case.expected} == case.expected


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (rss(""), "feed", "an empty feed is one, with nothing in it"),
        (item('<guid isPermaLink="false">tag:1</guid>'), "feed", "an item without any link is none"),
        (item("<link>javascript:alert(1)</link>"), "feed", "nor is one that links to no page"),
        (b"<!DOCTYPE html><html><head><title>404</title></head><body>rss feed</body></html>", "unknown", "HTML in its place"),
        (b"", "unknown", "nothing"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "unknown", "a picture"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": 3}', "unknown", "JSON of another shape"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_holds_no_article_gives_none(body: bytes, kind: str, why: str) -> None:
    reading, _ = read_feed(body, URL)
    assert (reading.kind, reading.listing.entries) == (kind, ())
    assert bool(reading.problem) == (kind == "unknown")


def test_entities_are_neither_expanded_without_end_nor_read_from_files() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 100}">' for n in range(1, 8))
    bomb = f'<!DOCTYPE rss [<!ENTITY e0 "{"x" * 1000}">{levels}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    for entity in ("&e7;", "&f;"):
        reading, _ = read_feed(rss(f"<item><title>t{entity}</title><link>{A}</link></item>", prolog=bomb), URL)
        assert reading.listing.entries[0].url == A
        assert len(reading.listing.entries[0].headline or "") < 20


def test_inspect_shows_what_a_feed_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(CASES[0].body)
    assert run(["inspect", str(file), "--url", URL]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"feed {URL}")
    assert A in shown
    assert run(["inspect", str(file), "--url", URL, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "feed"
    assert run(["inspect", str(file), "--html", str(tmp_path / "x.html")]) == 2


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_bytes_make_the_reader_raise(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([case.body for case in CASES]))
    start, stop = sorted((data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, len(whole)))))
    body = whole[:start] + data.draw(st.binary(max_size=8)) + whole[stop:]
    machine_kind(body)
    read_feed(
        body, URL, data.draw(st.sampled_from(["application/rss+xml", "text/xml; charset=utf-16", "text/xml; charset=nonsense", ""]))
    )
