"""What replay will miss is measured from the archive alone, and ``patch`` fetches that and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from capture.support import Kept, crawl
from wire.fixtures import StartServer
from wire.messages import HTML, message, row
from wire.model import Case

from archiver.collection.layout import Collection
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.ledger import Ledger

TEXT = " ".join(["The mill on the north bank will be closed from Monday, the council said, and the lane with it."] * 12)
TITLES = ("The mill on the north bank closes", "A lane without a name", "Nine geese delay the ferry", "Council counts its lamps")
CSS = b"@import 'b.css'; @font-face{font-family:x;src:url(x.woff2)}"


def archiver(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "archiver", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def site() -> tuple[Case, ...]:
    """Articles that share a style sheet; its font never was there."""
    links = "".join(f"<h2><a href=/s/story-{n}.html>{TITLES[n]}</a></h2><p>{TEXT[n * 5 : 90]}</p>" for n in range(4))
    rows = [_row("section", "/s/", f"<!doctype html><title>Mill</title><main>{links}</main>".encode())]
    for n in range(4):
        head = f"<title>{TITLES[n]}</title><link rel=stylesheet href=/a.css><meta property=og:image content=/{n}.png>"
        body = f"<article><h1>{TITLES[n]}</h1><p>{TEXT}</p><img src=/{n}.png></article>"
        rows.append(_row(f"story-{n}", f"/s/story-{n}.html", f"<!doctype html>{head}{body}".encode()))
        rows.append(_row(f"image-{n}", f"/{n}.png", b"\x89PNG" + bytes([n]), b"image/png"))
    return (*rows, _row("a", "/a.css", CSS, b"text/css"), _row("b", "/b.css", b"p{color:#123}", b"text/css"))


def _row(name: str, path: str, body: bytes, kind: bytes = b"") -> Case:
    return row(name, "a page or what it needs", message(body, b"Content-Type: " + kind if kind else HTML), path=path, payload=body)


def test_what_is_missing_is_said_fetched_and_then_no_longer_missing(tmp_path: Path, start_server: StartServer) -> None:
    server, folder = start_server(site()), tmp_path / "c"
    done = crawl([server.url("/s/")], folder, "--no-requisites")
    assert done.code == 0, done.stderr
    found = json.loads(archiver("report", folder, "--replay", "--json").stdout)
    assert (found["articles"], found["whole"]) == (4, 0)
    for page in found["pages"]:
        assert {item["role"] for item in page["missing"]} == {"css", "image"}, "what a style sheet needs is not known without it"
        assert page["lead_image"] is False
    shown = archiver("report", folder, "--replay")
    assert "0 of 4 articles have all" in shown.stdout
    asked = len(server.settled())
    patched = archiver("patch", folder, "--delay", "0", "--min-free", "0", "--retries", "0")
    assert patched.returncode == 0, patched.stderr
    paths = Counter(wire.path for wire in server.settled()[asked:] if wire.path != "/robots.txt")
    assert paths == {"/a.css": 1, "/b.css": 1, "/x.woff2": 1, **{f"/{n}.png": 1 for n in range(4)}}, (
        "no page, and the imports of what came"
    )
    found = json.loads(archiver("report", folder, "--replay", "--json").stdout)
    assert [[item["url"] for item in page["missing"]] for page in found["pages"]] == [[server.url("/x.woff2")]] * 4
    assert all(page["lead_image"] for page in found["pages"])
    kept = Kept(folder)
    assert [run["finish_reason"] for run in kept.rows("runs")] == ["finished", "finished"]
    assert kept.rows("runs")[1]["requisites"] == 7
    assert kept.failures[server.url("/x.woff2")] == "http_status"
    with Ledger() as ledger:
        assert verify_collection(Collection(folder), ledger, VerifyOptions()).is_clean, list(ledger.findings())


def test_a_patch_is_no_look_at_the_sections(tmp_path: Path, start_server: StartServer) -> None:
    server, folder = start_server(site()), tmp_path / "c"
    crawl([server.url("/s/")], folder, "--no-requisites")
    archiver("patch", folder, "--delay", "0", "--min-free", "0")
    status = archiver("status", folder, "--fail-on", "any")
    assert "silent" not in status.stdout
    again = crawl([server.url("/s/")], folder)
    assert again.code == 0
    assert "going on with" not in again.stderr
    assert "nothing is missing" not in archiver("patch", folder, "--delay", "0").stdout, "the font is not there and is asked for"


def test_a_collection_that_misses_nothing_or_is_none_is_left_alone(tmp_path: Path, start_server: StartServer) -> None:
    server, folder = start_server(site()), tmp_path / "c"
    crawl([server.url("/s/")], folder)
    (folder / "dataset" / "articles.jsonl").write_bytes(b"")
    done = archiver("patch", folder)
    assert (done.returncode, "nothing is missing" in done.stdout) == (0, True)
    assert archiver("patch", tmp_path / "none").returncode == 3
