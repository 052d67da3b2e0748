"""archiver: one polite crawl of a news section gives exact WARC files and a dataset whose every row points into them.

The public door: what is in ``__all__`` is documented and held by a test. Names are loaded on first use, so that
``import archiver`` stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from archiver._version import __version__
from archiver.model import Article, Listing, ListingEntry

if TYPE_CHECKING:
    from archiver.dataset.load import load, read_articles
    from archiver.extraction.article import extract_article
    from archiver.extraction.listing import find_listing

__all__ = [
    "Article",
    "Listing",
    "ListingEntry",
    "__version__",
    "extract_article",
    "find_listing",
    "load",
    "read_articles",
]

_HOMES = {
    "extract_article": "archiver.extraction.article",
    "find_listing": "archiver.extraction.listing",
    "load": "archiver.dataset.load",
    "read_articles": "archiver.dataset.load",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
