"""Every option of a crawl, once: flags, ``collection.toml`` keys, Scrapy settings and docs come from this table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal

from archiver.errors import UsageError
from archiver.site_rules import SiteProfile, profile_from_table
from archiver.urls import authority_of

Kind = Literal["float", "int", "bool", "str", "bytes", "seconds", "choice", "list", "ages", "date"]
_SIZE = {"": 1, "b": 1, "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9, "t": 10**12, "tb": 10**12}
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def _option(default: Any, kind: Kind, meaning: str, *, choices: tuple[str, ...] = (), negative: str | None = None) -> Any:
    """``negative`` is the flag that switches a true option off, where the flag has that name only."""
    return field(default=default, metadata={"kind": kind, "meaning": meaning, "choices": choices, "negative": negative})


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """The options in force. ``bytes`` take ``500MB``, ``seconds`` take ``90``, ``10m``, ``6h`` or ``2d``."""

    delay: float = _option(1.0, "float", "seconds between requests to one host; AutoThrottle never goes below; 0: no throttling")
    concurrency: int = _option(8, "int", "requests in flight at once, over all hosts")
    timeout: float = _option(60.0, "seconds", "a response that takes longer is cut and kept as it is")
    retries: int = _option(2, "int", "further tries of a request that failed")
    max_bytes: int = _option(0, "bytes", "stop after so many bytes received; 0: no limit")
    max_time: float = _option(0.0, "seconds", "stop after so long; 0: no limit")
    min_free: int = _option(10**9, "bytes", "stop while so much is free on the disk of the collection")
    max_pages: int = _option(0, "int", "listing pages a section; 0: no limit")
    max_articles: int = _option(0, "int", "articles to fetch; 0: no limit")
    max_response_bytes: int = _option(64 * 2**20, "bytes", "a larger response is cut (WARC-Truncated: length)")
    max_page_bytes: int = _option(16 * 2**20, "bytes", "a page that is larger after decoding is kept, but not read (too_large)")
    max_warc_bytes: int = _option(10**9, "bytes", "size at which a WARC file is closed and the next begins")
    requisites: bool = _option(True, "bool", "fetch what the pages need to be shown (css, images, fonts, scripts)")
    requisites_delay: float = _option(0.25, "float", "seconds between requests for page requisites to one host")
    requisites_share: int = _option(
        1, "int", "crawls at once that share hosts of other domains: their delay is so many times longer"
    )
    requisites_max_bytes: int = _option(16 * 2**20, "bytes", "a larger page requisite is cut (WARC-Truncated: length)")
    requisites_max_age: float = _option(30 * 86400.0, "seconds", "a page requisite that is older is fetched again")
    requisites_robots: str = _option("obey", "choice", "robots.txt for page requisites", choices=("obey", "ignore"))
    obey_robots: bool = _option(True, "bool", "obey robots.txt (RFC 9309)", negative="--ignore-robots")
    obey_noarchive: bool = _option(False, "bool", "leave out pages that ask not to be archived")
    extract: bool = _option(True, "bool", "write the dataset; without it WARC files only")
    extract_workers: int = _option(1, "int", "processes that extract articles")
    extract_deadline: float = _option(30.0, "seconds", "a page whose extraction takes longer is a row with status timeout")
    recheck: str = _option("due", "choice", "known articles to fetch again", choices=("all", "due", "none"))
    recheck_schedule: tuple[str, ...] = _option(("1h", "6h", "1d", "3d", "7d"), "ages", "ages at which a known article is due")
    conditional: bool = _option(True, "bool", "ask for changes only (ETag, Last-Modified)")
    discover: tuple[str, ...] = _option(
        ("section", "feed"),
        "list",
        "ways to articles: section, feed, sitemap, wp_rest (WordPress REST)",
        choices=("section", "feed", "sitemap", "wp_rest"),
    )
    scope: str = _option("any", "choice", "hosts whose articles are taken", choices=("any", "domain", "host"))
    since: str = _option(
        "", "date", "stop paging where a page's dated entries are all older; of feeds and sitemaps only what is not (YYYY-MM-DD)"
    )
    resume_max_age: float = _option(6 * 3600.0, "seconds", "an unfinished run older than this is closed, not resumed")
    allow_private: bool = _option(False, "bool", "allow private, loopback and link-local addresses")
    contact: str = _option("", "str", "URL or e-mail address in the user agent, so that a site can reach you")
    operator: str = _option("", "str", "person or institution named in every WARC file")
    user_agent: str = _option("", "str", "the whole User-Agent, instead of the one that names this tool and the contact")
    redact_request_headers: tuple[str, ...] = _option((), "list", "request headers whose values are not kept in the WARC")


@dataclass(frozen=True, slots=True)
class HostOptions:
    """A ``[host."example.org"]`` or ``[host."example.org:8080"]`` table of collection.toml.

    ``cookies`` is a file, relative to the folder of collection.toml. What may hold a secret is left out of ``repr``.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: str | None = None
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    delay: float | None = None
    insecure_tls: bool = False


@dataclass(frozen=True, slots=True)
class CrawlConfig:
    """What a crawl was told: seeds, options, hosts, sites. ``title`` is for people."""

    sections: tuple[str, ...] = ()
    title: str | None = None
    options: CrawlOptions = field(default_factory=CrawlOptions)
    hosts: Mapping[str, HostOptions] = field(default_factory=dict)
    sites: Mapping[str, SiteProfile] = field(default_factory=dict)


def host_table(hosts: Mapping[str, HostOptions], url: str) -> str | None:
    """Name of the table for ``url``: that of host and port before that of the host."""
    try:
        host, port = authority_of(url)
    except ValueError:
        return None
    return next((name for name in (f"{host}:{port}", host) if name in hosts), None)


