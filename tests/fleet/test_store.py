"""Finished WARC files go to a store and are the same there: a folder, and a real S3 server on loopback."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from archiver.collection.layout import Collection
from archiver.collection.manifest import add_to_manifest, file_sha256
from archiver.errors import UsageError
from archiver.fleet.store import CopyError, open_store, store_collection


def collection(folder: Path) -> Collection:
    found = Collection(folder / "news")
    for name in ("archive/a.warc.gz", "archive/b.warc.gz", "text/a.warc.gz"):
        path = found.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 200_000)
        add_to_manifest(found.manifest, path, file_sha256(path))
    return found


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "FSSPEC_S3_ENDPOINT_URL": f"http://{host}:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir("bucket")
    yield "s3://bucket/deep/er"
    server.stop()


def assert_stored(url: str, kept: Collection, stored: dict[str, str]) -> None:
    filesystem, base = open_store(url)
    filesystem.invalidate_cache()
    for name in (*stored, "manifest-sha256.txt"):
        there = filesystem.cat_file(f"{base}/news/{name}")
        assert hashlib.sha256(there).hexdigest() == file_sha256(kept.root / name), name
    assert set(stored) == {"archive/a.warc.gz", "archive/b.warc.gz", "text/a.warc.gz"}


def test_every_closed_file_is_on_a_real_s3_server(tmp_path: Path, s3: str) -> None:
    kept = collection(tmp_path)
    assert_stored(s3, kept, store_collection(kept, s3, "news", {}, lambda: True))


def test_what_is_stored_is_not_copied_again_and_what_is_new_is(tmp_path: Path) -> None:
    kept, url = collection(tmp_path), f"file://{tmp_path}/store"
    stored = store_collection(kept, url, "news", {}, lambda: True)
    assert_stored(url, kept, stored)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert store_collection(kept, url, "news", stored, lambda: True) == stored
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*") if path.is_file()} == times
    path = kept.archive / "c.warc.gz"
    path.write_bytes(b"new")
    add_to_manifest(kept.manifest, path, file_sha256(path))
    assert set(store_collection(kept, url, "news", stored, lambda: True)) - set(stored) == {"archive/c.warc.gz"}
    assert (tmp_path / "store" / "news" / "archive" / "c.warc.gz").read_bytes() == b"new"


def test_a_copy_of_other_bytes_is_noticed(tmp_path: Path) -> None:
    kept = collection(tmp_path)
    # The disk gives other bytes than those that were written.
    (kept.archive / "b.warc.gz").write_bytes(b"rot")
    with pytest.raises(CopyError, match=r"news/archive/b\.warc\.gz: the copy has another digest than manifest-sha256\.txt says"):
        store_collection(kept, f"file://{tmp_path}/store", "news", {}, lambda: True)


def test_a_store_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    kept = collection(tmp_path)
    (tmp_path / "store").write_text("a file")
    with pytest.raises(CopyError, match="cannot be stored: ") as error:
        store_collection(kept, f"file://{tmp_path}/store", "news", {}, lambda: True)
    assert "\n" not in str(error.value)


def test_nothing_is_copied_under_a_lost_lease(tmp_path: Path) -> None:
    with pytest.raises(CopyError, match="the lease was lost"):
        store_collection(collection(tmp_path), f"file://{tmp_path}/store", "news", {}, lambda: False)
    assert not (tmp_path / "store").exists()


def test_an_unknown_store_is_a_usage_error_that_shows_no_password() -> None:
    with pytest.raises(UsageError, match="--store gopher://host/") as error:
        open_store("gopher://user:s3cret@host/")
    assert "s3cret" not in str(error.value)
