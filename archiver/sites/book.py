"""Which rules hold for a page: a collection's own site tables before the bundled profiles, by host and day of capture."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files

from archiver.errors import UsageError
from archiver.site_rules import SectionRules, SiteProfile, profile_from_table
from archiver.urls import authority_of


class SiteBook:
    """Profiles by host. ``own`` ones, of the collection, take the whole place of a bundled one for the same host."""

    def __init__(self, own: Mapping[str, SiteProfile] | None = None) -> None:
        self._by_host: dict[str, SiteProfile] = {}
        for profile in (*bundled().values(), *(own or {}).values()):
            self._by_host |= dict.fromkeys(profile.hosts, profile)

    @classmethod
    def of_settings(cls, settings: str) -> SiteBook:
        """The book of a run, from the settings that its ``warcinfo`` states (a JSON object); never raises."""
        return cls(_stated(settings))

    def profile_for(self, url: str) -> SiteProfile | None:
        """The profile for the host of ``url``: with its port, without, and without ``www.``."""
        try:
            host, port = authority_of(url)
        except ValueError:
            return None
        names = (f"{host}:{port}", host, host.removeprefix("www."))
        return next((self._by_host[name] for name in names if name in self._by_host), None)

    def rules_for(self, url: str, captured_at: datetime) -> SectionRules | None:
        """The rules for the section page ``url`` as captured at that time; ``None``: nothing is known of it."""
        profile = self.profile_for(url)
        return profile.rules_at(captured_at) if profile is not None else None


def _stated(settings: str) -> dict[str, SiteProfile]:
    try:
        tables = json.loads(settings).get("sites", {})
        return {name: profile_from_table(name, table, "warcinfo") for name, table in tables.items()}
    except (ValueError, AttributeError, RecursionError, UsageError):
        # Another program's warcinfo, or a damaged one: verify tells of those.
        return {}


@cache
def bundled() -> Mapping[str, SiteProfile]:
    """The profiles that come with this package, by name (the file's, without ``.toml``), in order."""
    found = {}
    for path in sorted(files(__package__).joinpath("profiles").iterdir(), key=lambda path: path.name):
        if path.name.endswith(".toml"):
            name = path.name.removesuffix(".toml")
            found[name] = profile_from_table(name, tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    return found
