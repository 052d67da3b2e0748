"""What records say of each other: ids that occur twice, references to nothing, revisits that are not what they revisit."""

from __future__ import annotations

from archiver.verify.findings import shown
from archiver.verify.ledger import Ledger
from archiver.warc.records import SERVER_NOT_MODIFIED


def check_references(ledger: Ledger) -> None:
    """Findings for all records of the ledger; its indexes must have been built."""
    _duplicate_ids(ledger)
    _dangling(ledger)
    _revisits(ledger)
    _conversions(ledger)


def _duplicate_ids(ledger: Ledger) -> None:
    rows = ledger.query(
        "SELECT r.record_id, f.path, r.offset FROM records r JOIN files f ON f.id = r.file WHERE r.record_id IN"
        " (SELECT record_id FROM records GROUP BY record_id HAVING count(*) > 1) ORDER BY r.record_id, r.file, r.offset"
    )
    first: tuple[str, str] | None = None
    for record_id, path, offset in rows:
        if first is None or first[0] != record_id:
            first = (record_id, f"{path}@{offset}")
            continue
        what = f"WARC-Record-ID {shown(record_id)} is that of {first[1]} too: ids must be unique (WARC/1.1 §5.2)"
        ledger.find("error", "duplicate-id", path, what, offset=offset)


_DANGLING = {
    "WARC-Concurrent-To": "SELECT f.path, r.offset, r.target FROM concurrent r JOIN files f ON f.id = r.file"
    " WHERE NOT EXISTS (SELECT 1 FROM records o WHERE o.record_id = r.target)",
    "WARC-Refers-To": "SELECT f.path, r.offset, r.refers_to FROM records r JOIN files f ON f.id = r.file"
    " WHERE r.refers_to IS NOT NULL AND NOT EXISTS (SELECT 1 FROM records o WHERE o.record_id = r.refers_to)",
    "WARC-Warcinfo-ID": "SELECT f.path, r.offset, r.warcinfo_id FROM records r JOIN files f ON f.id = r.file"
    " WHERE r.warcinfo_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM records o WHERE o.record_id = r.warcinfo_id AND o.type = 'warcinfo')",
}


def _dangling(ledger: Ledger) -> None:
    for field, sql in _DANGLING.items():
        for path, offset, target in ledger.query(sql):
            what = f"{field} {shown(target)} names no record of this collection: restore the file that has it"
            ledger.find("error", "dangling", path, what, offset=offset)


def _revisits(ledger: Ledger) -> None:
    """WARC/1.1 §6.7.2, §6.7.3: type, URI, date and payload digest of the record that is referred to."""
    rows = ledger.query(
        "SELECT f.path, r.offset, r.profile, r.refers_uri, r.refers_date, r.payload_digest,"
        " o.type, o.uri, o.date, o.payload_digest, r.date"
        " FROM records r JOIN files f ON f.id = r.file JOIN records o ON o.record_id = r.refers_to WHERE r.type = 'revisit'"
    )
    for path, offset, profile, uri, date, digest, o_type, o_uri, o_date, o_digest, own_date in rows:
        faults = []
        if o_type not in ("response", "resource"):
            faults.append(f"the record it refers to is a {shown(o_type)} record, which has no payload to give")
        if uri is not None and uri != o_uri:
            faults.append(f"WARC-Refers-To-Target-URI is {shown(uri)}, that of the record {shown(o_uri)}")
        if date is not None and date != o_date:
            faults.append(f"WARC-Refers-To-Date is {shown(date)}, that of the record {shown(o_date)}")
        if digest is not None and digest != o_digest:
            faults.append(f"its payload digest is {shown(digest)}, that of the record it refers to {shown(o_digest)}")
        if profile != SERVER_NOT_MODIFIED and own_date < o_date:
            faults.append(f"it refers to a record of a later time, {shown(o_date)}")
        for what in faults:
            ledger.find("error", "refers-to", path, f"revisit: {what}", offset=offset)
    _unresolved(ledger)


def _unresolved(ledger: Ledger) -> None:
    """A revisit without WARC-Refers-To must be found by URI and date, as pywb does."""
    rows = ledger.query(
        "SELECT f.path, r.offset, r.refers_uri FROM records r JOIN files f ON f.id = r.file"
        " WHERE r.type = 'revisit' AND r.refers_to IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM records o WHERE o.payload_digest = r.payload_digest AND o.uri = r.refers_uri AND o.date = r.refers_date)"
    )
    for path, offset, uri in rows:
        what = f"no record with the payload, WARC-Refers-To-Target-URI {shown(uri)} and -Date of this revisit"
        ledger.find("error", "dangling", path, what, offset=offset)


def _conversions(ledger: Ledger) -> None:
    rows = ledger.query(
        "SELECT f.path, r.offset, r.uri, o.uri, o.type FROM records r JOIN files f ON f.id = r.file"
        " JOIN records o ON o.record_id = r.refers_to WHERE r.type = 'conversion' AND (o.uri <> r.uri OR o.type NOT IN"
        " ('response', 'revisit', 'resource'))"
    )
    for path, offset, uri, o_uri, o_type in rows:
        what = f"a conversion of {shown(uri)} refers to a {shown(o_type)} record of {shown(o_uri)}"
        ledger.find("error", "refers-to", path, what, offset=offset)
