"""What the class and id of an element say of the element itself: not the number, the state, or what a story is filed under."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER_OR_STATE = re.compile(
    r"(?<!\S)[^\s\d]*\d\S*|\b(?:first|last|odd|even|active|current|sticky|top|end|alpha|omega|hidden|selected)\b|\s+"
)
# Of a story: the types, categories and tags it is filed under, its author, Drupal's "node-promoted". Systems print them on cards.
_FILED = re.compile(
    r"(?:^|\s)(?:(?:\w+_)?(?:category|cat|tag|topic|section|label|type|format|status|author)[_-](?!cloud|list|box|info|bio)\S+"
    r"|node-(?:-\S+|type-\S+|promoted|sticky)(?=\s|$))"
)
# Of the page or a story: "has-sidebar", "comments-closed".
_STATE = re.compile(
    r"(?:^|\s)(?:\S*(?:has|no|with|without|hide|hidden|show|open|close|is)[_-]\S+"
    r"|\S+[_-](?:open|opened|closed|enabled|disabled|active|on|off|count)(?=\s|$))"
)
# Columns of the common grid systems: col-md-8, span8, grid_6, td-pb-span4, large-4.
_GRID = re.compile(
    r"(?:^|\s)(?:td-pb-|large-|medium-)(?:span)?(\d{1,2})(?=\s|$)"
    r"|(?:^|\s)(?:col|span|grid)[-_]?(?:(?:md|lg|sm|xl)[-_])?(\d{1,2})(?=\s|$)"
)


@lru_cache(maxsize=4096)
def place_names(names: str) -> str:
    """Of ``names`` (class and id, lower case) those that may say what part of the page an element is."""
    return _FILED.sub(" ", _STATE.sub(" ", names))


@lru_cache(maxsize=4096)
def kind_names(names: str) -> frozenset[str]:
    """What like elements have in common of their ``names``."""
    return frozenset(_NUMBER_OR_STATE.sub(" ", _FILED.sub(" ", names)).split()) if names else frozenset()


@lru_cache(maxsize=4096)
def grid_width(names: str) -> int:
    """How many of a grid's twelfths an element so named is wide; 0 when the names do not say."""
    match = _GRID.search(names) if names else None
    return int(match[1] or match[2]) if match and 0 < int(match[1] or match[2]) <= 24 else 0
