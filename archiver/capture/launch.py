"""What a crawl is started with, resolved: collection folder, seeds, configuration. Made by ``archiver.settings``."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from http.cookiejar import Cookie
from pathlib import Path

from archiver._version import __version__
from archiver.options import CrawlConfig, HostOptions

# They change how a run goes, not what it is: a resumed run may have others.
_NOT_IDENTITY = frozenset({"resume_max_age", "extract_workers", "min_free", "max_time", "max_bytes", "operator", "contact"})
HOMEPAGE = "archiver"


@dataclass(frozen=True, slots=True)
class CrawlLaunch:
    """Where to, from where, and how."""

    collection: Path
    seeds: tuple[str, ...]
    config: CrawlConfig
    new_run: bool = False
    cookies: tuple[Cookie, ...] = field(default=(), repr=False)

    @property
    def settings_json(self) -> str:
        """The options in force as a canonical JSON object, without any secret: hosts only say which kinds of option they have."""
        options = dataclasses.asdict(self.config.options)
        hosts = {name: sorted(_set_options(host)) for name, host in self.config.hosts.items()}
        return json.dumps({**options, "hosts": hosts}, sort_keys=True, separators=(",", ":"))

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
