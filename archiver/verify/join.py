"""From rows to records: does every pointer hit the record with that id, type, digest and time; do rows agree with each other."""

from __future__ import annotations

from typing import Any

from archiver.dataset.schema import FILENAMES
from archiver.errors import WarcFormatError
from archiver.model import format_instant
from archiver.verify.findings import shown
from archiver.verify.ledger import Ledger
from archiver.warc.records import parse_warc_date

_PLACES: dict[str, str] = {kind: f"dataset/{name}" for kind, name in FILENAMES.items()}
_REMEDY = "run archiver rebuild"


def check_rows(ledger: Ledger) -> None:
    """Findings for all rows of the ledger; its indexes must have been built."""
    _missing_files(ledger)
    _pointers(ledger)
    _refers_to(ledger)
    _metadata(ledger)
    _ids(ledger)
    _versions(ledger)
    _runs(ledger)


def _find(ledger: Ledger, kind: str, row_kind: str, number: int, message: str) -> None:
    ledger.find("error", kind, _PLACES[row_kind], message, line=number)


def _missing_files(ledger: Ledger) -> None:
    """Files that rows or index lines point into, one finding each."""
    rows = ledger.query("SELECT filename, count(*), min(path), line FROM wanted GROUP BY filename")
    for filename, count, path, line in rows:
        what = f"not there, but {count} rows or index lines point into it, the first {path}:{line}: restore it from a copy"
        ledger.find("error", "missing-file", f"archive/{filename[:200]}", what)


def _pointers(ledger: Ledger) -> None:
    rows = ledger.query(
        "SELECT w.kind, w.number, w.offset, w.length, w.record_id, w.type, w.digest, w.instant, w.status, w.url_final,"
        " f.path, f.size, r.length, r.record_id, r.type, r.payload_digest, r.date, r.status, r.uri"
        " FROM rows w JOIN files f ON f.id = w.file LEFT JOIN records r ON r.file = w.file AND r.offset = w.offset"
    )
    for kind, number, offset, *row in rows:
        stated, (path, size), given = row[:7], row[7:9], row[9:]
        place = f"{path}@{offset}"
        if given[1] is None:
            _find(ledger, "row-pointer", kind, number, _nowhere(ledger, place, stated[1], offset, size))
        elif given[1] != stated[1]:
            what = f"points at {place}, which is {shown(given[1])}, not {shown(stated[1])}{_elsewhere(ledger, stated[1])}"
            _find(ledger, "row-pointer", kind, number, f"{what}; {_REMEDY}")
        else:
            _compare(ledger, kind, number, place, stated, given)


def _nowhere(ledger: Ledger, place: str, record_id: str | None, offset: int, size: int) -> str:
    where = f"past the end of the file ({size} bytes)" if offset >= size else "where no whole record begins"
    return f"points at {place}, {where}{_elsewhere(ledger, record_id)}; {_REMEDY}"


def _elsewhere(ledger: Ledger, record_id: str | None) -> str:
    found = ledger.one("SELECT f.path, r.offset FROM records r JOIN files f ON f.id = r.file WHERE r.record_id = ?", (record_id,))
    return f"; its record is {found[0]}@{found[1]}" if found else "; its record is in no file"


_COMPARED = ("warc_record_length", "warc_record_id", "warc_type", "warc_payload_digest", "instant", "http_status", "url_final")
_NAMES = {
    ("article", "instant"): "fetched_at",
    ("appearance", "instant"): "observed_at",
    ("appearance", "url_final"): "listing_url_final",
}


def _compare(ledger: Ledger, kind: str, number: int, place: str, stated: list[Any], given: list[Any]) -> None:
    """The columns of a row that its record states too; ``None`` in a column that this kind of row does not have."""
    given = [*given[:4], _instant(given[4]), *given[5:]]
    for name, mine, its in zip(_COMPARED, stated, given, strict=True):
        if mine == its or (mine is None and name in ("instant", "http_status", "url_final")):
            continue
        if name == "http_status" and kind == "failure":
            # The last answer of all tries; the record is that of the last exchange with bytes.
            continue
        field = _NAMES.get((kind, name), name)
        _find(ledger, "row-record", kind, number, f"{field} is {shown(mine)}, but {place} gives {shown(its)}; {_REMEDY}")


def _instant(date: str) -> str | None:
    """WARC-Date cut to milliseconds."""
    if len(date) == 27:
        return date[:23] + "Z"
    try:
        return format_instant(parse_warc_date(date))
    except WarcFormatError:
        return None


