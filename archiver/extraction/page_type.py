"""What a page that answered 200 really is: the page's own word, its walls and its shape decide, never the name of the site."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archiver.extraction import jsonld
from archiver.extraction.blocks import Block
from archiver.extraction.body import Body
from archiver.extraction.region import within
from archiver.extraction.statements import Statements
from archiver.extraction.walls import wall_of
from archiver.model import PageType

# Less is no article, unless the page says that it is one; and more is one, whatever film goes with it.
_MIN_ARTICLE, _MIN_STATED, _MAX_FILM_TEXT = 250, 100, 1500
# Where lists of articles live; the last segment is a name or a page number, no article's slug or number.
_LIST_PATH = re.compile(
    r"/(?:category|categor[iy]a|kategorie|tags?|topics?|sections?|authors?|archives?)(?:/[^/]*[^/\d][^/]*){0,2}/?$"
    r"|/page/\d+(?:/|/index\.html?)?$",
    re.IGNORECASE,
)
# WordPress, Drupal, TYPO3 and Ghost.
_SINGLE_POST = re.compile(
    r"\b(?:single-post|postid-\d+|node-type-(?:article|story|news)|post-template|news-single)\b", re.IGNORECASE
)
_LIST_QUERY = re.compile(r"(?:^|&)(?:page|paged|pg)=\d+", re.IGNORECASE)
# Measured on 395 articles and 50 section pages: 2 articles (both hubs of links) and 42 sections are called listings.
_MIN_TEASERS, _PROSE_A_TEASER, _PROSE_A_TEASER_OF_ARTICLE = 3, 600, 250
_LONG_PARAGRAPH, _MIN_PROSE, _MIN_LINKS = 700, 200, 5
_MIN_HEADLINE = 20


def page_type(page: Statements, body: Body, text: str, visible: str, *, is_listing: bool) -> PageType:
    """The first that fits: a wall, a live blog, a listing, a film or gallery with little text, an article.

    ``is_listing`` is the verdict of a listing detector; ``looks_like_listing`` is a cheap one.
    """
    wall = wall_of(page, visible, text)
    if wall:
        return wall
    if any(jsonld.is_type(node, "LiveBlogPosting") for node in ([page.article] if page.article else page.nodes)):
        return "liveblog"
    if is_listing:
        return "listing"
    if len(text) <= _MAX_FILM_TEXT and (shown := _shown(page)):
        return shown
    stated = bool(page.article) or (page.first_meta("og:type") or "").lower() == "article" or _is_single_post(page)
    return "article" if len(text) >= (_MIN_STATED if stated else _MIN_ARTICLE) else "unknown"


def _is_single_post(page: Statements) -> bool:
    """What the commonest systems write on the body of a story's own page."""
    body = page.root.find(".//body")
    return body is not None and bool(_SINGLE_POST.search(body.get("class") or ""))


def _shown(page: Statements) -> PageType | None:
    kinds = (page.first_meta("og:type") or "").lower()
    main = [page.article] if page.article else page.nodes
    if kinds.startswith("video") or any(jsonld.is_type(node, "VideoObject") for node in main):
        return "video"
    return "gallery" if any(jsonld.is_type(node, "ImageGallery", "MediaGallery") for node in page.nodes) else None


def looks_like_listing(page: Statements, body: Body) -> bool:
    """Whether the page lists articles: by its address, its own word, or headlines that are links with a few words each."""
    if page.article:
        return False
    path, query = _path_and_query(page.url)
    if path in ("", "/") and not query:
        return True
    if any(jsonld.is_type(node, "CollectionPage", "SearchResultsPage") for node in page.nodes):
        return True
    prose = sum(block.weight for block in body.blocks)
    if _LIST_PATH.search(path) or _LIST_QUERY.search(query):
        return max((block.weight for block in body.blocks), default=0.0) < _LONG_PARAGRAPH
    links = [block for block in body.live if _is_headline(block)]
    teasers = sum(block.is_heading for block in _in_region(links, body))
    a_teaser = _PROSE_A_TEASER_OF_ARTICLE if (page.first_meta("og:type") or "").lower() == "article" else _PROSE_A_TEASER
    return (teasers >= _MIN_TEASERS and prose <= a_teaser * teasers) or (prose < _MIN_PROSE and len(links) >= _MIN_LINKS)


def _path_and_query(url: str) -> tuple[str, str]:
    match = re.match(r"\w+://[^/?#]*([^?#]*)(?:\?([^#]*))?", url)
    return (match[1], match[2] or "") if match else (url, "")


def _is_headline(block: Block) -> bool:
    return len(block.text) >= _MIN_HEADLINE and block.link_chars >= 0.8 * len(block.text)


def _in_region(blocks: Sequence[Block], body: Body) -> list[Block]:
    return [block for block in blocks if within(block, body.region)]
