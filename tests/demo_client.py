"""A client for the tests of the demo site: no redirects, no decoding, one connection a request."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by lower-case name, and body; ``If_None_Match="x"`` sends ``If-None-Match: x``."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    target = url.removeprefix(f"http://{parts.netloc}").split("#")[0]
    connection.request("GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, body
