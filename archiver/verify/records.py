"""One pass over a WARC file: every record read to its end, checked by itself, and entered in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archiver.errors import WarcFormatError
from archiver.index.cdxj import Capture, capture_of
from archiver.verify.digests import Body, Fault, payload_faults, read_body
from archiver.verify.findings import Severity, shown
from archiver.verify.hashes import capture_values, hash64, hash_values
from archiver.verify.ledger import Ledger
from archiver.verify.members import MemberHeaders
from archiver.verify.rules import field_faults, named_fields
from archiver.verify.stated import metadata_row, run_row, software_of
from archiver.warc.exchange import has_coded_body
from archiver.warc.reader import Damage, WarcRecord, read_records
from archiver.warc.records import parse_warc_fields
from archiver.warc.series import OPEN_SUFFIX

# A file with more is not damaged but something else.
_MAX_DAMAGES = 1000
# Blocks of fields of our own are a few kilobytes; surplus kept in base64 may make them as large as a response.
_CAPTURE_TYPES = frozenset({"response", "revisit", "resource"})
_OURS = "archiver/"


@dataclass(frozen=True, slots=True)
class WarcFile:
    """One file to be scanned: its number in the ledger, its path, its folder in the collection (``archive`` or ``text``)."""

    number: int
    path: Path
    folder: str
    is_busy: bool = False

    @property
    def name(self) -> str:
        """The name that rows and indexes use."""
        return self.path.name.removesuffix(OPEN_SUFFIX)

    @property
    def is_open(self) -> bool:
        return self.path.name.endswith(OPEN_SUFFIX)


def scan_file(file: WarcFile, ledger: Ledger) -> None:
    """Read ``file`` once. What is wrong with a record becomes a finding at its offset; never raises for what the file holds."""
    _Scan(file, ledger).run()


class _Scan:
    def __init__(self, file: WarcFile, ledger: Ledger) -> None:
        self._file, self._ledger = file, ledger
        self._place = f"{file.folder}/{file.path.name}"
        self._headers = MemberHeaders(file.path)
        self._ours = False
        self._failure: tuple[int, str] | None = None
        self._damages = 0
        self._end = self._records = 0

    def run(self) -> None:
        try:
            for item in read_records(self._file.path):
                if isinstance(item, Damage):
                    self._damaged(item)
                    if self._damages > _MAX_DAMAGES:
                        self._find("error", "damaged", "over 1,000 damaged places: no further reading", item.offset)
                        break
                else:
                    self._report_failure()
                    self._read(item)
            self._report_failure()
            if not self._records and not self._damages and not self._file.is_open:
                self._find("error", "truncated", "no record in it, not even a warcinfo: restore it from a copy", 0)
        except OSError as error:
            self._find("error", "unreadable", f"cannot be read: {error.strerror}")
        finally:
            self._headers.close()
        if self._ours:
            for offset, what in self._headers.odd():
                self._find("error", "header", what, offset)

    def _find(self, severity: Severity, kind: str, message: str, offset: int | None = None) -> None:
        self._ledger.find(severity, kind, self._place, message, offset=offset)

    def _damaged(self, damage: Damage) -> None:
        self._failure = None
        self._damages += 1
        size = self._file.path.stat().st_size
        is_tail = damage.offset + damage.length >= size
        if self._file.is_open and is_tail:
            # A crawl that is writing, or one that died: `open-file` says which, and what to do.
            self._find("note", "truncated", f"{damage.what}: {damage.length} bytes at the end", damage.offset)
            return
        is_cut = is_tail and ("cut short" in damage.what or "ends" in damage.what)
        remedy = "restore the file from a copy; the records before and after are not touched"
        what = f"{damage.what}: {damage.length} bytes cannot be read as a record; {remedy}"
        self._find("error", "truncated" if is_cut else "damaged", what, damage.offset)

    def _report_failure(self) -> None:
        """A record whose own reading failed and that the reader then took for whole: its block ends too early."""
        failure, self._failure = self._failure, None
        if failure is not None:
            self._damages += 1
            self._find("error", "damaged", f"{failure[1]}; restore the file from a copy", failure[0])

    def _read(self, record: WarcRecord) -> None:
        self._records += 1
        named = named_fields(record.fields)
        warc_type = named.get("warc-type", "").lower()
        try:
            body, faults = read_body(record, warc_type, named.get("warc-block-digest"))
            record.finish()
        except WarcFormatError as error:
            self._failure = (record.offset, error.what)
            return
        faults += payload_faults(body, warc_type, named.get("warc-payload-digest"))
        self._learn(record, warc_type, body)
        for kind, what in field_faults(record.fields, named, ours=self._ours):
            faults.append(Fault("error", kind, what))
        faults += self._layout_faults(record, named, warc_type)
        for fault in faults:
            self._find(fault.severity, fault.kind, fault.what, record.offset)
        self._headers.add(record.offset, is_coded=warc_type == "response" and has_coded_body(body.head))
        self._enter(record, named, warc_type, body)
        self._end = record.offset + (record.length or 0)

    def _layout_faults(self, record: WarcRecord, named: dict[str, str], warc_type: str) -> list[Fault]:
        faults = []
        if record.length is None:
            faults.append(Fault("error", "shared-member", "several records in one gzip member (WARC/1.1 Annex D.2)"))
        if record.offset < self._end:
            faults.append(Fault("error", "shared-member", "begins within the record before it"))
        filename = named.get("warc-filename")
        if filename is not None and filename != self._file.name:
            faults.append(Fault("error", "filename", f"WARC-Filename is {shown(filename)}: the file has been renamed"))
        if self._ours and (warc_type == "conversion") != (self._file.folder == "text") and warc_type != "warcinfo":
            faults.append(Fault("error", "placement", f"a {shown(warc_type)} record does not belong in {self._file.folder}/"))
        return faults

    def _learn(self, record: WarcRecord, warc_type: str, body: Body) -> None:
        """What ``warcinfo`` and ``metadata`` blocks tell of runs, captures and failures."""
        if warc_type not in ("warcinfo", "metadata") or body.block is None:
            return
        pairs = parse_warc_fields(body.block)
        if warc_type == "warcinfo":
            self._ours = software_of(pairs).startswith(_OURS)
            row = run_row(pairs)
            if row is not None:
                self._ledger.add("runs", row)
        else:
            place = (self._file.number, record.offset)
            self._ledger.add("metadata", (*place, *metadata_row(pairs, record)))

    def _enter(self, record: WarcRecord, named: dict[str, str], warc_type: str, body: Body) -> None:
        length = record.length or 0
        capture = capture_of(record.fields, body.head, self._file.name, record.offset, length)
        digest = named.get("warc-block-digest") if warc_type == "conversion" else None
        place = (self._file.number, record.offset, length)
        named_by = (warc_type, capture.record_id, capture.date, capture.url, _bare(named.get("warc-warcinfo-id")))
        refers = (capture.refers_to_id, capture.refers_to_uri, capture.refers_to_date, capture.profile)
        payload = (capture.payload_digest, digest, capture.status, capture.mime, capture.truncated)
        self._ledger.add("records", (*place, *named_by, *refers, *payload, *self._hashes(capture, warc_type)))
        for name, value in record.fields:
            if name.lower() == "warc-concurrent-to":
                self._ledger.add("concurrent", (self._file.number, record.offset, _bare(value)))

    def _hashes(self, capture: Capture, warc_type: str) -> tuple[int | None, int | None]:
        if warc_type not in _CAPTURE_TYPES or self._file.folder != "archive":
            return None, None
        line = hash64(capture.line().encode("utf-8", "replace")) if capture.is_replayable else None
        return hash_values(capture_values(capture)), line


def _bare(value: str | None) -> str | None:
    return value[1:-1] if value and value.startswith("<") and value.endswith(">") else value
