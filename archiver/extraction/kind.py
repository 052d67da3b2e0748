"""Is a page a listing or an article? A seed may be either."""

from __future__ import annotations

from typing import Literal

from archiver.extraction.document import Document
from archiver.model import Listing

# Fewer links than this are related stories under an article as often as a section of their own.
_FEW = 5


def page_kind(document: Document, url: str, listing: Listing) -> Literal["listing", "article"]:
    """``article`` for a page that says so itself and has no long list of stories."""
    types = document.root.xpath("//meta[@property='og:type']/@content")
    says_article = any(value.strip().lower() == "article" for value in types) or bool(document.root.xpath("//article//time"))
    return "article" if says_article and len(listing.entries) < _FEW else "listing"
