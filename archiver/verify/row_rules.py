"""One row of the dataset by itself: fields, order, types, values that follow from others. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from archiver import model
from archiver.dataset.rows import row_id
from archiver.dataset.schema import SCHEMA_VERSION, TABLES, Field, RecordType
from archiver.urlkeys import urlkey
from archiver.urls import normalize_url, registrable_domain, url_id
from archiver.verify.findings import listed, shown

Row = dict[str, Any]
# SQLite and every loader hold 64-bit numbers.
_MAX_INT = 2**63
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_TYPES = {"str": str, "int": int, "bool": bool, "instant": str, "list": list}
_ENUMS = {
    "page_type": frozenset(get_args(model.PageType)),
    "listing_type": frozenset(get_args(model.ListingType)),
    "date_published_precision": frozenset(get_args(model.DatePrecision)),
    "date_published_source": frozenset(get_args(model.DateSource)),
    "extraction_status": frozenset(get_args(model.ExtractionStatus)),
    "discovered_via": frozenset(get_args(model.DiscoveredVia)),
    "reason": frozenset(get_args(model.FailureReason)),
    "warc_type": frozenset({"response", "revisit"}),
}
_NAMES = {record_type: tuple(field.name for field in table) for record_type, table in TABLES.items()}
_KINDS = {
    record_type: [(field, _TYPES[field.kind], _ENUMS.get(field.name)) for field in table] for record_type, table in TABLES.items()
}


def shape_faults(record_type: RecordType, row: Row) -> list[str]:
    """Whether a row has the table's fields in its order and types; nothing else is looked at when it has not."""
    names = tuple(row)
    if names != _NAMES[record_type]:
        fault = _names_fault(record_type, row)
        if fault:
            return [fault]
    faults = [fault for field, kind, allowed in _KINDS[record_type] if (fault := _value_fault(field, kind, allowed, row))]
    if not faults and row["record_type"] != record_type:
        faults.append(f"record_type is {shown(row['record_type'])}, not {record_type}")
    return faults


def _names_fault(record_type: RecordType, row: Row) -> str | None:
    table, version = _NAMES[record_type], row.get("schema_version")
    missing = set(table) - row.keys()
    if missing:
        return f"no field {listed(missing)}"
    newer = isinstance(version, str) and version != SCHEMA_VERSION and version.split(".")[0] == SCHEMA_VERSION.split(".")[0]
    extra = row.keys() - set(table)
    if extra and not newer:
        return f"unknown field {shown(min(extra))}"
    if tuple(name for name in row if name in set(table)) != table:
        return "the fields are not in the order of the schema"
    return None


def _value_fault(field: Field, kind: type, allowed: frozenset[str] | None, row: Row) -> str | None:
    value: Any = row[field.name]
    if value is None:
        return None if field.nullable else f"{field.name} is null"
    given: type = type(value)
    if given is not kind:
        return f"{field.name} is {shown(value)}, not of type {field.kind}"
    if kind is int and not 0 <= value < _MAX_INT:
        return f"{field.name} is {shown(value)}: out of range"
    if field.kind == "instant" and not _INSTANT.fullmatch(value):
        return f"{field.name} is {shown(value)}, not YYYY-MM-DDTHH:MM:SS.mmmZ"
    if kind is list and not all(type(item) is str for item in value):
        return f"{field.name} holds other things than strings"
    if allowed is not None and value not in allowed:
        return f"{field.name} is {shown(value)}, none of {listed(allowed)}"
    return None


def derived_faults(record_type: RecordType, row: Row) -> Iterator[str]:
    """Fields that follow from others of the same row, for a row whose shape is right."""
    for name, expected in _DERIVED[record_type](row).items():
        if row[name] != expected:
            yield f"{name} is {shown(row[name])}; the row's other fields give {shown(expected)}"


def _of_article(row: Row) -> Row:
    article_id = url_id(row["url"])
    return {
        "article_id": article_id,
        "id": row_id("art", article_id, row["warc_record_id"]),
        "url_normalized": normalize_url(row["url"]),
        "urlkey": urlkey(row["url_final"]),
        "domain": registrable_domain(row["url_final"]),
        "char_count": len(row["text"]),
        **_refers_to(row),
    }


def _of_appearance(row: Row) -> Row:
    return {
        "id": row_id("app", row["warc_record_id"], normalize_url(row["url"])),
        "listing_id": url_id(row["listing_url"]),
        "article_id": url_id(row["url"]),
        **_refers_to(row),
    }


def _of_failure(row: Row) -> Row:
    pointer = ("warc_record_offset", "warc_record_length", "warc_record_id", "warc_type")
    nothing = dict.fromkeys(pointer) if row["warc_filename"] is None else {}
    return {"id": row_id("fail", row["run_id"], row["url"], row["reason"]), **nothing, **_refers_to(row)}


def _refers_to(row: Row) -> Row:
    """A response has its bytes where it is."""
    if row["warc_type"] == "revisit":
        return {}
    return dict.fromkeys(("warc_refers_to_filename", "warc_refers_to_offset", "warc_refers_to_length", "warc_refers_to_record_id"))


def _of_run(row: Row) -> Row:
    return {}


_DERIVED = {"article": _of_article, "appearance": _of_appearance, "failure": _of_failure, "run": _of_run}
