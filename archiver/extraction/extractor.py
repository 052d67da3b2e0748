"""Who extracts, by name, version and options: known without loading the extraction libraries."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version

from archiver.extraction.simhash import content_digest, simhash
from archiver.model import Article, ExtractionStatus

# Counts up with every change of this package that can change a row.
EXTRACTION_VERSION = 1
OPTIONS = {"version": EXTRACTION_VERSION, "fast": True, "include_comments": False, "include_tables": True}
EXTRACTOR = f"trafilatura/{version('trafilatura')}"
EXTRACTOR_CONFIG = "sha256:" + hashlib.sha256(json.dumps(OPTIONS, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def failed_article(status: ExtractionStatus, *, charset: str = "utf-8", content_type: str | None = None) -> Article:
    """The Article of a page that gave none: every field at its unknown, never a missing row."""
    return Article(
        mime=mime_of(content_type),
        charset=charset,
        content_digest=content_digest(None, ""),
        simhash=simhash([]),
        extraction_status=status,
        extractor=EXTRACTOR,
        extractor_config=EXTRACTOR_CONFIG,
    )


def mime_of(content_type: str | None) -> str:
    """Media type without parameters, lower case; ``text/html`` when none is stated."""
    return (content_type or "text/html").split(";")[0].strip().lower() or "text/html"
