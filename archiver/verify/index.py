"""CDXJ files against records: sorted, nothing stale, missing, twice or wrong; and the look-up, which is a cache."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from archiver.collection.layout import Collection
from archiver.errors import CdxjFormatError, WarcFormatError
from archiver.index.cdxj import CdxjLine, capture_of, parse_line
from archiver.verify.findings import plain_name, shown
from archiver.verify.hashes import hash64
from archiver.verify.ledger import Ledger
from archiver.verify.lines import Line, read_lines
from archiver.verify.records import WarcFile
from archiver.warc import http1
from archiver.warc.reader import read_record_at

MERGED = "index.cdxj"
_MERGED_SOURCE = 0
_MAX_LINE = 1 << 20
# A response head; what is longer is compared by its start.
_MAX_BLOCK = 1 << 20
_NUMBER = re.compile(r"[0-9]{1,18}")
_REMEDY = "run archiver index"


class IndexReader:
    """Loads every CDXJ file of ``indexes/`` into the ledger; what a line is by itself is checked on the way."""

    def __init__(self, collection: Collection, files: list[WarcFile], ledger: Ledger, *, busy: bool) -> None:
        self._collection, self._ledger, self._busy = collection, ledger, busy
        self._archive = {file.name: file for file in files if file.folder == "archive"}

    def read(self) -> None:
        """Load them all."""
        self._ledger.add("sources", (_MERGED_SOURCE, f"indexes/{MERGED}", None))
        known = {self._collection.cdxj(file.name).name: file for file in self._archive.values()}
        for path in sorted(self._collection.indexes.glob("*.cdxj")):
            file = known.pop(path.name, None)
            if path.name == MERGED:
                self._read(path, _MERGED_SOURCE, None)
            elif file is not None:
                self._source(path, file)
                self._read(path, file.number, file)
            else:
                what = f"an index of no WARC file that is there: restore the file, or {_REMEDY}"
                self._ledger.find("error", "index-stale", f"indexes/{path.name}", what)
        for name, file in known.items():
            self._source(self._collection.indexes / name, file)

    def _source(self, path: Path, file: WarcFile) -> None:
        self._ledger.add("sources", (file.number, f"indexes/{plain_name(path.name)}", file.number))

    def _read(self, path: Path, source: int, file: WarcFile | None) -> None:
        place, last, in_order = f"indexes/{path.name}", b"", True
        ordered = file is None or not file.is_open
        try:
            for line in read_lines(path, max_line=_MAX_LINE, stop=path.stat().st_size):
                data = line.data or b""
                if ordered and in_order and data < last:
                    what = f"not in bytewise order from here on, so that look-ups miss captures: {_REMEDY}"
                    self._ledger.find("error", "index-unsorted", place, what, line=line.number)
                    in_order = False
                last = data
                self._line(place, source, file, line)
        except OSError as error:
            self._ledger.find("error", "unreadable", place, f"cannot be read: {error.strerror}")

    def _line(self, place: str, source: int, file: WarcFile | None, line: Line) -> None:
        parsed = _parse(line)
        if isinstance(parsed, str):
            if not (self._busy and not line.ends):
                self._ledger.find("error", "index-line", place, f"{parsed}: {_REMEDY}", line=line.number)
            return
        name = plain_name(parsed.facts["filename"])
        if file is not None and name != file.name:
            what = f"names {shown(name)} in the index of {file.name}: {_REMEDY}"
            self._ledger.find("error", "index-wrong", place, what, line=line.number)
            return
        named = self._archive.get(name)
        if named is None:
            self._ledger.add("wanted", (name, place, line.number))
            return
        assert line.data is not None
        self._ledger.add("lines", (source, line.number, named.number, int(parsed.facts["offset"]), hash64(line.data)))


def _parse(line: Line) -> CdxjLine | str:
    """The line, or what is wrong with it."""
    if line.data is None:
        return f"a line of over {_MAX_LINE} bytes"
    if not line.ends:
        return "a torn last line"
    try:
        parsed = parse_line(line.data.decode("utf-8"))
    except (CdxjFormatError, UnicodeDecodeError) as error:
        return f"not a CDXJ line ({type(error).__name__})"
    if not all(_NUMBER.fullmatch(parsed.facts.get(name, "")) for name in ("offset", "length")) or "filename" not in parsed.facts:
        return "without filename, offset or length"
    return parsed


def check_index(ledger: Ledger, collection: Collection, files: list[WarcFile], *, busy: bool) -> None:
    """Lines against records. The ledger's indexes must have been built."""
    _missing(ledger, busy=busy)
    _stale(ledger)
    _twice(ledger)
    _wrong(ledger, collection, {file.number: file for file in files})


