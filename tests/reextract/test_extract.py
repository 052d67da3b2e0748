"""``archiver extract``: the crawl's own rows again, and one row for every HTML page in the files of any tool."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import brotlicffi
import pytest
from verify.conftest import crawled
from wire.pages import article, marker_of

from archiver.cli import run
from archiver.dataset.load import read_articles

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["crawled"]

URL = "http://news.example/2021/story"
PAGE = article("extract-page").encode()
ID = "urn:uuid:00000000-0000-4000-8000-%012d"


def extract(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The verb, run in this process: a start of Python costs more than most of these extractions."""
    command = ["extract", *map(str, arguments)]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = run(command)
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())


def record(kind: str, block: bytes, number: int = 1, *lines: str, url: str = URL, version: str = "1.0") -> bytes:
    """A record as an old tool writes it, ``lines`` in place of or after the usual ones."""
    usual = {
        "WARC-Type": kind, "WARC-Target-URI": url, "WARC-Date": "2021-03-04T05:06:07Z",
        "WARC-Record-ID": f"<{ID % number}>", "Content-Type": "application/http; msgtype=response",
    }  # fmt: skip
    usual |= dict(line.split(": ", 1) for line in lines)
    head = "".join(f"{name}: {value}\r\n" for name, value in usual.items() if value != "-")
    return f"WARC/{version}\r\n{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def http(body: bytes, *lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return b"\r\n".join((status, *(lines or (b"Content-Type: text/html; charset=utf-8",)), b"", body))


def sha1(body: bytes) -> str:
    return f"sha1:{hashlib.sha1(body).hexdigest()}"


HTML = b"Content-Type: text/html; charset=utf-8"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE)
REVISIT = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"


@dataclass(frozen=True)
class Odd:
    """``file``: what lies on disk; ``rows``: HTML captures in it; ``said``: a problem that is named, with its offset."""

    name: str
    file: bytes
    reason: str
    rows: int = 1
    suffix: str = ".warc"
    said: str = ""


def _arc_records(page: bytes) -> tuple[bytes, bytes]:
    about = b"1 0 Tool\nURL IP-address Archive-date Content-type Archive-length\n"
    first = b"filedesc://x.arc 0.0.0.0 20010203040506 text/plain %d\n" % len(about) + about + b"\n"
    block = http(page, HTML)
    return first, f"{URL} 192.0.2.1 20010203040506 text/html {len(block)}\n".encode() + block + b"\n"


def _arc(page: bytes) -> bytes:
    return b"".join(_arc_records(page))


