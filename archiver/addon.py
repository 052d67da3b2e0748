"""Exact WARC files for any Scrapy project: ``ADDONS = {"archiver.addon.WarcAddon": 500}``; or its spiders over an archive.

The project keeps its own middlewares, pipelines, feeds, settings and pace. Nothing is extracted: `archiver extract` does that.
"""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import NotConfigured

from archiver.capture.launch import LAUNCH_SETTING, CrawlLaunch
from archiver.capture.offline import OFFLINE_SETTING, offline_source
from archiver.errors import UsageError
from archiver.extensions.collection import GUEST_SETTING
from archiver.options import CrawlConfig, CrawlOptions, option_names, parse_option, setting_name
from archiver.urls import clean_url

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

# Where the archive goes, instead of output/<spider's name>.
COLLECTION_SETTING = "ARCHIVER_COLLECTION"
_SCHEMES = ("http", "https")
_ARCHIVING = "archiver.capture.handler.ArchivingDownloadHandler"
_OFFLINE = "archiver.capture.offline.OfflineDownloadHandler"
_EXTENSION = "archiver.extensions.collection.CollectionExtension"
# What a project does not ask an archive for: rows, requisites, an opinion on addresses, an end for want of disk.
_DEFAULTS: dict[str, Any] = {"extract": False, "requisites": False, "allow_private": True, "min_free": 0, "recheck": "none"}
# Options that only the section spider reads; what a project says of these things it says in Scrapy's own settings.
_FROM_SCRAPY = {
    "delay": "DOWNLOAD_DELAY",
    "concurrency": "CONCURRENT_REQUESTS",
    "timeout": "DOWNLOAD_TIMEOUT",
    "retries": "RETRY_TIMES",
    "obey_robots": "ROBOTSTXT_OBEY",
    "user_agent": "USER_AGENT",
}


class WarcAddon:
    """Records every exchange of the project's spiders in a collection, and puts its place into ``request.meta["warc"]``.

    With ``ARCHIVER_OFFLINE = "path"`` requests are answered from that collection instead, and nothing is sent or written.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> WarcAddon:
        return cls(crawler)

    def update_settings(self, settings: BaseSettings) -> None:
        """Put handlers and extension in; raises NotConfigured where they cannot work, ArchiverError for a wrong setting."""
        if settings.get(LAUNCH_SETTING) is not None or _EXTENSION in settings["EXTENSIONS"]:
            raise NotConfigured("archiver.settings records every exchange already")
        offline = settings.get(OFFLINE_SETTING)
        has_reactor = settings.getbool("TWISTED_REACTOR_ENABLED", True)
        if offline and not has_reactor:
            # To stay out would be to send.
            raise UsageError(f"{OFFLINE_SETTING} needs Twisted's reactor: remove TWISTED_REACTOR_ENABLED from the settings")
        if offline:
            self._answer_offline(settings, Path(offline))
            return
        if not has_reactor or "asyncio" not in (settings["TWISTED_REACTOR"] or ""):
            raise NotConfigured(
                "it needs Scrapy's default reactor: remove TWISTED_REACTOR and TWISTED_REACTOR_ENABLED from the settings"
            )
        handlers = settings["DOWNLOAD_HANDLERS"]
        for scheme in _SCHEMES:
            if scheme not in handlers:
                handlers.set(scheme, _ARCHIVING, priority="addon")
            elif handlers[scheme] is not None:
                logger.warning("%s keeps its own handler %s: what it fetches is not archived", scheme, _name(handlers[scheme]))
        if all(handlers[scheme] != _ARCHIVING for scheme in _SCHEMES):
            raise NotConfigured("http and https both keep the handlers that the settings name")
        launch = guest_launch(settings, self._crawler.spidercls)
        settings.set(LAUNCH_SETTING, launch, priority="addon")
        settings.set(GUEST_SETTING, True, priority="addon")
        settings["EXTENSIONS"].set(_EXTENSION, 0, priority="addon")
        logger.info("archiving to %s", launch.collection)

    @staticmethod
    def _answer_offline(settings: BaseSettings, collection: Path) -> None:
        # Here and not in the handler alone: Scrapy goes on without a handler that fails.
        offline_source(collection)
        for scheme in _SCHEMES:
            # Also in the place of a handler of the project's own: nothing may be sent.
            settings["DOWNLOAD_HANDLERS"].set(scheme, _OFFLINE, priority="cmdline")
        # There is nobody to be polite to.
        settings.set("DOWNLOAD_DELAY", 0, priority="cmdline")
        settings.set("AUTOTHROTTLE_ENABLED", False, priority="cmdline")
        logger.info("answering from %s, sending nothing", collection)


def guest_launch(settings: BaseSettings, spidercls: Any) -> CrawlLaunch:
    """What the project's settings make of a crawl: where to, and what ``warcinfo`` says of it. Raises UsageError."""
    given = {name: settings[key] for name in option_names() if settings.get(key := setting_name(name)) is not None}
    values = _DEFAULTS | {name: settings[key] for name, key in _FROM_SCRAPY.items() if settings.get(key) is not None} | given
    options = {name: parse_option(name, value, setting_name(name)) for name, value in values.items()}
    folder = settings.get(COLLECTION_SETTING) or f"output/{spidercls.name}"
    starts = getattr(spidercls, "start_urls", ())
    seeds = (
        tuple(url for start in starts if isinstance(start, str) and (url := clean_url(start)))
        if not isinstance(starts, str)
        else ()
    )
    # A spider that is not ours cannot be gone on with: what was cut off is closed, and a new run begins.
    return CrawlLaunch(Path(folder), seeds, CrawlConfig(options=dataclasses.replace(CrawlOptions(), **options)), new_run=True)


def _name(handler: Any) -> str:
    return handler if isinstance(handler, str) else f"{handler.__module__}.{handler.__qualname__}"
