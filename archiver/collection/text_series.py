"""The ``text/`` series: what was extracted, as WARC ``conversion`` records, apart from the captures as Common Crawl's WET."""

from __future__ import annotations

from collections.abc import Callable

from archiver.clock import now
from archiver.collection.layout import Collection
from archiver.collection.manifest import add_to_manifest
from archiver.model import RunInfo
from archiver.warc.metadata import warcinfo_pairs
from archiver.warc.records import Record, format_warc_date, new_record_id, sha256_digest
from archiver.warc.series import DEFAULT_MAX_BYTES, ClosedFile, WarcSeries
from archiver.warc.writer import no_fault


def text_digest(text: str) -> str:
    """WARC-Block-Digest of the ``conversion`` record of ``text``."""
    return sha256_digest([_block(text)])


def _block(text: str) -> bytes:
    return text.encode("utf-8", "replace")


class TextSeries:
    """Writes one ``conversion`` record an article (WARC/1.1 §6.7). One thread."""

    def __init__(
        self,
        collection: Collection,
        run: RunInfo,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        fault: Callable[[str], None] = no_fault,
    ) -> None:
        self._collection = collection
        info = [*warcinfo_pairs(run, collection.name), ("description", "text extracted from the records of archive/")]
        self._series = WarcSeries(collection.text, collection.name, info, max_bytes=max_bytes, on_close=self._closed, fault=fault)

    def append(self, *, target_uri: str, refers_to: str, text: str, extractor: str, extractor_config: str) -> None:
        """The text of the response ``refers_to``, with the tool, its version and the options that made it."""
        self._series.ready()
        block = _block(text)
        fields = (
            ("WARC-Type", "conversion"),
            ("WARC-Record-ID", new_record_id()),
            ("WARC-Date", format_warc_date(now())),
            ("WARC-Target-URI", target_uri),
            ("WARC-Refers-To", refers_to),
            ("WARC-Warcinfo-ID", self._series.warcinfo_id),
            ("WARC-Block-Digest", sha256_digest([block])),
            # Extension fields (WARC/1.1 §5): what made the text.
            ("Conversion-Software", extractor),
            ("Conversion-Options", extractor_config),
            ("Content-Type", "text/plain; charset=utf-8"),
        )
        self._series.append([Record(fields, (block,))])

    def sync(self) -> None:
        """fsync what was written since the last time."""
        self._series.sync()

    def close(self) -> None:
        """Close and finish the current file; raises StoreError."""
        self._series.close()

    def abandon(self) -> None:
        """After a failed write: let go of the file and leave it to repair."""
        self._series.abandon()

    def _closed(self, closed: ClosedFile) -> None:
        add_to_manifest(self._collection.manifest, closed.path, closed.sha256)
