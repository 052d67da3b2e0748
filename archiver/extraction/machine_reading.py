"""One feed, sitemap or REST answer: read by what it is, narrowed to what is wanted of it."""

from __future__ import annotations

from archiver.extraction.machine_lists import MachineReading, machine_kind
from archiver.extraction.narrowing import narrowed
from archiver.extraction.sitemaps import read_sitemap
from archiver.extraction.wp_posts import read_posts
from archiver.model import Listing, Purpose


def read_machine_list(
    body: bytes, url: str, content_type: str | None, *, purpose: Purpose = "section", within: str | None = None
) -> MachineReading:
    """What ``body`` lists, asked for for ``purpose``; of the sections ``within`` (see Discovery). Any bytes give a reading.

    What it is, the body says; ``purpose`` tells where it cannot (a sitemap of plain lines, a REST answer).
    """
    kind, terms = machine_kind(body), list[tuple[str, ...]]()
    if purpose == "api":
        reading = read_posts(body, url)
    elif kind == "feed":
        # Here only: feedparser takes a while to load, and most workers never see a feed.
        from archiver.extraction.feeds import read_feed

        reading, terms = read_feed(body, url, content_type)
    elif kind == "sitemap" or purpose == "sitemap":
        reading = read_sitemap(body, url)
    else:
        reading = MachineReading("unknown", Listing(url, listing_type="feed"), problem="no feed element in it")
    return narrowed(reading, within, terms)
