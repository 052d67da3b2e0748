"""Files that other tools wrote, where they are at hand: what two other readers call an HTML page gives a row here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from archiver.dataset.load import read_articles

from .test_extract import extract

_SHARED = Path(os.environ.get("ARCHIVER_SHARED") or Path(__file__).parents[3] / "shared") / "bench" / "warcs"
pytestmark = pytest.mark.skipif(not _SHARED.is_dir(), reason="no WARCs of other tools here; ARCHIVER_SHARED names their folder")
# Without Content-Type, or under another one, the body decides: those rows come on top.
_HTML = "text/html"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("other-tools")
    done = extract(_SHARED, "-o", out, "--workers", 2)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("path", sorted(_SHARED.glob("*.warc*")), ids=lambda path: path.name.split("__")[1])
def test_no_page_that_warcio_and_fastwarc_see_is_without_a_row(dataset: Path, path: Path) -> None:
    rows = {row["warc_record_id"] for row in read_articles(dataset / f"articles-{path.name}.jsonl")}
    by_warcio = set()
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream):
            head = record.http_headers
            is_page = head and head.get_statuscode() == "200" and _HTML in (head.get_header("Content-Type") or "")
            if is_page and record.rec_type in ("response", "revisit"):
                by_warcio.add(record.rec_headers.get_header("WARC-Record-ID").strip("<>"))
        stream.seek(0)
        by_fastwarc = {
            record.record_id.strip("<>")
            for record in FastIterator(stream, record_types=WarcRecordType.response, parse_http=True)
            if record.http_headers and record.http_headers.status_code == 200 and _HTML in (record.http_content_type or "")
        }
    assert by_warcio - rows == set()
    assert by_fastwarc - rows == set()
    assert rows
