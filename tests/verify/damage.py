"""Ways to damage a collection in one place and nowhere else: the manifest is put right where that is not the point."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archiver.collection.layout import Collection
from archiver.collection.manifest import file_sha256
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.findings import Finding
from archiver.verify.ledger import Ledger
from archiver.warc.compression import gzip_member
from archiver.warc.reader import WarcRecord, read_records
from archiver.warc.records import Record, new_record_id, sha256_digest

ARTICLES, APPEARANCES = "dataset/articles.jsonl", "dataset/appearances.jsonl"
FAILURES, RUNS = "dataset/failures.jsonl", "dataset/runs.jsonl"


@dataclass(frozen=True)
class Place:
    """One record: its file (relative to the collection), offset, length, fields."""

    path: str
    offset: int
    length: int
    fields: dict[str, str]

    def __str__(self) -> str:
        return f"{self.path}@{self.offset}"


def findings(collection: Collection, **options: Any) -> list[Finding]:
    """Everything that verify finds; without extraction unless asked for."""
    with Ledger() as ledger:
        verify_collection(collection, ledger, VerifyOptions(**{"extract": False, **options}))
        return list(ledger.findings())


def places(found: list[Finding], kind: str | None = None) -> list[str]:
    """The places of the findings of one kind (all but notes without one)."""
    return [finding.place for finding in found if finding.severity != "note" and (kind is None or finding.kind == kind)]


def kinds(found: list[Finding]) -> set[str]:
    return {finding.kind for finding in found if finding.severity != "note"}


def records(collection: Collection, folder: str = "archive") -> list[Place]:
    """Every record of every file of a folder, in order."""
    found = []
    for path in sorted((collection.root / folder).iterdir()):
        for record in read_records(path):
            assert isinstance(record, WarcRecord)
            record.finish()
            assert record.length is not None
            place = f"{folder}/{path.name}"
            found.append(Place(place, record.offset, record.length, {name.lower(): value for name, value in record.fields}))
    return found


def of_type(collection: Collection, warc_type: str, folder: str = "archive") -> Place:
    """The second record of this type (the first may be a special case), or the only one."""
    found = [place for place in records(collection, folder) if place.fields["warc-type"] == warc_type]
    return found[min(1, len(found) - 1)]


def flip(collection: Collection, place: Place, at: int, bit: int = 0) -> None:
    """Flip one bit of the byte ``at`` bytes into the record's member."""
    path = collection.root / place.path
    data = bytearray(path.read_bytes())
    data[place.offset + at] ^= 1 << bit
    path.write_bytes(data)


def append_record(collection: Collection, path: str, fields: dict[str, str], block: bytes = b"a: b\r\n") -> int:
    """A further record at the end of a file, well formed but for what ``fields`` say; its offset. The manifest is put right."""
    base = {
        "WARC-Type": "metadata",
        "WARC-Record-ID": new_record_id(),
        "WARC-Date": "2026-03-01T00:00:00.000000Z",
        "WARC-Target-URI": "http://a.example/",
        "WARC-Warcinfo-ID": records(collection)[0].fields["warc-record-id"].strip("<>"),
        "WARC-Block-Digest": sha256_digest([block]),
        "Content-Type": "application/warc-fields",
    }
    record = Record(tuple({**base, **fields}.items()), (block,))
    file = collection.root / path
    offset = file.stat().st_size
    with file.open("ab") as out:
        out.write(b"".join(gzip_member(record.serialize(), body_is_coded=False)))
    seal(collection)
    return offset


def seal(collection: Collection) -> None:
    """Write the manifest for the files as they are now."""
    files = sorted(collection.archive.glob("*.gz")) + sorted(collection.text.glob("*.gz"))
    lines = [f"{file_sha256(file)}  {file.parent.name}/{file.name}\n" for file in files]
    collection.manifest.write_text("".join(lines))


def edit_row(collection: Collection, path: str, line: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change one row of a JSON Lines file (``line`` counts from 1), written as the program writes it."""

    def edit(text: str) -> str:
        row = json.loads(text)
        change(row)
        return json.dumps(row, ensure_ascii=False, separators=(",", ":"))

    edit_line(collection, path, line, edit)


def edit_line(collection: Collection, path: str, line: int, change: Callable[[str], str | None]) -> None:
    """Change one line, or take it out when ``change`` gives ``None``."""
    file = collection.root / path
    lines = file.read_text().split("\n")
    changed = change(lines[line - 1])
    lines[line - 1 : line] = [] if changed is None else [changed]
    file.write_text("\n".join(lines))


def rows(collection: Collection, path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (collection.root / path).read_text().splitlines()]
