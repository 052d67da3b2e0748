"""The links of a page as a reader sees them: where they lead, what is printed on them and how big it is set."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from archiver.extraction.document import Document
from archiver.extraction.headline import Manner, in_running_text, setting
from archiver.extraction.outline import Outline, squeeze, width
from archiver.extraction.wording import MORE, is_only_date
from archiver.urls import normalize_url, path_and_query

_FILE = re.compile(r"(?i)\.(?:jpe?g|png|gif|webp|svg|avif|mp[34]|zip|gz|docx?|xlsx?|pptx?|ics|xml|rss|css|js)$")
# Pages that gather stories or people, by the folder names that CMSs give them.
_GATHERING = re.compile(
    r"(?i)/(?:category|categories|categoria|kategorie|cat[ée]gorie|rubrik|tags?|topics?|thema|temas?|author|authors"
    r"|autor|autore|auteur|users?|search|label|feed|rss|login|register|signin|page/\d+)(?:/|$|\.\w+$)"
    r"|^/(?:rss|feed)\b|[?&](?:cat|tag|author|s|q|paged?)="
)
# Pages that ask something of the reader, where such a word is all of the last segment: money, a subscription, a name.
_ERRAND = re.compile(
    r"(?i)/(?:donate(?:-\w+){0,2}|donations?|give|appeal|support(?:-us)?|membership|join(?:-us)?|newsletters?|subscri(?:be|ptions?)"
    r"|about(?:-us)?|privacy(?:-policy)?|accounts?|cart|profile|people|terms(?:-of-(?:use|service))?"
    r"|spenden?|spende-\w+|abo|abonn\w+|mitglied(?:-werden|schaft)?|faire-un-don|dons?|soutenir|soutenez(?:-nous)?|adherer"
    r"|donar|donaci[oó]n(?:es)?|ap[oó]yanos|suscr[ií]b\w+|doar|doa[cç](?:ao|ão|oes|ões)|apoie|assine|dona|donazioni|sostieni(?:ci)?"
    r"|abbonati|doneer|doneren|steun(?:-ons)?|wesprzyj(?:-nas)?|contact(?:-us)?|kontakt|impressum)(?:/(?:index\.\w+)?|\.\w+)?$"
)
# An address inside a query, or encoded; plain in the path it is a web archive's replay of a page.
_SHARED = re.compile(r"(?i)https?(?::|%3a)(?:/|%2f){2}")
_ENCODED = re.compile(r"(?i)https?%3a%2f%2f")
_BRAND_NAME = re.compile(r"site-?(?:title|name|logo|branding)|\blogo|navbar-brand|home-link")
_FRONT = re.compile(r"^(?:/(?:index\.\w+)?|/\w\w/?)$")
_SLUG = re.compile(r"[^/\d]{2}[-_+][^/]+?[-_+][^/]")
_DATED = re.compile(r"/(?:19|20)\d\d[/-]?(?:\d{1,2}|[a-z]{3})(?:[/-]|$)|(?:19|20)\d\d-?[01]\d-?[0-3]\d")
_NUMBERED = re.compile(r"\d{4,}|[?&](?:p|id|nid|newid|newsid|artid|aid|article|story|tid|item|uid|a)=\d+|/\d{2,}(?:/|$|-)")
# Cards whose address only a script follows: in an attribute, or in the code of a click.
_CARDS = frozenset({"article", "div", "li", "section", "tr", "td", "h2", "h3"})
_SCRIPTED = "boolean(//*[@data-href or @data-link or contains(@onclick, 'location')])"
_GOES_TO = re.compile(r"location(?:\.href)?\s*(?:=|\.assign\()\s*['\"]([^'\"]+)")
_CARD_WIDTH, _CARD_NODES, _LONGEST_CALL = 12, 60, 500
# A section page has some hundreds; what comes after so many on one page, which takes seconds to read, is no list for readers.
MOST_LINKS = 20_000
# A printed headline seldom needs more; longer is a teaser that is linked as a whole.
LONGEST_HEADLINE = 260


@dataclass(slots=True)
class Link:
    """One ``a`` element that leads to another page. ``level`` is that of the heading it is in or holds, 0 for none.

    ``spot`` is the node whose text is the headline: the heading inside a linked card, else the link itself.
    """

    node: int
    url: str
    key: str
    spot: int
    text: str
    width: int
    level: int
    manner: Manner
    inline: bool
    weight: float = 0.0

    @property
    def titled(self) -> bool:
        """Named as a title, though no heading."""
        return self.manner == "titled"


def find_links(document: Document, page: Outline, page_key: str) -> list[Link]:
    """The links to other pages in document order, weighed as headlines (``weight`` 0: cannot be one); ``MOST_LINKS`` at most."""
    links: list[Link] = []
    seen: dict[str, tuple[str, str] | None] = {}
    scripted = bool(document.root.xpath(_SCRIPTED))
    for node, tag in enumerate(page.tags):
        if tag != "a" and not (scripted and tag in _CARDS):
            continue
        href = _href(page, node, tag)
        if not href or href.startswith("#"):
            continue
        if href not in seen:
            seen[href] = _target(document, href)
        target = seen[href]
        if target is not None and target[1] != page_key:
            links.append(_read(page, node, *target))
            if len(links) == MOST_LINKS:
                break
    weigh(page, links, page_key)
    _unweigh_brand(document, page, links)
    return links


def _href(page: Outline, node: int, tag: str) -> str | None:
    """The address of a link, or of a whole card that a script makes one."""
    if tag == "a":
        href: str | None = page.nodes[node].get("href")
        return href
    scripted = _scripted(page, node) if page.text_width[node] >= _CARD_WIDTH else ""
    is_address = scripted.startswith(("/", "http", "?", ".")) or ".htm" in scripted
    # Where the card has a link of its own, that is read.
    if is_address and not any(page.tags[inner] == "a" for inner in range(node, min(page.end[node], node + _CARD_NODES))):
        return scripted
    return None


def _scripted(page: Outline, node: int) -> str:
    get = page.nodes[node].get
    stated: str = get("data-href", "") or get("data-link", "")
    called: str = get("onclick", "") if not stated else ""
    match = _GOES_TO.search(called[:_LONGEST_CALL]) if "location" in called else None
    return match[1] if match else stated


def _target(document: Document, href: str) -> tuple[str, str] | None:
    url = document.absolute(href)
    return (url, normalize_url(url)) if url else None


def _read(page: Outline, node: int, url: str, key: str) -> Link:
    level, spot, manner = setting(page, node)
    text = page.text(spot) if page.text_width[spot] else ""
    if not text and spot != node:
        spot, text = node, page.text(node)
    return Link(node, url, key, spot, text, width(text), level, manner, level == 0 and in_running_text(page, node))


# ---- weight: how much a link looks like a headline, before its surroundings are known -----------------------------------

_MANNER_WEIGHT: dict[Manner, float] = {"titled": 0.6, "bold": 0.35, "plain": 0.0}
_LEVEL_WEIGHT = (0.0, 1.0, 1.0, 0.95, 0.85, 0.7, 0.55)


def weigh(page: Outline, links: Sequence[Link], page_key: str) -> None:
    """Fill in how much each of ``links`` looks like a headline; ``page_key`` is the page's own address, normalised."""
    repeated = _repeated_texts(links)
    for link in links:
        if link.inline or is_share(link.url):
            continue
        if not link.text:
            # A story without a title still has its place in the list: an empty heading.
            link.weight = 0.5 if link.level and page.end[link.node] == link.node + 1 else 0.0
            continue
        if link.level == 0 and (link.text.casefold() in repeated or MORE.match(link.text)):
            continue
        if is_only_date(link.text) and link.level == 0:
            continue
        link.weight = _length_weight(link) * (0.35 + 0.65 * max(_LEVEL_WEIGHT[link.level], _MANNER_WEIGHT[link.manner]))
        # A folder above the page is the way back, never one of its stories.
        link.weight *= 0.3 if page_key.startswith(link.key.rstrip("/") + "/") else address_weight(link.url)


