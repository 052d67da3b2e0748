"""``archiver pack``: what goes into a WACZ or a bag, read by other tools; and what must not."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bagit
import pytest
from verify.conftest import crawled

from archiver import wacz
from archiver.collection.layout import Collection

__all__ = ["crawled"]


def pack(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "archiver", "pack", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def root(crawled: Path, tmp_path: Path) -> Path:
    copied = Path(shutil.copytree(crawled, tmp_path / "demo"))
    (copied / "collection.toml").write_text('[host."example.org"]\npassword = "hush"\n')
    return copied


def test_a_wacz_holds_the_collection_and_another_validator_accepts_it(root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != ".lock"}
    done = pack(root)
    assert done.returncode == 0, done.stderr
    target = root.parent / "demo.wacz"
    assert {path: path.read_bytes() for path in before} == before, "the source stays as it is"
    with zipfile.ZipFile(target) as package:
        names = {info.filename: info for info in package.infolist()}
        assert all(info.extra for info in names.values()), "ReplayWeb.page looks for the local header only then"
        for path in Collection(root).warcs():
            info = names[f"archive/{path.name}"]
            assert info.compress_type == zipfile.ZIP_STORED
            assert package.read(info) == path.read_bytes()
        about = json.loads(package.read("datapackage.json"))
        for item in about["resources"]:
            data = package.read(item["path"])
            assert (item["bytes"], item["hash"]) == (len(data), "sha256:" + hashlib.sha256(data).hexdigest())
        digest = json.loads(package.read("datapackage-digest.json"))
        assert digest["hash"] == "sha256:" + hashlib.sha256(package.read("datapackage.json")).hexdigest()
        first, *pages = map(json.loads, package.read("pages/pages.jsonl").splitlines())
        assert first["format"] == "json-pages-1.0"
        assert all({"url", "ts", "title"} <= page.keys() for page in pages if "text" in page)
    assert about["wacz_version"] == "1.1.1"
    assert {"dataset/articles.jsonl", "indexes/index.cdx", "logs/manifest-sha256.txt"} <= names.keys()
    assert any(name.startswith("logs/") for name in names)
    checked = subprocess.run(
        [Path(sys.executable).parent / "python", "-c", "import sys; from wacz.main import main; sys.exit(main(sys.argv[1:]))",
         "validate", "-f", target],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_what_is_ours_alone_stays_out(root: Path) -> None:
    pack(root)
    with zipfile.ZipFile(root.parent / "demo.wacz") as package:
        names = package.namelist()
        assert b"hush" not in b"".join(map(package.read, names))
    assert not [name for name in names if name.endswith((".toml", ".sqlite", ".cdxj", ".lock")) or "/." in name]


def test_a_large_index_is_cut_into_blocks_that_can_be_looked_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wacz, "MAX_PLAIN_INDEX_BYTES", 100)
    monkeypatch.setattr(wacz, "_LINES_A_BLOCK", 7)
    wacz.pack_wacz(Collection(root), root.parent / "x.wacz")
    lines = (root / "indexes" / "index.cdxj").read_bytes().splitlines(keepends=True)
    with zipfile.ZipFile(root.parent / "x.wacz") as package:
        data = package.read("indexes/index.cdx.gz")
        meta, *heads = package.read("indexes/index.idx").decode().splitlines()
    assert gzip.decompress(data) == b"".join(lines)
    assert json.loads(meta.removeprefix("!meta 0 "))["format"] == "cdxj-gzip-1.0"
    for number, head in enumerate(heads):
        key, time, place = head.split(" ", 2)
        where = json.loads(place)
        block = data[where["offset"] : where["offset"] + where["length"]]
        assert gzip.decompress(block) == b"".join(lines[number * 7 : number * 7 + 7])
        assert lines[number * 7].decode().startswith(f"{key} {time} ")


def test_a_bag_is_valid_and_says_the_same_digests(root: Path) -> None:
    done = pack(root, "--format", "bagit")
    assert done.returncode == 0, done.stderr
    bag = bagit.Bag(str(root.parent / "demo-bag"))
    bag.validate()
    for line in (root / "manifest-sha256.txt").read_text().splitlines():
        digest, path = line.split("  ")
        assert bag.entries[f"data/{path}"]["sha256"] == digest
    assert pack(root, "--format", "bagit").returncode == 3, "a bag that is there is not overwritten"


def test_a_package_that_is_there_is_replaced_only_by_a_whole_one(root: Path) -> None:
    target = root.parent / "demo.wacz"
    target.write_bytes(b"yesterday's")
    (root / "indexes" / "index.cdxj").unlink()
    done = pack(root)
    assert (done.returncode, target.read_bytes()) == (3, b"yesterday's")
    assert "archiver index" in done.stderr
    assert sorted(path.name for path in root.parent.iterdir()) == ["demo", "demo.wacz"]


def test_a_collection_that_is_being_written_or_was_left_torn_is_not_packed(root: Path) -> None:
    with (root / ".lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert pack(root).returncode == 3
    warc = Collection(root).warcs()[-1]
    warc.rename(f"{warc}.open")
    done = pack(root)
    assert done.returncode == 3
    assert "archiver repair" in done.stderr
