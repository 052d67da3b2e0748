"""Which captures are pages, and the sandbox jobs that read them: the same for the crawl and for re-extraction."""

from __future__ import annotations

from datetime import datetime

from archiver.extraction.machine_lists import machine_kind
from archiver.extraction.sandbox import Job
from archiver.model import Discovery, FailureReason
from archiver.site_rules import SectionRules, rules_table
from archiver.warc.http1 import Head, is_packed_for_transfer

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", ""})


def page_problem(head: Head | None, truncated: str | None, content_type: str | None) -> tuple[FailureReason, str] | None:
    """Why a stored answer is no whole HTML page, ``None`` when it is one."""
    if head is None:
        return "protocol", "not an HTTP message"
    if truncated:
        return "truncated", f"the response is cut short ({truncated})"
    if is_packed_for_transfer(head):
        return "decode", "a Transfer-Encoding that was not asked for"
    mime = (content_type or "").split(";")[0].strip().lower()
    if mime not in _HTML_TYPES:
        return "not_html", f"Content-Type {mime}"
    return None


def listing_problem(
    head: Head | None, truncated: str | None, content_type: str | None, body: bytes, discovery: Discovery
) -> tuple[FailureReason, str] | None:
    """As ``page_problem`` for what was asked for as a list: a section page, or a feed or sitemap in its place (a seed may be one).

    Feeds and sitemaps come under every type there is; whether they are any, their reader says.
    """
    problem = page_problem(head, truncated, content_type)
    is_machine_list = discovery.purpose != "section" or machine_kind(body) != "unknown"
    return None if problem is not None and problem[0] == "not_html" and is_machine_list else problem


def article_job(
    page: bytes,
    url: str,
    content_type: str | None,
    fetched_at: datetime,
    headers: tuple[tuple[str, str], ...],
    *,
    discovery: Discovery,
    requisites: bool = False,
) -> Job:
    """Extract the article of ``page``, as answered under ``url``; with ``requisites`` what the page needs to be shown too.

    ``discovery`` has the date that a feed or sitemap states for the article.
    """
    stated = (discovery.date_raw, discovery.date_source) if discovery.date_source in ("feed", "sitemap") else None
    arguments = {
        "requisites": requisites,
        "url": url,
        "content_type": content_type,
        "fetched_at": fetched_at.isoformat(),
        "headers": headers,
        "stated_date": stated if stated and stated[0] else None,
    }
    return Job("article", arguments, page)


def listing_job(
    page: bytes,
    url: str,
    content_type: str | None,
    rules: SectionRules | None,
    *,
    discovery: Discovery,
    requisites: bool = False,
) -> Job:
    """Read ``page`` as a listing, by its site's ``rules`` where there are any, and say whether it is one.

    ``discovery`` says what it was asked for as, and which sections a feed or sitemap is narrowed to.
    """
    arguments = {
        "requisites": requisites,
        "url": url,
        "content_type": content_type,
        "rules": rules_table(rules) if rules else None,
        "purpose": discovery.purpose,
        "within": discovery.within,
    }
    return Job("listing", arguments, page)


def requisites_job(body: bytes, url: str, content_type: str | None, role: str) -> Job:
    """What a page (``html``), a style sheet (``css``) or a web app ``manifest`` needs to be shown."""
    return Job("requisites", {"url": url, "content_type": content_type, "role": role}, body)


def stored_job(job: Job, block: bytes, max_bytes: int) -> Job:
    """``job`` for a page as it lies in an archive: ``block`` is its HTTP message, at most ``max_bytes`` are decoded."""
    return Job("stored", {**job.arguments, "then": job.task, "max_bytes": max_bytes}, block)
