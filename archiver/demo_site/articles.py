"""Article pages of every kind, and what each says about itself: JSON-LD, meta tags, or only words on the page."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from archiver.demo_site import frame, markup, stories
from archiver.demo_site.stories import Story

# Stories whose lead picture is a photograph in several sizes; all others have a drawing.
_SIZES = (320, 640, 960)
_SRCSET = frozenset({"bridge-lamps-dimmed-for-mayflies"})
_PICTURE = frozenset({"casting-the-bell"})
VIDEO = "/static/video/lock-gate.webm"


def article_page(story: Story, base_url: str, edition: int) -> str:
    """The page of ``story``; ``base_url`` (no slash at its end) makes the URLs absolute that must be."""
    section = stories.outlet().section(story.section)
    body = f"""<article class="story {story.kind}">
<nav class="crumbs" aria-label="Breadcrumb"><a href="/">Home</a> › <a href="{section.path}">{section.name}</a></nav>
<h1>{escape(story.headline)}</h1>
{_standfirst(story)}{_byline(story)}
{_lead(story)}
<div class="body">
{markup.blocks(story.text)}
</div>
{_extras(story)}{_tags(story)}
</article>
{frame.related(story, edition)}"""
    return frame.page(
        story.headline,
        body,
        edition=edition,
        lang=story.lang,
        charset=story.charset,
        head=_head(story, base_url),
        kind="single",
    )


def image_path(story: Story) -> str | None:
    """The path of the lead picture, ``None`` when the story has none."""
    if story.slug in _SRCSET | _PICTURE:
        return f"/static/photos/{story.slug}-960.jpg"
    if story.pictures:
        return f"/static/photos/{story.pictures[0].name}.jpg"
    return f"/media/{story.slug}.svg" if story.caption else None


# ---- what the reader sees -------------------------------------------------------------------------------------------


def _standfirst(story: Story) -> str:
    return f'<p class="standfirst">{escape(story.teaser)}</p>\n' if story.teaser else ""


def _byline(story: Story) -> str:
    by = {"en": "By", "de": "Von", "fr": "Par"}[story.lang]
    last = {"en": "Updated", "de": "Aktualisiert am", "fr": "Mis à jour le"}[story.lang]
    names = ", ".join(f'<span class="author" rel="author">{escape(name)}</span>' for name in story.authors)
    changed = ""
    if story.modified:
        printed = markup.day_and_time(story.modified, story.lang)
        changed = f' · <span class="updated">{last} <time datetime="{story.modified}">{printed}</time></span>'
    printed = markup.day_and_time(story.published, story.lang)
    return f'<p class="byline">{by} {names} · <time datetime="{story.published}">{printed}</time>{changed}</p>'


def _lead(story: Story) -> str:
    path = image_path(story)
    if path is None or story.kind == "gallery":
        return ""
    caption = escape(story.caption)
    if story.kind == "video":
        media = (
            f'<video controls preload="metadata" poster="{path}" width="640" height="360">'
            f'<source src="{VIDEO}" type="video/webm"></video>'
        )
    elif story.slug in _PICTURE:
        media = (
            f'<picture><source type="image/webp" srcset="/static/photos/{story.slug}-960.webp">'
            f'<img src="{path}" width="960" height="540" alt="{caption}"></picture>'
        )
    elif story.slug in _SRCSET:
        candidates = ", ".join(f"/static/photos/{story.slug}-{width}.jpg {width}w" for width in _SIZES)
        media = (
            f'<img src="/static/photos/{story.slug}-640.jpg" srcset="{candidates}" sizes="(max-width: 700px) 100vw, 700px" '
            f'width="960" height="540" alt="{caption}">'
        )
    else:
        media = f'<img src="{path}" width="960" height="480" alt="{caption}">'
    return f"<figure>{media}<figcaption>{caption}</figcaption></figure>"


def _extras(story: Story) -> str:
    if story.kind == "liveblog":
        return _updates(story)
    if story.kind == "gallery":
        return _gallery(story)
    if story.kind == "paywalled":
        return (
            '<div class="paywall">\n<h2>The other 203 pages are for members</h2>\n'
            "<p>Members of the Courier read on for the price of a loaf a week.</p>\n"
            '<a class="button" href="/donate/">Become a member</a>\n</div>\n'
        )
    return ""


def _updates(story: Story) -> str:
    entries = "\n".join(
        f'<section class="update">\n<time datetime="{update.time}">{update.time[11:16]}</time>\n'
        f"<h2>{escape(update.headline)}</h2>\n{markup.blocks(update.text)}\n</section>"
        for update in story.updates
    )
    return f'<div class="updates">\n{entries}\n</div>\n'


def _gallery(story: Story) -> str:
    """All pictures but the first wait for a script; the last is a background named in a style attribute."""
    first, *others, last = story.pictures
    figures = [_figure(f'<img src="/static/photos/{first.name}.jpg" width="640" height="400" alt="">', first.caption)]
    for picture in others:
        image = f'<img class="lazy" data-src="/static/photos/{picture.name}.jpg" width="640" height="400" alt="">'
        figures.append(_figure(image, picture.caption))
    backdrop = f'<div class="backdrop" style="background-image: url(\'/static/photos/{last.name}.jpg\')"></div>'
    figures.append(_figure(backdrop, last.caption))
    return '<div class="gallery">\n' + "\n".join(figures) + "\n</div>\n"


def _figure(media: str, caption: str) -> str:
    return f"<figure>{media}<figcaption>{escape(caption)}</figcaption></figure>"


def _tags(story: Story) -> str:
    featured = stories.outlet().featured_tag
    items = [
        f'<li><a rel="tag" href="{frame.tag_path(tag)}">{escape(tag)}</a></li>' if tag == featured else f"<li>{escape(tag)}</li>"
        for tag in story.tags
    ]
    return '<ul class="tags">\n' + "\n".join(items) + "\n</ul>"


# ---- what machines read ---------------------------------------------------------------------------------------------


def _head(story: Story, base_url: str) -> str:
    lines = [f'<meta name="description" content="{escape(story.teaser)}">'] if story.teaser else []
    if story.metadata != "visible":
        lines.append(f'<link rel="canonical" href="{base_url}{story.path}">')
        lines += [_meta(name, value) for name, value in _opengraph(story, base_url)]
    if story.metadata == "jsonld":
        data = json.dumps(_linked_data(story, base_url), ensure_ascii=story.charset != "utf-8", indent=1).replace("<", "\\u003c")
        lines.append(f'<script type="application/ld+json">\n{data}\n</script>')
    return "".join(f"{line}\n" for line in lines)


def _meta(name: str, value: str) -> str:
    key = "property" if ":" in name else "name"
    return f'<meta {key}="{name}" content="{escape(value)}">'


def _opengraph(story: Story, base_url: str) -> list[tuple[str, str]]:
    """Name and share card for every story; author, dates, section and tags only where no JSON-LD says them."""
    pairs = [
        ("og:type", "article"),
        ("og:site_name", stories.outlet().name),
        ("og:title", story.headline),
        ("og:description", story.teaser),
        ("og:url", base_url + story.path),
    ]
    image = image_path(story)
    if image:
        pairs.append(("og:image", base_url + image))
    if story.metadata == "opengraph":
        pairs.append(("article:published_time", story.published))
        pairs += [("article:modified_time", story.modified)] if story.modified else []
        pairs.append(("article:section", story.section))
        pairs += [("article:tag", tag) for tag in story.tags]
        pairs += [("author", name) for name in story.authors]
    return pairs


def _linked_data(story: Story, base_url: str) -> dict[str, Any]:
    types = {"liveblog": "LiveBlogPosting", "video": "VideoObject", "gallery": "ImageGallery"}
    outlet = stories.outlet()
    image = image_path(story)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": types.get(story.kind, "NewsArticle"),
        "name" if story.kind == "video" else "headline": story.headline,
        "description": story.teaser,
        "author": [{"@type": "Person", "name": name} for name in story.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name, "url": base_url + "/"},
        "datePublished": story.published,
        "inLanguage": story.lang,
        "keywords": list(story.tags),
        "mainEntityOfPage": base_url + story.path,
    }
    if story.modified:
        data["dateModified"] = story.modified
    if image:
        data["thumbnailUrl" if story.kind == "video" else "image"] = base_url + image
    return data | _particulars(story, base_url)


def _particulars(story: Story, base_url: str) -> dict[str, Any]:
    """What only this kind of page states."""
    if story.kind == "video":
        return {"uploadDate": story.published, "duration": "PT6S", "contentUrl": base_url + VIDEO}
    if story.kind == "liveblog":
        updates = [
            {"@type": "BlogPosting", "headline": update.headline, "datePublished": update.time, "articleBody": update.text}
            for update in story.updates
        ]
        return {"coverageStartTime": story.published, "coverageEndTime": story.modified, "liveBlogUpdate": updates}
    if story.kind == "paywalled":
        part = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
        return {"articleSection": story.section, "isAccessibleForFree": False, "hasPart": part}
    return {"articleSection": story.section}
