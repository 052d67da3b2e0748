"""One page for ``inspect``: fetched as the crawl does, by the same parser, without storing anything."""

from __future__ import annotations

import urllib.error
import urllib.request

from archiver._version import __version__
from archiver.capture.launch import parse_seeds
from archiver.errors import ArchiverError
from archiver.warc.coding import decode_content

_MAX_BYTES = 64 * 2**20
_TIMEOUT_S = 60


class FetchError(ArchiverError):
    """The page could not be fetched."""


def fetch_page(url: str) -> tuple[bytes, str, str | None, tuple[tuple[str, str], ...]]:
    """``(body, final URL, Content-Type, headers)``; raises FetchError with the URL and why, UsageError for a wrong URL."""
    (seed,) = parse_seeds([url])
    request = urllib.request.Request(  # noqa: S310 (parse_seeds lets only http and https through)
        seed, headers={"User-Agent": f"archiver/{__version__}", "Accept-Encoding": "gzip, deflate, br, zstd"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310
            body, headers = response.read(_MAX_BYTES), tuple(response.headers.items())
            final = response.geturl()
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise FetchError(f"{seed}: {reason}") from error
    named = {name.lower(): value for name, value in headers}
    decoded = decode_content(body, named.get("content-encoding", ""), _MAX_BYTES)
    if decoded.problem not in (None, "mislabelled"):
        raise FetchError(f"{seed}: {decoded.problem} Content-Encoding {named['content-encoding']}")
    return decoded.body, final, named.get("content-type"), headers
