"""Dates with their evidence: what was stated, where, how precisely. Nothing is guessed from today's date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lxml.html import HtmlElement

from archiver.extraction import jsonld
from archiver.extraction.blocks import Block
from archiver.extraction.datewords import WrittenDate, says_changed, written_dates
from archiver.extraction.stated_date import StatedDate, parse_date
from archiver.extraction.statements import Statements, text_of
from archiver.model import DatePrecision, DateSource, format_instant

# The web's first page; what claims to be older is a template's default (1970, 0001) or a scanned archive's typing error.
_EARLIEST = date(1990, 1, 1)
# A day in Kiribati starts 14 hours before UTC's, so a bare day may be one ahead of the fetch.
_ZONE_SKEW = timedelta(hours=14)

_META_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "article:published",
    "article.published",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "publish-date",
    "publish_date",
    "published-date",
    "publisheddate",
    "publishdate",
    "pubdate",
    "publication_date",
    "citation_publication_date",
    "citation_date",
    "date.release",
    "release_date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "article:create_at",
    "datecreated",
    "dc.date",
    "dcterms.date",
    "date",
    "article.created",
    "article_date_original",
    "iso-8601-publish-date",
    "rnews:datepublished",
)
# Any other meta tag whose name speaks of the publication; a publisher is none.
_SAYS_PUBLISHED = re.compile(r"publish(?!er)|publication|pubdate|date_?posted", re.IGNORECASE)
_META_MODIFIED = (
    "article:modified_time",
    "og:article:modified_time",
    "article:modified",
    "datemodified",
    "og:updated_time",
    "last-modified",
    "lastmod",
    "dcterms.modified",
    "dc.date.modified",
    "article.updated",
)


# A date line stands by the headline or right below it.
_BEFORE_TITLE, _AFTER_START, _MAX_DATE_LINE, _MIN_DATE_SHARE = 8, 2, 100, 0.3


@dataclass(frozen=True, slots=True)
class Dates:
    """The date fields of articles.jsonl."""

    published: str | None = None
    day: str | None = None
    precision: DatePrecision = "none"
    source: DateSource = "none"
    raw: str | None = None
    modified: str | None = None
    modified_raw: str | None = None


def find_dates(
    page: Statements,
    blocks: Sequence[Block],
    title: Block | None,
    body: Sequence[Block],
    *,
    day_first: bool,
    fetched_at: datetime | None,
    search_text: Callable[[], str | None],
) -> Dates:
    """Publication and modification as the page states them, else the date printed by the headline, else ``search_text``'s.

    No date after ``fetched_at`` is taken, and none as publication that the page calls an update. A time without a zone is no
    instant: it gives the day alone, unless another statement names the same local time with its zone.
    """
    published = [d for d in _published(page) if _plausible(d, fetched_at)]
    modified = next((d for d in _modified(page) if _plausible(d, fetched_at)), None)
    if not published:
        found = printed_date(blocks, title, body, day_first=day_first) or _searched(search_text(), blocks, modified, day_first)
        published = [found] if found and _plausible(found, fetched_at) else []
    elif modified is not None and modified.moment is not None and published[0].moment == modified.moment:
        # A CMS that stamps both with the last save: any other statement of an earlier day is the publication's.
        printed = printed_date(blocks, title, body, day_first=day_first)
        marked = [d for d in published if d.source in ("meta", "time_tag")]
        earlier = [d for d in [*marked, *([printed] if printed else [])] if d.day < published[0].day]
        published = earlier or published
    first = _with_zone(published[0], published) if published else None
    return Dates(
        published=_instant(first),
        day=first.day.isoformat() if first else None,
        precision=first.precision if first else "none",
        source=first.source if first else "none",
        raw=first.raw if first else None,
        modified=_instant(modified),
        modified_raw=modified.raw if modified else None,
    )


def listed_date(raw: str, source: DateSource, fetched_at: datetime | None) -> Dates | None:
    """The publication date that a list of articles states for one; ``None`` when it is none, or lies after ``fetched_at``."""
    stated = parse_date(raw, source)
    if stated is None or not _plausible(stated, fetched_at):
        return None
    return Dates(_instant(stated), stated.day.isoformat(), stated.precision, stated.source, stated.raw)


def _searched(found: str | None, blocks: Sequence[Block], modified: StatedDate | None, day_first: bool) -> StatedDate | None:
    """What a search of the page found, unless that is the day of an update."""
    stated = parse_date(found, "text") if found else None
    if stated is None or (modified is not None and modified.day == stated.day):
        return None
    lines = (block.text for block in blocks if len(block.text) <= _MAX_DATE_LINE)
    updates = {date.day for line in lines for date in written_dates(line, day_first=day_first) if date.label == "changed"}
    return None if stated.day in updates else stated


def _instant(stated: StatedDate | None) -> str | None:
    return format_instant(stated.moment) if stated and stated.moment else None


def _with_zone(first: StatedDate, others: list[StatedDate]) -> StatedDate:
    """``first``, or the statement that says the same and also the time or its zone."""
    if first.moment is not None:
        return first
    for other in others:
        same = other.day == first.day if first.wall is None else _minute(other.wall) == _minute(first.wall)
        if other.moment is not None and same:
            return other
    return first


def _minute(wall: datetime | None) -> datetime | None:
    return wall.replace(second=0, microsecond=0) if wall else None


def _plausible(stated: StatedDate, fetched_at: datetime | None) -> bool:
    if stated.day < _EARLIEST:
        return False
    if fetched_at is None:
        return True
    if stated.moment is not None:
        return stated.moment <= fetched_at
    return stated.day <= (fetched_at.astimezone(UTC) + _ZONE_SKEW).date()


def _published(page: Statements) -> Iterator[StatedDate]:
    for raw in _jsonld_dates(page, "datePublished", "dateCreated", "uploadDate"):
        yield from _parsed(raw, "jsonld")
    for raw in page.all_meta(*_META_PUBLISHED):
        yield from _parsed(raw, "meta")
    for element in page.root.iterfind(".//*[@itemprop='datePublished']"):
        yield from _parsed(element.get("content") or element.get("datetime"), "meta" if element.get("content") else "time_tag")
    for raw in _time_tags(page):
        yield from _parsed(raw, "time_tag")
    for raw in page.all_meta(*filter(_SAYS_PUBLISHED.search, page.meta)):
        yield from _parsed(raw, "meta")
    yield from _parsed(_url_date(page.canonical or page.url) or _url_date(page.url), "url")


def _modified(page: Statements) -> Iterator[StatedDate]:
    for raw in _jsonld_dates(page, "dateModified"):
        yield from _parsed(raw, "jsonld")
    for raw in page.all_meta(*_META_MODIFIED):
        yield from _parsed(raw, "meta")
    for element in page.elements.get("time", []):
        if "modified" in _marks(element) or "updated" in _marks(element):
            yield from _parsed(element.get("datetime") or text_of(element), "time_tag")


def _parsed(raw: str | None, source: DateSource) -> Iterator[StatedDate]:
    stated = parse_date(raw, source) if raw else None
    if stated is not None:
        yield stated


def _jsonld_dates(page: Statements, *keys: str) -> Iterator[str]:
    nodes = [page.article] if page.article else []
    nodes += [
        n for n in page.nodes if jsonld.is_type(n, "WebPage", "ItemPage", "VideoObject", "MediaObject") and n is not page.article
    ]
    for key in keys:
        for node in nodes:
            for value in jsonld.as_list(node.get(key)):
                text = jsonld.text_of(value)
                if text:
                    yield text


def _time_tags(page: Statements) -> Iterator[str]:
    """Times marked as the publication, then a page's only time (several unmarked ones may be other articles')."""
    times = [e for e in page.elements.get("time", []) if e.get("datetime") or text_of(e)]
    marked = [e for e in times if re.search(r"publish|pubdate|entry-date|post-date|dateposted|datecreated", _marks(e))]
    plain = [e for e in times if not re.search(r"modified|updated", _marks(e)) and not says_changed(_context(e))]
    for element in marked[:1] or plain[:1]:
        yield element.get("datetime") or text_of(element)
        if element.get("datetime") and text_of(element):
            yield text_of(element)


def _context(element: HtmlElement) -> str:
    """The words a time stands in, up to its end."""
    parent = element.getparent()
    return f"{(parent.text or '') if parent is not None else ''} {text_of(element)}"[-_MAX_DATE_LINE:]


def _marks(element: HtmlElement) -> str:
    attributes = element.attrib
    return " ".join(
        f"{k} {v}" if k == "pubdate" else v
        for k, v in attributes.items()
        if k in ("class", "itemprop", "pubdate", "property", "id")
    ).lower()


_URL_DATE = re.compile(
    r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/-]|$)|[/_-]((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]"
    r"|[12]\d|3[01])(?=[/_.-]|$)"
)


def _url_date(url: str) -> str | None:
    match = _URL_DATE.search(url)
    if match is None:
        return None
    year, month, day = match.group(1, 2, 3) if match[1] else match.group(4, 5, 6)
    return f"{year}-{int(month):02d}-{int(day):02d}"


def printed_date(blocks: Sequence[Block], title: Block | None, body: Sequence[Block], *, day_first: bool) -> StatedDate | None:
    """The publication date printed by the headline, else one that a label calls so after the text; none that is an update's."""
    if not body:
        return None
    # A title found below the text (a comment's, a sidebar's) is no place to begin.
    start = max(0, min(title.order if title else body[0].order, body[0].order) - _BEFORE_TITLE)
    end_of_top = body[0].order + _AFTER_START
    top = blocks[start : end_of_top + 1]
    tail = [*body[-2:], *blocks[body[-1].order + 1 :]]
    labelled: list[WrittenDate] = []
    bare: list[WrittenDate] = []
    for block in [*top, *tail]:
        if len(block.text) <= _MAX_DATE_LINE and block.link_chars <= 0.6 * len(block.text):
            found = list(written_dates(block.text, day_first=day_first))
            labelled += (one for one in found if one.label == "published")
            # Dates that make up much of their line; others are in captions and first sentences.
            if block.order <= end_of_top and sum(len(one.raw) for one in found) >= _MIN_DATE_SHARE * len(block.text):
                bare += (one for one in found if not one.label)
    best = next(iter([*labelled, *bare]), None)
    return StatedDate(best.raw, "text", best.day) if best else None
