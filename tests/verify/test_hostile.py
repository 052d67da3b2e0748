"""Files that were made to hurt: findings, bounded memory, never a traceback."""

from __future__ import annotations

import resource
import zlib
from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.collection.layout import Collection
from archiver.collection.manifest import file_sha256
from archiver.dataset.schema import FILENAMES
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.findings import Finding
from archiver.verify.ledger import Ledger
from archiver.verify.row_rules import derived_faults, shape_faults

from .damage import ARTICLES, findings, kinds, places, records, rows

HEAD = (
    b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
    b"WARC-Target-URI: a:b\r\n"
)
META, INFO, REVISIT = (HEAD.replace(b"resource", name) for name in (b"metadata", b"warcinfo", b"revisit"))
NESTED = b"run_id: x\r\nsettings: " + b"[" * 100_000 + b"\r\n"
HOSTILE: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("one byte", b"\x1f"),
    ("zeros", b"\0" * 5000),
    ("a claim of 100 GB", HEAD + b"Content-Length: 100000000000\r\n\r\nshort"),
    ("a length of 30 digits", HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"),
    ("a negative length", HEAD + b"Content-Length: -5\r\n\r\n"),
    ("a superscript length", HEAD + "Content-Length: ²\r\n\r\n".encode()),
    ("no length", HEAD + b"\r\n"),
    ("two lengths", HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx\r\n\r\n"),
    ("a length of 1 too few", HEAD + b"Content-Length: 1\r\n\r\nxyz\r\n\r\n" + HEAD + b"Content-Length: 0\r\n\r\n\r\n\r\n"),
    ("NULs in names and values", HEAD + b"A\0B: c\0d\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
    ("bytes that are no UTF-8", HEAD + b"\xff\xfe: \xed\xa0\x80\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
    ("a head without end", HEAD + b"A: b\r\n" * 300_000),
    ("a digest of nothing", HEAD + b"WARC-Block-Digest: \r\nWARC-Payload-Digest: :::\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
    ("a digest by a name that runs", HEAD + b"WARC-Block-Digest: shake_128:00\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
    ("a block too large for memory, without its bytes", HEAD + b"WARC-Block-Digest: sha1:x\r\nContent-Length: 900000000\r\n\r\nx"),
    ("a claim within the limit, without its bytes", HEAD + b"Content-Length: 80000000\r\n\r\nx"),
    ("a metadata record that is not what it says", META + b"Content-Length: 9\r\n\r\n\xff\0: :\r\n\r\n\r\n\r\n"),
    ("a warcinfo with settings that nest", INFO + b"Content-Length: %d\r\n\r\n" % len(NESTED) + NESTED + b"\r\n\r\n"),
    ("a revisit of itself", REVISIT + b"WARC-Refers-To: <urn:uuid:1>\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
]


def gzipped(data: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
    return compressor.compress(data) + compressor.flush()


def alone(folder: Path, content: bytes, name: str = "x.warc.gz") -> Collection:
    """A collection of one file."""
    collection = Collection(folder)
    collection.archive.mkdir()
    (collection.archive / name).write_bytes(content)
    collection.manifest.write_text(f"{file_sha256(collection.archive / name)}  archive/{name}\n")
    return collection


@pytest.mark.parametrize("content", [row[1] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
def test_hostile_warcs_are_findings(tmp_path: Path, content: bytes, packed: bool) -> None:
    collection = alone(tmp_path, gzipped(content) if packed else content, "x.warc.gz" if packed else "x.warc")
    found = findings(collection, extract=True)
    assert all(finding.place.startswith(("archive/x.warc", "indexes/")) for finding in found)
    assert found or content.startswith((META, INFO)), "a block of fields may hold anything"


def bomb(count: int, what: bytes) -> Iterable[bytes]:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield compressor.compress(HEAD + b"Content-Length: %d\r\n\r\n" % (count * len(what)))
    for _ in range(count):
        yield compressor.compress(what)
    yield compressor.flush()


@pytest.mark.parametrize("what", [b"\0" * (1 << 20), b"\r\n" * (1 << 19)], ids=["zeros", "line ends"])
def test_a_bomb_takes_little_memory(tmp_path: Path, what: bytes) -> None:
    data = b"".join(bomb(120, what))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    findings(alone(tmp_path, data))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000, "KiB"


def test_line_ends_after_a_block_take_little_memory(tmp_path: Path) -> None:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = compressor.compress(HEAD + b"Content-Length: 0\r\n\r\n")
    data += b"".join(compressor.compress(b"\r\n" * (1 << 19)) for _ in range(100)) + compressor.flush()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    findings(alone(tmp_path, data))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000, "KiB"


def test_a_thousand_damages_end_the_reading_of_a_file(tmp_path: Path) -> None:
    content = (b"WARC/1.0\r\nContent-Length: x\r\n\r\n") * 3000
    found = findings(alone(tmp_path, content, "x.warc"))
    assert any("over 1,000 damaged places" in finding.message for finding in found)


@given(data=st.binary(max_size=300), at=st.integers(0, 2000), packed=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_within_a_warc_are_findings(tmp_path_factory: pytest.TempPathFactory, data: bytes, at: int, packed: bool) -> None:
    record = HEAD + b"WARC-Block-Digest: sha1:x\r\nContent-Length: 4\r\n\r\ntext\r\n\r\n"
    whole = b"".join(gzipped(record) for _ in range(3)) if packed else record * 3
    collection = alone(tmp_path_factory.mktemp("any"), whole[:at] + data + whole[at:], "x.warc.gz" if packed else "x.warc")
    assert all(isinstance(finding, Finding) for finding in findings(collection))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("record_type", FILENAMES)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_any_field_is_a_fault_or_none(crawled: Path, record_type: str, data: st.DataObject) -> None:
    row = rows(Collection(crawled), f"dataset/{FILENAMES[record_type]}")[0]  # type: ignore[index]
    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(JSON | st.text().map("http://{}".format))
    row = orjson.loads(orjson.dumps(row, default=str, option=orjson.OPT_PASSTHROUGH_SUBCLASS)) if _fits(row) else row
    if not shape_faults(record_type, row):  # type: ignore[arg-type]
        list(derived_faults(record_type, row))  # type: ignore[arg-type]


def _fits(row: object) -> bool:
    try:
        orjson.dumps(row)
    except TypeError:
        return False
    return True


@given(lines=st.lists(st.binary(max_size=80), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_lines_in_text_files_are_findings(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    collection = Collection(tmp_path_factory.mktemp("lines"))
    for folder in (collection.archive, collection.indexes, collection.dataset):
        folder.mkdir()
    for path in (
        collection.indexes / "index.cdxj",
        collection.manifest,
        *(collection.dataset / name for name in FILENAMES.values()),
    ):
        path.write_bytes(b"\n".join(lines))
    findings(collection)


def test_a_folder_or_pipe_in_place_of_a_file_is_a_finding(collection: Collection) -> None:
    (collection.archive / "folder.warc.gz").mkdir()
    (collection.dataset / "runs.jsonl").unlink()
    (collection.dataset / "runs.jsonl").mkdir()
    assert "archive/folder.warc.gz" in places(findings(collection), "unreadable")


def test_the_manifest_leads_to_no_file_outside(collection: Collection) -> None:
    with collection.manifest.open("a") as out:
        out.write(f"{'0' * 64}  ../../etc/passwd\n{'0' * 64}  /etc/passwd\nnonsense\n{'0' * 64}  \x1b[2J\n")
    found = findings(collection)
    assert [finding.line for finding in found if finding.kind == "manifest"] == [5, 6, 7]
    assert kinds(found) == {"manifest", "missing-file"}


def test_a_file_name_that_is_no_text_is_read(collection: Collection) -> None:
    source = collection.warcs()[0]
    raw = bytes(collection.archive) + b"/\xff\xfe\n\x1b.warc.gz"
    Path(raw.decode("utf-8", "surrogateescape")).write_bytes(source.read_bytes())
    found = findings(collection, extract=True)
    assert {"filename", "duplicate-id", "manifest"} <= kinds(found)
    assert all(finding.place.isprintable() for finding in found)


def test_a_ledger_that_cannot_be_written_is_one_error(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archiver.cli import run

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert run(["verify", str(collection.root), "--no-extract"]) == 3


def test_the_collection_of_these_tests_has_what_they_need(crawled: Path) -> None:
    assert rows(Collection(crawled), ARTICLES)
    assert len(records(Collection(crawled))) > 100
    with Ledger() as ledger:
        assert verify_collection(Collection(crawled), ledger, VerifyOptions(extract=False)).is_clean
