"""What a perfect crawl of the demo site finds, from the content alone: made without looking at any page.

URLs are absolute, as the pages' links resolve. Nothing here is used by the site itself; tests compare with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from archiver.demo_site import frame, lists, markup, stories
from archiver.demo_site.stories import Section, Story

# The paths whose answer differs from edition 1's: written down, not computed, so that a test can hold the site to it.
_CHANGED_PATHS = (
    "/",
    "/world/",
    "/world/feed.xml",
    "/sitemap.xml",
    "/news-sitemap.xml",
    "/world/2026/03/council-puts-off-vote-on-ferry/",
    "/world/2026/03/market-hall-roof-is-sound/",
)


@dataclass(frozen=True, slots=True)
class ExpectedEntry:
    """One article link of a list; ``teaser`` and ``label`` (Live, Video, ...) are ``None`` where none is printed."""

    url: str
    headline: str
    teaser: str | None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedListing:
    """One page of a section or tag; ``next_page`` is absolute, ``None`` on the last page."""

    url: str
    entries: tuple[ExpectedEntry, ...]
    next_page: str | None


@dataclass(frozen=True, slots=True)
class ExpectedArticle:
    """What an article page says. ``published`` and ``modified`` as stated (ISO 8601, or a mere day).

    ``paragraphs`` are the blocks of the body in order, without standfirst, byline and captions; those of a live blog's
    updates follow, each headline before its text.
    """

    url: str
    title: str
    standfirst: str | None
    paragraphs: tuple[str, ...]
    authors: tuple[str, ...]
    published: str
    modified: str | None
    language: str
    section: str
    tags: tuple[str, ...]
    page_type: Literal["article", "liveblog", "video", "gallery"]
    is_accessible_for_free: bool | None


@dataclass(frozen=True, slots=True)
class Truth:
    """One edition. ``listings`` is keyed by the URL of a list's first page: the two sections and the tag page.

    ``articles`` is keyed by the URL that the list links to (for a redirect the old one; ``ExpectedArticle.url`` is where it
    ends). ``failures`` maps a listed URL to its reason as failures.jsonl names it. ``redirects`` maps old URL to new one.
    ``changed`` holds the URLs that do not answer 304 to the validators of the edition before (new ones apart), ``added``
    those that were not there.
    """

    edition: int
    listings: Mapping[str, tuple[ExpectedListing, ...]]
    articles: Mapping[str, ExpectedArticle]
    failures: Mapping[str, str]
    redirects: Mapping[str, str]
    changed: frozenset[str]
    added: frozenset[str]

    def listed(self, first_page: str) -> list[str]:
        """The article URLs of a list, all its pages in order, each once."""
        return list(dict.fromkeys(entry.url for page in self.listings[first_page] for entry in page.entries))

    def found(self, *first_pages: str) -> list[str]:
        """The URLs of ``listed`` that give an article, for several lists merged."""
        urls = dict.fromkeys(url for first_page in first_pages for url in self.listed(first_page))
        return [url for url in urls if url not in self.failures]


def truth(base_url: str, edition: int) -> Truth:
    """The truth of ``edition`` for a site served at ``base_url`` (no slash at its end)."""
    outlet, everything = stories.outlet(), stories.stories(edition)
    tag_url = base_url + frame.tag_path(outlet.featured_tag)
    listings = {base_url + section.path: _section_pages(section, base_url, edition) for section in outlet.sections}
    listings[tag_url] = (_tag_page(tag_url, base_url, edition),)
    failures = {base_url + story.listed_path: reason for story in everything if (reason := _failure(story, edition))}
    return Truth(
        edition=edition,
        listings=listings,
        articles={
            base_url + story.listed_path: _article(story, base_url)
            for story in everything
            if base_url + story.listed_path not in failures
        },
        failures=failures,
        redirects={base_url + story.listed_as: base_url + story.path for story in everything if story.listed_as},
        changed=frozenset(base_url + path for path in (_CHANGED_PATHS if edition > 1 else ())),
        added=frozenset(base_url + story.path for story in everything if story.edition == edition > 1),
    )


def _section_pages(section: Section, base_url: str, edition: int) -> tuple[ExpectedListing, ...]:
    pages = []
    for number in range(1, lists.page_count(section) + 1):
        following = lists.section_path(section, number + 1)
        pages.append(
            ExpectedListing(
                url=f"{base_url}{lists.section_path(section, number)}",
                entries=tuple(_entry(story, base_url) for story in stories.listed(section.name, number, edition)),
                next_page=base_url + following if following else None,
            )
        )
    return tuple(pages)


def _entry(story: Story, base_url: str) -> ExpectedEntry:
    # The hero of World has a kicker in place of a label; no hero of either edition would have one.
    return ExpectedEntry(
        url=base_url + story.listed_path,
        headline=story.listed_headline,
        teaser=story.teaser or None,
        label=lists.LABELS.get(story.kind),
    )


def _tag_page(url: str, base_url: str, edition: int) -> ExpectedListing:
    entries = tuple(
        ExpectedEntry(base_url + story.listed_path, story.headline, lists.tag_teaser(story))
        for story in stories.tagged(stories.outlet().featured_tag, edition)
    )
    return ExpectedListing(url, entries, None)


def _article(story: Story, base_url: str) -> ExpectedArticle:
    updates = [part for update in story.updates for part in (update.headline, *markup.plain(update.text))]
    return ExpectedArticle(
        url=base_url + story.path,
        title=story.headline,
        standfirst=story.teaser or None,
        paragraphs=(*markup.plain(story.text), *updates),
        authors=story.authors,
        published=story.published,
        modified=story.modified or None,
        language=story.lang,
        section=story.section,
        tags=story.tags,
        page_type="article" if story.kind == "paywalled" else story.kind,
        is_accessible_for_free=False if story.kind == "paywalled" else None,
    )


def _failure(story: Story, edition: int) -> str | None:
    if stories.is_absent(story, edition):
        return "gone" if story.fate == "gone" else "http_status"
    return "robots" if story.fate == "disallowed" else None