def _missing(ledger: Ledger, *, busy: bool) -> None:
    """Captures without a line: in the index of their file, and in the merged one, one finding a file."""
    rows = ledger.query(
        "SELECT s.path, f.path, f.is_open, s.id, count(*), min(r.offset), EXISTS (SELECT 1 FROM lines WHERE source = s.id)"
        " FROM sources s JOIN files f ON s.file = f.id OR (s.id = 0 AND f.folder = 'archive')"
        " JOIN records r ON r.file = f.id AND r.line_hash IS NOT NULL"
        " LEFT JOIN lines l ON l.source = s.id AND l.file = r.file AND l.offset = r.offset"
        " WHERE l.source IS NULL GROUP BY s.id, f.id"
    )
    for index, warc, is_open, source, count, offset, has_lines in rows:
        if busy and (is_open or source == _MERGED_SOURCE):
            # What is being written is indexed in a moment; the merged index is made at the end of a run.
            continue
        if is_open and source == _MERGED_SOURCE:
            continue
        what = f"{count} captures of {warc} are not in it, the first at {warc}@{offset}: {_REMEDY}"
        ledger.find("error", "index-missing", index, what if has_lines else f"empty or not there: {what}")


def _stale(ledger: Ledger) -> None:
    rows = ledger.query(
        "SELECT s.path, l.number, f.path, l.offset, f.size, r.type, r.status, r.profile FROM lines l"
        " JOIN sources s ON s.id = l.source JOIN files f ON f.id = l.file"
        " LEFT JOIN records r ON r.file = l.file AND r.offset = l.offset WHERE r.line_hash IS NULL"
    )
    for index, number, warc, offset, size, warc_type, status, profile in rows:
        if warc_type is not None:
            kind = "304 revisit" if profile and status == 304 else f"{shown(warc_type)} record"
            what = f"{warc}@{offset} is a {kind}, which no replay index may hold: {_REMEDY}"
            ledger.find("error", "index-wrong", index, what, line=number)
            continue
        where = f"past the end of the file ({size} bytes)" if offset >= size else "where no whole record begins"
        ledger.find("error", "index-stale", index, f"points at {warc}@{offset}, {where}: {_REMEDY}", line=number)


def _twice(ledger: Ledger) -> None:
    rows = ledger.query(
        "SELECT s.path, max(l.number), min(l.number), f.path, l.offset FROM lines l JOIN sources s ON s.id = l.source"
        " JOIN files f ON f.id = l.file GROUP BY l.source, l.file, l.offset HAVING count(*) > 1"
    )
    for index, number, first, warc, offset in rows:
        what = f"{warc}@{offset} is in line {first} already: {_REMEDY}"
        ledger.find("error", "index-duplicate", index, what, line=number)


def _wrong(ledger: Ledger, collection: Collection, files: dict[int, WarcFile]) -> None:
    """Lines that are not what the writer makes of their record: said field by field, after reading the record again."""
    rows = ledger.query(
        "SELECT s.path, l.number, l.file, l.offset FROM lines l JOIN sources s ON s.id = l.source"
        " JOIN records r ON r.file = l.file AND r.offset = l.offset WHERE r.line_hash <> l.hash ORDER BY s.id, l.number"
    )
    path = ""
    lines: Iterator[Line] = iter(())
    for index, number, file, offset in rows:
        if index != path:
            path = index
            target = collection.root / index
            lines = read_lines(target, max_line=_MAX_LINE, stop=target.stat().st_size)
        line = next((line for line in lines if line.number == number), None)
        stated = _parse(line) if line else "gone"
        if isinstance(stated, str):
            continue
        difference = _difference(stated, files[file], offset)
        if difference:
            ledger.find("error", "index-wrong", index, f"{difference}: {_REMEDY}", line=number)


def _difference(stated: CdxjLine, file: WarcFile, offset: int) -> str | None:
    """How a line differs from what the record gives; ``None`` where only its form does."""
    try:
        record = read_record_at(file.path, offset)
        block = record.read(_MAX_BLOCK)
        record.finish()
    except (WarcFormatError, OSError) as error:
        return f"{file.folder}/{file.path.name}@{offset} cannot be read ({shown(str(error))})"
    head = http1.parse_head(block) if record.warc_type in ("response", "revisit") else None
    given = parse_line(capture_of(record.fields, head, file.name, offset, record.length or 0).line())
    place = f"{file.folder}/{file.path.name}@{offset}"
    if (stated.urlkey, stated.timestamp) != (given.urlkey, given.timestamp):
        return f"{shown(stated.urlkey)} {stated.timestamp[:20]}, but {place} gives {shown(given.urlkey)} {given.timestamp}"
    for name in sorted(given.facts.keys() | stated.facts.keys()):
        if stated.facts.get(name) != given.facts.get(name):
            return f"{name} is {shown(stated.facts.get(name))}, but {place} gives {shown(given.facts.get(name))}"
    return None
