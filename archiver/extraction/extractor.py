"""Who extracts, by name, version and options: known without loading the extraction libraries."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version

from archiver.model import Article, ExtractionStatus

# Counts up with every change of this package that can change a row.
EXTRACTION_VERSION = 1
_TRAFILATURA = version("trafilatura")
# The text is found by our own block reader; trafilatura is asked where that leaves next to nothing.
OWN_EXTRACTOR = f"archiver/{EXTRACTION_VERSION}"
FALLBACK_EXTRACTOR = f"trafilatura/{_TRAFILATURA}"
_OPTIONS = {
    "extraction": EXTRACTION_VERSION,
    "trafilatura": {"version": _TRAFILATURA, "include_comments": False, "include_tables": True, "deduplicate": False},
    "htmldate": version("htmldate"),
}
EXTRACTOR_CONFIG = "sha256:" + hashlib.sha256(json.dumps(_OPTIONS, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def failed_article(status: ExtractionStatus, *, charset: str = "utf-8", content_type: str | None = None) -> Article:
    """The Article of a page that gave none: every field at its unknown, never a missing row."""
    # Only here: numpy, which the main process of a crawl does not need otherwise.
    from archiver.extraction.simhash import content_digest, simhash

    return Article(
        mime=mime_of(content_type),
        charset=charset,
        content_digest=content_digest(None, ""),
        simhash=simhash([]),
        extraction_status=status,
        extractor=OWN_EXTRACTOR,
        extractor_config=EXTRACTOR_CONFIG,
    )


def mime_of(content_type: str | None) -> str:
    """Media type without parameters, lower case; ``text/html`` when none is stated."""
    return (content_type or "").split(";")[0].strip().lower() or "text/html"
