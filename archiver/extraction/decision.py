"""What of a surveyed page is taken for its listing and what is left, each with why, and where the next page is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from archiver.extraction.boxes import Item
from archiver.extraction.clusters import Cluster
from archiver.extraction.odd_ones import odd_ones
from archiver.extraction.pagination import find_next
from archiver.extraction.rating import STORY_QUALITY
from archiver.extraction.ruled import BY_RULE, RuledPage
from archiver.extraction.selection import Choice, Headings, choose, covers
from archiver.extraction.survey import Survey
from archiver.site_rules import SectionRules

_ODD = "paid for, or no story's address"


@dataclass(frozen=True, slots=True)
class Decision:
    """``choice`` holds every cluster of links on one of its sides. ``ruled`` is there when the site has rules."""

    choice: Choice
    headings: Headings
    next_page: str | None
    ruled: RuledPage | None
    rules: SectionRules | None = None

    def is_article(self, url: str) -> bool:
        """Whether the site's rules allow ``url`` to be an article's."""
        return self.rules is None or self.rules.is_article(url)


def decide(seen: Survey, rules: SectionRules | None = None) -> Decision:
    """By the site's ``rules`` where they say something, else by looks."""
    ruled = RuledPage(seen, rules) if rules is not None else None
    headings = Headings.of(seen.page, seen.clusters)
    stories = {item.link.url for cluster in seen.clusters if cluster.quality >= STORY_QUALITY for item in cluster.items}
    paging = find_next(seen.document, seen.page, seen.url, stories)
    next_page = ruled.next_page() if ruled is not None and rules is not None and rules.next_page is not None else paging.next_page
    return Decision(_choice(seen, headings, paging.pager, ruled), headings, next_page, ruled, rules)


def _choice(seen: Survey, headings: Headings, pager: int | None, ruled: RuledPage | None) -> Choice:
    allowed, barred = ruled.clusters() if ruled is not None else (seen.clusters, [])
    entries = ruled.entries() if ruled is not None else None
    if entries is not None:
        others = [(cluster, f"no entry of the {BY_RULE}") for cluster in allowed if not covers(entries, cluster)]
        return Choice([(entries, BY_RULE)], others + barred)
    choice = choose(seen, allowed, headings, pager)
    taken, left = [], [*choice.left, *barred]
    for cluster, reason in choice.taken:
        odd = odd_ones(seen, cluster)
        gone = {id(item) for item in odd}
        kept = [item for item in cluster.items if id(item) not in gone]
        taken += [(_part(cluster, kept), reason)] if kept else []
        left += [(_part(cluster, odd), _ODD)] if odd else []
    return Choice(taken, left)


def _part(cluster: Cluster, items: list[Item]) -> Cluster:
    return dataclasses.replace(cluster, items=items) if len(items) < len(cluster.items) else cluster
