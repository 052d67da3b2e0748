"""Descriptions of a dataset folder for machines: JSON Schema, Frictionless, Croissant and SQL, all from the one field table."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from archiver.dataset.card import config_name
from archiver.dataset.digest import Digest
from archiver.dataset.schema import SCHEMA_VERSION, TABLES, Field, RecordType

DATAPACKAGE = "datapackage.json"
Json = dict[str, Any]
_DESCRIPTION = (
    "Articles of news sections with the place they had on the section page; every row names the WARC record it was read from."
)
_RIGHTS = "The texts belong to their publishers; the column license holds what a page states."
# 64 MB: DuckDB's default of 16 MB is less than a row may be.
_LONGEST_LINE = 1 << 26


def slug(found: Digest) -> str:
    """A name of the dataset that every format takes: lower-case letters, digits and dashes."""
    return "news-" + (re.sub(r"[^a-z0-9]+", "-", "-".join(found.hosts[:3]).lower()).strip("-")[:60] or "articles")


def hash_file(path: Path) -> tuple[int, str]:
    """Bytes and hex sha256 of a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return stream.tell(), digest


def datapackage(found: Digest, rows: dict[RecordType, list[Path]], parquet: dict[RecordType, Path]) -> Json:
    """``datapackage.json`` (Data Package 1.0): every file with its bytes and sha256, so that a later change shows."""
    resources = []
    for record_type, files in rows.items():
        for number, path in enumerate(files):
            name = config_name(record_type) + (f"-{number + 1}" if len(files) > 1 else "")
            resource = _resource(name, path, "jsonl", "application/jsonl")
            resources.append(resource | {"profile": "tabular-data-resource", "encoding": "utf-8", "schema": _table(record_type)})
    for record_type, path in parquet.items():
        # A file, not a table: frictionless 5 stumbles over Parquet's nulls in instants.
        resource = _resource(f"{config_name(record_type)}-parquet", path, "parquet", "application/vnd.apache.parquet")
        resources.append(resource | {"type": "file"})
    return {
        "profile": "data-package",
        "name": slug(found),
        "description": _DESCRIPTION,
        "version": SCHEMA_VERSION,
        "resources": resources,
    }


def _resource(name: str, path: Path, form: str, mediatype: str) -> Json:
    size, digest = hash_file(path)
    return {"name": name, "path": path.name, "format": form, "mediatype": mediatype, "bytes": size, "hash": f"sha256:{digest}"}


def _table(record_type: RecordType) -> Json:
    kinds = {"str": "string", "int": "integer", "bool": "boolean", "list": "array"}

    def column(field: Field) -> Json:
        kind = {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"} if field.kind == "instant" else {"type": kinds[field.kind]}
        return {"name": field.name, **kind, "description": field.meaning, "constraints": {"required": not field.nullable}}

    key = "run_id" if record_type == "run" else "id"
    # An unfinished run that is resumed has a line for each end.
    unique = {} if record_type == "run" else {"primaryKey": [key]}
    return {"fields": [column(field) for field in TABLES[record_type]], "missingValues": [], **unique}


_CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(found: Digest, files: dict[RecordType, list[Path]], *, typed: bool) -> Json:
    """``croissant.json`` (Croissant 1.0) over the files to load; ``typed``: they are Parquet."""
    distribution, record_sets = [], []
    for record_type, paths in files.items():
        for path in paths:
            size, digest = hash_file(path)
            form = "application/vnd.apache.parquet" if typed else "application/jsonlines"
            distribution.append(
                {
                    "@type": "cr:FileObject",
                    "@id": path.name,
                    "name": path.name,
                    "contentUrl": path.name,
                    "contentSize": f"{size} B",
                    "encodingFormat": form,
                    "sha256": digest,
                }
            )
        # Croissant has one source a field: several files of a re-extraction are described by the first.
        record_sets.append(_record_set(record_type, paths[0].name, typed=typed))
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": slug(found),
        "description": _DESCRIPTION,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": f"{SCHEMA_VERSION}.0",
        "usageInfo": _RIGHTS,
        "isLiveDataset": True,
        "distribution": distribution,
        "recordSet": record_sets,
    }


def _record_set(record_type: RecordType, filename: str, *, typed: bool) -> Json:
    kinds = {"str": "sc:Text", "int": "sc:Integer", "bool": "sc:Boolean", "instant": "sc:DateTime", "list": "sc:Text"}
    name = config_name(record_type)

    def column(field: Field) -> Json:
        extract = {"column": field.name} if typed else {"jsonPath": f"$.{field.name}"}
        return {
            "@type": "cr:Field",
            "@id": f"{name}/{field.name}",
            "name": field.name,
            "description": field.meaning,
            "dataType": kinds[field.kind],
            **({"repeated": True} if field.kind == "list" else {}),
            "source": {"fileObject": {"@id": filename}, "extract": extract},
        }

    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": [column(field) for field in TABLES[record_type]]}


def load_sql(files: dict[RecordType, list[str]]) -> str:
    """``load.sql``: one typed DuckDB view a table over the JSON Lines, which DuckDB alone would have to guess."""
    kinds = {"str": "VARCHAR", "int": "BIGINT", "bool": "BOOLEAN", "instant": "TIMESTAMPTZ", "list": "VARCHAR[]"}
    lines = [
        "-- The JSON Lines of this folder as typed DuckDB views. In this folder: duckdb -init load.sql",
        "-- From elsewhere: SET file_search_path = 'path/to/this/folder'; then .read path/to/this/folder/load.sql",
        "SET TimeZone = 'UTC';",
    ]
    for record_type, names in files.items():
        sources = ", ".join(_sql(name) for name in names)
        columns = ",\n".join(f"    \"{field.name}\": '{kinds[field.kind]}'" for field in TABLES[record_type])
        lines.append(
            f"CREATE OR REPLACE VIEW {config_name(record_type)} AS\n"
            f"SELECT * FROM read_json([{sources}], format = 'newline_delimited', "
            f"maximum_object_size = {_LONGEST_LINE}, columns = {{\n{columns}\n}});"
        )
    return "\n".join(lines) + "\n"


def _sql(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
