"""One WARC file that grows: pointers, digest, and writes that fail half way."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import StoreError
from archiver.warc import compression
from archiver.warc.compression import decompressor, gzip_member
from archiver.warc.records import Record
from archiver.warc.writer import WarcWriter

from .samples import OK, group, read_all

BIG = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + os.urandom(300_000)


def fail_at(step: str, number: int, error: BaseException) -> Callable[[str], None]:
    """A fault hook that raises the ``number``-th time ``step`` is reached (counted from 0)."""
    times = iter(range(1_000_000))

    def fault(name: str) -> None:
        if name == step and next(times) == number:
            raise error

    return fault


def no_space() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_pointers_are_whole_gzip_members(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path / "a.warc.gz")
    records = [*group(OK), *group(BIG)]
    places = writer.append(records[:3]) + writer.append(records[3:])
    writer.close()
    data = (tmp_path / "a.warc.gz").read_bytes()
    assert sum(place.length for place in places) == len(data) == writer.size
    for place, record in zip(places, records, strict=True):
        assert gzip.decompress(data[place.offset : place.offset + place.length]) == b"".join(record.serialize())


def test_the_running_digest_is_that_of_the_file(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path / "a.warc.gz")
    assert writer.sha256 == hashlib.sha256(b"").hexdigest()
    for received in (OK, BIG, OK):
        writer.append(group(received))
        assert writer.sha256 == hashlib.sha256((tmp_path / "a.warc.gz").read_bytes()).hexdigest()
    writer.close()


def test_an_existing_file_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(b"yesterday")
    with pytest.raises(StoreError, match="cannot create"):
        WarcWriter(tmp_path / "a.warc.gz")
    assert (tmp_path / "a.warc.gz").read_bytes() == b"yesterday"


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        WarcWriter(tmp_path / "gone" / "a.warc.gz")


@pytest.mark.parametrize(("step", "number"), [("warc-write-start", 1), ("warc-write-part", 1)])
def test_a_write_that_fails_is_cut_back_to_a_whole_member(tmp_path: Path, step: str, number: int) -> None:
    path = tmp_path / "a.warc.gz"
    writer = WarcWriter(path, fail_at(step, number, no_space()))
    writer.append(group(OK))
    before = path.read_bytes()
    with pytest.raises(StoreError, match=f"a.warc.gz@{len(before)}.*No space left.*run the same command again"):
        writer.append(group(BIG))
    assert path.read_bytes() == before
    assert writer.sha256 == hashlib.sha256(before).hexdigest()
    with pytest.raises(StoreError, match="earlier write failed"):
        writer.append(group(OK))
    writer.close()
    assert path.read_bytes() == before


def test_an_interrupt_within_a_write_leaves_no_half_member(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    writer = WarcWriter(path, fail_at("warc-write-part", 1, KeyboardInterrupt()))
    writer.append(group(OK))
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        writer.append(group(BIG))
    assert path.read_bytes() == before
    with pytest.raises(StoreError, match="earlier write failed"):
        writer.append(group(OK))


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:1000]))
    writer = WarcWriter(tmp_path / "a.warc.gz")
    records = group(BIG)
    writer.append(records)
    assert gzip.decompress((tmp_path / "a.warc.gz").read_bytes()) == b"".join(b"".join(r.serialize()) for r in records)


def test_a_record_that_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path / "a.warc.gz")
    with pytest.raises(Exception, match="control character"):
        writer.append([*group(OK), Record((("WARC-Target-URI", "a\r\nb"),), ())])
    assert (tmp_path / "a.warc.gz").read_bytes() == b""
    writer.append(group(OK))


# A real limit: the kernel writes a part and then says EFBIG.
LIMITED = """
import resource, sys
from pathlib import Path
from tests_warc_samples import group, OK
from archiver.errors import StoreError
from archiver.warc.writer import WarcWriter
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
path = Path(sys.argv[1])
writer = WarcWriter(path)
import os
noise = b"HTTP/1.1 200 OK\\r\\nContent-Type: image/png\\r\\n\\r\\n" + os.urandom(30_000)
for number in range(10):
    try:
        writer.append(group(noise))
    except StoreError as error:
        print(number, path.stat().st_size == writer.size, "File too large" in str(error))
        break
