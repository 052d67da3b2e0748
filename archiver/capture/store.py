"""Where exchanges become records on disk: WARC first, then the CDXJ line, then the look-up (write, index, report).

Knows no Scrapy and no threads; everything here runs on the recorder's one thread.
"""

from __future__ import annotations

import base64
import dataclasses
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from archiver.appending import AppendedFile
from archiver.clock import now
from archiver.collection.layout import Collection
from archiver.collection.manifest import add_to_manifest
from archiver.collection.text_series import TextSeries
from archiver.index.cdxj import Capture, capture_of, merge, write_sorted
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Context, IndexedFile, Lookup
from archiver.model import Discovery, Failure, RunInfo, WarcPointer
from archiver.warc.coding import Decoded, decode_content
from archiver.warc.exchange import Exchange, Original, Reading, exchange_records, read_exchange
from archiver.warc.metadata import Pairs, failure_pairs, warcinfo_pairs
from archiver.warc.records import WARC_FIELDS, Record, format_warc_date, new_record_id, sha256_digest, warc_fields
from archiver.warc.series import DEFAULT_MAX_BYTES, ClosedFile, WarcSeries
from archiver.warc.writer import no_fault


@dataclass(frozen=True, slots=True)
class Stored:
    """An exchange on disk. ``pointer`` is ``None`` when no byte of a response came.

    ``plain`` is the entity without content coding, where it has one and the store was told a limit.
    """

    pointer: WarcPointer | None
    reading: Reading
    date: str
    plain: Decoded | None = None


