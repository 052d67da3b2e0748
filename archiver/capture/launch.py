"""What a crawl is started with: options, ``collection.toml`` and arguments resolved, and the Scrapy settings they become."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import Cookie
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archiver._version import __version__
from archiver.capture.cookies import read_cookies
from archiver.collection.layout import Collection
from archiver.errors import UsageError
from archiver.model import Discovery
from archiver.options import CrawlConfig, HostOptions, config_from_toml, option_names, parse_option, setting_name
from archiver.site_rules import profile_table
from archiver.urls import clean_url

# They change how a run goes, not what it is: a resumed run may have others.
_NOT_IDENTITY = frozenset(
    {"requisites_share", "resume_max_age", "extract_workers", "min_free", "max_time", "max_bytes", "operator", "contact"}
)
# The Scrapy setting that holds the CrawlLaunch.
LAUNCH_SETTING = "ARCHIVER_LAUNCH"


@dataclass(frozen=True, slots=True)
class CrawlLaunch:
    """Where to, from where, and how."""

    collection: Path
    seeds: tuple[str, ...]
    config: CrawlConfig
    new_run: bool = False
    cookies: tuple[Cookie, ...] = field(default=(), repr=False)
    # Of ``archiver patch``: the requisites to fetch, each with its role, the page that names it, and that page's discovery.
    patch: tuple[tuple[str, str, str, Discovery], ...] = field(default=(), repr=False)

    @property
    def settings_json(self) -> str:
        """The options in force as a canonical JSON object, without any secret: hosts only say which kinds of option they have.

        The collection's own site tables are in it whole: rows are derived again by them.
        """
        options = dataclasses.asdict(self.config.options)
        hosts = {name: sorted(_set_options(host)) for name, host in self.config.hosts.items()}
        sites = {name: profile_table(profile) for name, profile in self.config.sites.items()}
        kept = {**options, "hosts": hosts, **({"sites": sites} if sites else {}), **({"kind": "patch"} if self.patch else {})}
        return json.dumps(kept, sort_keys=True, separators=(",", ":"))

    @property
    def user_agent(self) -> str:
        """Names the tool, its version and the contact, unless the user set another."""
        options = self.config.options
        if options.user_agent:
            return options.user_agent
        contact = f" (+{options.contact})" if options.contact else ""
        return f"archiver/{__version__}{contact}"


def _set_options(host: HostOptions) -> list[str]:
    values = {item.name: getattr(host, item.name) for item in dataclasses.fields(host)}
    return [name for name, value in values.items() if value is not None and value is not False and value != {}]


def same_crawl(one: str, other: str) -> bool:
    """Whether two ``settings_json`` describe the same crawl, so that one may resume the other."""
    first, second = (json.loads(text) for text in (one, other))
    return all(first.get(key) == second.get(key) for key in set(first) | set(second) if key not in _NOT_IDENTITY)


def scrapy_settings(launch: CrawlLaunch) -> dict[str, Any]:
    """The Scrapy settings that ``launch`` asks for, on top of archiver.settings."""
    options = launch.config.options
    settings: dict[str, Any] = {
        LAUNCH_SETTING: launch,
        "USER_AGENT": launch.user_agent,
        "CONCURRENT_REQUESTS": options.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": options.concurrency,
        "DOWNLOAD_DELAY": options.delay,
        "AUTOTHROTTLE_ENABLED": options.delay > 0,
        "AUTOTHROTTLE_START_DELAY": options.delay,
        "DOWNLOAD_TIMEOUT": options.timeout,
        "DOWNLOAD_MAXSIZE": options.max_response_bytes,
        "RETRY_TIMES": options.retries,
        "DOWNLOAD_SLOTS": {name: {"delay": host.delay} for name, host in launch.config.hosts.items() if host.delay is not None},
    }
    settings |= {setting_name(name): getattr(options, name) for name in option_names()}
    return settings


def resolve_launch(
    urls: tuple[str, ...],
    collection: Path | None,
    given: Mapping[str, Any],
    *,
    config_file: Path | None = None,
    new_run: bool = False,
) -> CrawlLaunch:
    """Seeds, folder and options from the command line, over those of ``collection.toml``. Raises UsageError.

    ``given`` holds the options that were named, by name; ``config_file`` is read instead of the collection's own.
    """
    config = CrawlConfig()
    path = config_file or (Collection(collection).config if collection else None)
    if config_file is not None and not config_file.is_file():
        raise UsageError(f"{config_file}: no such file")
    if path is not None and path.is_file():
        config = read_config(path)
    named = {name: parse_option(name, value, "--" + name.replace("_", "-")) for name, value in given.items()}
    config = dataclasses.replace(config, options=dataclasses.replace(config.options, **named))
    seeds = parse_seeds(list(urls) or list(config.sections))
    if not seeds:
        raise UsageError("no URL: name a section page, or sections in collection.toml")
    folder = collection or Path("output") / default_name(seeds[0])
    _must_be_utf8(folder)
    cookies = (read_cookies(Path(host.cookies), name) for name, host in config.hosts.items() if host.cookies)
    return CrawlLaunch(folder, seeds, config, new_run, tuple(chain.from_iterable(cookies)))


def _must_be_utf8(folder: Path) -> None:
    """The libraries that write Parquet and SQLite take no other names, and a collection that some verbs cannot read is none."""
    try:
        str(folder.absolute()).encode()
    except UnicodeEncodeError as error:
        shown = str(folder).encode("utf-8", "backslashreplace").decode()
        raise UsageError(f"{shown}: names of the folder and of those it lies in have to be UTF-8") from error


def parse_seeds(urls: list[str]) -> tuple[str, ...]:
    """Seed URLs in their clean form; raises UsageError for anything that is none."""
    seeds = []
    for url in urls:
        if "://" not in url:
            raise UsageError(f"{url}: not a URL; did you mean https://{url} ?")
        cleaned = clean_url(url)
        if cleaned is None:
            scheme = url.split("://")[0]
            why = "not a URL" if scheme in ("http", "https") else f"unknown scheme {scheme!r}; http and https are crawled"
            raise UsageError(f"{url}: {why}")
        seeds.append(cleaned)
    return tuple(dict.fromkeys(seeds))


def read_config(path: Path) -> CrawlConfig:
    """The configuration in a TOML file; raises UsageError with its name and what is wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error
    config = config_from_toml(table, str(path))
    return dataclasses.replace(config, hosts={name: _with_cookies_in(path.parent, host) for name, host in config.hosts.items()})


def _with_cookies_in(folder: Path, host: HostOptions) -> HostOptions:
    return dataclasses.replace(host, cookies=str(folder / Path(host.cookies).expanduser())) if host.cookies else host


def default_name(url: str) -> str:
    """``<host>-<section>``: the collection folder of a crawl that names none."""
    parts = urlsplit(url)
    section = re.sub(r"[^A-Za-z0-9]+", "-", re.sub(r"\.\w{1,5}$", "", parts.path)).strip("-").lower()[:40]
    host = re.sub(r"[^a-z0-9.-]+", "-", parts.netloc.lower().rpartition("@")[2])
    return f"{host}-{section}" if section else host
