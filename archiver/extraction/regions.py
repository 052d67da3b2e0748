"""Which part of a page a node is in (navigation, foot, side column, extras), judged by markup and by what else is inside.

Names lie: themes put ``sidebar`` on ``body`` and ``widget`` round the main list. So a name counts only as far as the
page's headlines are outside the element that bears it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from archiver.extraction.element_names import place_names
from archiver.extraction.links import Link
from archiver.extraction.outline import Outline


def _names(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[\s_-])(?:{'|'.join(words)})s?(?=[\s_\d-]|$)")


_NAVIGATION = ("nav", "navbar", "navigation", "(?:mega|sub|main|top)?-?menu", "breadcrumb", "dropdown", "top-?bar", "masthead")
_REPEATS = (
    "related",
    "popular",
    "trending",
    "most-?(?:read|viewed|popular|shared|commented|watched)",
    "recommend(?:ed|ation)?",
    "(?:news)?ticker",
    "breaking-?news",
    "meistgelesen",
    "mas-?leid[ao]",
    "recent-?(?:post|entrie|comment|article)",
    "tag-?cloud",
    "wpp-list",
    "you-?may",
)
_SIDE = (
    "side-?(?:bar)?",
    "aside",
    "rail",
    "(?:right|left)-?(?:col|column|rail|side)",
    "col(?:umn)?-?(?:right|left)",
    "complementary",
)
_APPEAL = ("newsletter", "subscribe", "donate", "donation", r"fundrais\w*", "login", "cookie", "consent", "modal", "popup")
_PAID = ("ad", "advert(?:isement|ising)?", "sponsor(?:ed)?", "banner", "taboola", "outbrain", "promoted", "anzeige", "publicidad")
_EXTRAS = (
    "share",
    "social",
    "tags",
    "calendar",
    "event",
    "job",
    "poll",
    "partner",
    "bio",
    "author-?(?:box|info|bio)",
    "search",
    "promo",
)

# The kind of region, and what it makes of the weight of the links inside.
Mark = tuple[str, float]
# What an element's name makes of it: kind, pattern, factor.
_NAMED: tuple[tuple[str, re.Pattern[str], float], ...] = (
    ("navigation", _names(*_NAVIGATION, "off-?canvas", "drawer", "skip-?link"), 0.1),
    ("page foot", _names("footer", "foot", "colophon", "copyright", "site-?footer"), 0.12),
    ("comments", _names("comment", "respond", "disqus", "comentario", "commentlist"), 0.15),
    ("advertising", _names(*_PAID), 0.15),
    ("appeal", _names(*_APPEAL), 0.2),
    ("repeats", _names(*_REPEATS), 0.2),
    ("side column", _names(*_SIDE, "barra-?lateral", "seitenleiste"), 0.3),
    ("widget", _names(r"widget\w*", "widgets?-?area", "block-views", "module-?latest"), 0.55),
    ("extras", _names(*_EXTRAS, "toolbar"), 0.5),
    # Words that mean a place only when they are all of a name: BEM names end in "__secondary-item", cards have an "entry-header".
    ("side column", re.compile(r"(?:^|\s)(?:secondary|tertiary)(?:\s|$)"), 0.3),
    (
        "page head",
        re.compile(
            r"(?:^|\s)(?:(?:site|page|main|top|global|standard|sticky|header)[-_]?)?header"
            r"(?:[-_](?:wrapper|container|inner|area|top|main|wrap|bar))?(?:\s|$)"
        ),
        0.35,
    ),
)
_TAGS = {
    "nav": ("navigation", 0.08),
    "footer": ("page foot", 0.12),
    "aside": ("side column", 0.3),
    "header": ("page head", 0.35),
    "form": ("form", 0.8),
}
_ROLES = {
    "navigation": ("navigation", 0.08),
    "menu": ("navigation", 0.08),
    "menubar": ("navigation", 0.08),
    "contentinfo": ("page foot", 0.12),
    "complementary": ("side column", 0.3),
    "banner": ("page head", 0.3),
    "search": ("search", 0.3),
    "dialog": ("dialog", 0.3),
}


@lru_cache(maxsize=1 << 14)
def _mark_of_names(names: str) -> Mark | None:
    names = place_names(names)
    marks = ((kind, factor) for kind, pattern, factor in _NAMED if pattern.search(names))
    return min(marks, key=lambda mark: mark[1], default=None)


@dataclass(slots=True)
class Regions:
    """Answers where on the page a node is. Headline weights are summed once; every question is then two look-ups."""

    page: Outline
    _nodes: list[int] = field(default_factory=list)
    _sums: list[float] = field(default_factory=list)
    _marks: dict[int, Mark | None] = field(default_factory=dict)
    _shares: dict[tuple[int, str], float] = field(default_factory=dict)

    @classmethod
    def of(cls, page: Outline, links: Sequence[Link]) -> Regions:
        regions = cls(page, [], [0.0])
        seen: set[str] = set()
        for link in links:
            if link.weight >= 0.3 and (link.key not in seen):
                seen.add(link.key)
                regions._nodes.append(link.node)
                regions._sums.append(regions._sums[-1] + link.weight)
        return regions

    def share(self, node: int) -> float:
        """The part of the page's headline weight that is inside ``node``."""
        low, high = bisect_left(self._nodes, node), bisect_left(self._nodes, self.page.end[node])
        return (self._sums[high] - self._sums[low]) / self._sums[-1] if self._sums[-1] else 0.0

    def mark(self, node: int) -> Mark | None:
        """What tag, role and names of ``node`` itself make of what is inside, before shares are asked."""
        if node not in self._marks:
            self._marks[node] = self._read_mark(node)
        return self._marks[node]

    def _read_mark(self, node: int) -> Mark | None:
        tag, names, role = self.page.tags[node], self.page.names[node], self.page.nodes[node].get("role")
        best = _TAGS.get(tag)
        named = _mark_of_names(names) if names and tag not in ("html", "body") else None
        for mark in (_ROLES.get(role) if role else None, named):
            if mark is not None and (best is None or mark[1] < best[1]):
                best = mark
        return best

    def kinds(self, node: int) -> set[str]:
        """Kinds of all regions that ``node`` is in by tag, role or name, whatever else is in them."""
        return {mark[0] for outer in (node, *self.page.ancestors(node)) if (mark := self.mark(outer)) is not None}

    def factor(self, node: int, below: int = -1) -> tuple[float, str]:
        """How likely ``node`` is part of the page's own content, 0 to 1, and the kind of region that lowers it most.

        Only elements strictly inside ``below`` are asked when it is given.
        """
        total, worst, name = 1.0, 1.0, ""
        counted: set[str] = set()
        current = node
        while current > below and current >= 0:
            mark = self.mark(current)
            if mark is not None:
                factor = self._softened(current, mark)
                if mark[0] not in counted:
                    total *= factor
                    counted.add(mark[0])
                if factor < worst:
                    worst, name = factor, mark[0]
            current = self.page.parent[current]
        return max(total, 0.01), name

    def _softened(self, node: int, mark: Mark) -> float:
        """A wrapper of most headlines is a wrapper whatever it is called; real ``nav`` needs nearly all to be believed so."""
        kind, factor = mark
        start = 0.85 if kind in ("navigation", "page foot", "repeats", "comments") else 0.45
        trust = min(1.0, max(0.0, (self._share_of_fellows(node, kind) - start) / (0.95 - start)))
        return float(factor ** (1 - trust))

    def _share_of_fellows(self, node: int, kind: str) -> float:
        """The share of ``node`` and its siblings of the same kind: cards all named alike are the list, whatever the name."""
        parent = self.page.parent[node]
        if parent < 0:
            return self.share(node)
        if (parent, kind) not in self._shares:
            fellows = (child for child in self.page.children(parent) if (mark := self.mark(child)) is not None and mark[0] == kind)
            self._shares[parent, kind] = sum(self.share(child) for child in fellows)
        return self._shares[parent, kind]
