"""pywb over the WARCs in place: a child process on a free loopback port, an origin of its own, with no way to the live web."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.collection.layout import Collection
from archiver.errors import MissingExtraError, StoreError

_COLLECTION = "all"
_READY_S = 30.0
# pywb is GPL: a program beside ours, never imported. The kernel ends it with us (Linux); elsewhere `serve_originals` does.
_START = (
    "import ctypes, contextlib\n"
    "with contextlib.suppress(Exception): ctypes.CDLL(None).prctl(1, 15)\n"
    "from pywb.apps.cli import wayback; wayback()"
)


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve_originals(collection: Collection, work: Path, *, host: str, shown_in: str, access: Path | None = None) -> Iterator[str]:
    """The base URL under which ``<timestamp>mp_/<url>`` shows a capture; ``shown_in`` is the origin whose pages may frame it.

    ``work`` holds pywb's configuration. Raises MissingExtraError without pywb, StoreError when it does not start.
    """
    if importlib.util.find_spec("pywb") is None:
        raise MissingExtraError("pywb", "replay")
    port = free_port(host)
    (work / "config.yaml").write_text(_config(collection, shown_in, access), encoding="utf-8")
    log = (work / "pywb.log").open("wb")
    child = subprocess.Popen(
        [sys.executable, "-c", _START, "-p", str(port), "-b", host, "-d", str(work)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=work,
        # Ctrl-C is for us; it must not go through a proxy for what it asks itself.
        start_new_session=True,
        env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
    )
    try:
        _wait_until_ready(child, host, port, work / "pywb.log")
        yield f"http://{host}:{port}/{_COLLECTION}/"
    finally:
        child.terminate()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        log.close()


def _config(collection: Collection, shown_in: str, access: Path | None) -> str:
    """JSON, which is YAML: a path cannot break out of it."""
    index = (collection.indexes / "index.cdxj").resolve()
    paths = {"index_paths": str(index), "archive_paths": f"{collection.archive.resolve()}{os.sep}"}
    if access is not None:
        paths["acl_paths"] = str(access.resolve())
    return json.dumps(
        {
            "collections": {_COLLECTION: paths},
            "collections_root": "no-other-collections",
            "framed_replay": True,
            "enable_auto_fetch": False,
            # What a page loads must come from the archive: an address that escaped rewriting is blocked by the browser.
            "csp-header": "default-src 'unsafe-eval' 'unsafe-inline' 'self' data: blob: mediastream:; form-action 'self';"
            f" frame-ancestors 'self' {shown_in}",
        }
    )


def _wait_until_ready(child: subprocess.Popen[bytes], host: str, port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.05)
    last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise StoreError(f"pywb did not start: {last[0][:300]}")
