"""``SITES.toml``: the sites of a fleet crawl, and which of them must not run at once. Pure but for reading the one file."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from archiver.errors import UsageError
from archiver.options import config_from_toml
from archiver.urls import clean_url, registrable_domain

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Site:
    """One collection: ``toml`` is its ``collection.toml``, defaults filled in. ``repr`` shows no option: some are secret."""

    name: str
    sections: tuple[str, ...]
    toml: str
    delay_s: float
    has_share: bool = False

    def __repr__(self) -> str:
        return f"Site({self.name})"

    @property
    def domains(self) -> frozenset[str]:
        """Registrable domains of its sections."""
        return frozenset(registrable_domain(url) for url in self.sections)


@dataclass(frozen=True, slots=True)
class HostShard:
    """Sites that share a registrable domain, which run one after the other."""

    name: str
    sites: tuple[Site, ...]

    @property
    def work(self) -> str:
        """Changes with what there is to do."""
        told = [[site.name, site.toml] for site in self.sites]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def read_sites(path: Path, defaults: Mapping[str, Any]) -> tuple[Site, ...]:
    """The sites of a file; ``defaults`` are options for all. Raises UsageError with the file, the site and what is wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error
    tables = table.pop("site", [])
    if table:
        raise UsageError(f"{path}: unknown key {sorted(table)[0]!r}: there are [[site]] tables only")
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables) or not tables:
        raise UsageError(f"{path}: no [[site]] table")
    sites = [_site(dict(one), f"{path} [[site]] {number}", path.parent, defaults) for number, one in enumerate(tables, 1)]
    seen: dict[str, str] = {}
    for site in sites:
        # Folders, on file systems that fold case too.
        if site.name.lower() in seen:
            raise UsageError(f"{path}: two sites are called {site.name!r}")
        seen[site.name.lower()] = site.name
    return tuple(sites)


def _site(table: dict[str, Any], where: str, folder: Path, defaults: Mapping[str, Any]) -> Site:
    name, sections = table.pop("name", None), table.get("sections")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError(f"{where}: name: letters, digits, '.', '_' and '-', as it becomes a folder's")
    where = f"{where} ({name})"
    if not isinstance(sections, list) or not sections:
        raise UsageError(f"{where}: sections: a list of URLs")
    whole = {**defaults, **table}
    config = config_from_toml(whole, where)
    cleaned = []
    for url in sections:
        clean = clean_url(url)
        if clean is None:
            raise UsageError(f"{where}: {url}: not an http or https URL")
        cleaned.append(clean)
    for host in whole.get("host", {}).values():
        if "cookies" in host:
            host["cookies"] = str((folder / Path(host["cookies"]).expanduser()).absolute())
    delay_s = max([config.options.delay, *(host.delay for host in config.hosts.values() if host.delay is not None)])
    return Site(name, tuple(cleaned), toml_of({**whole, "sections": cleaned}), delay_s, "requisites_share" in whole)


def shards_of(sites: tuple[Site, ...]) -> list[HostShard]:
    """Shards of whole hosts, by registrable domain: sites that have one in common are one shard, in the order of the file."""
    groups: list[tuple[set[str], list[Site]]] = []
    for site in sites:
        domains, members = set(site.domains), [site]
        for group in [group for group in groups if group[0] & domains]:
            groups.remove(group)
            domains |= group[0]
            members = [*group[1], *members]
        groups.append((domains, members))
    order = {site.name: number for number, site in enumerate(sites)}
    shards = [HostShard(min(domains), tuple(sorted(members, key=lambda site: order[site.name]))) for domains, members in groups]
    return sorted(shards, key=lambda shard: order[shard.sites[0].name])


def toml_of(table: Mapping[str, Any]) -> str:
    """``table`` as TOML: options first, then tables one a line."""
    return "".join(f"{line}\n" for line in _lines(table))


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{_text(key)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_text(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, date):
        return _text(value.isoformat())
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    """A basic string (TOML 1.0): JSON's, with DEL escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
