"""What a spider yields: pages to be turned into rows, and failures. The pipeline does the rest."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.dataset.rows import PageCapture
from archiver.model import Failure, Listing


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A captured page to be extracted. ``body`` is without content coding, ``headers`` are as received.

    ``is_repeat`` says that the page has the bytes that the check before had.
    """

    page: PageCapture
    is_repeat: bool
    body: bytes
    content_type: str | None
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListingPage:
    """A captured listing, read."""

    listing: Listing
    page: PageCapture


@dataclass(frozen=True, slots=True)
class FailedUrl:
    """A wanted URL that is not there."""

    failure: Failure
