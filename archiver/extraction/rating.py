"""How much a cluster of links looks like a list of stories: what its cards show beside the headline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import html

from archiver.extraction.boxes import Item, siblings, within
from archiver.extraction.clusters import Cluster
from archiver.extraction.outline import Outline, printed_width

_DATE_NAME = re.compile(r"date|time(?!line)|posted|publish|fecha|datum|meta-info")
# Enough to see that a list is dated; words and months are read later, from the cards of what is taken.
_NUMERIC_DATE = re.compile(r"(?:19|20)\d\d[-./年]\s?\d{1,2}|\b\d{1,2}[-./]\s?\d{1,2}[-./]\s?(?:19|20)?\d\d\b|\d{1,2}月\d{1,2}日")
# What looks at least like a bare headline.
STORY_QUALITY = 0.45


@dataclass(slots=True)
class Counts:
    """Running counts over the page: images, dates and links by node, so that an item's are two look-ups."""

    images: list[int]
    dates: list[int]

    @classmethod
    def of(cls, page: Outline) -> Counts:
        images, dates = [0], [0]
        for node, tag in enumerate(page.tags):
            names = page.names[node]
            images.append(
                images[-1] + (tag in ("img", "picture", "amp-img") or "background-image" in page.nodes[node].get("style", ""))
            )
            dated = tag == "time" or bool(names and _DATE_NAME.search(names)) or _prints_date(page.nodes[node])
            dates.append(dates[-1] + dated)
        return cls(images, dates)


def _prints_date(element: html.HtmlElement) -> bool:
    text = element.text
    return bool(text and len(text) < 60 and _NUMERIC_DATE.search(text))


def rate(page: Outline, cluster: Cluster, counts: Counts, nodes_by_key: dict[str, list[int]]) -> None:
    """Fill in ``features`` and ``quality`` (about 0.3 for menus, 1 for bare headlines, 2 for full cards)."""
    items = cluster.items
    count = len(items)
    weight = sum(item.link.weight for item in items) / count
    plain = sum(min(1.0, _plain_width(page, item, nodes_by_key[item.link.key]) / 120) for item in items) / count
    image = sum(counts.images[item.stop] > counts.images[item.box] for item in items) / count
    date = sum(counts.dates[item.stop] > counts.dates[item.box] for item in items) / count
    again = sum(len(within(nodes_by_key[item.link.key], item.box, item.stop)) > 1 for item in items) / count
    cluster.features = {"weight": weight, "plain": plain, "image": image, "date": date, "again": again}
    cluster.quality = weight * (0.7 + 0.5 * plain + 0.35 * image + 0.25 * date + 0.15 * again)


def _plain_width(page: Outline, item: Item, own: Sequence[int]) -> int:
    """Width of what the item prints beside its headline, links to other pages left out."""
    total = 0
    for node in siblings(page, item):
        total += page.text_width[node] - page.link_width[node]
        if item.is_flat:
            total += printed_width(page.nodes[node].tail)
    total += sum(page.text_width[node] for node in within(own, item.box, item.stop))
    return max(0, total - page.text_width[item.link.spot])
