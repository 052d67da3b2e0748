"""Scrapy settings of a crawl, and how options, ``collection.toml`` and spider arguments become them.

This module is the Scrapy settings module (``scrapy.cfg``); ``crawl_settings`` adds what one crawl is told.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archiver.capture.cookies import read_cookies
from archiver.capture.launch import CrawlLaunch
from archiver.collection.layout import Collection
from archiver.errors import UsageError
from archiver.options import CrawlConfig, HostOptions, config_from_toml, option_names, parse_option

BOT_NAME = "archiver"
SPIDER_MODULES = ["archiver.spiders"]
NEWSPIDER_MODULE = "archiver.spiders"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

DOWNLOAD_HANDLERS = {
    "http": "archiver.capture.handler.ArchivingDownloadHandler",
    "https": "archiver.capture.handler.ArchivingDownloadHandler",
    # Nothing but http and https is ever fetched.
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "archiver.middlewares.robots.RobotsMiddleware": 100,
    # After robots (a request of its own), before what sets headers, cookies and proxies.
    "archiver.middlewares.hosts.HostsMiddleware": 150,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "archiver.middlewares.decode.DecodeMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
}
# No Referer: a site need not know where a reader would have come from.
REFERRER_POLICY = "no-referrer"
SPIDER_MIDDLEWARES = {
    # Depth is kept in the discovery.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
EXTENSIONS = {
    "archiver.extensions.CollectionExtension": 0,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.memdebug.MemoryDebugger": None,
    "scrapy.extensions.closespider.CloseSpider": None,
    "scrapy.extensions.feedexport.FeedExporter": None,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
}
ITEM_PIPELINES = {"archiver.pipelines.DatasetPipeline": 300}
# One request at a time would be the politest; a host's own pace is DOWNLOAD_DELAY.
CONCURRENT_REQUESTS_PER_DOMAIN = 8
DOWNLOAD_DELAY_JITTER = 0
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True
AUTOTHROTTLE_MAX_DELAY = 60
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
STATS_DUMP = False
LOG_LEVEL = "INFO"
LOG_INSTALL_ROOT_HANDLER = False
COOKIES_ENABLED = True
# Cookies may be a login.
COOKIES_DEBUG = False
URLLENGTH_LIMIT = 8192
USER_AGENT = "archiver"


def crawl_settings(launch: CrawlLaunch) -> dict[str, Any]:
    """The Scrapy settings that ``launch`` asks for, on top of this module's."""
    options = launch.config.options
    settings: dict[str, Any] = {
        "ARCHIVER_LAUNCH": launch,
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
    settings |= {f"ARCHIVER_{name.upper()}": getattr(options, name) for name in option_names()}
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
    seeds = urls or config.sections
    if not seeds:
        raise UsageError("no URL: name a section page, or sections in collection.toml")
    folder = collection or Path("output") / default_name(seeds[0])
    cookies = (read_cookies(Path(host.cookies), name) for name, host in config.hosts.items() if host.cookies)
    return CrawlLaunch(folder, tuple(seeds), config, new_run, tuple(chain.from_iterable(cookies)))


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
