"""The demo outlet's content as values, read from ``content/*.toml``. No HTML here, and no URL with a host.

Edition 1 is the first day, edition 2 the next one; ``stories(edition)`` applies what happened over night.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Kind = Literal["article", "liveblog", "gallery", "video", "paywalled"]
Metadata = Literal["jsonld", "opengraph", "visible"]
Fate = Literal["ok", "missing", "disallowed", "gone"]


@dataclass(frozen=True, slots=True)
class Update:
    """One entry of a live blog; ``time`` is ISO 8601 with its zone."""

    time: str
    headline: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a gallery: ``static/photos/<name>.jpg``."""

    name: str
    caption: str


@dataclass(frozen=True, slots=True)
class Story:
    """One story as it stands in one edition.

    ``page`` is the page of its section that lists it. ``list_headline`` is what the list prints where it differs from the
    headline; ``teaser`` may be ``""`` (none is printed). ``published`` is ISO 8601 with a zone, or only a day.
    ``metadata`` says where the page states author and date: JSON-LD, meta tags, or nowhere but in the visible text.
    ``fate`` is what a crawler meets: ``missing`` is 404 from the start, ``gone`` 410 since edition 2, ``disallowed`` lies
    under a path that robots.txt forbids. ``listed_as`` is an old path that redirects here and that the list still links to.
    """

    slug: str
    section: str
    page: int
    headline: str
    teaser: str
    authors: tuple[str, ...]
    published: str
    tags: tuple[str, ...]
    text: str
    list_headline: str = ""
    modified: str = ""
    lang: str = "en"
    charset: str = "utf-8"
    kind: Kind = "article"
    metadata: Metadata = "jsonld"
    fate: Fate = "ok"
    edition: int = 1
    listed_as: str = ""
    caption: str = ""
    updates: tuple[Update, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def path(self) -> str:
        """Where the story answers; the two sections shape their paths differently, as two content systems would."""
        if self.fate == "disallowed":
            return f"/members/{self.slug}/"
        if self.section == "Culture":
            return f"/culture/{self.slug}.html"
        return f"/world/{self.published[:4]}/{self.published[5:7]}/{self.slug}/"

    @property
    def listed_path(self) -> str:
        return self.listed_as or self.path

    @property
    def listed_headline(self) -> str:
        return self.list_headline or self.headline

    @property
    def changed_at(self) -> datetime:
        return instant(self.modified or self.published)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the outlet; ``path`` is that of its first page."""

    name: str
    path: str
    motto: str


@dataclass(frozen=True, slots=True)
class PlainPage:
    """A page that is no story: about, donate and their like."""

    path: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """What belongs to no story. ``most_read`` and ``in_focus`` are slugs whose links are no listing entries."""

    name: str
    motto: str
    publisher: str
    featured_tag: str
    built: datetime
    editions: tuple[datetime, ...]
    sections: tuple[Section, ...]
    pages: tuple[PlainPage, ...]
    most_read: tuple[str, ...]
    in_focus: tuple[str, ...]

    def section(self, name: str) -> Section:
        return next(section for section in self.sections if section.name == name)


def instant(text: str) -> datetime:
    """ISO 8601 ``text`` as an aware ``datetime``; a mere day is its midnight in UTC."""
    if len(text) == len("2026-01-01"):
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    return datetime.fromisoformat(text)


@cache
def outlet() -> Outlet:
    """The outlet and the frame round its pages."""
    table = _read("outlet.toml")
    return Outlet(
        name=table["name"],
        motto=table["motto"],
        publisher=table["publisher"],
        featured_tag=table["featured_tag"],
        built=instant(table["built"]),
        editions=tuple(map(instant, table["editions"])),
        sections=tuple(Section(**entry) for entry in table["section"]),
        pages=tuple(PlainPage(**entry) for entry in table["page"]),
        most_read=tuple(table["most_read"]),
        in_focus=tuple(table["in_focus"]),
    )


@cache
def stories(edition: int) -> tuple[Story, ...]:
    """Every story listed in ``edition`` (1 or 2), section by section, in the order of its lists."""
    if edition not in (1, 2):
        raise ValueError(f"the demo site has editions 1 and 2, not {edition}")
    return tuple(
        _story(entry, section.name, edition)
        for section in outlet().sections
        for entry in _read(f"{section.name.lower()}.toml")["story"]
        if entry.get("edition", 1) <= edition
    )


def by_slug(edition: int) -> dict[str, Story]:
    return {story.slug: story for story in stories(edition)}


def listed(section: str, page: int, edition: int) -> tuple[Story, ...]:
    """The stories that one page of ``section`` lists, in order; ``()`` past the last page."""
    return tuple(story for story in stories(edition) if (story.section, story.page) == (section, page))


def tagged(tag: str, edition: int) -> tuple[Story, ...]:
    """The stories under ``tag``, newest first."""
    found = [story for story in stories(edition) if tag in story.tags]
    return tuple(sorted(found, key=lambda story: instant(story.published), reverse=True))


def published(edition: int) -> tuple[Story, ...]:
    """The stories whose page can be had in ``edition``, the one behind robots.txt included."""
    return tuple(story for story in stories(edition) if not is_absent(story, edition))


def is_absent(story: Story, edition: int) -> bool:
    """Whether the page of ``story`` answers 404 or 410 in ``edition``."""
    return story.fate == "missing" or (story.fate == "gone" and edition > 1)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("archiver.demo_site") / "content" / name).read_text(encoding="utf-8"))


def _story(entry: dict[str, Any], section: str, edition: int) -> Story:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    next_day = fields.pop("edition_2", {})
    updates = tuple(Update(**update) for update in fields.pop("update", ()))
    pictures = tuple(Picture(**picture) for picture in fields.pop("picture", ()))
    if edition > 1:
        fields |= next_day
    return Story(section=section, updates=updates, pictures=pictures, **fields)
