"""The bundled news site behind ``archiver demo``: an invented outlet, served on loopback, in two editions.

``DemoSite`` serves it, ``Truth`` says what a perfect crawl finds there. It knows nothing of the rest of the project.
"""

from __future__ import annotations

from archiver.demo_site.server import DemoSite, LoggedRequest
from archiver.demo_site.truth import ExpectedArticle, ExpectedEntry, ExpectedListing, Truth

__all__ = ["DemoSite", "ExpectedArticle", "ExpectedEntry", "ExpectedListing", "LoggedRequest", "Truth"]
