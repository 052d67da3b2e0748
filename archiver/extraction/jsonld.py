"""JSON-LD of a page as flat nodes, and the node that describes the page's own article. Nothing here reads other markup."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from archiver.urls import normalize_url

Node = dict[str, Any]

# schema.org types that are an article (CreativeWork > Article and its kin), in any prefix and case.
_ARTICLE_TYPE = re.compile(
    r"(?:^|[/:#])(?:\w*article|\w*posting|\w*blogpost|report|reportagenewsarticle|recipe|review|howto|creativework)$",
    re.IGNORECASE,
)
# Properties whose nodes are part of the description of the page; lists of other pages are not.
_NESTED = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "breadcrumb", "liveBlogUpdate", "subjectOf")
_NOT_FOLLOWED = {"liveBlogUpdate", "subjectOf"}
_MAX_DEPTH = 12


def load(script: str) -> Any:
    """The JSON value of one ``<script type="application/ld+json">``; ``None`` when it cannot be read even leniently.

    Seen in the wild and repaired: CDATA and HTML comment wrappers, raw newlines in strings, comments, trailing commas, a
    semicolon at the end, text cut after the last complete object, entities written for quotes.
    """
    text = re.sub(r"^\s*(?://\s*)?(?:<!\[CDATA\[|<!--)|(?://\s*)?(?:\]\]>|-->)\s*$", "", script).strip().rstrip(";")
    for attempt in (lambda t: t, _repair, lambda t: _repair(html.unescape(t))):
        try:
            return json.JSONDecoder(strict=False).raw_decode(attempt(text).lstrip())[0]
        except (ValueError, RecursionError):
            continue
    return None


_STRING_OR_NOISE = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])|\\(?=[^"\\/bfnrtu])', re.DOTALL)


def _repair(text: str) -> str:
    """``text`` without comments and trailing commas (strings are left as they are, save bad escapes)."""

    def keep(match: re.Match[str]) -> str:
        string = match[1]
        return re.sub(r"\\(?![\"\\/bfnrtu])", "", string) if string else ""

    # Twice: a comment may stand between the comma and the bracket.
    return _STRING_OR_NOISE.sub(keep, _STRING_OR_NOISE.sub(keep, text))


def flatten(values: Iterable[Any]) -> list[Node]:
    """All nodes of ``values`` in document order: lists, ``@graph`` and nested main entities opened, list items not."""
    return [node for value in values for node in _walk(value, 0)]


def _walk(value: Any, depth: int) -> Iterator[Node]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in _NESTED:
            if key in value and key not in _NOT_FOLLOWED:
                yield from _walk(value[key], depth + 1)


def types(node: Node) -> list[str]:
    """``@type`` of a node as a list of strings."""
    return [t for t in as_list(node.get("@type")) if isinstance(t, str)]


def is_type(node: Node, *names: str) -> bool:
    """Whether one of the node's types ends in one of ``names`` (any prefix, any case)."""
    lowered = tuple(name.lower() for name in names)
    return any(re.split(r"[/:#]", t)[-1].lower() in lowered for t in types(node))


def is_article(node: Node) -> bool:
    """Whether the node is an article in the wide sense of schema.org."""
    return any(_ARTICLE_TYPE.search(t) for t in types(node))


def as_list(value: Any) -> list[Any]:
    """``value`` as a list: JSON-LD allows one value wherever many may stand."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text_of(value: Any) -> str | None:
    """The first text in ``value``: a string, the ``@value``, ``name`` or ``@id`` of a node, the first of a list."""
    for item in as_list(value):
        if isinstance(item, dict):
            item = item.get("@value") or item.get("name") or item.get("headline") or item.get("url") or item.get("@id")
            item = item[0] if isinstance(item, list) and item else item
        if isinstance(item, str) and item.strip():
            return clean_text(item)
    return None


def clean_text(text: str) -> str:
    """``text`` with entities decoded (also doubly encoded ones), tags dropped and whitespace folded."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]*>", " ", text)
    return " ".join(text.split())


def by_id(nodes: Sequence[Node]) -> dict[str, Node]:
    """Nodes by ``@id``, the fullest one of each, so that ``{"@id": …}`` references can be followed."""
    index: dict[str, Node] = {}
    for node in nodes:
        key = node.get("@id")
        if isinstance(key, str) and len(node) > len(index.get(key, ())):
            index[key] = node
    return index


def resolve(value: Any, index: dict[str, Node]) -> list[Any]:
    """``value`` as a list in which bare references are replaced by the nodes they name."""
    found = []
    for item in as_list(value):
        if isinstance(item, dict) and isinstance(item.get("@id"), str) and not (item.get("name") or item.get("headline")):
            item = index.get(item["@id"], item)
        found.append(item)
    return found


def main_article(nodes: Sequence[Node], urls: Iterable[str], titles: Iterable[str]) -> Node | None:
    """The node of the page's own article: its URL or headline is the page's, else the only one there is.

    Pages also describe the articles they link to (related stories, whole blogs): several nodes of which none names this
    page prove nothing and give ``None``, unless the first is fuller than a teaser.
    """
    articles = [node for node in nodes if is_article(node)]
    own_urls = {normalize_url(url) for url in urls}
    folded = {_fold(title) for title in titles}
    named = [node for node in articles if _names(node, own_urls) or _fold(text_of(node.get("headline")) or "") in folded]
    for group in (named, articles if len(articles) == 1 else []):
        if group:
            return max(group, key=lambda node: (not is_type(node, "CreativeWork", "Review"), len(node)))
    full = [node for node in articles if node.get("datePublished") and node.get("author") and node.get("publisher")]
    return full[0] if full and len({_fold(text_of(n.get("headline")) or "") for n in full}) == 1 else None


def _names(node: Node, own_urls: set[str]) -> bool:
    for key in ("url", "mainEntityOfPage", "@id"):
        for value in as_list(node.get(key)):
            url = value.get("@id") or value.get("url") if isinstance(value, dict) else value
            if isinstance(url, str) and url.startswith("http") and normalize_url(url) in own_urls:
                return True
    return False


def _fold(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
