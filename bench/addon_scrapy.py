"""Scrapy's own test spiders with the add-on switched on: does each give what it gives without, and is every WARC exact?

``python bench/addon_scrapy.py [WORK]``. Takes the source package of the installed Scrapy, which holds its tests, and what they
need from the package index; nothing of it is kept here. The tests that crawl its mock server run without the add-on and with it;
then every collection is verified, and every record compared with what a relay before the mock server saw.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from capture.support import Group, Kept

from archiver.collection.layout import open_collection
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.ledger import Ledger

ROOT = Path(__file__).resolve().parent.parent
_NEEDS = ("pytest-twisted", "decorator", "greenlet", "pytest-timeout", "pytest-rerunfailures", "sybil", "pexpect", "ptyprocess",
          "pyftpdlib", "psutil")  # fmt: skip
_CRAWLS = re.compile(r"mockserver|MockServer|crawl_async")
# Handlers are tested there by themselves; commands start a Scrapy without a crawl.
_NOT = re.compile(r"downloader_handler|http2|test_command")
_REQUEST = re.compile(rb"^[A-Z]+ \S+ HTTP/1\.1\r$", re.M)
Results = dict[str, str]


def main(work: Path) -> int:
    suite, extra = prepare(work)
    files = sorted(str(path.relative_to(suite)) for path in suite.glob("tests/test_*.py") if is_wanted(path))
    without = run_suite(suite, files, work / "without.xml", (suite, extra))
    with_it = run_suite(suite, files, work / "with.xml", (ROOT / "bench" / "scrapy_suite", suite, extra), recorded=work)
    differing = {
        name: (without.get(name), with_it.get(name)) for name in without | with_it if without.get(name) != with_it.get(name)
    }
    faults = check(work)
    print(f"Scrapy {version('Scrapy')}, {len(files)} files of its tests")
    print(f"without the add-on: {dict(Counter(without.values()))}; with it: {dict(Counter(with_it.values()))}")
    for name, (before, after) in sorted(differing.items()):
        print(f"  differs: {name}: {before} without, {after} with the add-on")
    return int(bool(faults))


def prepare(work: Path) -> tuple[Path, Path]:
    """The suite, beside the installed Scrapy and not its own copy, and a folder with what it needs. Raises CalledProcessError."""
    extra, suite = work / "extra", work / "suite"
    if not suite.exists():
        package = f"scrapy=={version('Scrapy')}"
        pip("download", "-q", "--no-deps", "--no-binary", "scrapy", "-d", str(work), package)
        pip("install", "-q", "--no-deps", "--target", str(extra), *_NEEDS)
        with tarfile.open(next(work.glob("*crapy-*.tar.gz"))) as archive:
            archive.extractall(work / "source", filter="data")
        (unpacked,) = (work / "source").iterdir()
        shutil.rmtree(unpacked / "scrapy")
        unpacked.rename(suite)
    shutil.rmtree(work / "collections", ignore_errors=True)
    (work / "wire.jsonl").unlink(missing_ok=True)
    return suite, extra


def pip(*arguments: str) -> None:
    subprocess.run(["python3", "-m", "pip", *arguments], check=True, timeout=600)


def is_wanted(path: Path) -> bool:
    return bool(_CRAWLS.search(path.read_text(encoding="utf-8"))) and not _NOT.search(path.name)


def run_suite(suite: Path, files: list[str], xml: Path, paths: tuple[Path, ...], recorded: Path | None = None) -> Results:
    """Outcome by test: passed, failed, skipped."""
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    env["PYTHONPATH"] = os.pathsep.join(map(str, paths))
    plugin = []
    if recorded is not None:
        env["ARCHIVER_RECORDED"], plugin = str(recorded), ["-p", "recording"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--timeout",
        "60",
        "-p",
        "no:cacheprovider",
        *plugin,
        f"--junitxml={xml}",
        *files,
    ]
    with xml.with_suffix(".log").open("w") as log:
        subprocess.run(command, cwd=suite, env=env, stdout=log, stderr=log, check=False, timeout=1500)
    return {
        f"{case.get('classname')}::{case.get('name')}": next((child.tag for child in case if child.tag != "system-out"), "passed")
        for case in ElementTree.parse(xml).iter("testcase")
    }


def check(work: Path) -> list[str]:
    """What is wrong with the collections, printed and given."""
    wire = [json.loads(line) for line in (work / "wire.jsonl").open()]
    streams = [(line["port"], base64.b64decode(line["sent"]), base64.b64decode(line["received"])) for line in wire]
    ports = {port for port, _, _ in streams}
    faults, seen, exact, unfinished, empty = [], 0, 0, 0, 0
    for folder in sorted((work / "collections").iterdir()):
        if list(folder.glob("archive/*.open")):
            # A test that stops its engine, or the process, before the spider has closed.
            unfinished += 1
        faults += [f"{folder.name}: {finding}" for finding in findings(folder)]
        groups = [group for group in Kept(folder).groups if urlsplit(group.url).port in ports]
        empty += not groups
        for group in groups:
            seen += 1
            found = any(is_exact(group, sent, received) for _, sent, received in streams)
            exact += found
            if not found:
                faults.append(f"{folder.name}: {group.url}: not as it was on the wire: {group.block[:80]!r}")
    requests = sum(len(_REQUEST.findall(sent)) for _, sent, _ in streams)
    print(f"{exact} of {seen} exchanges are in the archive as they were; {requests} requests passed the relay")
    print(f"{len(faults)} faults; {unfinished} collections unfinished, {empty} without an exchange")
    print("\n".join(faults))
    return faults


def findings(folder: Path) -> Iterator[str]:
    with Ledger() as ledger:
        verify_collection(open_collection(folder), ledger, VerifyOptions(False, None, 1), lambda _: None)
        yield from (f"{found.place} {found.kind}: {found.message}" for found in ledger.findings() if found.severity == "error")


def is_exact(group: Group, sent: bytes, received: bytes) -> bool:
    block = group.block.split(b"\r\n\r\n", 1)[0] if group.is_revisit else group.block
    return group.request.block in sent and block in received


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary)))
