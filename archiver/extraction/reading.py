"""Everything that is asked of a page as a section page, in one look: what it is, what it lists."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.extraction.decision import Decision, decide
from archiver.extraction.document import Document
from archiver.extraction.kind import Kind, kind_of
from archiver.extraction.links import Link
from archiver.extraction.listing import listing_of
from archiver.extraction.ruled import BY_RULE, without_excluded
from archiver.extraction.survey import Survey, survey
from archiver.model import Listing
from archiver.site_rules import SectionRules


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page is and what it lists (an article: what is related to it), and the look and the decision behind that."""

    kind: Kind
    listing: Listing
    seen: Survey
    decision: Decision

    def slight_links(self) -> list[Link]:
        """The links that were never asked: too little is printed on them, or they stand in a sentence."""
        asked = {item.link.node for cluster in self.seen.clusters for item in cluster.items}
        keys = {item.link.key for cluster, _ in self.decision.choice.taken for item in cluster.items}
        return [link for link in self.seen.links if link.node not in asked and link.key not in keys]


def read_page(document: Document, url: str, rules: SectionRules | None = None) -> Reading:
    """Reads the page served from ``url``, by its site's ``rules`` where they say something. Never raises on any page."""
    seen = survey(without_excluded(document, rules), url)
    decision = decide(seen, rules)
    by_rule = any(reason == BY_RULE for _, reason in decision.choice.taken)
    is_own_article = rules is not None and rules.article_url is not None and rules.is_article(url)
    kind = "listing" if by_rule and not is_own_article else kind_of(seen)
    return Reading(kind, listing_of(seen, decision), seen, decision)
