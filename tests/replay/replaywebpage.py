"""ReplayWeb.page, fetched when a test wants it (AGPL: used, never bundled), and a server that it and a package are read from."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

VERSION = "2.5.3"
_SHA256 = "b7d35c39c4da9b7121c5a393911d8675d4cc6f19513c380191e16b086bea812c"
_TYPES = {".js": "text/javascript", ".html": "text/html; charset=utf-8", ".wacz": "application/wacz"}


def fetched(folder: Path) -> dict[str, bytes]:
    """What of it is served, by address. Skips the test where npm cannot fetch it; fails when it is another than was looked at."""
    package = folder / f"replaywebpage-{VERSION}.tgz"
    if not package.exists():
        if shutil.which("npm") is None:
            pytest.skip("no npm here, which would fetch ReplayWeb.page")
        command = ["npm", "pack", "--silent", f"replaywebpage@{VERSION}"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("ReplayWeb.page could not be fetched within a minute")
        if done.returncode != 0:
            pytest.skip(f"ReplayWeb.page could not be fetched: {done.stderr.strip()[:200]}")
    assert hashlib.sha256(package.read_bytes()).hexdigest() == _SHA256
    with tarfile.open(package) as archive:
        ui, worker = _member(archive, "package/ui.js"), _member(archive, "package/sw.js")
    # Its frame may be asked for before its service worker, which has this page too, is there to answer: one load in six.
    frame = b"<!doctype html><html class=no-overflow><script src=ui.js></script><body><replay-app-main></replay-app-main>"
    return {"/ui.js": ui, "/replay/ui.js": ui, "/replay/sw.js": worker, "/replay/": frame}


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    assert member is not None
    return member.read()


@contextmanager
def served(files: dict[str, bytes]) -> Iterator[str]:
    """The origin that answers with ``files`` by path, ranges too: a package is read in pieces."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body, status, extra = files.get(path), 200, {}
            if body is None:
                body, status = b"nothing here", 404
            elif wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
                total, first = len(body), int(wanted[1])
                body, status = body[first : int(wanted[2]) + 1 if wanted[2] else None], 206
                extra = {"Content-Range": f"bytes {first}-{first + len(body) - 1}/{total}"}
            self.send_response(status)
            for name, value in {"Content-Type": _TYPES.get(Path(path).suffix, _TYPES[".html"]), **extra}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *arguments: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def reader(url: str) -> bytes:
    """A page that shows the capture of ``url`` in ``/c.wacz``."""
    return (
        "<!doctype html><script src=/ui.js></script><style>replay-web-page{display:block;height:2000px}</style>"
        f'<replay-web-page source=/c.wacz replayBase=/replay/ embed=replayonly url="{url}"></replay-web-page>'
    ).encode()
