"""Lists of articles made for machines: feed, sitemap, REST answer. What a body is; the readers of the formats are next door."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Literal

from archiver.model import Listing

MachineKind = Literal["feed", "sitemap", "posts", "unknown"]
# ``ListingEntry.reason`` of an entry: which list it is from, and so what its ``date_raw`` says.
FEED, FEED_UPDATED, NEWS_SITEMAP, SITEMAP, POSTS = "feed", "feed, updated", "news sitemap", "sitemap", "WordPress REST"
# Those whose ``date_raw`` is the publication's.
DATED_BY: dict[str, Literal["feed", "sitemap"]] = {FEED: "feed", POSTS: "feed", NEWS_SITEMAP: "sitemap"}

_SNIFFED_BYTES = 1 << 16
# The first of these elements in a document says what it is; what stands before (blank lines, a PHP warning) does not matter.
_FIRST_ELEMENT = re.compile(
    rb"<(?:!doctype\s+)?(?:[\w.-]{1,20}:)?(html|head|body|rss|feed|rdf|channel|urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE
)
_KINDS: dict[bytes, MachineKind] = {
    b"rss": "feed",
    b"feed": "feed",
    b"rdf": "feed",
    b"channel": "feed",
    b"urlset": "sitemap",
    b"sitemapindex": "sitemap",
}
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class SubSitemap:
    """A sitemap that an index names. ``lastmod`` as stated."""

    url: str
    lastmod: str | None = None


@dataclass(frozen=True, slots=True)
class MachineReading:
    """``listing`` holds what belongs to the section, ranked anew; ``others`` counts entries that do not.

    ``cut`` counts entries beyond the format's limit, which were not read; ``sitemaps`` are those that an index names;
    ``problem`` is why the kind is ``unknown``.
    """

    kind: MachineKind
    listing: Listing
    sitemaps: tuple[SubSitemap, ...] = ()
    others: int = 0
    cut: int = 0
    problem: str = ""


def machine_kind(body: bytes) -> MachineKind:
    """``feed`` or ``sitemap``, as the body itself says (a type in a header says little: feeds are served under a dozen)."""
    start = body[:_SNIFFED_BYTES]
    if start.startswith(_GZIP_MAGIC):
        start = _unzipped_start(start)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"<\x00" in start[:200] or b"\x00<" in start[:200]:
        start = start.replace(b"\x00", b"")
    found = _FIRST_ELEMENT.search(start)
    if found:
        return _KINDS.get(found[1].lower(), "unknown")
    return "feed" if b'"https://jsonfeed.org/version/' in start.replace(b"\\/", b"/") else "unknown"


def _unzipped_start(start: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(start, _SNIFFED_BYTES)
    except zlib.error:
        return b""