writer.close()
"""


def test_a_file_size_limit_cuts_back_to_a_whole_member(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    code = LIMITED.replace("tests_warc_samples", f"{__package__}.samples")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout == "3 True True\n", done.stderr
    records, damages = read_all(path)
    assert (len(records), damages) == (9, [])


def test_a_full_disk_cuts_back_to_a_whole_member(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs privileges that this user has not")
    try:
        path = folder / "a.warc.gz"
        writer = WarcWriter(path)
        writer.append(group(OK))
        before = path.read_bytes()
        with pytest.raises(StoreError, match="No space left"):
            writer.append(group(BIG))
        assert path.read_bytes() == before
        writer.close()
    finally:
        subprocess.run(["umount", folder], check=True)


def test_sync_calls_fsync_only_when_something_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    writer = WarcWriter(tmp_path / "a.warc.gz")
    writer.sync()
    assert len(synced) == 0
    writer.append(group(OK))
    writer.sync()
    writer.sync()
    assert len(synced) == 1
    writer.append(group(OK))
    writer.close()
    assert len(synced) == 2


def test_after_an_fsync_that_failed_nothing_is_taken_or_called_safe(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path / "a.warc.gz", fail_at("warc-sync", 0, OSError(errno.EIO, "I/O error")))
    writer.append(group(OK))
    with pytest.raises(StoreError, match="cannot fsync"):
        writer.sync()
    with pytest.raises(StoreError, match="earlier write failed"):
        writer.append(group(OK))
    with pytest.raises(StoreError, match="earlier fsync failed"):
        writer.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(writer._fd)


@pytest.mark.parametrize("coded", [True, False])
@pytest.mark.parametrize("library", ["isal and zlib-ng", "zlib"])
def test_a_member_is_plain_gzip_by_every_compressor(coded: bool, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if library == "zlib":
        monkeypatch.setattr(compression, "_ISAL", compression._optional("no.such.module"))
        monkeypatch.setattr(compression, "_NG", compression._optional("no.such.module"))
    pieces = gzip_member([b"hel", b"", b"lo" * 1000], body_is_coded=coded)
    data = b"".join(pieces)
    assert data[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "no name, no time: the same bytes every time"
    assert gzip.decompress(data) == b"hel" + b"lo" * 1000
    unpacker = decompressor()
    assert unpacker.decompress(data + b"next", 10_000) == b"hel" + b"lo" * 1000
    assert (unpacker.eof, unpacker.unused_data) == (True, b"next")


@pytest.mark.parametrize("library", ["isal", "zlib"])
def test_the_decompressor_checks_the_checksum_and_the_length(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if library == "zlib":
        monkeypatch.setattr(compression, "_ISAL", compression._optional("no.such.module"))
    good = gzip.compress(b"hello" * 100, mtime=0)
    for at in range(len(good) - 8, len(good)):
        bad = bytearray(good)
        bad[at] ^= 1
        with pytest.raises(compression.DecompressionError):
            decompressor().decompress(bytes(bad), 10_000)


NOISE = random.Random(1).randbytes(200_000)
TEXT = b"<p>News of the day, and of the day before.</p>" * 4000
LONG_HEAD = b"HTTP/1.1 200 OK\r\nContent-Security-Policy: " + b"img-src 'self' https://*.news.test; " * 200 + b"\r\n\r\n"
# What is said to be compressed, and what of it is copied as it is.
CODED_BODIES = {
    "one block": ([b"head", NOISE[:10_000], b"\r\n\r\n"], NOISE[:10_000]),
    "more than a stored block holds (RFC 1951 §3.2.4)": ([b"head", NOISE, b"\r\n\r\n"], NOISE[:65_535]),
    "exactly one block": ([b"h" * 1024, NOISE[:65_535]], NOISE[:65_535]),
    "one byte more": ([b"h" * 1024, NOISE[:65_536]], NOISE[:65_535]),
    "a head of 7 KB is deflated": ([b"head", LONG_HEAD + NOISE[:9_000]], NOISE[:9_000]),
    "a blank line in the body": ([b"head", NOISE[:5_000] + b"\r\n\r\n" + NOISE[5_000:9_000]], NOISE[5_000:9_000]),
    "a head, small pieces and a large one": ([b"head", *(NOISE[at : at + 9] for at in range(90)), NOISE[:5_000]], NOISE[:5_000]),
    "text that is called compressed": ([b"head", TEXT], b""),
    "too short to be worth a look": ([b"head", NOISE[:4095]], b""),
    "nothing": ([], b""),
}


@pytest.mark.parametrize("reason", CODED_BODIES)
@pytest.mark.parametrize("library", ["isal and zlib-ng", "zlib"])
def test_a_compressed_body_is_copied_into_its_member(library: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if library == "zlib":
        monkeypatch.setattr(compression, "_ISAL", compression._optional("no.such.module"))
        monkeypatch.setattr(compression, "_NG", compression._optional("no.such.module"))
    buffers, copied = CODED_BODIES[reason]
    whole = b"".join(buffers)
    member = b"".join(gzip_member(buffers, body_is_coded=True))
    assert gzip.decompress(member) == whole
    assert subprocess.run(["gzip", "-dc"], input=member, capture_output=True, check=True).stdout == whole
    assert copied in member
    assert len(member) <= len(gzip.compress(whole, 1)) * 1.05 + 60
    unpacker = decompressor()
    assert unpacker.decompress(member + b"next", len(whole) + 1) == whole
    assert (unpacker.eof, unpacker.unused_data) == (True, b"next")


@given(pieces=st.lists(st.binary(max_size=300), max_size=6), noise=st.integers(0, 3), coded=st.booleans())
def test_a_member_gives_back_what_it_was_made_of(pieces: list[bytes], noise: int, coded: bool) -> None:
    buffers = [*pieces, NOISE[: noise * 5000], *pieces[::-1]]
    assert gzip.decompress(b"".join(gzip_member(buffers, body_is_coded=coded))) == b"".join(buffers)
