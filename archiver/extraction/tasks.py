"""What a worker can be asked to do with a page: plain functions from bytes to JSON-ready values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from archiver.extraction.article import extract_from_document, with_stated_date
from archiver.extraction.document import Document, parse_document
from archiver.extraction.extractor import failed_article
from archiver.extraction.machine_lists import machine_kind
from archiver.extraction.machine_reading import read_machine_list
from archiver.extraction.reading import read_page
from archiver.extraction.requisites import find_nested, requisites_of
from archiver.extraction.wp_posts import find_posts_url
from archiver.site_rules import SectionRules
from archiver.warc.coding import decode_content
from archiver.warc.compression import GZIP_MAGIC
from archiver.warc.http1 import entity_body, final_message_start
from archiver.warc.records import sha256_digest

Task = Callable[[dict[str, Any], bytes], dict[str, Any]]


def article_task(job: dict[str, Any], page: bytes) -> dict[str, Any]:
    """``{"article": …}`` for ``url``, ``content_type``, ``fetched_at`` (ISO) and ``headers`` of the job.

    Where the page states no date, that is used which the job's ``stated_date`` (raw, source) gives, a feed's or a sitemap's.
    """
    document = parse_document(page, job["url"], job["content_type"])
    fetched_at = datetime.fromisoformat(job["fetched_at"]) if job["fetched_at"] else None
    headers = [(name, value) for name, value in job["headers"]]
    try:
        article = extract_from_document(document, job["url"], job["content_type"], fetched_at=fetched_at, headers=headers)
        if job["stated_date"]:
            raw, source = job["stated_date"]
            article = with_stated_date(article, raw, source, fetched_at)
    except Exception:  # whatever a page does to a library is a counted outcome (DESIGN §7)
        article = failed_article("error", charset=document.charset, content_type=job["content_type"])
    return {"article": dataclasses.asdict(article), "requisites": _requisites(document) if job["requisites"] else []}


def listing_task(job: dict[str, Any], page: bytes) -> dict[str, Any]:
    """``{"kind": …, "listing": …}`` for ``url``, ``content_type`` and ``rules`` (by name, or ``None``) of the job.

    A body that is a feed or a sitemap, or was asked for as one (``purpose``), is read as such, narrowed to the sections ``within``.
    """
    if job["purpose"] != "section" or machine_kind(page) != "unknown":
        return _machine_list(job, page)
    rules = SectionRules(**job["rules"]) if job["rules"] else None
    document = parse_document(page, job["url"], job["content_type"])
    reading = read_page(document, job["url"], rules)
    found = _requisites(document) if job["requisites"] else []
    posts_url = find_posts_url(document, job["url"])
    return {"kind": reading.kind, "listing": dataclasses.asdict(reading.listing), "requisites": found, "posts_url": posts_url}


def _machine_list(job: dict[str, Any], body: bytes) -> dict[str, Any]:
    reading = read_machine_list(body, job["url"], job["content_type"], purpose=job["purpose"], within=job["within"])
    return {"requisites": [], "posts_url": None, **dataclasses.asdict(reading)}


def requisites_task(job: dict[str, Any], body: bytes) -> dict[str, Any]:
    """``{"requisites": [[url, role], …]}`` of a page, style sheet or manifest, by the job's ``role``."""
    found = find_nested(job["role"], body, job["url"], job["content_type"])
    return {"requisites": [[item.url, item.role] for item in found]}


def _requisites(document: Document) -> list[list[str]]:
    return [[item.url, item.role] for item in requisites_of(document)]


def stored_task(job: dict[str, Any], block: bytes) -> dict[str, Any]:
    """The task ``then`` of the job for a page as it lies in an archive, with ``problem`` and ``payload_digest``.

    ``block`` is an HTTP message; transfer and content coding are undone here, at most ``max_bytes`` come out. *Quirk:* many tools
    store decoded bodies under the head as sent; what does not read as coded is taken as it is. ``problem`` says what could not be
    undone; what came before is used.
    """
    head, entity = entity_body(block[final_message_start(block) :])
    coding = b",".join(head.all(b"Content-Encoding")).decode("latin-1") if head else ""
    decoded = decode_content(entity, coding, job["max_bytes"])
    page, problem = decoded.body, decoded.problem
    if not page and problem in ("corrupt", "truncated") and not entity.startswith(GZIP_MAGIC):
        page = entity[: job["max_bytes"]]
    if problem == "unsupported" and b"<" in entity[:1024] and b"\x00" not in entity[:1024]:
        # "Content-Encoding: utf-8" and the like.
        problem = "mislabelled"
    if problem == "unsupported":
        page = b""
    return {**TASKS[job["then"]](job, page), "problem": problem, "payload_digest": sha256_digest([entity])}


TASKS: dict[str, Task] = {"article": article_task, "listing": listing_task, "requisites": requisites_task, "stored": stored_task}
