"""RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed as listings. The only module that knows feedparser."""

from __future__ import annotations

import io
import json
from typing import Any

import feedparser

from archiver.extraction.machine_lists import FEED, FEED_UPDATED, MachineReading
from archiver.extraction.markup_text import plain_text
from archiver.model import Listing, ListingEntry
from archiver.urls import clean_url

Terms = list[tuple[str, ...]]


def read_feed(body: bytes, url: str, content_type: str | None = None) -> tuple[MachineReading, Terms]:
    """The entries of a feed served from ``url``, in its order, and the terms that each is filed under. Never raises.

    ``headline`` and ``teaser`` are title and summary as plain text, ``date_raw`` the publication date as stated (of Atom entries
    without one the date of the last change, and ``reason`` says so). A body that is no feed has kind ``unknown``.
    """
    if body.lstrip()[:1] == b"{":
        return _read_json(body, url)
    try:
        # A stream: a string would be taken for an address or a file name, and fetched.
        parsed = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": content_type or "application/xml", "content-location": url},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # whatever a feed does to the library is an outcome
        return _no_feed(url, f"{type(error).__name__}: {error}")
    version = parsed.get("version", "")
    if not version and not parsed.entries:
        return _no_feed(url, str(parsed.get("bozo_exception", "no feed element")))
    is_atom = version.startswith("atom")
    found = [(entry, terms) for item in parsed.entries if (entry := _entry(item, url, is_atom=is_atom)) for terms in [_terms(item)]]
    listing = Listing(
        url,
        entries=tuple(entry for entry, _ in found),
        next_page=_next(parsed.feed, url),
        title=plain_text(parsed.feed.get("title")),
        listing_type="feed",
    )
    return MachineReading("feed", listing), [terms for _, terms in found]


def _no_feed(url: str, why: str) -> tuple[MachineReading, Terms]:
    return MachineReading("unknown", Listing(url, listing_type="feed"), problem=" ".join(why.split())[:200]), []


def _entry(item: Any, base: str, *, is_atom: bool) -> ListingEntry | None:
    url = _link(item, base)
    if url is None:
        return None
    published = item.get("published")
    # RSS 1.0 states a story's date as dc:date, which feedparser files under "updated".
    date_raw = published or item.get("updated") or None
    return ListingEntry(
        url,
        0,
        headline=plain_text(item.get("title")),
        teaser=plain_text(item.get("summary")),
        byline_raw=plain_text(item.get("author")),
        date_raw=date_raw,
        image_url=_image(item, base),
        reason=FEED_UPDATED if is_atom and not published else FEED,
    )


def _link(item: Any, base: str) -> str | None:
    """The story's own address: a feed service's link counts clicks and will be gone one day."""
    own = item.get("feedburner_origlink") or item.get("pheedo_origlink")
    linked = [link.get("href") for link in item.get("links", ()) if link.get("rel", "alternate") == "alternate"]
    for href in (own, item.get("link"), *linked):
        url = clean_url(href, base) if href else None
        if url is not None:
            return url
    return None


def _image(item: Any, base: str) -> str | None:
    media = [*item.get("media_content", ()), *item.get("media_thumbnail", ())]
    pictures = [one for one in media if one.get("medium", "image") == "image" and "image" in one.get("type", "image")]
    enclosed = [link for link in item.get("links", ()) if link.get("rel") == "enclosure" and "image" in link.get("type", "")]
    hrefs = [one.get("url") for one in pictures] + [link.get("href") for link in enclosed]
    return next((url for href in hrefs if href and (url := clean_url(href, base))), None)


def _terms(item: Any) -> tuple[str, ...]:
    return tuple(term for tag in item.get("tags", ()) for term in (tag.get("term"), tag.get("label")) if term)


def _next(feed: Any, base: str) -> str | None:
    """RFC 5005 §3: the next page of a paged feed."""
    return next((clean_url(link.get("href", ""), base) for link in feed.get("links", ()) if link.get("rel") == "next"), None)


def _read_json(body: bytes, url: str) -> tuple[MachineReading, Terms]:
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), which feedparser does not read."""
    try:
        feed = json.loads(body)
        items = feed["items"]
        if "jsonfeed.org/version/" not in feed["version"] or not isinstance(items, list):
            raise ValueError("no JSON Feed")
    except (ValueError, KeyError, TypeError) as error:
        return _no_feed(url, f"no JSON Feed: {error}")
    found = [(entry, _json_terms(item)) for item in items if isinstance(item, dict) and (entry := _json_entry(item, url))]
    listing = Listing(
        url,
        entries=tuple(entry for entry, _ in found),
        next_page=clean_url(_text(feed.get("next_url")) or "", url) if feed.get("next_url") else None,
        title=plain_text(_text(feed.get("title"))),
        listing_type="feed",
    )
    return MachineReading("feed", listing), [terms for _, terms in found]


def _json_entry(item: dict[str, Any], base: str) -> ListingEntry | None:
    url = clean_url(_text(item.get("url")) or "", base) if _text(item.get("url")) else None
    if url is None:
        return None
    given = item.get("authors")
    authors = given if isinstance(given, list) else [item.get("author")]
    names = [_text(author.get("name")) for author in authors if isinstance(author, dict)]
    image = _text(item.get("image")) or _text(item.get("banner_image"))
    return ListingEntry(
        url,
        0,
        headline=plain_text(_text(item.get("title"))),
        teaser=plain_text(_text(item.get("summary"))),
        byline_raw=", ".join(filter(None, names)) or None,
        date_raw=_text(item.get("date_published")) or _text(item.get("date_modified")),
        image_url=clean_url(image, base) if image else None,
        reason=FEED if _text(item.get("date_published")) else FEED_UPDATED,
    )


def _json_terms(item: dict[str, Any]) -> tuple[str, ...]:
    tags = item.get("tags")
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
