"""The list that a page states as structured data. Asked only where nothing is printed: scripts draw such pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from archiver.extraction import jsonld
from archiver.extraction.document import Document
from archiver.model import ListingEntry
from archiver.urls import normalize_url

REASON = "structured data, nothing is printed"
_MOST_ENTRIES = 1000


def stated_entries(document: Document, url: str, is_article: Callable[[str], bool]) -> tuple[ListingEntry, ...]:
    """The items of schema.org ``ItemList`` in order, each URL once, those of other pages that ``is_article`` allows."""
    found: dict[str, ListingEntry] = {}
    own = normalize_url(url)
    for value in _items(document):
        target = document.absolute(_address(value))
        if target is None or not is_article(target) or len(found) == _MOST_ENTRIES:
            continue
        key = normalize_url(target)
        if key != own and key not in found:
            found[key] = ListingEntry(target, len(found) + 1, headline=_name(value), reason=REASON)
    return tuple(found.values())


def _items(document: Document) -> Iterator[dict[str, Any]]:
    scripts = document.root.iterfind(".//script[@type='application/ld+json']")
    for node in jsonld.flatten(jsonld.load(script.text or "") for script in scripts):
        if jsonld.is_type(node, "ItemList"):
            yield from (item for item in jsonld.as_list(node.get("itemListElement")) if isinstance(item, dict))


def _address(item: dict[str, Any]) -> str | None:
    """Of a ``ListItem`` the address it states, or that of its item; an item may also stand for itself."""
    inner = item.get("item")
    for value in (item.get("url"), inner, inner.get("url") if isinstance(inner, dict) else None):
        if isinstance(value, str) and value:
            return value
    stated = (inner if isinstance(inner, dict) else item).get("@id")
    return stated if isinstance(stated, str) else None


def _name(item: dict[str, Any]) -> str | None:
    inner = item["item"] if isinstance(item.get("item"), dict) else {}
    for value in (inner.get("headline"), item.get("headline"), inner.get("name"), item.get("name")):
        name = jsonld.text_of(value)
        if name:
            return name
    return None
