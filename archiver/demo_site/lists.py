"""Home, section and tag pages. Each list has a template of its own, as on sites that grew over the years.

World: a hero that is one anchor, then cards. Culture: a plain list with relative links, pictures and "Read more". Tag: a
headline and one long paragraph each, with two fundraising blocks of the very same shape at the end.
"""

from __future__ import annotations

from html import escape

from archiver.demo_site import articles, frame, markup, stories
from archiver.demo_site.stories import Section, Story

TAG_TEASER_MAX_CHARS = 560
# What a list prints beside the headline of a story that is no plain article.
LABELS = {"liveblog": "Live", "gallery": "Pictures", "video": "Video", "paywalled": "Members"}
_LAZY = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


def home_page(edition: int) -> str:
    """The front page: the first stories of each section."""
    outlet = stories.outlet()
    parts = [_home_block(section, edition) for section in outlet.sections]
    body = f"""<div class="columns"><div class="river">
<h1>{escape(outlet.motto)}</h1>
{"".join(parts)}</div>
{frame.sidebar(edition)}</div>"""
    head = "".join(map(frame.feed_link, outlet.sections))
    return frame.page(outlet.name, body, edition=edition, head=head, kind="home")


def section_page(section: Section, number: int, edition: int) -> str:
    """Page ``number`` (1-based) of ``section``."""
    world = section.name == "World"
    content = (_world_list if world else _culture_list)(section, number, edition)
    pager = (_numbered_pager if world else _plain_pager)(section, number)
    title = section.name if number == 1 else f"{section.name}, page {number}"
    head = frame.feed_link(section)
    next_path = section_path(section, number + 1)
    if world and next_path:
        head += f'<link rel="next" href="{next_path}">\n'
    body = f"""<div class="columns"><div class="river">
<h1>{section.name}</h1>
<p class="strap">{escape(section.motto)}</p>
{content}
{pager}
</div>
{frame.sidebar(edition)}</div>"""
    return frame.page(title, body, edition=edition, head=head, kind="section")


def section_path(section: Section, number: int) -> str | None:
    """The path of page ``number`` of ``section``, with its query if it has one; ``None`` past the last page."""
    if not 1 <= number <= page_count(section):
        return None
    if number == 1:
        return section.path
    return f"{section.path}page/{number}/" if section.name == "World" else f"{section.path}?page={number}"


def page_count(section: Section) -> int:
    return max(story.page for story in stories.stories(1) if story.section == section.name)


def tag_page(tag: str, edition: int) -> str:
    """All stories under ``tag`` on one page, then the two fundraising blocks."""
    posts = "\n".join(
        f'<div class="post">\n<h2><a href="{escape(story.listed_path)}">{escape(story.headline)}</a></h2>\n'
        f"<p>{escape(tag_teaser(story))}</p>\n</div>"
        for story in stories.tagged(tag, edition)
    )
    body = f"""<div class="columns"><div class="river">
<h1>{escape(tag)}</h1>
{posts}
<div class="post">
{frame.appeal("Spring appeal: keep the Courier afloat", "h2")}
</div>
<div class="post">
<h2><a href="/donate/">Spring appeal: keep the Courier afloat</a></h2>
<p>The bills rise with the river.</p>
<p>Our paper mill has put up its price for the second time in a year, and the roof above the printing press lets in what the
Lenn does not. Your help is needed now to carry the costs of an independent newspaper through the spring.</p>
</div>
</div></div>"""
    return frame.page(tag, body, edition=edition, kind="tag")


def tag_teaser(story: Story) -> str:
    """What the tag page prints below a headline."""
    return markup.excerpt(story.text, TAG_TEASER_MAX_CHARS)


# ---- the World template ---------------------------------------------------------------------------------------------


def _world_list(section: Section, number: int, edition: int) -> str:
    entries = list(stories.listed(section.name, number, edition))
    hero = _hero(entries.pop(0)) if number == 1 else ""
    cards = [_card(story) for story in entries]
    cards.insert(3, f'<aside class="appeal">\n{frame.appeal("Keep the Courier afloat")}\n</aside>')
    return hero + '<div class="cards">\n' + "\n".join(cards) + "\n</div>"


