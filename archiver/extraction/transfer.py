"""What a worker sends back, as nouns again. Loads no extraction library."""

from __future__ import annotations

from typing import Any

from archiver.model import Article, Listing, ListingEntry, RejectedCluster


def article_from(values: dict[str, Any]) -> Article:
    """The Article that ``article_task`` sent."""
    return Article(**values)


def requisites_from(values: list[list[str]]) -> tuple[tuple[str, str], ...]:
    """``(URL, role)`` of the requisites that a task sent."""
    return tuple((url, role) for url, role in values)


def listing_from(values: dict[str, Any]) -> Listing:
    """The Listing that ``listing_task`` sent."""
    entries = tuple(ListingEntry(**entry) for entry in values["entries"])
    rejected = tuple(RejectedCluster(**{**cluster, "urls": tuple(cluster["urls"])}) for cluster in values["rejected"])
    return Listing(**{**values, "entries": entries, "rejected": rejected, "feeds": tuple(values["feeds"])})
