"""SURT keys of URLs, as CDXJ has them. No I/O.

They follow the canonicalisation that CDXJ readers share (archive-commons, pywb); the ``surt`` library, which does the same, is
AGPL and so only the tests compare against it.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SURT_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_SESSION_IN_QUERY = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rb"^(.*)jsessionid=[0-9a-z]{32}(?:&(.*))?$",
        rb"^(.*)phpsessid=[0-9a-z]{32}(?:&(.*))?$",
        rb"^(.*)sid=[0-9a-z]{32}(?:&(.*))?$",
        rb"^(.*)aspsessionid[a-z]{8}=[a-z]{24}(?:&(.*))?$",
        rb"^(.*)cfid=[^&]+&cftoken=[^&]+(?:&(.*))?$",
    )
)
_SESSION_IN_PATH = (
    re.compile(rb"^(.*/)\((?:[a-z]\([0-9a-z]{24}\))+\)/([^?]+\.aspx.*)$", re.IGNORECASE),
    re.compile(rb"^(.*/)\([0-9a-z]{24}\)/([^?]+\.aspx.*)$", re.IGNORECASE),
)
_URL_PARTS = re.compile(rb"^([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$", re.DOTALL)
# One escape layer per round; a hostile %252525… would otherwise cost quadratic time.
_UNESCAPE_ROUNDS = 8


# Of a page on its way: a long crawl's URLs would hold 20 MB.
@lru_cache(maxsize=1 << 13)
def urlkey(url: str) -> str:
    """SURT key as CDXJ readers compute it, e.g. ``org,example)/news?a=1``. Never raises; a non-URL is its own key."""
    raw = re.sub(rb"[\t\r\n]", b"", url.encode("utf-8", "surrogatepass").strip())
    match = _URL_PARTS.match(raw)
    if match is None:
        return url
    scheme, authority, path, query = match.groups()
    scheme = scheme.lower()
    if authority is None:
        return raw.decode("utf-8", "replace")
    host, port = _split_authority(authority)
    key = b",".join(reversed(_surt_host(host).split(b".")))
    if port is not None and port != _DEFAULT_PORTS.get(scheme.decode("ascii")):
        key += b":%d" % port
    return (key + b")" + _surt_path(path) + _surt_query(query)).decode("utf-8", "replace")


def _split_authority(authority: bytes) -> tuple[bytes, int | None]:
    host = authority.rpartition(b"@")[2]
    bracketed = re.fullmatch(rb"\[([^\]]*)\](?::(\d*))?", host)
    if bracketed:
        return bracketed[1], _port(bracketed[2])
    name, colon, port = host.partition(b":")
    return name, _port(port) if colon else None


def _port(digits: bytes | None) -> int | None:
    return int(digits) if digits and digits.isdigit() and len(digits) < 6 and int(digits) else None


def _surt_host(host: bytes) -> bytes:
    host = _unescape(host)
    if not host.isascii():
        with contextlib.suppress(UnicodeError):
            host = host.decode("utf-8", "ignore").encode("idna")
    host = host.replace(b"..", b".").strip(b".")
    numeric = _numeric_ip(host)
    if numeric is not None:
        return numeric
    host = quote_from_bytes(host.lower(), safe=_SURT_SAFE).encode("ascii")
    return re.sub(rb"^www\d*\.", b"", host)


def _numeric_ip(host: bytes) -> bytes | None:
    """Dotted form of a host that is a number in one of the forms inet_aton knows (``2130706433``, ``0177.1``)."""
    if host.isdigit():
        return socket.inet_ntoa(struct.pack(">L", int(host[:20]) & 0xFFFFFFFF)).encode("ascii")
    if re.fullmatch(rb"(0[0-7]*|[1-9][0-9]*)(\.[0-9]+){0,3}", host):
        try:
            return socket.inet_ntoa(socket.inet_aton(host.decode("ascii"))).encode("ascii")
        except OSError:
            return None
    return None


def _surt_path(path: bytes) -> bytes:
    path = _collapse(_unescape(path))
    path = quote_from_bytes(path, safe=_SURT_SAFE).encode("ascii").lower()
    for pattern in _SESSION_IN_PATH:
        match = pattern.match(path)
        if match:
            path = match[1] + match[2]
    return path[:-1] if len(path) > 1 and path.endswith(b"/") else path


def _collapse(path: bytes) -> bytes:
    """Dot segments resolved, runs of slashes made one; a trailing slash stays."""
    kept: list[bytes] = []
    for segment in path.split(b"/")[1:]:
        if segment == b".":
            continue
        if segment == b".." and kept:
            kept.pop()
        else:
            kept.append(segment)
    if not kept:
        return b"/"
    return b"/" + b"".join(s + b"/" for s in kept[:-1] if s) + kept[-1]


def _surt_query(query: bytes | None) -> bytes:
    if not query:
        return b""
    query = quote_from_bytes(_unescape(query), safe=_SURT_SAFE).encode("ascii")
    for pattern in _SESSION_IN_QUERY:
        match = pattern.match(query)
        if match:
            query = match[1] + (match[2] or b"")
    if len(query) > 1:
        query = b"&".join(b"=".join(pair) for pair in sorted(p.split(b"=", 1) for p in query.lower().split(b"&")))
    return b"?" + query.lower() if query else b""


def _unescape(raw: bytes) -> bytes:
    for _ in range(_UNESCAPE_ROUNDS):
        plain = unquote_to_bytes(raw)
        if plain == raw:
            break
        raw = plain
    return raw
