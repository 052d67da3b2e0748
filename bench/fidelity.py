"""How many exchanges of the raw-socket table are in the WARC byte for byte, over TCP and TLS.

``python bench/fidelity.py``. The server logs every byte of both directions; the rows, with a reason each, are in tests/wire/cases.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from capture.support import crawl
from capture.table_run import FLAGS, LIMITS, pairs_of
from wire.cases import table
from wire.server import WireServer
from wire.site import build_site


def main() -> int:
    worst = 0
    site = build_site(table(LIMITS))
    for name, options in (("tcp", {}), ("tls", {"tls": "good"})):
        with WireServer(site.cases, **options) as server, tempfile.TemporaryDirectory() as folder:
            env = {"SSL_CERT_FILE": str(server.ca_path)} if server.ca_path else {}
            done = crawl([server.url(site.seed_path)], Path(folder) / "c", *FLAGS, env={**os.environ, **env}, timeout_s=120)
            log = server.settled()
            pairs = pairs_of(site, log, done.kept.groups)
            exact = sum(pair.is_exact for pair in pairs)
            requests = sum(pair.kept.request.block == pair.wire.request for pair in pairs)
            print(f"{name}: {exact} of {len(log)} responses exact, {requests} of {len(log)} requests, {len(site.cases)} paths")
            for pair in pairs:
                if not pair.is_exact:
                    print(f"  {pair}: {pair.wire.response[:60]!r} is kept as {pair.kept.block[:60]!r}")
            worst = max(worst, len(log) - exact, len(log) - requests)
    print(f"Scrapy {version('Scrapy')}, Twisted {version('Twisted')}, Python {platform.python_version()}, {platform.machine()}")
    return int(bool(worst))


if __name__ == "__main__":
    sys.exit(main())