_GOOD = record("response", http(PAGE, HTML))
ODD = (
    Odd("plain", _GOOD, "uncompressed, WARC/1.0"),
    Odd("brackets", record("response", http(PAGE, HTML), 1, f"WARC-Target-URI: <{URL}>"), "wget puts URIs in brackets"),
    Odd("old-version", record("response", http(PAGE, HTML), version="0.18"), "Heritrix before the standard"),
    Odd("lf-only", _GOOD.replace(b"\r\n", b"\n", 6), "line feeds alone in the record's head"),
    Odd("upper-case", _GOOD.replace(b"WARC-Type: response", b"warc-type: RESPONSE"), "names and types in any case"),
    Odd("members", gzip.compress(_GOOD) + gzip.compress(record("response", http(PAGE, HTML), 2)), "the standard", 2, ".warc.gz"),
    Odd("one-member", gzip.compress(_GOOD + record("response", http(PAGE, HTML), 2)), "gzipped at once", 2, ".warc.gz"),
    Odd("chunked", record("response", http(CHUNKED, HTML, b"Transfer-Encoding: chunked")), "chunk framing kept"),
    Odd("claims-chunks", record("response", http(PAGE, HTML, b"Transfer-Encoding: chunked")), "decoded, the head left as sent"),
    Odd("gzip", record("response", http(gzip.compress(PAGE), HTML, b"Content-Encoding: gzip")), "content coding kept"),
    Odd("claims-gzip", record("response", http(PAGE, HTML, b"Content-Encoding: gzip")), "decoded, the head left as sent"),
    Odd("br", record("response", http(brotlicffi.compress(PAGE), HTML, b"Content-Encoding: br")), "brotli"),
    Odd("wrong-length", record("response", http(PAGE, HTML, b"Content-Length: 7")), "the coded length under a decoded body"),
    Odd("no-type", record("response", http(PAGE, b"Server: x")), "no Content-Type: the body says what it is"),
    Odd("odd-type", record("response", http(PAGE, b"Content-Type: html")), "a type that is none: the body says what it is"),
    Odd("two-types", record("response", http(PAGE, HTML, b"Content-Type: text/plain")), "two types, one of them HTML"),
    Odd("coding-utf-8", record("response", http(PAGE, HTML, b"Content-Encoding: UTF-8")), "a charset where a coding should be"),
    Odd(
        "claims-br", record("response", http(PAGE, HTML, b"Content-Encoding: br")), "brotli has no magic: told by what it gives"
    ),
    Odd(
        "unknown-coding", record("response", http(b"\x00\x01\x02", HTML, b"Content-Encoding: dcb")), "a coding that nobody knows",
        1, said="@0: Content-Encoding dcb: unsupported",
    ),
    Odd(
        "cut-coded", record("response", http(gzip.compress(PAGE)[:-200], HTML, b"Content-Encoding: gzip")),
        "a body that stops short", 1, said="@0: Content-Encoding gzip: truncated",
    ),
    Odd("100-continue", record("response", b"HTTP/1.1 100 Continue\r\n\r\n" + http(PAGE, HTML)), "an interim message before it"),
    Odd("http-2", record("response", http(PAGE, HTML, status=b"HTTP/2 200")), "a version that has no such line"),
    Odd("identified", record("response", http(b"<p>x", b"Server: x"), 1, "WARC-Identified-Payload-Type: text/html"),
        "no Content-Type: Common Crawl states what it looks like"),
    Odd("no-blank-line", record("response", b"HTTP/1.1 200 OK\r\nContent-Type: text/html"), "a head that is all there is"),
    Odd("no-uri", record("response", http(PAGE, HTML), 1, "WARC-Target-URI: -"), "no URL", said="without WARC-Target-URI"),
    Odd("lower-case-version", _GOOD.replace(b"WARC/1.0", b"warc/1.0"), "a version line in lower case, as warcio takes it"),
    Odd("byte-order-mark", b"\xef\xbb\xbf" + _GOOD, "an editor was here", said="@0: "),
    Odd("head-of-lf", record("response", http(PAGE, HTML).replace(b"\r\n", b"\n")), "line feeds alone in the HTTP head"),
    Odd("icy", record("response", http(PAGE, HTML, status=b"ICY 200 OK")), "not HTTP by name, but by all else"),
    Odd(
        "shorter-than-it-is", _GOOD.replace(b"Length: %d" % len(http(PAGE, HTML)), b"Length: %d" % len(PAGE)) + _GOOD,
        "a length that is too small: what is over is named", 2, said="passed over",
    ),
    Odd(
        "revisit-to-the-second",
        record("response", http(PAGE, HTML), 1, "WARC-Date: 2020-03-04T05:06:07.123456Z", url=URL + "/second")
        + record("revisit", http(b"", HTML), 2, REVISIT, f"WARC-Refers-To-Target-URI: {URL}/second",
                 "WARC-Refers-To-Date: 2020-03-04T05:06:07Z"),
        "its date has no fraction", 2,
    ),
    Odd("no-id", record("response", http(PAGE, HTML), 1, "WARC-Record-ID: -"), "no id: one is made"),
    Odd("zstd", zstd.compress(_GOOD) + zstd.compress(record("response", http(PAGE, HTML), 2)), "ArchiveTeam's", 2, ".warc.zst"),
    Odd("xhtml", record("response", http(PAGE, b"Content-Type: application/xhtml+xml")), "HTML by another name"),
    Odd("feed", record("response", http(b"<rss/>", b"Content-Type: text/xml")), "XML that is no page", 0),
    Odd("image", record("response", http(b"\x89PNG", b"Content-Type: image/png")), "no page", 0),
    Odd("not-found", record("response", http(PAGE, HTML, status=b"HTTP/1.1 404 Not Found")), "not a 200", 0),
    Odd("dns", record("response", b"20210304\nexample. 60 IN A 192.0.2.1\n", 1, "Content-Type: text/dns"), "Heritrix keeps DNS", 0),
    Odd("resource", record("resource", PAGE, 1, "Content-Type: text/html"), "not an HTTP capture: it has no status", 0),
    Odd("stub", record("response", http(b"<title>x</title>", HTML)), "a stub gives its row too"),
    Odd("empty", record("response", http(b"", HTML)), "so does an empty page"),
    Odd("clueweb-date", record("response", http(PAGE, HTML), 1, "WARC-Date: 2008-10-294T05:21:46-0700"), "the day of the year"),
    Odd("no-digest", record("response", http(PAGE, HTML), 1, "WARC-Payload-Digest: -"), "no digest: one is made"),
    Odd(
        "truncated", record("response", http(PAGE[:-300], HTML), 1, "WARC-Truncated: length"),
        "Common Crawl cuts at 1 MiB: what there is is a capture",
    ),
    Odd(
        "revisit-by-id", _GOOD + record("revisit", http(b"", HTML), 2, REVISIT, f"WARC-Refers-To: <{ID % 1}>"),
        "WARC/1.0 names the record", 2,
    ),
    Odd(
        "revisit-by-url",
        _GOOD + record("revisit", http(b"", HTML), 2, REVISIT, f"WARC-Refers-To-Target-URI: {URL}",
                       "WARC-Refers-To-Date: 2021-03-04T05:06:07Z", url=URL + "/again"),
        "WARC/1.1 names URL and date", 2,
    ),
    Odd(
        "revisit-by-digest",
        record("response", http(PAGE, HTML), 1, f"WARC-Payload-Digest: {sha1(PAGE)}")
        + record("revisit", b"", 2, REVISIT, f"WARC-Payload-Digest: {sha1(PAGE)}", "Content-Type: -"),
        "wget states a digest alone, and keeps no head", 2,
    ),
    Odd(
        "revisit-hex",
        record("response", http(PAGE, HTML), 1, f"WARC-Payload-Digest: {sha1(PAGE)}")
        + record("revisit", b"", 2, REVISIT, f"WARC-Payload-Digest: SHA1:{base64.b32encode(hashlib.sha1(PAGE).digest()).decode()}"),
        "one digest in hex, the other in base32", 2,
    ),
    Odd(
        "revisit-image",
        record("revisit", http(b"", b"Content-Type: image/png"), 2, REVISIT, f"WARC-Refers-To: <{ID % 9}>"),
        "no page: nobody looks for its original", 0,
    ),
    Odd(
        "revisit-first",
        record("revisit", http(b"", HTML), 2, REVISIT, f"WARC-Refers-To: <{ID % 77}>") + record("response", http(PAGE, HTML), 77),
        "the original lies behind it", 2,
    ),
    Odd(
        "revisit-in-one-member",
        gzip.compress(record("response", http(PAGE, HTML), 78)
                      + record("revisit", http(b"", HTML), 2, REVISIT, f"WARC-Refers-To: <{ID % 78}>")),
        "the original has no place of its own", 2, ".warc.gz",
    ),
    Odd(
        "revisit-304",
        _GOOD + record("revisit", http(b"", status=b"HTTP/1.1 304 Not Modified"), 2, f"WARC-Refers-To: <{ID % 1}>"),
        "a 304 is no 200", 1,
    ),
    Odd(
        "revisit-alone", record("revisit", http(b"", HTML), 2, REVISIT, f"WARC-Refers-To: <{ID % 9}>"),
        "its bytes are elsewhere", 0, said="@0: a revisit whose original is not in these files",
    ),
    Odd("bad-date", record("response", http(PAGE, HTML), 1, "WARC-Date: yesterday"), "no instant", 1, said="not a WARC-Date"),
    Odd(
        "server-date",
        record("response", http(PAGE, HTML, b"Date: Thu, 04 Mar 2021 05:06:09 GMT"), 1, "WARC-Date: 2021-13-40T00:00:00Z"),
        "the server's Date is the next best", 1, said="not a WARC-Date",
    ),
    Odd("cut", _GOOD + _GOOD[:200], "the disk was full, nothing of the page is there", 1, said=f"@{len(_GOOD)}: "),
    Odd("cut-page", _GOOD + _GOOD[:-900], "the disk was full: what there is of the page", 2, said=f"@{len(_GOOD)}: "),
    Odd(
        "cut-member", gzip.compress(_GOOD) + gzip.compress(_GOOD)[:-300], "a download that stopped: what there is", 2, ".warc.gz",
        said=f"@{len(gzip.compress(_GOOD))}: ",
    ),
    Odd(
        "wrong-checksum", gzip.compress(_GOOD)[:-8] + bytes(8) + gzip.compress(record("response", http(PAGE, HTML), 2)),
        "all bytes are there, no checksum holds for them", 2, ".warc.gz", said="@0: ",
    ),
    Odd(
        "corrupt-member", gzip.compress(_GOOD)[:-12] + bytes(12) + gzip.compress(record("response", http(PAGE, HTML), 2)),
        "a sector of zeros: it is named, and what lies behind it is read", 2, ".warc.gz", said="@0: ",
    ),
    Odd("junk-between", _GOOD + b"\0" * 999 + record("response", http(PAGE, HTML), 2), "NULs in the middle", 2, said="passed over"),
    Odd("negative", _GOOD.replace(b"Content-Length: ", b"Content-Length: -"), "a length that is none", 0, said="@0: "),
    Odd("claims-100-gb", _GOOD.replace(b"Content-Length: ", b"Content-Length: 9999999"), "it gives what there is", 1, said="@0: "),
    Odd("no-file", b"", "an empty file", 0),
    Odd("arc", _arc(PAGE), "the format before WARC", 1, ".arc"),
    Odd("arc-members", b"".join(map(gzip.compress, _arc_records(PAGE))), "an ARC as Heritrix wrote it", 1, ".arc.gz"),
    Odd("arc-cut", _arc(PAGE)[:-900], "an ARC cut short: what there is of the page", 1, ".arc", said="@120: "),
    Odd("arc-gzip", gzip.compress(_arc(PAGE)), "an ARC gzipped at once", 1, ".arc.gz"),
)  # fmt: skip


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Every odd file in a run of its own process, all at once: one of them must not keep another from its rows."""
    folder = tmp_path_factory.mktemp("odd")
    for odd in ODD:
        # Originals are looked for in all files of a run: each has URLs and ids of its own.
        (folder / f"{odd.name}{odd.suffix}").write_bytes(odd.file)
    command = [sys.executable, "-m", "archiver", "extract", str(folder), "-o", str(folder / "out"), "--workers", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return folder / "out", done


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
def test_every_html_capture_gives_one_row_and_every_fault_is_named(
    odd: Odd, extracted: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    out, done = extracted
    name = f"{odd.name}{odd.suffix}"
    part = out / f"articles-{name}.jsonl"
    if odd.name != "revisit-alone":
        assert len(list(read_articles(part))) == odd.rows, done.stderr
    said = [line for line in done.stderr.splitlines() if name in line]
    if odd.said and odd.name != "revisit-alone":
        assert any(odd.said in line for line in said), done.stderr
    if not odd.said:
        assert said == []
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


def test_the_rows_of_another_tool_say_what_it_says_and_no_more(extracted: tuple[Path, object]) -> None:
    out, _ = extracted
    for name in ("plain.warc", "brackets.warc", "chunked.warc", "gzip.warc", "br.warc", "claims-gzip.warc", "arc.arc"):
        (row,) = read_articles(out / f"articles-{name}.jsonl")
        assert marker_of("extract-page") in row["text"], name
        assert (row["url"], row["discovered_via"], row["run_id"], row["depth"]) == (URL, "unknown", "unknown", 0)
        assert row["warc_filename"] == name
    (arc,) = read_articles(out / "articles-arc.arc.jsonl")
    assert arc["fetched_at"] == "2001-02-03T04:05:06.000Z"
    revisit = list(read_articles(out / "articles-revisit-by-url.warc.jsonl"))[1]
    assert revisit["warc_type"] == "revisit"
    assert revisit["warc_refers_to_record_id"] == ID % 1
    assert marker_of("extract-page") in revisit["text"]


def test_a_revisit_whose_original_is_nowhere_is_named(tmp_path: Path) -> None:
    odd = next(odd for odd in ODD if odd.name == "revisit-alone")
    (tmp_path / "alone.warc").write_bytes(odd.file)
    done = extract(tmp_path / "alone.warc", "-o", tmp_path / "out")
    assert "alone.warc@0: a revisit whose original is not in these files" in done.stderr
    assert done.returncode == 1


def test_our_own_files_give_the_rows_that_the_crawl_wrote(crawled: Path, tmp_path: Path) -> None:
    for workers in (1, 3):
        done = extract(crawled, "-o", tmp_path / f"{workers}", "--workers", workers, "--diff", crawled, "--json")
        assert done.returncode == 0, done.stderr
        wrote = {row["id"]: row for row in read_articles(crawled)}
        assert {row["id"]: row for row in read_articles(tmp_path / f"{workers}")} == wrote
        diff = json.loads(done.stdout)["diff"]
        assert (diff["both"], diff["same"], diff["fields"]) == (len(wrote), len(wrote), {})
    parts = [{path.name: path.read_bytes() for path in (tmp_path / n).glob("*.jsonl")} for n in ("1", "3")]
    assert parts[0] == parts[1]


def test_a_second_run_skips_what_is_finished_and_makes_again_what_grew(tmp_path: Path) -> None:
    source, out = tmp_path / "a.warc", tmp_path / "out"
    source.write_bytes(_GOOD)
    extract(source, "-o", out)
    before = (out / "articles-a.warc.jsonl").stat().st_mtime_ns
    assert "(1 were finished before)" in extract(source, "-o", out).stdout
    assert (out / "articles-a.warc.jsonl").stat().st_mtime_ns == before
    source.write_bytes(_GOOD + record("response", http(PAGE, HTML), 2, url=URL + "/2"))
    assert "2 articles from 1 files (0 were" in extract(source, "-o", out).stdout


def test_a_file_that_changed_in_place_is_made_again_and_one_that_was_moved_is_not(tmp_path: Path) -> None:
    source, out = tmp_path / "a.warc", tmp_path / "out"
    source.write_bytes(_GOOD)
    extract(source, "-o", out)
    source.write_bytes(_GOOD.replace(URL.encode(), URL.replace("story", "other").encode()))
    assert "(0 were" in extract(source, "-o", out).stdout
    assert [row["url"] for row in read_articles(out)] == [URL.replace("story", "other")]
    (tmp_path / "moved").mkdir()
    source.rename(tmp_path / "moved" / "a.warc")
    assert "(1 were" in extract(tmp_path / "moved", "-o", out).stdout
    # Another extractor than the one that made it:
    state = out / ".parts" / "a.warc.json"
    state.write_text(state.read_text().replace("sha256:", "sha256:0"))
    assert "(0 were" in extract(tmp_path / "moved", "-o", out).stdout


def test_a_revisit_is_looked_for_again_when_there_are_more_files_to_look_in(tmp_path: Path) -> None:
    (tmp_path / "b.warc").write_bytes(record("revisit", http(b"", HTML), 2, REVISIT, f"WARC-Refers-To: <{ID % 1}>"))
    assert extract(tmp_path / "b.warc", "-o", tmp_path / "out").returncode == 1
    assert "(1 were" in extract(tmp_path / "b.warc", "-o", tmp_path / "out").stdout
    (tmp_path / "a.warc").write_bytes(_GOOD)
    done = extract(tmp_path / "a.warc", tmp_path / "b.warc", "-o", tmp_path / "out")
    assert "2 articles from 2 files (0 were finished before), 0 problems" in done.stdout
    (row,) = read_articles(tmp_path / "out" / "articles-b.warc.jsonl")
    assert (row["warc_refers_to_filename"], row["warc_refers_to_record_id"]) == ("a.warc", ID % 1)


def test_a_file_of_a_name_that_an_earlier_run_had_gets_another(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.warc").write_bytes(record("response", http(PAGE, HTML), url=f"http://{folder}.example/"))
        extract(tmp_path / folder, "-o", tmp_path / "out")
    done = extract(tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out")
    assert "2 articles from 2 files (2 were" in done.stdout
    assert {row["url"] for row in read_articles(tmp_path / "out")} == {"http://a.example/", "http://b.example/"}


def test_files_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.warc").write_bytes(record("response", http(PAGE, HTML), 1, url=f"http://{folder}.example/"))
    extract(tmp_path / "a", tmp_path / "b" / "x.warc", "-o", tmp_path / "out")
    assert {row["url"] for row in read_articles(tmp_path / "out")} == {"http://a.example/", "http://b.example/"}


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_wacz_is_read_where_it_lies(tmp_path: Path, packing: int) -> None:
    again = record("revisit", http(b"", HTML), 2, REVISIT, f"WARC-Refers-To: <{ID % 1}>")
    with zipfile.ZipFile(tmp_path / "inner.wacz", "w", packing) as package:
        package.writestr("archive/data.warc", record("response", http(PAGE, HTML), 3, url="http://inner.example/"))
    with zipfile.ZipFile(tmp_path / "x.wacz", "w", packing) as package:
        package.writestr("archive/data.warc.gz", gzip.compress(again) + gzip.compress(_GOOD))
        package.writestr("archive/../../evil.warc", record("response", http(PAGE, HTML), 4, url="http://evil.example/"))
        package.writestr("elsewhere.warc", _GOOD)
        package.write(tmp_path / "inner.wacz", "inner.wacz")
    done = extract(tmp_path / "x.wacz", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    rows = {path.name: [row["url"] for row in read_articles(path)] for path in (tmp_path / "out").glob("*.jsonl")}
    assert rows == {
        "articles-x.wacz-data.warc.gz.jsonl": [URL, URL],
        "articles-x.wacz-inner.wacz-data.warc.jsonl": ["http://inner.example/"],
        "articles-x.wacz-evil.warc.jsonl": ["http://evil.example/"],
    }
    assert not list(tmp_path.parent.glob("evil.warc"))
    assert {row["warc_filename"] for row in read_articles(tmp_path / "out")} == {"data.warc.gz", "data.warc", "evil.warc"}
    assert "(3 were finished before)" in extract(tmp_path / "x.wacz", "-o", tmp_path / "out").stdout


def test_a_wacz_that_is_damaged_inside_is_named_and_ends_nothing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.wacz", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("archive/a.warc", _GOOD * 50)
    data = bytearray((tmp_path / "x.wacz").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    (tmp_path / "x.wacz").write_bytes(data)
    (tmp_path / "b.warc").write_bytes(_GOOD)
    done = extract(tmp_path / "x.wacz", tmp_path / "b.warc", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "x.wacz!archive/a.warc: cannot be read: " in done.stderr
    assert len(list(read_articles(tmp_path / "out" / "articles-b.warc.jsonl"))) == 1


def test_a_list_and_a_pattern_name_files(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.warc").write_bytes(record("response", http(PAGE, HTML), url=f"http://{name}.example/"))
    (tmp_path / "warcs.txt").write_text("# two\na.warc\n\nb.warc\n")
    for target in ("warcs.txt", "[ab].warc"):
        done = extract(tmp_path / target, "-o", tmp_path / target.strip("[]").replace(".", "-"))
        assert "2 articles from 2 files" in done.stdout, done.stderr


def test_changed_text_counts_up_the_version_across_files(tmp_path: Path) -> None:
    for number, name in enumerate(("first", "second", "first"), 1):
        page = article(name).encode()
        date = f"WARC-Date: 2021-03-0{number}T00:00:00Z"
        (tmp_path / f"{number}.warc").write_bytes(record("response", http(page, HTML), number, date))
    # In the order of capture, whatever the order of the command, or of the commands.
    for number in (3, 1, 2):
        extract(tmp_path / f"{number}.warc", "-o", tmp_path / "out")
    assert [row["version"] for row in read_articles(tmp_path / "out")] == [1, 2, 3]


def test_the_diff_says_what_newer_code_gained_and_lost(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(_GOOD)
    extract(tmp_path / "a.warc", "-o", tmp_path / "old")
    part = tmp_path / "old" / "articles-a.warc.jsonl"
    row = json.loads(part.read_text())
    row.update(authors=[], title="Other words", text=row["text"] + " gone")
    part.write_text(json.dumps(row) + "\n")
    done = extract(tmp_path / "a.warc", "-o", tmp_path / "new", "--diff", tmp_path / "old", "--json")
    fields = json.loads(done.stdout)["diff"]["fields"]
    assert fields["title"]["changed"] == 1
    assert fields["text"]["words_lost"] == 1
    shown = extract(tmp_path / "a.warc", "-o", tmp_path / "new", "--diff", tmp_path / "old").stdout
    assert "title" in shown


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("none.warc",), "none.warc: no such file or folder", 2),
        ((".",), "no WARC, ARC or WACZ file here", 2),
        (("page.html",), "page.html: not a WARC, ARC or WACZ file, and not a list of them", 2),
        (("broken.wacz",), "broken.wacz: not a readable WACZ: ", 2),
    ],
)
def test_a_wrong_call_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str, code: int) -> None:
    if arguments != (".",):
        (tmp_path / "page.html").write_bytes(PAGE)
        (tmp_path / "broken.wacz").write_bytes(b"PK\x03\x04" + PAGE)
    done = extract(*(tmp_path / argument for argument in arguments), "-o", tmp_path / "out")
    assert said in done.stderr
    assert done.returncode == code
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
