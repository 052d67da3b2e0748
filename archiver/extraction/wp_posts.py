"""WordPress REST (``/wp-json/wp/v2/posts``): where a page's posts are, and a page of them as a listing."""

from __future__ import annotations

import json
import re
from typing import Any

from archiver.extraction.document import Document
from archiver.extraction.machine_lists import POSTS, MachineReading
from archiver.extraction.markup_text import plain_text
from archiver.model import Listing, ListingEntry
from archiver.urls import clean_url, path_and_query

_REL = "https://api.w.org/"
_TERM = re.compile(r"/wp/v2/(categories|tags)/(\d+)$")
_BODY_TERM = re.compile(r"(?:^|\s)(category|tag)-(\d+)(?:\s|$)")
# What is asked for: the posts' full text would be sent too.
_FIELDS = "link,title,excerpt,date,date_gmt"
_PER_PAGE = 100


def find_posts_url(document: Document, url: str) -> str | None:
    """The address of the first 100 posts of the category or tag that a page shows, of all posts for a front page.

    ``None`` when the page names no REST root, or not which category or tag it is.
    """
    root = next(
        (document.absolute(link.get("href")) for link in document.root.iterfind(".//link[@rel]") if link.get("rel") == _REL), None
    )
    if root is None:
        return None
    term = _term(document)
    if term is None and path_and_query(url) not in (("/", ""), ("", "")):
        return None
    narrowed = f"{term[0]}={term[1]}&" if term else ""
    start = root.rstrip("/") + "/wp/v2/posts"
    return clean_url(f"{start}{'&' if '?' in start else '?'}{narrowed}per_page={_PER_PAGE}&_fields={_FIELDS}&page=1")


def _term(document: Document) -> tuple[str, str] | None:
    for link in document.root.iterfind(".//link[@type='application/json']"):
        found = _TERM.search((document.absolute(link.get("href")) or "").replace("%2F", "/").rstrip("/"))
        if found:
            return found[1], found[2]
    body = document.root.find("body")
    names = body.get("class", "") if body is not None else ""
    found = _BODY_TERM.search(names) if re.search(r"(?:^|\s)archive(?:\s|$)", names) else None
    return ({"category": "categories", "tag": "tags"}[found[1]], found[2]) if found else None


def posts_page(url: str, number: int) -> str:
    """``url`` for page ``number``, 1-based."""
    return re.sub(r"([?&]page=)\d+$", rf"\g<1>{number}", url)


def read_posts(body: bytes, url: str) -> MachineReading:
    """A page of posts in their order. Never raises; anything else than a list of posts has kind ``unknown``."""
    listing = Listing(url, listing_type="feed")
    try:
        posts = json.loads(body)
    except ValueError as error:
        return MachineReading("unknown", listing, problem=f"not JSON: {error}")
    if not isinstance(posts, list):
        return MachineReading("unknown", listing, problem="not a list of posts")
    entries = tuple(entry for post in posts if isinstance(post, dict) and (entry := _entry(post, url)))
    return MachineReading("posts", Listing(url, entries=entries, listing_type="feed"))


def _entry(post: dict[str, Any], base: str) -> ListingEntry | None:
    link = post.get("link")
    url = clean_url(link, base) if isinstance(link, str) and link else None
    if url is None:
        return None
    gmt, local = post.get("date_gmt"), post.get("date")
    # date_gmt is UTC and does not say so.
    date_raw = f"{gmt}Z" if isinstance(gmt, str) and gmt else local if isinstance(local, str) and local else None
    return ListingEntry(
        url, 0, headline=_rendered(post, "title"), teaser=_rendered(post, "excerpt"), date_raw=date_raw, reason=POSTS
    )


def _rendered(post: dict[str, Any], name: str) -> str | None:
    value = post.get(name)
    text = value.get("rendered") if isinstance(value, dict) else None
    return plain_text(text) if isinstance(text, str) else None
