"""``extract_article``: one page in, one :class:`~archiver.model.Article` out. The only module that knows trafilatura."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

import trafilatura
from htmldate import find_date
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from archiver.extraction import metadata, rights, simhash
from archiver.extraction.authors import find_authors
from archiver.extraction.blocks import read_blocks
from archiver.extraction.body import find_body
from archiver.extraction.dates import find_dates, printed_date
from archiver.extraction.document import Document, parse_document
from archiver.extraction.language import detect_language, stated_language
from archiver.extraction.page_type import Shape, page_type
from archiver.extraction.statements import gather
from archiver.extraction.title import find_title, fold, standfirst_folds, title_folds
from archiver.model import Article, ExtractionStatus

# Counts up with every change of this package that can change a row.
EXTRACTION_VERSION = 1
EXTRACTOR = f"trafilatura/{trafilatura.__version__}"
_OPTIONS = {"version": EXTRACTION_VERSION, "fast": True, "include_comments": False, "include_tables": True}
EXTRACTOR_CONFIG = "sha256:" + hashlib.sha256(json.dumps(_OPTIONS, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
# SCHEMA: shorter texts are `short`.
_SHORT_CHARS = 100


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
    network, no state kept between calls.
    """
    content_type = content_type or next((value for name, value in headers if name.lower() == "content-type"), None)
    document = parse_document(html, url, content_type)
    try:
        return extract_from_document(document, url, content_type, fetched_at=fetched_at, headers=headers)
    except Exception:  # whatever a page does to a library is an outcome that is counted, not the end of a crawl
        return Article(
            mime=_mime(content_type),
            charset=document.charset,
            content_digest=simhash.content_digest(None, ""),
            simhash=simhash.simhash([]),
            extraction_status="error",
            extractor=EXTRACTOR,
            extractor_config=EXTRACTOR_CONFIG,
        )


def extract_from_document(
    document: Document,
    url: str,
    content_type: str | None = None,
    *,
    fetched_at: datetime | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> Article:
    """:func:`extract_article` of a page already parsed; ``document`` is only read."""
    page = gather(document, url, headers)
    title = find_title(page)
    seen = read_blocks(document.root)
    found = find_body(seen, title_folds(page, title), {fold(t) for t in page.page_titles}, standfirst_folds(page))
    text = found.text
    visible = " ".join(block.text for block in seen.blocks)
    detected = detect_language(text)
    language = stated_language(metadata.languages(page), detected)
    printed = printed_date(seen.blocks, found.title, found.blocks, day_first=_day_first(language or detected))
    dates = find_dates(page, printed, fetched_at, lambda: _date_in_text(document.root, url, fetched_at))
    crumbs = metadata.breadcrumbs(page)
    words = simhash.words(text)
    status: ExtractionStatus = "empty" if not text else "short" if len(text) < _SHORT_CHARS else "ok"
    image = metadata.image_url(page, document)
    return Article(
        url_canonical=page.canonical,
        site_name=metadata.site_name(page),
        mime=_mime(content_type),
        charset=document.charset,
        title=title,
        description=metadata.description(page),
        text=text,
        authors=find_authors(page, seen.blocks, found.title, found.blocks),
        date_published=dates.published,
        date_published_day=dates.day,
        date_published_precision=dates.precision,
        date_published_source=dates.source,
        date_published_raw=dates.raw,
        date_modified=dates.modified,
        date_modified_raw=dates.modified_raw,
        language=language,
        language_detected=detected,
        section=metadata.section(page, crumbs),
        breadcrumbs=crumbs,
        tags=metadata.tags(page),
        image_url=image,
        image_urls=[image] if image else [],
        links_out=[],
        is_accessible_for_free=rights.is_accessible_for_free(page),
        license=rights.license_of(page),
        tdm_reservation=rights.tdm_reservation(page),
        tdm_policy=rights.tdm_policy(page),
        noarchive=rights.noarchive(page),
        page_type=page_type(page, title, Shape(text, visible)),
        word_count=len(words),
        char_count=len(text),
        content_digest=simhash.content_digest(title, text),
        simhash=simhash.simhash(words),
        extraction_status=status,
        extractor=EXTRACTOR,
        extractor_config=EXTRACTOR_CONFIG,
    )


def _day_first(language: str | None) -> bool:
    """Whether 03/04/2025 is the third of April: everywhere but in the English of the United States, which most pages in English use."""
    return language not in (None, "en", "en-US")


def _mime(content_type: str | None) -> str:
    return (content_type or "text/html").split(";")[0].strip().lower() or "text/html"


def _fallback_text(root: HtmlElement) -> str:
    """What trafilatura finds; it works on a copy of the tree."""
    options = Extractor(output_format="python", comments=False, tables=True)
    found = trafilatura.bare_extraction(root, options=options)
    text = (getattr(found, "text", None) or "") if found else ""
    return "\n".join(line for raw in text.split("\n") if (line := " ".join(raw.split())))


def _date_in_text(tree: HtmlElement, url: str, fetched_at: datetime | None) -> str | None:
    latest = fetched_at.strftime("%Y-%m-%d") if fetched_at else "9998-12-31"
    found: str | None = find_date(tree, extensive_search=False, original_date=True, url=url, max_date=latest)
    return found
