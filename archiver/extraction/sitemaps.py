"""Sitemaps (sitemaps.org 0.9, with Google's news and image extensions), their indexes, gzip and plain text forms, and robots.txt.

A reader of our own: the maintained library for it, ultimate-sitemap-parser, is GPL, and the others fetch what they parse.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from archiver.extraction.machine_lists import NEWS_SITEMAP, SITEMAP, MachineReading, SubSitemap
from archiver.extraction.markup_text import plain_text
from archiver.model import Listing, ListingEntry
from archiver.urls import clean_url
from archiver.warc.coding import decode_content

# sitemaps.org: "no more than 50,000 URLs and must be no larger than 50 MB (52,428,800 bytes)".
MAX_URLS, MAX_BYTES = 50_000, 52_428_800
_GZIP_MAGIC = b"\x1f\x8b"
# RFC 9309 §2.5
_MAX_ROBOTS = 500 * 1024
_NAMED = re.compile(r"(?im)^[ \t\ufeff]*sitemap[ \t]*:[ \t]*(\S+)")
# Sitemaps of things that are not articles, as the common generators name them.
_OTHER_THINGS = re.compile(
    r"(?i)(?:^|[/_.-])(?:image|images|video|videos|categor\w*|tag|tags|author|authors|user|users|page|pages|product|products"
    r"|topics?|sections?|post_tag|taxonom\w*)[_-]?(?:sitemap|sitemaps)?[_-]?\d*\.xml(?:\.gz)?$"
)


def read_sitemap(body: bytes, url: str) -> MachineReading:
    """The URLs of a sitemap served from ``url``, or the sitemaps that an index names. Never raises.

    ``date_raw`` is a news sitemap's publication date, else ``lastmod``; ``headline`` a news sitemap's title. Entities are not
    expanded, nothing outside is read; what is beyond the protocol's limits (50,000 URLs, 50 MiB unpacked) counts as ``cut``.
    """
    if body.startswith(_GZIP_MAGIC):
        decoded = decode_content(body, "gzip", MAX_BYTES)
        body, is_cut = decoded.body, decoded.problem == "too_large"
    else:
        body, is_cut = body[:MAX_BYTES], len(body) > MAX_BYTES
    if body.lstrip()[:1] != b"<" and (lines := _read_lines(body, url)):
        return MachineReading("sitemap", Listing(url, entries=lines, listing_type="sitemap"), cut=int(is_cut))
    root = _root(body)
    if root is None:
        return MachineReading("unknown", Listing(url, listing_type="sitemap"), problem="no urlset or sitemapindex")
    entries = [entry for element in root if _name(element) == "url" and (entry := _entry(element, url))]
    sitemaps = [item for element in root if _name(element) == "sitemap" and (item := _sub_sitemap(element, url))]
    listing = Listing(url, entries=tuple(entries[:MAX_URLS]), listing_type="sitemap")
    beyond = max(0, len(entries) - MAX_URLS) + max(0, len(sitemaps) - MAX_URLS)
    return MachineReading("sitemap", listing, tuple(sitemaps[:MAX_URLS]), cut=beyond + is_cut)


def sitemaps_named(robots: bytes) -> tuple[str, ...]:
    """The ``Sitemap:`` lines of a robots.txt, which hold for every crawler."""
    text = robots[:_MAX_ROBOTS].decode("utf-8", "replace").replace("\r", "\n")
    return tuple(dict.fromkeys(url for found in _NAMED.finditer(text) if (url := clean_url(found[1]))))


def may_list_articles(sitemap: str) -> bool:
    """Whether a sitemap that an index names may hold articles, by its name (``post-sitemap.xml`` may, ``tag-sitemap.xml`` not)."""
    return not _OTHER_THINGS.search(sitemap.partition("?")[0])


def _root(body: bytes) -> Any | None:
    """The tree's root, of broken XML what could be made of it; ``None`` when that is no sitemap."""
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.lstrip(b"\xef\xbb\xbf \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root is not None and _name(root) in ("urlset", "sitemapindex") else None


def _entry(element: Any, base: str) -> ListingEntry | None:
    found = {name: text for child in element.iter() if (name := _name(child)) and (text := (child.text or "").strip())}
    location = next((text for child in element if _name(child) == "loc" and (text := (child.text or "").strip())), None)
    url = clean_url(location, base) if location else None
    if url is None:
        return None
    is_news = "publication_date" in found or any(_name(child) == "news" for child in element)
    image = next((text for child in element.iter("{*}image") for one in child if (text := (one.text or "").strip())), None)
    return ListingEntry(
        url,
        0,
        headline=plain_text(found.get("title")) if is_news else None,
        date_raw=(found.get("publication_date") if is_news else None) or found.get("lastmod"),
        image_url=clean_url(image, base) if image else None,
        reason=NEWS_SITEMAP if is_news and "publication_date" in found else SITEMAP,
    )


def _sub_sitemap(element: Any, base: str) -> SubSitemap | None:
    found = {_name(child): (child.text or "").strip() for child in element}
    url = clean_url(found.get("loc", ""), base) if found.get("loc") else None
    return SubSitemap(url, found.get("lastmod") or None) if url else None


def _read_lines(body: bytes, base: str) -> tuple[ListingEntry, ...]:
    """The plain text form: one absolute URL a line and nothing else."""
    lines = [line.strip() for line in body.decode("utf-8-sig", "replace").splitlines()]
    lines = [line for line in lines if line][:MAX_URLS]
    if not all(re.match(r"https?://", line) for line in lines):
        return ()
    return tuple(ListingEntry(url, 0, reason=SITEMAP) for line in lines if (url := clean_url(line, base)))


def _name(element: Any) -> str:
    """The local name; a sitemap may state a wrong namespace, or none."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
