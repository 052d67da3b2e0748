"""Frames, films and sounds are requisites: followed two deep, so many and no more, and none of them gives a row."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from capture.support import Crawl, crawl
from wire.fixtures import StartServer
from wire.messages import HTML, message, row
from wire.model import Case
from wire.server import WireServer

from archiver.collection.layout import Collection
from archiver.dataset.jsonl import read_rows
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.ledger import Ledger

from .test_patch import TEXT, TITLES, archiver

TITLE, STORY = "The lighthouse keeps its lamp for another year", "/s/lighthouse-keeps-its-lamp.html"
FRAMES = {
    "chart": "<!doctype html><link rel=stylesheet href=/chart.css><img src=/chart.png><iframe src=/two></iframe>",
    "two": "<!doctype html><title>Two</title><img src=/two.png><iframe src=/three></iframe>",
    "three": "<!doctype html><title>Three</title><img src=/three.png>",
    # Loops: itself, each other, and the page that holds it.
    "itself": "<iframe src=/itself></iframe><iframe src='/itself?again'></iframe>",
    "one-of-two": "<iframe src=/other-of-two></iframe>",
    "other-of-two": "<iframe src=/one-of-two></iframe><iframe src=/s/lighthouse-keeps-its-lamp.html></iframe>",
    "robots-forbid": "<img src=/behind-robots.png>",
    # A frame for advertisements: a thousand frames, each of them others.
    **{f"ad/{n}": "".join(f"<iframe src=/ad/in/{n}/{m}></iframe>" for m in range(100)) for n in range(30)},
}
FILES = {
    "/chart.css": (b"p{background:url(/deep.png)}", b"text/css"),
    "/report.pdf": (b"%PDF-1.4 <img src=/in-the-pdf.png>", b"application/pdf"),
    "/film.mp4": (bytes(400_000), b"video/mp4"),
    "/robots.txt": (b"User-agent: *\nDisallow: /robots-forbid\n", b"text/plain"),
    **{
        path: (b"\x89PNG" + path.encode(), b"image/png")
        for path in ("/chart.png", "/two.png", "/three.png", "/deep.png", "/small.webm")
    },
}


def page(title: str, inner: str) -> bytes:
    body = f"<article><h1>{title}</h1><p>{TEXT}</p>{inner}</article>"
    return f"<!doctype html><html lang=en><title>{title}</title><body><main>{body}</main>".encode()


def site(inner: str) -> tuple[Case, ...]:
    """A section of four articles, of which the first has ``inner`` in it."""
    stories = {STORY: (TITLE, inner), **{f"/s/story-of-the-mill-{n}.html": (TITLES[n], "") for n in range(3)}}
    links = "".join(f"<h2><a href={path}>{title}</a></h2><p>{TEXT[:120]}</p>" for path, (title, _) in stories.items())
    rows = [_row("/s/", f"<!doctype html><title>Section</title><main>{links}</main>".encode(), HTML)]
    rows += [_row(path, page(*story), HTML) for path, story in stories.items()]
    rows += [_row(f"/{name}", text.encode(), HTML) for name, text in FRAMES.items()]
    return (*rows, *(_row(path, body, b"Content-Type: " + kind) for path, (body, kind) in FILES.items()))


def _row(path: str, body: bytes, kind: bytes) -> Case:
    return row(path, "a page, a frame or what it needs", message(body, kind), path=path, payload=body)


def asked(server: WireServer) -> Counter[str]:
    return Counter(wire.path for wire in server.settled() if wire.path != "/robots.txt" and not wire.path.startswith("/s/"))


def measured(folder: Path) -> Any:
    """What the report says of the article with the frames."""
    pages = json.loads(archiver("report", folder, "--replay", "--json").stdout)["pages"]
    return next(page for page in pages if page["title"] == TITLE)


def start(server: WireServer, folder: Path, *options: str) -> Crawl:
    done = crawl([server.url("/s/")], folder, "--requisites-max-bytes", "100000", *options)
    assert done.code == 0, done.stderr
    return done


def test_frames_are_had_with_what_they_need_and_give_no_row(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(site("<iframe src=/chart></iframe><video src=/small.webm></video><iframe src=/report.pdf></iframe>"))
    done = start(server, tmp_path / "c")
    assert asked(server) == dict.fromkeys(
        ("/chart", "/chart.css", "/deep.png", "/chart.png", "/two", "/two.png", "/small.webm", "/report.pdf"), 1
    ), "not what a frame in a frame in a frame needs, nor what only looks like markup"
    assert len(done.kept.rows("articles")) == 4
    assert done.kept.failures == {}
    with Ledger() as ledger:
        assert verify_collection(Collection(tmp_path / "c"), ledger, VerifyOptions()).is_clean, list(ledger.findings())
    made = archiver("extract", tmp_path / "c", "-o", tmp_path / "again")
    assert made.returncode == 0, made.stderr
    again = [path for path in (tmp_path / "again").rglob("articles*.jsonl") for _ in read_rows(path)]
    assert len(again) == 4, "nor when the dataset is made again"


def test_report_patch_and_select_follow_the_same_frames(tmp_path: Path, start_server: StartServer) -> None:
    server, folder = start_server(site("<iframe src=/chart></iframe><video src=/small.webm></video>")), tmp_path / "c"
    start(server, folder, "--no-requisites")
    missing = measured(folder)["missing"]
    assert {(item["url"], item["role"]) for item in missing} == {
        (server.url("/chart"), "frame"),
        (server.url("/small.webm"), "media"),
    }
    patched = archiver("patch", folder, "--delay", "0", "--min-free", "0", "--retries", "0")
    assert patched.returncode == 0, patched.stderr
    whole = ("/chart", "/chart.css", "/deep.png", "/chart.png", "/two", "/two.png", "/small.webm")
    assert asked(server) == dict.fromkeys(whole, 1)
    found = measured(folder)
    assert (found["missing"], found["needed"]) == ([], {"css": 1, "frame": 2, "image": 3, "media": 1})
    chosen = archiver("select", folder, "--where", "title LIKE '%lamp for%'", "-o", tmp_path / "chosen")
    assert chosen.returncode == 0, chosen.stderr
    assert measured(tmp_path / "chosen") == found


TRAPS = [
    ("<iframe src=/s/lighthouse-keeps-its-lamp.html></iframe>", {}, "a page in itself"),
    ("<iframe src=/itself></iframe>", {"/itself": 1, "/itself?again": 1}, "a frame in itself"),
    ("<iframe src=/one-of-two></iframe>", {"/one-of-two": 1, "/other-of-two": 1}, "two frames in each other"),
    ("<iframe src=/robots-forbid></iframe>", {}, "robots.txt holds for frames"),
    ("<iframe src=http://169.254.169.254/></iframe><object data=http://127.0.0.9:9/></object>", {}, "no way into the network"),
    ("<iframe src=javascript:alert(1)></iframe><iframe src=file:///etc/passwd></iframe><iframe src=data:text/html,x></iframe>", {},
     "nothing to ask for"),
    ("<video src=/film.mp4></video>", {"/film.mp4": 1}, "a film over the limit is cut, once"),
    ("".join(f"<iframe src=/none/{n}></iframe>" for n in range(1000)), {f"/none/{n}": 1 for n in range(20)}, "a thousand frames"),
    ("".join(f"<video src=/none/{n}></video>" for n in range(1000)), {f"/none/{n}": 1 for n in range(20)}, "a thousand films"),
    ("".join(f"<iframe src=/ad/{n}></iframe>" for n in range(30)),
     {f"/ad/{n}": 1 for n in range(20)} | {f"/ad/in/{n}/{m}": 1 for n in range(20) for m in range(5)}, "a hundred in each of them"),
    ("<iframe srcdoc='" + "<iframe srcdoc=\"" * 5000 + "'></iframe>", {}, "frames in frames without end"),
]  # fmt: skip


@pytest.mark.parametrize(("inner", "paths", "reason"), TRAPS, ids=[reason for *_, reason in TRAPS])
def test_no_frame_is_a_trap(inner: str, paths: dict[str, int], reason: str, tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(site(inner))
    done = start(server, tmp_path / "c")
    assert asked(server) == paths, reason
    assert len(done.kept.rows("articles")) == 4
    again = archiver("report", tmp_path / "c", "--replay", "--json")
    assert again.returncode == 0, "nor for the report"


def test_what_could_not_be_had_of_frames_is_a_row(tmp_path: Path, start_server: StartServer) -> None:
    frames = "<iframe src=/robots-forbid></iframe><iframe src=http://127.0.0.9:9/></iframe><iframe src=/none></iframe>"
    server = start_server(site(f"{frames}<video src=/film.mp4>"))
    failures = start(server, tmp_path / "c").kept.failures
    assert {url.rpartition("/")[2] or url: reason for url, reason in failures.items()} == {
        "robots-forbid": "robots", "http://127.0.0.9:9/": "private_address", "none": "http_status", "film.mp4": "too_large",
    }  # fmt: skip
