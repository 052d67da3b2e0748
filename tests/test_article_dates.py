"""Dates: what was stated, where, how precisely; never in the future, never an update's, never from this machine's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from article_pages import URL, article, jsonld, meta, page

from archiver.extraction.article import extract_article
from archiver.extraction.datewords import written_dates
from archiver.extraction.stated_date import parse_date

PLAIN_URL = "https://news.example/harbour-bridge"
READ = {
    "ISO with offset": ("2024-05-01T23:30:00+02:00", "2024-05-01", "2024-05-01T21:30:00+00:00", "second"),
    "offset without colon": ("2024-05-01T23:30:00-0700", "2024-05-01", "2024-05-02T06:30:00+00:00", "second"),
    "offset of hours alone": ("2024-05-01T23:30:00+02", "2024-05-01", "2024-05-01T21:30:00+00:00", "second"),
    "Zulu with seven digits of a second": (
        "2024-05-01T10:00:00.1234567Z",
        "2024-05-01",
        "2024-05-01T10:00:00.123456+00:00",
        "second",
    ),
    "blank for T, UTC written out": ("2024-05-01 10:00:00 UTC", "2024-05-01", "2024-05-01T10:00:00+00:00", "second"),
    "minutes": ("2024-05-01T10:00Z", "2024-05-01", "2024-05-01T10:00:00+00:00", "minute"),
    "day": ("2024-05-01", "2024-05-01", None, "day"),
    "day without hyphens": ("20240501", "2024-05-01", None, "day"),
    "no zone, so no instant": ("2024-05-01T10:00:00", "2024-05-01", None, "day"),
    "RFC 2822": ("Wed, 01 May 2024 10:00:00 GMT", "2024-05-01", "2024-05-01T10:00:00+00:00", "second"),
    "zone of North America": ("May 1, 2024 10:00 AM EDT", "2024-05-01", "2024-05-01T14:00:00+00:00", "minute"),
    "epoch in milliseconds": ("1714557600000", "2024-05-01", "2024-05-01T10:00:00+00:00", "second"),
    "German": ("1. Mai 2024", "2024-05-01", None, "day"),
    "French": ("1er août 2024", "2024-08-01", None, "day"),
    "Spanish": ("1 de mayo de 2024", "2024-05-01", None, "day"),
    "Japanese": ("2024年5月1日", "2024-05-01", None, "day"),
    "leap second": ("2016-12-31T23:59:60Z", "2016-12-31", "2016-12-31T23:59:59+00:00", "second"),
}


@pytest.mark.parametrize("reason", READ)
def test_a_stated_date_is_read(reason: str) -> None:
    raw, day, moment, precision = READ[reason]
    found = parse_date(raw, "meta")
    assert found is not None
    assert (found.day.isoformat(), found.precision, found.raw) == (day, precision, raw)
    assert (found.moment.astimezone(UTC).isoformat() if found.moment else None) == moment


@pytest.mark.parametrize(
    "raw",
    ["", "yesterday", "May 2024", "12 May", "10:30", "05/06/24", "2024-13-01", "2024-02-30", "PT7M", "x" * 200, "0000-00-00"],
)
def test_what_names_no_full_day_is_no_date(raw: str) -> None:
    assert parse_date(raw, "meta") is None


def test_a_zone_name_of_this_machine_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        found = parse_date("May 1, 2024 10:00 CEST", "meta")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found is not None
    assert found.moment is None


ORDER = {
    "day first with dots": ("03.04.2025", False, "2025-04-03"),
    "day first with hyphens": ("02-12-2025", False, "2025-12-02"),
    "month first where English is written": ("03/04/2025", False, "2025-03-04"),
    "day first elsewhere": ("03/04/2025", True, "2025-04-03"),
    "thirteen is no month": ("13/04/2025", False, "2025-04-13"),
    "thirteen is no month either way": ("04/13/2025", True, "2025-04-13"),
}


@pytest.mark.parametrize("reason", ORDER)
def test_numbers_are_read_in_the_order_of_their_form(reason: str) -> None:
    text, day_first, day = ORDER[reason]
    assert [found.day.isoformat() for found in written_dates(text, day_first=day_first)] == [day]


EVIDENCE = {
    "JSON-LD before meta": (
        jsonld(datePublished="2025-03-14") + meta("article:published_time", "2025-03-13"),
        "",
        PLAIN_URL,
        "2025-03-14",
        "jsonld",
    ),
    "meta": (meta("article:published_time", "2025-03-13T10:00:00Z"), "", PLAIN_URL, "2025-03-13", "meta"),
    "time marked as published": (
        "",
        "<time>2025-01-01</time><time class='published' datetime='2025-03-12'>x</time>",
        PLAIN_URL,
        "2025-03-12",
        "time_tag",
    ),
    "address": ("", "", URL, "2025-03-14", "url"),
    "printed by the headline": ("", "<p>14 March 2025</p>", PLAIN_URL, "2025-03-14", "text"),
    "printed with a label": ("", "<p>Updated 20 March 2025, published 14 March 2025</p>", PLAIN_URL, "2025-03-14", "text"),
    "none": ("", "", PLAIN_URL, None, "none"),
}


@pytest.mark.parametrize("reason", EVIDENCE)
def test_the_publication_date_names_its_evidence(reason: str) -> None:
    head, before, url, day, source = EVIDENCE[reason]
    found = extract_article(page(article(before=before), head), url)
    assert (found.date_published_day, found.date_published_source) == (day, source)


NOT_PUBLICATION = {
    "only dateModified": (jsonld(dateModified="2025-03-14T10:00:00Z"), ""),
    "only article:modified_time": (meta("article:modified_time", "2025-03-14T10:00:00Z"), ""),
    "only og:updated_time": (meta("og:updated_time", "2025-03-14T10:00:00Z"), ""),
    "a time called updated": ("", "<p>Updated: <time datetime='2025-03-14T10:00:00Z'>14 March 2025</time></p>"),
    "a line called updated": ("", "<p>Last updated on March 14, 2025</p>"),
    "a German line": ("", "<p>Stand: 14.03.2025</p>"),
}


@pytest.mark.parametrize("reason", NOT_PUBLICATION)
def test_a_modification_date_is_never_the_publication_date(reason: str) -> None:
    head, before = NOT_PUBLICATION[reason]
    assert extract_article(page(article(before=before), head), PLAIN_URL).date_published_day is None


def test_a_cms_that_stamps_both_with_the_last_save_is_not_believed_against_an_earlier_day() -> None:
    both = jsonld(datePublished="2025-03-20T10:00:00Z", dateModified="2025-03-20T10:00:00Z")
    found = extract_article(page(article(before="<p>14 March 2025</p>"), both), PLAIN_URL)
    assert (found.date_published_day, found.date_modified) == ("2025-03-14", "2025-03-20T10:00:00.000Z")


FETCHED = datetime(2025, 3, 14, 12, tzinfo=UTC)
FUTURE = {
    "a moment after the fetch": ("2025-03-14T12:00:01Z", None),
    "the moment of the fetch": ("2025-03-14T12:00:00Z", "2025-03-14"),
    "tomorrow, which it is in the far east": ("2025-03-15", "2025-03-15"),
    "the day after that": ("2025-03-16", None),
    "next year": ("2026-01-01", None),
    "before the web": ("1970-01-01T00:00:00Z", None),
}


@pytest.mark.parametrize("reason", FUTURE)
def test_no_date_lies_in_the_future_of_the_fetch_or_before_the_web(reason: str) -> None:
    raw, day = FUTURE[reason]
    assert extract_article(page(article(), jsonld(datePublished=raw)), PLAIN_URL, fetched_at=FETCHED).date_published_day == day


def test_without_a_fetch_date_no_clock_bounds_the_result() -> None:
    found = extract_article(page(article(), jsonld(datePublished="2999-01-01T00:00:00Z")), PLAIN_URL)
    assert found.date_published == "2999-01-01T00:00:00.000Z"


def test_a_time_without_zone_takes_the_zone_of_a_statement_of_the_same_minute() -> None:
    head = jsonld(datePublished="2025-03-14T08:30:00") + meta("article:published_time", "2025-03-14T08:30:10+01:00")
    found = extract_article(page(article(), head), PLAIN_URL)
    assert (found.date_published, found.date_published_source) == ("2025-03-14T07:30:10.000Z", "meta")


def test_a_fetch_date_without_zone_is_utc() -> None:
    naive = FETCHED.replace(tzinfo=None)
    html = page(article(), jsonld(datePublished="2025-03-14T12:00:00Z"))
    assert extract_article(html, PLAIN_URL, fetched_at=naive) == extract_article(html, PLAIN_URL, fetched_at=FETCHED)
