"""The headline: as printed on the page where the page's own titles back it, without the name of the site."""

from __future__ import annotations

import re

from archiver.extraction import jsonld
from archiver.extraction.statements import Statements, text_of

_SEPARATOR = re.compile(r"\s+[|·•–—\-:»«/]+\s+|\s*[|»]\s*|\s*::\s*")
_MAX_TITLE = 400


def find_title(page: Statements) -> str | None:
    """The h1 that one of the page's titles backs, else JSON-LD's headline, else og:title or ``<title>`` without the site's name."""
    headline = jsonld.text_of(page.article.get("headline") or page.article.get("name"))
    stated = [t for t in [headline, *page.all_meta("og:title", "twitter:title", "title")] if t]
    document_title = next((text_of(e) for e in page.elements.get("title", []) if text_of(e)), None)
    backing = {fold(part) for title in [*stated, document_title or ""] for part in (title, strip_site_name(title, page))}
    headings = [t for e in page.elements.get("h1", []) if (t := text_of(e))]
    for heading in headings:
        if fold(heading) in backing and fold(heading) not in site_names(page):
            return heading[:_MAX_TITLE]
    if headline:
        return headline[:_MAX_TITLE]
    for title in [*page.all_meta("og:title", "twitter:title"), document_title]:
        if title:
            return strip_site_name(title, page)[:_MAX_TITLE] or None
    return headings[0][:_MAX_TITLE] if headings else None


def site_names(page: Statements) -> set[str]:
    """Folded names by which the page calls its outlet."""
    names = list(page.all_meta("og:site_name", "application-name", "apple-mobile-web-app-title", "publisher"))
    for node in page.nodes:
        if jsonld.is_type(node, "WebSite", "Organization", "NewsMediaOrganization") or node is page.article:
            publisher = node.get("publisher") if node is page.article else node
            names += filter(
                None, [jsonld.text_of(p.get("name")) for p in jsonld.resolve(publisher, page.by_id) if isinstance(p, dict)]
            )
    return {fold(name) for name in names if fold(name)}


def strip_site_name(title: str, page: Statements) -> str:
    """``title`` without a leading or trailing part that names the outlet or its domain."""
    names = site_names(page) | {_host_word(page)}
    parts = _SEPARATOR.split(title)
    spans = list(_SEPARATOR.finditer(title))
    if not spans:
        return title
    if _is_site(parts[-1], names):
        return strip_site_name(title[: spans[-1].start()].strip(), page)
    if _is_site(parts[0], names):
        return title[spans[0].end() :].strip()
    return title


def _is_site(part: str, names: set[str]) -> bool:
    folded = fold(part)
    squeezed = folded.replace(" ", "")
    return bool(folded) and any(n and (folded == n or squeezed == n.replace(" ", "")) for n in names)


def _host_word(page: Statements) -> str:
    host = re.sub(r"^\w+://(?:www\.)?", "", page.url).split("/")[0]
    return host.rpartition(".")[0].replace("-", " ")


def fold(text: str) -> str:
    """``text`` for comparison: case and everything but word characters dropped."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def title_folds(page: Statements, title: str | None) -> list[str]:
    """The folded titles that a heading of the article may print, the best first; the outlet's name is none of them."""
    stated = list(page.all_meta("og:title", "twitter:title", "title"))
    folds = [fold(text) for name in stated for text in (name, strip_site_name(name, page))]
    names = site_names(page)
    return list(dict.fromkeys(f for f in [fold(title or ""), *folds] if f and f not in names))


def standfirst_folds(page: Statements) -> set[str]:
    """The folded descriptions that the page states of itself: its standfirst, where it prints one."""
    stated = [*page.all_meta("description", "og:description", "twitter:description"), jsonld.text_of(page.article.get("description"))]
    return {fold(text) for text in stated if text} - {""}
