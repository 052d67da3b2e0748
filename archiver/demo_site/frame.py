"""The frame round every HTML page: head, masthead, mega menu, sidebar, newsletter, footer; and the plain pages."""

from __future__ import annotations

import json
from html import escape

from archiver.demo_site import markup, stories
from archiver.demo_site.stories import PlainPage, Story

# An asset that only a script asks for, named in plain sight: what a capture without a browser can still find.
_CONFIG = {"weather": {"icon": "/media/weather.svg", "text": "9°, light rain"}}


def page(title: str, body: str, *, edition: int, lang: str = "en", head: str = "", charset: str = "utf-8", kind: str = "") -> str:
    """A whole HTML page. ``head`` is markup for the end of ``<head>``, ``body`` the inside of ``<main>``."""
    outlet = stories.outlet()
    full_title = title if title == outlet.name else f"{title} | {outlet.name}"
    # ``has-sidebar`` on the body: real themes do so, and a reader that drops every "sidebar" loses the page.
    return f"""<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="{charset}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(full_title)}</title>
<link rel="stylesheet" href="/static/css/site.css">
<link rel="preload" href="/static/fonts/brackwater-signs.woff2" as="font" type="font/woff2" crossorigin>
<link rel="icon" href="/favicon.ico" sizes="32x32">
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
<link rel="manifest" href="/static/site.webmanifest">
{head}</head>
<body class="has-sidebar {kind}">
<a class="skip" href="#content">Skip to content</a>
{_masthead(edition)}
<main id="content">
{body}
</main>
{_newsletter()}
{_footer()}
<script>var courier = {json.dumps(_CONFIG, ensure_ascii=True)};</script>
<script src="/static/js/site.js" defer></script>
</body>
</html>
"""


def plain_page(plain: PlainPage, edition: int) -> str:
    body = f'<div class="plain"><h1>{escape(plain.title)}</h1>\n{markup.blocks(plain.text)}</div>'
    return page(plain.title, body, edition=edition)


def error_page(title: str, text: str, edition: int) -> str:
    body = f'<div class="plain"><h1>{escape(title)}</h1>\n<p>{escape(text)}</p>\n<p><a href="/">To the front page</a></p></div>'
    return page(title, body, edition=edition)


def sidebar(edition: int) -> str:
    """The column beside a list: most read, and a link to the donation page. Nothing in it is a listing entry."""
    links = "\n".join(f"<li>{link(story)}</li>" for story in _pick(stories.outlet().most_read, edition))
    return f"""<aside class="sidebar" aria-label="Most read">
<h2>Most read</h2>
<ol class="most-read">
{links}
</ol>
<div class="appeal small">
<h3>Three minutes' silence</h3>
<p>That is what the Courier costs a day. <a href="/donate/">Become a member</a>.</p>
</div>
</aside>"""


def appeal(heading: str, level: str = "h3") -> str:
    """A donation block that stands among the entries of a list, with a heading of its own."""
    return f"""<{level}>{escape(heading)}</{level}>
<p>The Courier has no owner and no advertisements. Two thousand readers pay for it, so that everybody else can read it.</p>
<a class="button" href="/donate/">Give what you can</a>"""


def link(story: Story) -> str:
    return f'<a href="{escape(story.path)}">{escape(story.headline)}</a>'


def related(story: Story, edition: int) -> str:
    """Two links below an article, never to the story itself."""
    others = [other for other in _pick((*stories.outlet().in_focus, *stories.outlet().most_read), edition) if other != story]
    links = "\n".join(f"<li>{link(other)}</li>" for other in others[:3])
    return f'<aside class="related">\n<h2>Read on</h2>\n<ul>\n{links}\n</ul>\n</aside>'


def tag_path(tag: str) -> str:
    return f"/tag/{tag.lower().replace(' ', '-')}/"


def feed_link(section: stories.Section) -> str:
    return (
        f'<link rel="alternate" type="application/rss+xml" title="{escape(section.name)} | {escape(stories.outlet().name)}" '
        f'href="{section.path}feed.xml">\n'
    )


def _pick(slugs: tuple[str, ...], edition: int) -> list[Story]:
    known = stories.by_slug(edition)
    return [known[slug] for slug in slugs]


def _masthead(edition: int) -> str:
    outlet = stories.outlet()
    focus = "\n".join(f"<li>{link(story)}</li>" for story in _pick(outlet.in_focus, edition))
    sections = "\n".join(f'<li><a href="{section.path}">{section.name}</a></li>' for section in outlet.sections)
    return f"""<header class="masthead">
<p class="weather" data-weather></p>
<a class="brand" href="/"><span>{escape(outlet.name)}</span></a>
<p class="motto">{escape(outlet.motto)}</p>
<nav class="bar" aria-label="Sections">
<ul>
{sections}
<li><a href="{tag_path(outlet.featured_tag)}">{escape(outlet.featured_tag)}</a></li>
<li><a href="/about/">About</a></li>
</ul>
<details class="mega">
<summary>All of it</summary>
<div class="mega-panel">
<div><h3>Sections</h3><ul>
{sections}
</ul></div>
<div><h3>In focus</h3><ul>
{focus}
</ul></div>
<div><h3>The house</h3><ul>
<li><a href="/about/">About</a></li>
<li><a href="/donate/">Donate</a></li>
<li><a href="/newsletter/">Newsletter</a></li>
</ul></div>
</div>
</details>
</nav>
</header>"""


def _newsletter() -> str:
    return """<section class="newsletter">
<h2>The morning tide, by e-mail</h2>
<p>Five stories at six o'clock, from Monday to Saturday.</p>
<form action="/newsletter/" method="get"><label>Your address <input type="email" name="address"></label>
<button type="submit">Send it to me</button></form>
</section>"""


def _footer() -> str:
    feeds = " ".join(f'<a href="{s.path}feed.xml">{s.name} (RSS)</a>' for s in stories.outlet().sections)
    imprint = f"{stories.outlet().name}, published by the {stories.outlet().publisher}. A made-up paper from a made-up town."
    return f"""<footer class="foot">
<p>{escape(imprint)}</p>
<p><a href="/about/">About</a> <a href="/donate/">Donate</a> <a href="/tdm-policy/">Text and data mining</a>
{feeds} <a href="/sitemap.xml">Sitemap</a></p>
</footer>"""
