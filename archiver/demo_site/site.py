"""Every path of the demo site and what it answers, for one edition. No sockets here."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from archiver.demo_site import articles, feeds, frame, lists, pictures, stories
from archiver.demo_site.stories import Story

HTML = "text/html; charset=utf-8"
# The system's own table differs between machines (and knows no web fonts on some).
_TYPES = {
    ".woff2": "font/woff2",
    ".webp": "image/webp",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
}


@dataclass(frozen=True)
class Resource:
    """One answer. ``modified`` (aware) gives Last-Modified; only status 200 has validators."""

    body: bytes
    content_type: str
    modified: datetime | None = None
    status: int = 200
    location: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.body, 6, mtime=0)

    @cached_property
    def etag(self) -> str:
        """The opaque part of the entity tag, without quotes."""
        return hashlib.sha256(self.body).hexdigest()[:20]

    @property
    def is_html(self) -> bool:
        return self.content_type.startswith("text/html")


def build(base_url: str, edition: int) -> Mapping[str, Resource]:
    """All resources of ``edition`` by request target; ``base_url`` has no slash at its end."""
    return dict(
        (
            *_lists(edition),
            *_plain_pages(edition),
            *(_article(story, base_url, edition) for story in stories.stories(edition)),
            *_redirects(edition),
            *_machine_files(base_url, edition),
            *_drawings(),
            *_static_files(),
        )
    )


def missing(edition: int) -> Resource:
    """The answer to a path that is not in ``build``."""
    text = "There is no page at this address. It may have been moved, or it never was."
    return Resource(frame.error_page("Not found", text, edition).encode(), HTML, status=404)


def moved(location: str) -> Resource:
    """A permanent redirect to the path ``location``."""
    return Resource(b"", HTML, status=301, location=location)


def _lists(edition: int) -> Iterator[tuple[str, Resource]]:
    outlet = stories.outlet()
    closed = outlet.editions[edition - 1]
    yield "/", Resource(lists.home_page(edition).encode(), HTML, closed)
    for section in outlet.sections:
        for number in range(1, lists.page_count(section) + 1):
            path = lists.section_path(section, number)
            assert path is not None
            modified = _last_change(stories.listed(section.name, number, edition))
            yield path, Resource(lists.section_page(section, number, edition).encode(), HTML, modified)
    tag = outlet.featured_tag
    body = lists.tag_page(tag, edition).encode()
    yield frame.tag_path(tag), Resource(body, HTML, _last_change(stories.tagged(tag, edition)))


def _plain_pages(edition: int) -> Iterator[tuple[str, Resource]]:
    for plain in stories.outlet().pages:
        yield plain.path, Resource(frame.plain_page(plain, edition).encode(), HTML, stories.outlet().built)


def _article(story: Story, base_url: str, edition: int) -> tuple[str, Resource]:
    if story.fate == "missing":
        return story.path, missing(edition)
    if stories.is_absent(story, edition):
        text = "This story was withdrawn by its author. A survey of a survey found that the first had been of another roof."
        return story.path, Resource(frame.error_page("Withdrawn", text, edition).encode(), HTML, status=410)
    html = articles.article_page(story, base_url, edition)
    reserved = (("tdm-reservation", "1"), ("tdm-policy", f"{base_url}/tdm-policy/")) if story.section == "Culture" else ()
    content_type = f"text/html; charset={story.charset}"
    return story.path, Resource(html.encode(story.charset, "xmlcharrefreplace"), content_type, story.changed_at, headers=reserved)


def _redirects(edition: int) -> Iterator[tuple[str, Resource]]:
    for story in stories.stories(edition):
        if story.listed_as:
            yield story.listed_as, moved(story.path)


def _machine_files(base_url: str, edition: int) -> Iterator[tuple[str, Resource]]:
    outlet = stories.outlet()
    for section in outlet.sections:
        text = feeds.feed(section, base_url, edition)
        modified = _last_change(stories.listed(section.name, 1, edition))
        yield f"{section.path}feed.xml", Resource(text.encode(), "application/rss+xml; charset=utf-8", modified)
    for path, text in (
        ("/sitemap.xml", feeds.sitemap(base_url, edition)),
        ("/news-sitemap.xml", feeds.news_sitemap(base_url, edition)),
    ):
        yield path, Resource(text.encode(), "application/xml; charset=utf-8", outlet.editions[edition - 1])
    yield "/robots.txt", Resource(feeds.robots(base_url).encode(), "text/plain; charset=utf-8", outlet.built)
    yield "/.well-known/tdmrep.json", Resource(feeds.tdmrep(base_url).encode(), "application/json", outlet.built)


def _drawings() -> Iterator[tuple[str, Resource]]:
    built = stories.outlet().built
    yield "/media/weather.svg", Resource(pictures.weather_sign().encode(), "image/svg+xml", built)
    for story in stories.stories(edition=2):
        path = articles.image_path(story)
        if path and path.startswith("/media/"):
            yield path, Resource(pictures.landscape(story.slug).encode(), "image/svg+xml", built)


def _static_files() -> Iterator[tuple[str, Resource]]:
    """Style sheets, script, typeface, photographs, clip: all drawn or written for this project, under its licence."""
    built = stories.outlet().built
    root = files("archiver.demo_site") / "static"
    for path, file in _walk(root, "/static"):
        suffix = path[path.rindex(".") :]
        content_type = _TYPES.get(suffix) or mimetypes.types_map[suffix]
        resource = Resource(file.read_bytes(), content_type, built)
        yield path, resource
        if path == "/static/favicon.ico":
            yield "/favicon.ico", resource


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, path)
        else:
            yield path, entry


def _last_change(listed: tuple[Story, ...]) -> datetime:
    return max(story.changed_at for story in listed)