OPTIONS = {item.name: item for item in fields(CrawlOptions)}


def option_names() -> tuple[str, ...]:
    """Names of all options, in the table's order."""
    return tuple(OPTIONS)


def setting_name(name: str) -> str:
    """The Scrapy setting of an option: ``ARCHIVER_…``."""
    return f"ARCHIVER_{name.upper()}"


def parse_option(name: str, value: Any, where: str) -> Any:
    """``value`` (text or what TOML gave) as the option's type; raises UsageError naming ``where``."""
    meta = OPTIONS[name].metadata
    try:
        parsed = _PARSERS[meta["kind"]](value)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{where}: {name} = {value!r}: {error}") from error
    unknown = [
        item for item in (parsed if meta["kind"] == "list" else (parsed,)) if meta["choices"] and item not in meta["choices"]
    ]
    if unknown:
        known = ", ".join(meta["choices"])
        raise UsageError(f"{where}: {name} = {value!r}: {'each ' if meta['kind'] == 'list' else ''}one of {known}")
    if meta["kind"] == "list" and meta["choices"] and not parsed:
        raise UsageError(f"{where}: {name}: at least one of {', '.join(meta['choices'])}")
    return parsed


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not 0 <= number < float("inf"):
        raise ValueError("a number, not negative")
    return number


def _integer(value: Any) -> int:
    if isinstance(value, bool) or int(value) != float(value) or int(value) < 0:
        raise ValueError("a whole number, not negative")
    return int(value)


def _with_unit(units: Mapping[str, float], example: str) -> Any:
    def parse(value: Any) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _number(value)
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", str(value).lower())
        if match is None or match[2] not in units:
            raise ValueError(f"a number with a unit, as {example}")
        return float(match[1]) * units[match[2]]

    return parse


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("1", "true", "yes", "on"):
        return True
    if str(value).lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError("true or false")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError("no control characters")
    return value


def _list(value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise TypeError("a list, or names with commas between")
    return tuple(_text(item).strip() for item in items if _text(item).strip())


def _ages(value: Any) -> tuple[str, ...]:
    ages = _list(value)
    for age in ages:
        parse_seconds(age)
    return ages


def _date(value: Any) -> str:
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    return date.fromisoformat(str(value)).isoformat() if value else ""


_size, parse_seconds = _with_unit(_SIZE, "500MB"), _with_unit(_SECONDS, "10m")
_PARSERS: dict[Kind, Any] = {
    "float": _number,
    "int": _integer,
    "bool": _boolean,
    "str": _text,
    "choice": _text,
    "bytes": lambda value: int(_size(value)),
    "seconds": parse_seconds,
    "list": _list,
    "ages": _ages,
    "date": _date,
}


def config_from_toml(table: Mapping[str, Any], where: str) -> CrawlConfig:
    """A parsed ``collection.toml``; raises UsageError for every key that is not known, naming it."""
    known = dict(table)
    title, sections, hosts = known.pop("title", None), known.pop("sections", []), known.pop("host", {})
    sites = known.pop("site", {})
    unknown = sorted(set(known) - set(OPTIONS))
    if unknown:
        raise UsageError(f"{where}: unknown option {unknown[0]!r}; known are title, sections, host, site, {', '.join(OPTIONS)}")
    if not isinstance(sections, list) or not all(isinstance(item, str) for item in sections):
        raise UsageError(f"{where}: sections: a list of URLs")
    if not isinstance(hosts, dict):
        raise UsageError(f'{where}: host: tables [host."example.org"]')
    if not isinstance(sites, dict):
        raise UsageError(f'{where}: site: tables [site."example.org"]')
    values = {name: parse_option(name, value, where) for name, value in known.items()}
    return CrawlConfig(
        sections=tuple(sections),
        title=str(title) if title is not None else None,
        options=CrawlOptions(**values),
        hosts={name.lower(): _host_options(name, host, where) for name, host in hosts.items()},
        sites={name.lower(): profile_from_table(name.lower(), table, f'{where} [site."{name}"]') for name, table in sites.items()},
    )


def _host_options(name: str, table: Any, where: str) -> HostOptions:
    """Raises UsageError with the place and the key, never with the value: it may be a password."""
    place = f'{where} [host."{name}"]'
    if not isinstance(table, dict):
        raise UsageError(f"{place}: a table")
    for key, value in table.items():
        if key not in _HOST_CHECKS:
            raise UsageError(f"{place}: unknown option {key!r}; known are {', '.join(_HOST_CHECKS)}")
        check, wanted = _HOST_CHECKS[key]
        if not check(value):
            raise UsageError(f"{place}: {key}: {wanted}")
    if "password" in table and "username" not in table:
        raise UsageError(f"{place}: a password without a username")
    return HostOptions(**table)


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and not re.search(r"[\x00-\x1f\x7f]", value)


def _are_headers(value: Any) -> bool:
    token = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
    return isinstance(value, dict) and all(token.fullmatch(name) and _is_line(text) for name, text in value.items())


def _is_proxy(value: Any) -> bool:
    try:
        return _is_line(value) and value.startswith("http://") and bool(authority_of(value)[0])
    except ValueError:
        return False


def _is_delay(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


_HOST_CHECKS: dict[str, tuple[Any, str]] = {
    "headers": (_are_headers, 'a table of names and values, as { "X-Key" = "value" }'),
    "cookies": (_is_line, "name of a cookies file"),
    "username": (_is_line, "text in one line"),
    "password": (_is_line, "text in one line"),
    "proxy": (_is_proxy, "an http:// URL, as http://user:password@proxy.example:3128"),
    "delay": (_is_delay, "seconds, not negative"),
    "insecure_tls": (lambda value: isinstance(value, bool), "true or false"),
}
