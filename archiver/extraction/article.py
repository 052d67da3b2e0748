"""``extract_article``: one page in, one :class:`~archiver.model.Article` out. The only module that knows trafilatura.

The body is found by this package's own reading of blocks (``body.py``: F1 .966 on the article bench at a tenth of trafilatura's
time, .950 there); where that leaves next to nothing, JSON-LD's articleBody and trafilatura are asked. ``extractor`` says which.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import trafilatura
from htmldate import find_date
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from archiver.extraction import metadata, rights, simhash
from archiver.extraction.authors import find_authors
from archiver.extraction.blocks import Page, read_blocks
from archiver.extraction.body import Body, find_body
from archiver.extraction.dates import Dates, find_dates, listed_date
from archiver.extraction.document import Document, parse_document
from archiver.extraction.extractor import EXTRACTOR_CONFIG, FALLBACK_EXTRACTOR, OWN_EXTRACTOR, failed_article, mime_of
from archiver.extraction.kind import kind_of
from archiver.extraction.language import detect_language, stated_language
from archiver.extraction.page_type import looks_like_listing, page_type
from archiver.extraction.statements import Statements, gather
from archiver.extraction.survey import survey
from archiver.extraction.title import find_title, fold, standfirst_folds, title_folds
from archiver.extraction.walls import wall_of
from archiver.model import Article, DateSource, ExtractionStatus

# SCHEMA: shorter texts are `short`.
_SHORT_CHARS = 100
# Below this the fallbacks are asked, if the page shows much more; they have to find this many times as much.
_FALLBACK_BELOW, _FALLBACK_GAIN = 250, 2
_MIN_ARTICLE_BODY = 500
# More of these in what is shown than this share, and the bytes were no text.
_UNREADABLE, _MAX_UNREADABLE = "\ufffd", 0.1
# Meta tags and scripts that state dates in a form that is read elsewhere.
_DATED = re.compile(r"date|time|publi|modif|ld\+json", re.IGNORECASE)
# Later than any page: htmldate's own bound is today, and a result may not depend on that.
_NO_BOUND = "9998-12-31"


class _Text(NamedTuple):
    text: str
    extractor: str


def extract_article(
    html: bytes,
    url: str,
    content_type: str | None = None,
    *,
    fetched_at: datetime | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> Article:
    """The article fields of SCHEMA for the page ``html``; any bytes give an Article, never an exception.

    The result depends on the arguments alone: no clock (dates are bounded by ``fetched_at``, unbounded without it), no
    network, no state kept between calls. A ``fetched_at`` without a zone is UTC.
    """
    content_type = content_type or next((value for name, value in headers if name.lower() == "content-type"), None)
    document = parse_document(html, url, content_type)
    try:
        return extract_from_document(document, url, content_type, fetched_at=fetched_at, headers=headers)
    except Exception:  # whatever a page does to a library is an outcome that is counted, not the end of a crawl
        return failed_article("error", charset=document.charset, content_type=content_type)


def with_stated_date(article: Article, raw: str, source: DateSource, fetched_at: datetime | None) -> Article:
    """``article`` with the publication date that a feed or sitemap stated for it, where the page itself states none."""
    dates = listed_date(raw, source, fetched_at) if article.date_published_source == "none" else None
    if dates is None:
        return article
    return replace(
        article,
        date_published=dates.published,
        date_published_day=dates.day,
        date_published_precision=dates.precision,
        date_published_source=dates.source,
        date_published_raw=dates.raw,
    )


def extract_from_document(
    document: Document,
    url: str,
    content_type: str | None = None,
    *,
    fetched_at: datetime | None = None,
    headers: Sequence[tuple[str, str]] = (),
    is_listing: bool | None = None,
) -> Article:
    """:func:`extract_article` of a page already parsed; ``document`` is only read.

    ``is_listing`` is a listing detector's verdict on the page, if one was asked.
    """
    if fetched_at is not None and fetched_at.tzinfo is None:
        fetched_at = fetched_at.replace(tzinfo=UTC)
    page = gather(document, url, headers)
    title = find_title(page)
    seen = read_blocks(document.root)
    body = find_body(seen, title_folds(page, title), {fold(t) for t in page.page_titles}, standfirst_folds(page))
    visible = " ".join(block.text for block in seen.blocks)
    text, extractor = _text(page, body, visible)
    detected = detect_language(text)
    language = stated_language(metadata.languages(page), detected)
    words = simhash.words(text)
    found = _described(page, document, _dates(page, seen, body, language or detected, fetched_at))
    return replace(
        found,
        mime=mime_of(content_type),
        charset=document.charset,
        title=title,
        text=text,
        authors=find_authors(page, seen.blocks, body.title, body.blocks),
        language=language,
        language_detected=detected,
        image_urls=metadata.image_urls(document, seen, body, found.image_url),
        links_out=metadata.unique(link for b in body.blocks for href in b.hrefs if (link := document.absolute(href))),
        page_type=page_type(
            page, body, text, visible, is_listing=_is_listing(document, page, body) if is_listing is None else is_listing
        ),
        word_count=len(words),
        char_count=len(text),
        content_digest=simhash.content_digest(title, text),
        simhash=simhash.simhash(words),
        extraction_status=_status(text),
        extractor=extractor,
    )


def _described(page: Statements, document: Document, dates: Dates) -> Article:
    """The fields that the page's statements give without its text."""
    crumbs = metadata.breadcrumbs(page)
    return Article(
        url_canonical=page.canonical,
        site_name=metadata.site_name(page),
        description=metadata.description(page),
        date_published=dates.published,
        date_published_day=dates.day,
        date_published_precision=dates.precision,
        date_published_source=dates.source,
        date_published_raw=dates.raw,
        date_modified=dates.modified,
        date_modified_raw=dates.modified_raw,
        section=metadata.section(page, crumbs),
        breadcrumbs=crumbs,
        tags=metadata.tags(page),
        image_url=metadata.image_url(page, document),
        is_accessible_for_free=rights.is_accessible_for_free(page),
        license=rights.license_of(page),
        tdm_reservation=rights.tdm_reservation(page),
        tdm_policy=rights.tdm_policy(page),
        noarchive=rights.noarchive(page),
        extractor_config=EXTRACTOR_CONFIG,
    )