def _refers_to(ledger: Ledger) -> None:
    """Where the bytes of a revisit are: the record that WARC-Refers-To names, where the row says it lies."""
    rows = ledger.query(
        "SELECT w.kind, w.number, f.path, w.refers_offset, w.refers_length, w.refers_record_id, o.record_id, o.length, r.refers_to"
        " FROM rows w JOIN records r ON r.file = w.file AND r.offset = w.offset AND r.record_id = w.record_id"
        " LEFT JOIN files f ON f.id = w.refers_file"
        " LEFT JOIN records o ON o.file = w.refers_file AND o.offset = w.refers_offset"
        " WHERE w.type = 'revisit' AND (w.refers_record_id IS NOT r.refers_to OR o.record_id IS NOT r.refers_to"
        " OR o.length IS NOT w.refers_length)"
    )
    for kind, number, path, offset, length, stated, found, found_length, named in rows:
        if stated != named:
            what = f"warc_refers_to_record_id is {shown(stated)}, WARC-Refers-To of the record is {shown(named)}"
        elif found != stated:
            what = f"warc_refers_to_* point at {path}@{offset}, which is {shown(found)}{_elsewhere(ledger, stated)}"
        else:
            what = f"warc_refers_to_length is {length}, but {path}@{offset} is {found_length} bytes long"
        _find(ledger, "row-pointer", kind, number, f"{what}; {_REMEDY}")


def _metadata(ledger: Ledger) -> None:
    """What the ``metadata`` record beside a capture says of it, which is where the row has it from."""
    rows = ledger.query(
        "SELECT w.kind, w.number, w.url, w.run_id, w.discovered_via, w.discovered_from, w.depth,"
        " m.url, m.run_id, m.discovered_via, m.discovered_from, m.depth, f.path, m.offset"
        " FROM rows w JOIN metadata m ON m.target = w.record_id JOIN files f ON f.id = m.file"
        " WHERE m.purpose IS NOT NULL AND (w.url <> m.url OR w.run_id IS NOT m.run_id OR w.kind = 'article'"
        " AND (w.discovered_via IS NOT m.discovered_via OR w.discovered_from IS NOT m.discovered_from OR w.depth IS NOT m.depth))"
    )
    names = ("url", "run_id", "discovered_via", "discovered_from", "depth")
    for kind, number, *values in rows:
        place = f"{values[10]}@{values[11]}"
        for name, mine, its in zip(names, values[:5], values[5:10], strict=True):
            if mine == its or (kind != "article" and name not in ("url", "run_id")):
                continue
            field = "listing_url" if kind == "appearance" and name == "url" else name
            what = f"{field} is {shown(mine)}, but the metadata record {place} gives {shown(its)}; {_REMEDY}"
            _find(ledger, "row-record", kind, number, what)


def _ids(ledger: Ledger) -> None:
    rows = ledger.query(
        "SELECT w.kind, w.number, w.id, first.number FROM rows w JOIN"
        " (SELECT id, kind, min(number) AS number FROM rows GROUP BY id, kind HAVING count(*) > 1) first"
        " ON first.id = w.id AND first.kind = w.kind WHERE w.number > first.number"
    )
    for kind, number, row_id, first in rows:
        _find(ledger, "row-duplicate", kind, number, f"id {shown(row_id)} is that of line {first} too; {_REMEDY}")


def _versions(ledger: Ledger) -> None:
    """1, 2, 3 … in the order of the lines, each with another content than the one before."""
    rows = ledger.query(
        "SELECT article_id, number, version, content_digest FROM rows WHERE kind = 'article' ORDER BY article_id, number"
    )
    last: tuple[str, int, str] = ("", 0, "")
    for article_id, number, version, digest in rows:
        wanted = last[1] + 1 if article_id == last[0] else 1
        if version != wanted:
            _find(ledger, "row-version", "article", number, f"version is {version}, not {wanted}; {_REMEDY}")
        elif wanted > 1 and digest == last[2]:
            _find(ledger, "row-version", "article", number, f"the same content_digest as version {version - 1}; {_REMEDY}")
        last = (article_id, version, digest)


def _runs(ledger: Ledger) -> None:
    """Each row's run is known, and the rows of a run are as many as its record counts."""
    rows = ledger.query(
        "SELECT kind, min(number), run_id FROM rows WHERE run_id NOT IN (SELECT run_id FROM runs WHERE run_id IS NOT NULL)"
        " AND run_id NOT IN (SELECT run_id FROM run_rows) GROUP BY kind, run_id"
    )
    for kind, number, run_id in rows:
        _find(ledger, "row-run", kind, number, f"run_id {shown(run_id)} is in no warcinfo record and not in runs.jsonl; {_REMEDY}")
    counted = ledger.query(
        "SELECT l.number, l.articles, l.appearances, l.failures,"
        " (SELECT count(*) FROM rows WHERE run_id = l.run_id AND kind = 'article'),"
        " (SELECT count(*) FROM rows WHERE run_id = l.run_id AND kind = 'appearance'),"
        " (SELECT count(*) FROM rows WHERE run_id = l.run_id AND kind = 'failure')"
        " FROM run_rows l WHERE l.ended AND l.number = (SELECT max(number) FROM run_rows o WHERE o.run_id = l.run_id)"
    )
    for number, *counts in counted:
        for name, stated, found in zip(("articles", "appearances", "failures"), counts[:3], counts[3:], strict=True):
            if stated != found:
                what = f"the run counted {stated} {name}, the dataset has {found} rows of it; {_REMEDY}"
                _find(ledger, "run-count", "run", number, what)
