"""A stock project, as ``scrapy startproject`` makes it, with things of its own; and a site whose bytes are known."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from wire.messages import HTML, chunked, head, message, plain, row, story
from wire.model import Case
from wire.server import WireServer
from wire.site import Site, build_site

from .project import SETTINGS, SPIDERS, Project


def _cases() -> tuple[Case, ...]:
    busy = row(
        "addon-busy", "answered at the second try", message(b"busy", status=b"HTTP/1.1 503 Service Unavailable"), listed=False
    )
    late = plain("addon-busy", "answered at the second try")
    return (
        story("addon-chunked", "trailers, and the order and case of fields", _chunked),
        story("addon-gzip", "decoded by Scrapy, archived as sent", _gzipped, coded=lambda body: gzip.compress(body, mtime=0)),
        row(
            "addon-moved",
            "a redirect",
            message(b"", b"Location: /section/2026/03/14/addon-goal.html", status=b"HTTP/1.1 302 Found"),
        ),
        plain("addon-goal", "where it leads", listed=False),
        plain("addon-missing", "an error page", status=b"HTTP/1.1 404 Not Found"),
        Case(late.name, late.path, late.title, late.reason, (*busy.turns, *late.turns)),
    )


def _chunked(body: bytes) -> bytes:
    return head(HTML, b"x-odd:  spaces", b"Transfer-Encoding: chunked", b"Trailer: X-Sum") + chunked(body, trailers=(b"X-Sum: 1",))


def _gzipped(body: bytes) -> bytes:
    return message(body, HTML, b"Content-Encoding: gzip")


@pytest.fixture(scope="session")
def site() -> Site:
    return build_site(_cases(), listing_pages=2, plain_articles=3)


@pytest.fixture
def server(site: Site) -> Iterator[WireServer]:
    with WireServer(site.cases) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Made by Scrapy's own command."""
    command = [sys.executable, "-m", "scrapy", "startproject", "stock"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=300)
    root = tmp_path / "stock"
    with (root / "stock" / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    (root / "stock" / "own.py").write_text(SPIDERS["own"], encoding="utf-8")
    (root / "stock" / "spiders" / "walk.py").write_text(SPIDERS["walk"], encoding="utf-8")
    return Project(root)
