"""URL keys: what is one article, and what every CDXJ reader would look up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.urlkeys import urlkey
from archiver.urls import _parsed_url, clean_url, normalize_url, registrable_domain, url_id

NORMALIZED = [
    ("https://www.Example.org:443/News/a/index.html?utm_source=x&b=1#f", "www.example.org/News/a?b=1", "all folds at once"),
    ("http://example.org", "example.org/", "an empty path is the root"),
    ("http://example.org/?", "example.org/", "an empty query is none"),
    ("http://example.org/?p=12", "example.org/?p=12", "slugless WordPress"),
    ("http://example.org/p/AbC", "example.org/p/AbC", "path case means something"),
    ("http://example.org/a?b=2&a=1", "example.org/a?b=2&a=1", "query order is kept"),
    ("http://example.org/café", "example.org/caf%C3%A9", "typed and encoded are one"),
    ("http://example.org/%7euser", "example.org/~user", "needless escapes"),
    ("http://example.org/a/../b/", "example.org/b", "dot segments"),
    ("http://user:secret@example.org/a", "example.org/a", "credentials are never part of a key"),
    ("http://example.org:8080/a", "example.org:8080/a", "another port is another server"),
    ("not a url", "not a url", "its own key"),
]  # fmt: skip

SURT = [
    ("http://www.Example.org/A/?b=2&a=1", "org,example)/a?a=1&b=2"),
    ("https://www2.example.org:443/a/", "org,example)/a"),
    ("http://münchen.de/é?q", "de,xn--mnchen-3ya)/%c3%a9?q"),
    ("http://127.0.0.1:8000/x", "1,0,0,127:8000)/x"),
    ("http://example.org/a//b/../c", "org,example)/a/c"),
    ("http://example.org/x?jsessionid=0123456789abcdef0123456789abcdef&b=1", "org,example)/x?b=1"),
    ("dns:example.org", "dns:example.org"),
    ("urn:pageinfo:http://example.org/", "urn:pageinfo:http://example.org/"),
]

CLEANED = [
    ("/a b", "http://e.org/a%20b", "space"),
    ("\n /a\tb\r\n", "http://e.org/ab", "controls that browsers drop"),
    ("//cdn.e.org/x", "http://cdn.e.org/x", "scheme-relative"),
    ("http://e.org/<x>\"", "http://e.org/%3Cx%3E%22", "no brackets or quotes in a record header"),
    ("http://e.org/100%", "http://e.org/100%25", "a lone percent sign"),
    ("javascript:void(0)", None, "not a page"),
    ("mailto:a@e.org", None, "not a page"),
    ("data:text/html,x", None, "not a page"),
    ("http://[fe80::1%25eth0]/", None, "a zone id names an interface of this machine"),
    ("http://e.org:99999/", None, "no such port"),
    ("http://e.org/a\x00b", "http://e.org/a%00b", "NUL"),
    ("http://u:p@e.org/", "http://e.org/", "credentials"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "expected", "reason"), NORMALIZED)
def test_one_article_has_one_key(url: str, expected: str, reason: str) -> None:
    assert normalize_url(url) == expected, reason


@pytest.mark.parametrize(("url", "expected"), SURT)
def test_urlkey_is_what_other_cdxj_tools_compute(url: str, expected: str) -> None:
    assert urlkey(url) == expected


@pytest.mark.parametrize(("href", "expected", "reason"), CLEANED)
def test_hrefs_become_urls_that_are_safe_in_a_record_header(href: str, expected: str | None, reason: str) -> None:
    assert clean_url(href, "http://e.org/") == expected, reason


@given(st.text(max_size=200))
def test_nothing_that_a_page_can_name_breaks_a_header_line(text: str) -> None:
    for url in (clean_url(text), clean_url(text, "http://e.org/"), clean_url("http://e.org/" + text)):
        if url is not None:
            assert url.isascii()
            assert not set(url) & set(' \r\n\t\x00<>"')
            assert clean_url(url) == url
            assert normalize_url(url) == normalize_url("http://" + normalize_url(url))


@given(st.text(max_size=200))
def test_urlkey_agrees_with_the_surt_library(text: str) -> None:
    surt = pytest.importorskip("surt", reason="surt is AGPL, so only installed for the tests").surt
    url = "http://example.org/" + text
    try:
        expected = surt(url)
    except (AssertionError, ValueError, UnicodeError):
        return
    assert urlkey(url) == expected


def test_the_id_of_an_article_survives_tracking_parameters() -> None:
    assert url_id("https://example.org/a/?utm_medium=x") == url_id("http://example.org/a")
    assert url_id("https://example.org/a").startswith("url:")
    assert len(url_id("https://example.org/a")) == 36


def test_registrable_domains_come_from_the_bundled_list() -> None:
    assert registrable_domain("https://a.b.example.co.uk/x") == "example.co.uk"
    assert registrable_domain("http://127.0.0.1:8000/") == "127.0.0.1"
    assert registrable_domain("http://localhost/") == "localhost"


PLAIN = st.text(alphabet="abZ09/.:?=&%;-_~[]@#!2F", max_size=12)


@given(st.sampled_from(["", "/", "//", "http://e.org", "https://e.org/", "http://E.org/"]), PLAIN)
def test_the_short_way_of_plain_urls_gives_what_parsing_gives(start: str, rest: str) -> None:
    for base in (None, "http://e.org/", "https://e.org/a/b?c", "http://u:p@e.org:80/"):
        assert clean_url(start + rest, base) == _parsed_url(start + rest, base)
