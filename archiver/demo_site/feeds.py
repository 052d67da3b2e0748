"""What the outlet says to machines: RSS, sitemap, news sitemap, robots.txt, the TDM reservation."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime
from html import escape

from archiver.demo_site import lists, stories
from archiver.demo_site.stories import Section, Story

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def feed(section: Section, base_url: str, edition: int) -> str:
    """RSS 2.0 with the stories of the section's first page, those apart that are not for everybody."""
    items = "".join(_item(story, base_url) for story in _open(edition) if (story.section, story.page) == (section.name, 1))
    return f"""{_XML}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(f"{section.name} | {stories.outlet().name}")}</title>
<link>{base_url}{section.path}</link>
<atom:link rel="self" type="application/rss+xml" href="{base_url}{section.path}feed.xml"/>
<description>{escape(section.motto)}</description>
<language>en</language>
{items}</channel>
</rss>
"""


def sitemap(base_url: str, edition: int) -> str:
    """Every page that robots.txt allows, the articles with their last change."""
    outlet = stories.outlet()
    paths = ["/", *(section.path for section in outlet.sections), *(plain.path for plain in outlet.pages)]
    urls = [f"<url><loc>{base_url}{path}</loc></url>\n" for path in paths]
    urls += [
        f"<url><loc>{base_url}{story.path}</loc><lastmod>{story.modified or story.published}</lastmod></url>\n"
        for story in _open(edition)
    ]
    return f'{_XML}<urlset xmlns="{_SITEMAP}">\n{"".join(urls)}</urlset>\n'


def news_sitemap(base_url: str, edition: int) -> str:
    """The stories of the last two days before the edition closed, as news sitemaps are kept."""
    since = stories.outlet().editions[edition - 1] - timedelta(days=2)
    recent = [story for story in _open(edition) if stories.instant(story.published) >= since]
    urls = "".join(
        f"<url><loc>{base_url}{story.path}</loc><news:news><news:publication><news:name>{escape(stories.outlet().name)}"
        f"</news:name><news:language>{story.lang}</news:language></news:publication>"
        f"<news:publication_date>{story.published}</news:publication_date>"
        f"<news:title>{escape(story.headline)}</news:title></news:news></url>\n"
        for story in recent
    )
    return f'{_XML}<urlset xmlns="{_SITEMAP}" xmlns:news="{_NEWS}">\n{urls}</urlset>\n'


def robots(base_url: str) -> str:
    return f"""# Read what you like, at your own pace.
User-agent: *
Disallow: /members/

Sitemap: {base_url}/sitemap.xml
Sitemap: {base_url}/news-sitemap.xml
"""


def tdmrep(base_url: str) -> str:
    """The TDM Reservation Protocol's file: Culture is reserved under a policy, the rest is free."""
    culture = {"location": "/culture/*", "tdm-reservation": 1, "tdm-policy": f"{base_url}/tdm-policy/"}
    return json.dumps([culture, {"location": "/", "tdm-reservation": 0}], indent=2) + "\n"


def _open(edition: int) -> tuple[Story, ...]:
    return tuple(story for story in stories.published(edition) if story.fate != "disallowed")


def _item(story: Story, base_url: str) -> str:
    date = format_datetime(stories.instant(story.published))
    return f"""<item>
<title>{escape(story.headline)}</title>
<link>{base_url}{story.path}</link>
<guid isPermaLink="true">{base_url}{story.path}</guid>
<dc:creator>{escape(", ".join(story.authors))}</dc:creator>
<pubDate>{date}</pubDate>
<description>{escape(story.teaser or lists.tag_teaser(story))}</description>
</item>
"""