def _unweigh_brand(document: Document, page: Outline, links: Sequence[Link]) -> None:
    """The site's own name is often the biggest linked heading of a page."""
    stated = document.root.find(".//meta[@property='og:site_name']")
    name = squeeze(stated.get("content", "")).casefold() if stated is not None else ""
    for link in links:
        if link.weight >= 0.3 and link.width < 60:
            outer = page.parent[link.node]
            names = " ".join((page.names[link.node], page.names[outer], page.names[page.parent[outer]]))
            if link.text.casefold() == name or _BRAND_NAME.search(names) or page.nodes[link.node].get("rel") == "home":
                link.weight *= 0.2


def _repeated_texts(links: Sequence[Link]) -> set[str]:
    """Texts printed on links to several pages, one of which has a better text elsewhere: "read more", "12 comments"."""
    targets: dict[str, set[str]] = defaultdict(set)
    widest: Counter[str] = Counter()
    for link in links:
        if link.text:
            targets[re.sub(r"\d+", "#", link.text.casefold())].add(link.key)
            widest[link.key] = max(widest[link.key], link.width)
    repeated: set[str] = set()
    for link in links:
        folded = link.text.casefold()
        if len(targets.get(re.sub(r"\d+", "#", folded), ())) > 1 and widest[link.key] > link.width + 4:
            repeated.add(folded)
    return repeated


def _length_weight(link: Link) -> float:
    if link.width > LONGEST_HEADLINE:
        return 0.3
    if link.level or link.titled:
        return 1.0 if link.width >= 12 else 0.55 + link.width / 30
    return min(1.0, max(0.05, (link.width - 4) / 30))


def is_share(url: str) -> bool:
    """A link that carries another address, as share and log-in links do."""
    return bool(_SHARED.search(url.partition("?")[2]) or _ENCODED.search(url))


def is_file(url: str) -> bool:
    """A picture, a document, a feed: nothing that is read as a page."""
    return bool(_FILE.search(path_and_query(url)[0]))


def has_slug(url: str) -> bool:
    """The last part of its path is words, as a headline's."""
    return bool(_SLUG.search(url.partition("?")[0].rstrip("/").rpartition("/")[2]))


@lru_cache(maxsize=8192)
def address_weight(url: str) -> float:
    """How much ``url`` alone looks like a story's: 1 for most, less for gatherings and files, more for dates and slugs."""
    raw_path, query = path_and_query(url)
    path = unquote(raw_path)
    if _FILE.search(path):
        return 0.15
    gathering = _GATHERING.search(path) or (query and _GATHERING.search("?" + query))
    # A story may be filed under a category's folder; a date in its path tells it.
    if (gathering and not _DATED.search(path)) or _ERRAND.search(path):
        return 0.4
    if _FRONT.search(path) and not query:
        return 0.2
    if _DATED.search(path) or _NUMBERED.search(f"{raw_path}?{query}") or has_slug(path):
        return 1.1
    return 0.9
