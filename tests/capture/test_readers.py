"""Readers that others wrote agree with what the crawl says it has written."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastwarcIterator
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from archiver.errors import HttpFormatError
from archiver.warc.http1 import Message, read_message

from .support import Group
from .table_run import Run


def _warcs(run: Run) -> list[Path]:
    root = run.crawl.kept.root
    return sorted([*(root / "archive").glob("*.warc.gz"), *(root / "text").glob("*.warc.gz")])


def test_gzip_finds_every_file_whole(table_run: Run) -> None:
    assert len(_warcs(table_run)) == 2
    subprocess.run(["gzip", "-t", *map(str, _warcs(table_run))], check=True)


def test_one_gzip_member_is_one_record(table_run: Run) -> None:
    (path,) = table_run.crawl.kept.collection.warcs()
    data = path.read_bytes()
    starts = [record.offset for record in table_run.records]
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        assert gzip.decompress(data[start:end]).startswith(b"WARC/1.1\r\nWARC-Type: ")


def test_fastwarc_reads_the_same_records(table_run: Run) -> None:
    (path,) = table_run.crawl.kept.collection.warcs()
    with path.open("rb") as stream:
        read = [
            (str(record.record_id).strip("<>"), record.stream_pos, record.reader.read())
            for record in FastwarcIterator(stream, parse_http=False)
        ]
    assert read == [(record.id, record.offset, record.block) for record in table_run.records]


def test_warcio_reads_the_same_records_and_complains_of_chunked_payloads_only(table_run: Run) -> None:
    """warcio takes the payload of a chunked response with its chunk framing, WARC/1.1 §6.3.2 without it: `warcio check` exits 1."""
    complained = {}
    urls = {}
    (path,) = table_run.crawl.kept.collection.warcs()
    with path.open("rb") as stream:
        for record in WarcioIterator(stream, check_digests=True):
            record.raw_stream.read()
            record_id = record.rec_headers.get_header("WARC-Record-ID").strip("<>")
            urls[record_id] = record.rec_headers.get_header("WARC-Target-URI")
            if record.digest_checker.problems:
                complained[record_id] = record.digest_checker.problems
    assert list(urls) == [record.id for record in table_run.records]
    assert {problem.split(" sha256")[0] for problems in complained.values() for problem in problems} == {"payload digest failed"}
    assert {urls[record_id] for record_id in complained} == {
        group.url for group in table_run.groups if _has_framing(group) or group.url.endswith(OTHER_HEAD)
    }


# Heads whose end warcio sees elsewhere than browsers do: at a field line of blanks, or at a line end before the status line.
OTHER_HEAD = ("/header-folded-blank.html", "/leading-crlf.html", "/leading-junk.html")


def _has_framing(group: Group) -> bool:
    """A full response whose payload is not simply what follows the head."""
    if group.response is None or group.is_revisit or not group.response.get("WARC-Payload-Digest"):
        return False
    message = _message(group)
    return message is not None and group.block[message.head.length :] != message.entity


def _message(group: Group) -> Message | None:
    try:
        return read_message(group.block)
    except HttpFormatError:
        return None


def _cdxj(text: str) -> set[tuple[str, str, int, int]]:
    lines = [json.loads(line.split(" ", 2)[2]) for line in text.splitlines() if line and not line.startswith("!")]
    return {(line["url"], line["filename"], int(line["offset"]), int(line["length"])) for line in lines}


def _unreadable(run: Run) -> set[str]:
    """URLs of responses without an HTTP head, which our replay index leaves out (DESIGN §5.5)."""
    return {group.url for group in run.groups if group.response and _message(group) is None}


def _index(run: Run) -> set[tuple[str, str, int, int]]:
    return _cdxj((run.crawl.kept.root / "indexes" / "index.cdxj").read_text("utf-8"))


def test_cdxj_indexer_finds_what_our_index_has(table_run: Run) -> None:
    (path,) = table_run.crawl.kept.collection.warcs()
    command = [str(Path(sys.executable).with_name("cdxj-indexer")), str(path)]
    theirs = _cdxj(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert _index(table_run) <= theirs
    assert {line[0] for line in theirs - _index(table_run)} <= _unreadable(table_run)


@pytest.mark.skipif(shutil.which("cdx-indexer") is None, reason="pywb is not installed")
def test_pywb_finds_what_our_index_has(table_run: Run) -> None:
    (path,) = table_run.crawl.kept.collection.warcs()
    theirs = _cdxj(subprocess.run(["cdx-indexer", "-j", "-s", str(path)], capture_output=True, text=True, check=True).stdout)
    assert _index(table_run) <= theirs
    assert {line[0] for line in theirs - _index(table_run)} <= _unreadable(table_run)