def _is_listing(document: Document, page: Statements, body: Body) -> bool:
    """The cheap rule, and where it says yes the listing reader's own verdict (12 ms): an article may be made of linked headings."""
    return looks_like_listing(page, body) and kind_of(survey(document, page.url)) != "article"


def _status(text: str) -> ExtractionStatus:
    if not text:
        return "empty"
    return "short" if len(text) < _SHORT_CHARS else "ok"


def _text(page: Statements, body: Body, visible: str) -> _Text:
    own = _Text(body.text, OWN_EXTRACTOR)
    if visible.count(_UNREADABLE) > _MAX_UNREADABLE * len(visible):
        return _Text("", OWN_EXTRACTOR)
    stated = metadata.article_body(page)
    if len(stated) >= max(_MIN_ARTICLE_BODY, _FALLBACK_GAIN * len(own.text)) and len(own.text) < _FALLBACK_BELOW:
        return _Text(stated, OWN_EXTRACTOR)
    if len(own.text) >= _FALLBACK_BELOW or len(visible) < _FALLBACK_GAIN * max(len(own.text), _FALLBACK_BELOW):
        return own
    if wall_of(page, visible, own.text):
        return own
    fallback = _fallback_text(page.root)
    return _Text(fallback, FALLBACK_EXTRACTOR) if len(fallback) >= _FALLBACK_GAIN * max(len(own.text), _SHORT_CHARS) else own


def _fallback_text(root: HtmlElement) -> str:
    """What trafilatura finds; it works on a copy of the tree."""
    options = Extractor(output_format="python", comments=False, tables=True)
    found = trafilatura.bare_extraction(root, options=options)
    text = (getattr(found, "text", None) or "") if found else ""
    return "\n".join(line for raw in text.split("\n") if (line := " ".join(raw.split())))


def _dates(page: Statements, seen: Page, body: Body, language: str | None, fetched_at: datetime | None) -> Dates:
    """Dates, with htmldate as the last to be asked: in fast mode, since its page search guesses a year."""
    latest = fetched_at.strftime("%Y-%m-%d") if fetched_at else _NO_BOUND

    def search() -> str | None:
        tree = copy.deepcopy(page.root)
        _hide_stated_dates(tree)
        found: str | None = find_date(tree, extensive_search=False, original_date=True, url=page.url, max_date=latest)
        return found

    # Most pages in English are of the United States, the one large country that writes the month first.
    day_first = language not in (None, "en", "en-US")
    return find_dates(page, seen.blocks, body.title, body.blocks, day_first=day_first, fetched_at=fetched_at, search_text=search)


def _hide_stated_dates(tree: HtmlElement) -> None:
    """Take out of ``tree`` the dates that have been judged: htmldate takes a modification date where there is no other."""
    for element in list(tree.iter("meta", "script")):
        names = " ".join(element.get(name) or "" for name in ("property", "name", "itemprop", "http-equiv", "type"))
        if _DATED.search(names):
            element.attrib.clear()
            element.text = None
