"""Collections with host tables, and the places where their secrets may not stand."""

from __future__ import annotations

import base64
from pathlib import Path

from wire.messages import plain

from .support import Crawl

PAGES = [plain(f"page-{number}", "a usual page") for number in range(4)]
SECRETS = ("s3cret-pass", "s3cret-key", "s3cret-cookie", "s3cret-proxy")
BASIC = b"Basic " + base64.b64encode(b"reader:s3cret-pass")
PROXY_BASIC = base64.b64encode(b"staff:s3cret-proxy")


def collection(folder: Path, toml: str) -> Path:
    folder.mkdir()
    (folder / "collection.toml").write_text(toml, "utf-8")
    return folder


def fields(request: bytes) -> dict[bytes, bytes]:
    lines = request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return dict(line.split(b": ", 1) for line in lines)


def assert_no_secret(done: Crawl) -> None:
    """Records of requests hold what was sent; nothing else may know it."""
    places = [("stdout", done.stdout.encode()), ("stderr", done.stderr.encode()), *done.kept.all_bytes()]
    encoded = [BASIC.split()[1], PROXY_BASIC]
    for place, data in places:
        if not place.endswith("(request)"):
            assert [secret for secret in (*map(str.encode, SECRETS), *encoded) if secret in data] == [], place
