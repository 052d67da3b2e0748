"""What the class, id and role of an element say about it: navigation, sharing, related stories and other furniture.

Class names are read as words (``c-shareBar__item`` is *c share bar item*); substrings mislead (``loading`` holds an *ad*).
The vocabulary was measured on the 395 pages of the article bench; the groups of words tried one by one (carousels, galleries,
disclaimers, tables of contents, images, cards) changed the mean body F1 by .002 at most, and what did not help is not in.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise

from lxml.html import HtmlElement


class Mark(IntEnum):
    """How surely an element is furniture. ``WEAK`` ones are judged by all elements of their class together."""

    NONE = 0
    WEAK = 1
    STRONG = 2


STRONG_TAGS = frozenset({
    "aside", "form", "figure", "fieldset", "figcaption", "legend", "label", "button", "nav", "footer", "dialog", "menu",
    "object", "marquee", "output", "noindex",
})  # fmt: skip
_STRONG = frozenset({
    "comment", "comments", "disqus", "respond", "reply", "replies", "related", "recirc", "recirculation", "recommend",
    "recommended", "recommendation", "recommendations", "trending", "popular", "teaser", "teasers", "newsletter",
    "newsletters", "subscribe", "subscription", "signup", "syndication", "cta", "share", "shares", "sharing", "shared",
    "social", "socials", "sociable", "addtoany", "sharedaddy", "viral", "permalink", "footer", "sidebar", "breadcrumb",
    "breadcrumbs", "nav", "navbar", "navigation", "subnav", "menu", "pagination", "pager", "toolbar", "cookie", "cookies",
    "consent", "gdpr", "popup", "modal", "banner", "ad", "ads", "advert", "adverts", "advertisement", "advertising",
    "promo", "promos", "promotion", "sponsor", "sponsored", "sponsors", "outbrain", "taboola", "criteo", "tags", "taglist",
    "tagcloud", "byline", "bylines", "author", "authors", "authorbox", "bio", "timestamp", "dateline", "copyright",
    "disclaimer", "disclosure", "affiliate", "caption", "captions", "credit", "credits", "carousel", "swiper", "slider",
    "slideshow", "noprint", "footnotes",
})  # fmt: skip
_WEAK = frozenset({
    "meta", "hidden", "hide", "widget", "widgets", "bar", "rating", "ratings", "slide", "overlay", "embed", "embedded",
    "attachment", "attachments", "icon", "options", "expand", "message", "premium", "stories", "viewport", "tag", "infobox",
    "obfuscated", "blurred", "permission",
})  # fmt: skip
_STRONG_PAIRS = frozenset({
    "most read", "most viewed", "read more", "read next", "read also", "more from", "more on", "more stories", "next article",
    "next post", "next story", "prev next", "sign up", "side bar", "screen reader", "sr only", "visually hidden", "also like",
    "up next", "post info", "article info", "article infos", "tag list", "see also", "editors picks", "skip link", "user info",
    "user profile", "post nav", "article tools", "call to", "paid content", "back to", "jump to",
})  # fmt: skip
# Names that hold such a word and mean layout: page builders, WordPress's post_class, responsive utilities, HubSpot fields.
_LAYOUT = re.compile(
    r"elementor-\S*|\S*label-hidden|\S*overflow-hidden|(?:has|no|with|js)-\S+|(?:tag|category|author|type|status)-\S+"
    r"|(?:sm|md|lg|xl|xs)\S*:\S+|\S*hidden-(?:print|xs|sm|md|lg)\S*|hs_cos_\S*|post_meta"
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Parts of a name in which letters and digits mix are hashes (``component_1ad269af0d`` says nothing of an ad).
_HASH = re.compile(r"\d[a-z]|[a-z]\d")


def mark_of(element: HtmlElement, tag: str) -> Mark:
    """The mark of ``element``; hidden elements are furniture too, whatever their name."""
    if tag in STRONG_TAGS:
        # A quotation or a table set as a figure is text.
        is_text = tag == "figure" and (element.find(".//blockquote") is not None or element.find(".//table") is not None)
        return Mark.NONE if is_text else Mark.STRONG
    attributes = element.attrib
    if tag == "article":
        # The page's own, or other stories beside it: their number and size tell.
        return Mark.WEAK
    if not attributes or tag in ("main", "body", "h1", "time"):
        return Mark.NONE
    named = mark_of_names(attributes.get("class") or "", attributes.get("id") or "")
    if named is Mark.STRONG or _is_hidden(element):
        return Mark.STRONG
    return named


def _is_hidden(element: HtmlElement) -> bool:
    get = element.get
    return (
        get("aria-hidden") == "true"
        or get("hidden") is not None
        or "display:none" in (get("style") or "").replace(" ", "")
        or "avigation" in (get("role") or "")
    )


@lru_cache(maxsize=1 << 16)
def mark_of_names(classes: str, identifier: str) -> Mark:
    """The mark that an element's ``class`` and ``id`` give it."""
    found = Mark.NONE
    for name in [*classes.split(), identifier]:
        if not name or _LAYOUT.fullmatch(name):
            continue
        words = [
            word.lower() for part in re.split(r"[^A-Za-z0-9]+", name) if not _HASH.search(part) for word in _WORD.findall(part)
        ]
        if not _STRONG.isdisjoint(words) or any(f"{a} {b}" in _STRONG_PAIRS for a, b in pairwise(words)):
            return Mark.STRONG
        if not _WEAK.isdisjoint(words):
            found = Mark.WEAK
    return found
