"""What is known of a site's section pages, and its one written form: profiles in ``sites/``, ``[site."…"]`` tables, ``warcinfo``.

Nouns and their parser; who applies them is ``extraction/ruled``, who finds them ``sites``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from cssselect import HTMLTranslator, SelectorError

from archiver.errors import UsageError

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?")
_MAX_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class SectionRules:
    """Overrides of the generic reading. ``None``: read generically; ``""`` for a part of an entry: none is printed.

    All but ``article_url`` are CSS selectors. Without ``entry`` the generic reading finds the entries; an ``entry`` that is not
    on a page (a page of another shape) counts as absent there.
    """

    article_url: str | None = None  # regular expression, searched in the absolute URL: other links are no articles
    within: str | None = None  # only links inside are asked
    exclude: str | None = None  # taken away before anything is read
    entry: str | None = None  # one story's element
    link: str | None = None  # in the entry: the link to the article
    headline: str | None = None
    teaser: str | None = None
    byline: str | None = None
    date: str | None = None  # its ``datetime``, else its text
    image: str | None = None
    label: str | None = None
    next_page: str | None = None  # a link, or what holds the address in an attribute

    def is_article(self, url: str) -> bool:
        """Whether ``url`` may be an article's."""
        return self.article_url is None or re.search(self.article_url, url) is not None


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """``rules`` for captures before the day ``until`` (UTC); ``None``: for all later ones."""

    until: date | None
    rules: SectionRules


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """One site. ``hosts`` are as in URLs, with a port where it matters; ``versions`` in order of time, the last is today's."""

    name: str
    hosts: tuple[str, ...]
    versions: tuple[RulesVersion, ...]
    sections: tuple[str, ...] = ()

    def rules_at(self, captured_at: datetime) -> SectionRules:
        """The rules for a page captured at that time."""
        day = captured_at.date()
        return next(version.rules for version in self.versions if version.until is None or day < version.until)


RULE_NAMES = tuple(field.name for field in fields(SectionRules))
_PARTS = frozenset({"teaser", "byline", "date", "image", "label", "next_page"})


def profile_from_table(name: str, table: Any, where: str) -> SiteProfile:
    """A parsed profile file or ``[site."name"]`` table; raises UsageError that names ``where``, the key and what it should be.

    Rules beside the ``version`` tables hold for every version that does not say otherwise.
    """
    if not isinstance(table, Mapping):
        raise UsageError(f"{where}: a table")
    given = dict(table)
    hosts = _hosts(given.pop("hosts", [name]), where)
    sections = _urls(given.pop("sections", []), where)
    tables = given.pop("version", [])
    common = _rules(given, where)
    if not isinstance(tables, list) or not all(isinstance(item, Mapping) for item in tables):
        raise UsageError(f"{where}: version: tables [[…version]]")
    versions = [_version(item, common, f"{where} version {number}") for number, item in enumerate(tables, start=1)]
    if not versions or versions[-1].until is not None:
        versions.append(RulesVersion(None, SectionRules(**common)))
    ends = [version.until or date.max for version in versions]
    if any(one >= other for one, other in pairwise(ends)):
        raise UsageError(f"{where}: version: in order of time, each but the last with the day until which it holds")
    return SiteProfile(name, hosts, tuple(versions), sections)


def profile_table(profile: SiteProfile) -> dict[str, Any]:
    """The profile as plain JSON values; ``profile_from_table`` makes the same profile of it again."""
    versions = []
    for version in profile.versions:
        until = {"until": version.until.isoformat()} if version.until else {}
        versions.append(until | rules_table(version.rules))
    return {"hosts": list(profile.hosts), "sections": list(profile.sections), "version": versions}


def rules_table(rules: SectionRules) -> dict[str, str]:
    """The rules that say something, by name."""
    return {name: value for name in RULE_NAMES if (value := getattr(rules, name)) is not None}


def _version(table: Mapping[str, Any], common: Mapping[str, str], where: str) -> RulesVersion:
    given = dict(table)
    until = given.pop("until", None)
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            raise UsageError(f"{where}: until = {until!r}: a day, YYYY-MM-DD") from None
    if until is not None and (not isinstance(until, date) or isinstance(until, datetime)):
        raise UsageError(f"{where}: until: a day, YYYY-MM-DD")
    return RulesVersion(until, SectionRules(**{**common, **_rules(given, where)}))


def _rules(given: Mapping[str, Any], where: str) -> dict[str, str]:
    for name, value in given.items():
        if name not in RULE_NAMES:
            raise UsageError(f"{where}: unknown key {name!r}; known are hosts, sections, version, {', '.join(RULE_NAMES)}")
        if not isinstance(value, str) or len(value) > _MAX_LENGTH:
            raise UsageError(f"{where}: {name}: text of at most {_MAX_LENGTH} characters")
        fault = _fault(name, value)
        if fault:
            raise UsageError(f"{where}: {name} = {value!r}: {fault}")
    return dict(given)


def _fault(name: str, value: str) -> str | None:
    if not value.strip():
        return None if name in _PARTS and not value else f"empty; only {', '.join(sorted(_PARTS))} may be"
    try:
        if name == "article_url":
            re.compile(value)
        else:
            HTMLTranslator().css_to_xpath(value)
    except re.error as error:
        return f"not a regular expression: {error}"
    except SelectorError as error:
        return f"not a CSS selector: {error}"
    return None


def _hosts(given: Any, where: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not given:
        raise UsageError(f"{where}: hosts: a list of host names")
    for host in given:
        if not isinstance(host, str) or not _HOST.fullmatch(host.lower()):
            raise UsageError(f"{where}: hosts: {host!r} is no host name")
    return tuple(host.lower() for host in given)


def _urls(given: Any, where: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(url, str) and re.match(r"https?://[^/\s]+/\S*$", url) for url in given):
        raise UsageError(f"{where}: sections: a list of URLs, as https://example.org/news/")
    return tuple(given)