class CaptureStore:
    """The writing side of a collection during one run."""

    def __init__(
        self,
        collection: Collection,
        run: RunInfo,
        *,
        max_warc_bytes: int = DEFAULT_MAX_BYTES,
        max_page_bytes: int | None = None,
        fault: Callable[[str], None] = no_fault,
    ) -> None:
        self.collection, self.run, self.fault = collection, run, fault
        self._max_page_bytes = max_page_bytes
        self.lookup = Lookup(collection.indexes / LOOKUP)
        self.lookup.runs.add(run)
        self.counts: Counter[str] = Counter()
        self.closed_files: list[str] = []
        self._cdxj: dict[str, AppendedFile] = {}
        self._exchanges_of_file = (0, 0)
        self._archive = WarcSeries(
            collection.archive,
            collection.name,
            warcinfo_pairs(run, collection.name),
            max_bytes=max_warc_bytes,
            on_close=self._archive_closed,
            fault=fault,
        )
        self.text = TextSeries(collection, run, max_bytes=max_warc_bytes, fault=fault)

    def write_exchange(self, exchange: Exchange, metadata: Pairs, discovery: Discovery) -> Stored:
        """Write one exchange. When this returns, its records are with the kernel and the indexes know them.

        Raises StoreError; the WARC then ends with the exchange before.
        """
        reading = read_exchange(exchange)
        self.fault("exchange-read")
        self._archive.ready()
        original = self._original(exchange, reading)
        records = exchange_records(
            exchange,
            reading,
            warcinfo_id=self._archive.warcinfo_id,
            original=_as_original(original) if original else None,
            metadata=metadata,
        )
        places = self._archive.append(records)
        self.fault("warc-written")
        self._count(exchange, original is not None)
        date = format_warc_date(exchange.started_at)
        if not reading.block:
            return Stored(None, reading, date)
        head = reading.message.head if reading.message else None
        capture = capture_of(records[-1].fields, head, self._archive.filename, places[-1].offset, places[-1].length)
        self.counts["requisites"] += discovery.purpose == "requisite"
        self._index(capture, Context(self.run.run_id, discovery, dict(metadata).get("url")))
        pointer = dataclasses.replace(capture.pointer, refers_to=original.pointer if original else None)
        return Stored(pointer, reading, date, self._plain(reading))

    def _plain(self, reading: Reading) -> Decoded | None:
        """Decoded here, on the writer's thread: one hop less for every page."""
        if self._max_page_bytes is None or reading.message is None or not reading.message.entity:
            return None
        coding = b",".join(reading.message.head.all(b"Content-Encoding")).decode("latin-1")
        return decode_content(reading.message.entity, coding, self._max_page_bytes) if coding else None

    def _count(self, exchange: Exchange, is_revisit: bool) -> None:
        self.counts["exchanges"] += 1
        self.counts["revisits"] += is_revisit
        self.counts["bytes_received"] += len(exchange.received)
        exchanges, received = self._exchanges_of_file
        self._exchanges_of_file = (exchanges + 1, received + len(exchange.received))

    def _original(self, exchange: Exchange, reading: Reading) -> Capture | None:
        """The record on disk that a revisit may refer to, else ``None``: then a full response is written."""
        if not reading.is_complete or reading.message is None:
            return None
        if reading.status == 304:
            latest = self.lookup.latest(exchange.url)
            holder = self.lookup.holder(latest) if latest else None
            return holder if holder and self._is_on_disk(holder) else None
        if not reading.message.entity or reading.message.trailers or not reading.payload_digest:
            # A revisit keeps the head only, so trailers would be lost.
            return None
        original = self.lookup.original(reading.payload_digest)
        # Of two that went on at once the one that began later may have been written first; a revisit looks back (WARC/1.1 §6.7.2).
        is_later = original is not None and original.date > format_warc_date(exchange.started_at)
        return original if original and not is_later and self._is_on_disk(original) else None

    def _is_on_disk(self, capture: Capture) -> bool:
        path = self.collection.find_warc(capture.filename)
        return path.exists() and path.stat().st_size >= capture.offset + capture.length

    def _index(self, capture: Capture, context: Context) -> None:
        if capture.is_replayable:
            self._append_cdxj(capture)
        self.fault("cdxj-written")
        self.lookup.add([(capture, context)])
        self.fault("lookup-written")

    def _append_cdxj(self, capture: Capture) -> None:
        if capture.filename not in self._cdxj:
            self._cdxj[capture.filename] = AppendedFile(self.collection.cdxj(capture.filename))
        self._cdxj[capture.filename].append(capture.line().encode() + b"\n")

    def write_failure(self, failure: Failure) -> None:
        """The ``metadata`` record of a failure, so that its row can be made again from the archive."""
        refers_to = failure.pointer.record_id if failure.pointer else None
        place = self.write_metadata(failure_pairs(failure), target_uri=failure.url, refers_to=refers_to)
        self.lookup.runs.add_failure(self._archive.filename, place, failure, refers_to)

    def write_run_end(self, run_id: str, finish_reason: str, pairs: Pairs) -> None:
        """The ``metadata`` record that ends a run."""
        place = self.write_metadata(pairs, target_uri=f"urn:{run_id}")
        self.lookup.runs.add_end(self._archive.filename, place, run_id, finish_reason, pairs)

    def write_metadata(self, pairs: Pairs, *, target_uri: str, refers_to: str | None = None) -> int:
        """A ``metadata`` record of its own (late surplus, a failure, the end of a run); returns its offset."""
        self._archive.ready()
        block = warc_fields(pairs)
        places = self._archive.append(
            [
                Record(
                    (
                        ("WARC-Type", "metadata"),
                        ("WARC-Record-ID", new_record_id()),
                        ("WARC-Date", format_warc_date(now())),
                        ("WARC-Target-URI", target_uri),
                        ("WARC-Warcinfo-ID", self._archive.warcinfo_id),
                        *((("WARC-Refers-To", refers_to),) if refers_to else ()),
                        ("WARC-Block-Digest", sha256_digest([block])),
                        ("Content-Type", WARC_FIELDS),
                    ),
                    (block,),
                )
            ]
        )
        return places[0].offset

    def write_surplus(self, url: str, response_id: str | None, data: bytes) -> None:
        """Bytes that came on an idle connection after a response: a ``metadata`` record that refers to it."""
        pairs = (("run_id", self.run.run_id), ("surplusBase64", base64.b64encode(data).decode("ascii")))
        self.write_metadata(pairs, target_uri=url, refers_to=response_id)

    def files_of_run(self) -> list[str]:
        """Names of the files of ``archive/`` that this run wrote, the one that is open included."""
        closed = [file.filename for file in self.lookup.files_of_run(self.run.run_id)]
        self._archive.ready()
        return sorted({*closed, self._archive.filename})

    def sync(self) -> None:
        """fsync what was written since the last time."""
        self._archive.sync()
        self.text.sync()

    def close_series(self) -> None:
        """Close and finish both series; raises StoreError."""
        self._archive.close()
        self.text.close()

    def merge_index(self) -> None:
        """Merge the CDXJ of every file into the replay index."""
        parts = (self.collection.cdxj(path.name) for path in self.collection.warcs())
        merge(parts, self.collection.indexes / "index.cdxj")

    def close(self) -> None:
        """Let go of the look-up, after ``close_series``."""
        self.lookup.close()

    def abandon(self) -> None:
        """After a failed write: let go of everything and leave the files to repair."""
        self._archive.abandon()
        self.text.abandon()
        for cdxj in self._cdxj.values():
            cdxj.let_go()
        self._cdxj.clear()
        self.lookup.close()

    def _archive_closed(self, closed: ClosedFile) -> None:
        cdxj = self._cdxj.pop(closed.path.name, None)
        if cdxj is not None:
            cdxj.let_go()
        self.fault("cdxj-sort")
        lines = (capture.line() for capture in self.lookup.captures(closed.path.name) if capture.is_replayable)
        write_sorted(self.collection.cdxj(closed.path.name), lines)
        self.lookup.set_file(IndexedFile(closed.path.name, closed.size, self.run.run_id, *self._exchanges_of_file))
        self._exchanges_of_file = (0, 0)
        self.fault("manifest")
        add_to_manifest(self.collection.manifest, closed.path, closed.sha256)
        self.closed_files.append(closed.path.name)


def _as_original(capture: Capture) -> Original:
    return Original(capture.record_id, capture.url, capture.date, capture.payload_digest or "")