def _hero(story: Story) -> str:
    return f"""<a class="hero" href="{escape(story.listed_path)}">
<img src="{articles.image_path(story)}" width="960" height="480" alt="{escape(story.caption)}">
<span class="hero-text"><span class="kicker">{escape(story.tags[0])}</span>
<h2>{escape(story.listed_headline)}</h2>
<span class="standfirst">{escape(story.teaser)}</span></span>
</a>
"""


def _card(story: Story) -> str:
    href = escape(story.listed_path)
    label = f'<p class="kicker label {story.kind}-label">{LABELS[story.kind]}</p>\n' if story.kind in LABELS else ""
    teaser = f'<p class="summary">{escape(story.teaser)}</p>\n' if story.teaser else ""
    byline = f"By {escape(' and '.join(story.authors))}"
    time = f'<time datetime="{story.published}">{markup.day_and_time(story.published)}</time>'
    image, path = "", articles.image_path(story)
    if path:
        # Nothing is shown until a script copies data-src to src, as with the older lazy-loading libraries.
        image = f'<a class="thumb" href="{href}" tabindex="-1"><img src="{_LAZY}" data-src="{path}" alt=""></a>\n'
    return f"""<article class="card">
{image}<div>
{label}<h3><a href="{href}">{escape(story.listed_headline)}</a></h3>
{teaser}<p class="byline">{byline} · {time}</p>
{_also(story)}</div>
</article>"""


def _also(story: Story) -> str:
    """A link to background below a live entry: inside the entry, and no entry."""
    if story.kind != "liveblog":
        return ""
    return (
        '<ul class="also">\n<li><a href="/world/2026/02/weather-station-turns-a-hundred/">'
        "Background: what the gauges of a hundred years say</a></li>\n</ul>\n"
    )


def _numbered_pager(section: Section, number: int) -> str:
    items = []
    for other in range(1, page_count(section) + 1):
        path = section_path(section, other)
        items.append(f'<span aria-current="page">{other}</span>' if other == number else f'<a href="{path}">{other}</a>')
    newer, older = section_path(section, number - 1), section_path(section, number + 1)
    if newer:
        items.insert(0, f'<a rel="prev" href="{newer}">Newer stories</a>')
    if older:
        items.append(f'<a rel="next" href="{older}">Older stories</a>')
    return '<nav class="pager" aria-label="Pages">\n' + "\n".join(items) + "\n</nav>"


# ---- the Culture template -------------------------------------------------------------------------------------------


def _culture_list(section: Section, number: int, edition: int) -> str:
    items = [_shelf_item(story, section) for story in stories.listed(section.name, number, edition)]
    items.insert(2, f'<li class="appeal">\n{frame.appeal("No curtain without you", "h2")}\n</li>')
    return '<ul class="shelf">\n' + "\n".join(items) + "\n</ul>"


def _shelf_item(story: Story, section: Section) -> str:
    href = escape(story.listed_path.removeprefix(section.path))
    label = f'<span class="label {story.kind}-label">{LABELS[story.kind]}</span> ' if story.kind in LABELS else ""
    path = articles.image_path(story)
    image = f'<a href="{href}"><img src="{path}" loading="lazy" alt=""></a>\n' if path else ""
    teaser = f"<p>{escape(story.teaser)}</p>\n" if story.teaser else ""
    more = f'<a class="more" href="{href}">Read more</a>'
    return f"""<li>
{image}<h2><a href="{href}">{escape(story.listed_headline)}</a></h2>
<div class="byline">{label}{escape(", ".join(story.authors))}, {markup.day_and_time(story.published)}</div>
{teaser}{more}
</li>"""


def _plain_pager(section: Section, number: int) -> str:
    newer, older = section_path(section, number - 1), section_path(section, number + 1)
    links = [f'<a href="{newer}">Newer stories</a>'] if newer else []
    links += [f'<a href="{older}">Older stories</a>'] if older else []
    return f'<p class="pager">{" ".join(links)}</p>'


# ---- the home page --------------------------------------------------------------------------------------------------


def _home_block(section: Section, edition: int) -> str:
    cards = "\n".join(map(_card, stories.listed(section.name, 1, edition)[:5]))
    return f'<h2 class="block"><a href="{section.path}">{section.name}</a></h2>\n<div class="cards">\n{cards}\n</div>\n'
