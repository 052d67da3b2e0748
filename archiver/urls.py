"""URLs cleaned and normalised: the form that merges discoveries, registrable domain, host. No I/O; SURT keys are in ``urlkeys``."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from urllib.parse import quote_from_bytes, urljoin, urlsplit

import tldextract

# Parameters that say how a visitor came, never what is shown. Matched case-insensitively against the whole name.
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh|mc_cid|mc_eid"
    r"|mkt_tok|vero_id|_hsenc|_hsmi|hsctatracking|oly_anon_id|oly_enc_id|wickedid|wt_mc|wtmc|at_medium|at_campaign"
    r"|xtor|ns_campaign|ns_mchannel|ns_source|ns_linkname|ns_fee|__twitter_impression|cmpid|s_cid|ito|ocid|smid|smtyp"
    r"|spm|sc_src|sc_lid|sc_uid|sc_llid|ref_src|ref_url|_ga|_gl|at_custom\d|hpt",
    re.IGNORECASE,
)
# Whose visit it is; names that mean nothing else.
_SESSION = re.compile(r"phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|sessionid|session_id|oscsid|zenid", re.IGNORECASE)
_SESSION_PARAMETER = re.compile(r"(?i);jsessionid=[^/?;]*")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# The characters a URL keeps as they are (RFC 3986 reserved and unreserved, and % of an existing escape).
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~-._"

# A URL, and a path from the root, that are clean as they are; most of a page's links are, and parsing one costs 20 microseconds.
_PLAIN_PATH = r"/[\w!$&'()*+,/:=@\[\]~.%-]*(?:\?[\w!$&'()*+,/:=@\[\]~.%?-]+)?"
_PLAIN_URL = re.compile(rf"(https?://[a-z0-9_~-](?:[a-z0-9_.~-]*[a-z0-9_~-])?){_PLAIN_PATH}", re.ASCII)
_PLAIN_FROM_ROOT = re.compile(rf"(?!//|.*/\.){_PLAIN_PATH}", re.ASCII)
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

# A URL is asked about again while its page is on its way; three caches of a long crawl's URLs would hold 60 MB.
_CACHED = 1 << 13

_extract_domain = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def clean_url(href: str, base: str | None = None) -> str | None:
    """``href`` resolved against ``base`` as a browser would, fragment dropped; ``None`` when it is no http(s) URL.

    Tabs and newlines inside are removed and surrounding controls stripped (WHATWG URL §4.4); non-ASCII, spaces and ``<>"``
    are percent-encoded, the host is in IDNA form, credentials are dropped.
    """
    return _plain_url(href, base) or _parsed_url(href, base)


def _plain_url(href: str, base: str | None) -> str | None:
    """What ``_parsed_url`` gives, where no parsing is needed to know it."""
    if "%" in href and _BARE_PERCENT.search(href):
        return None
    if _PLAIN_URL.fullmatch(href):
        return href
    origin = _PLAIN_URL.fullmatch(base) if base and _PLAIN_FROM_ROOT.fullmatch(href) else None
    return origin[1] + href if origin else None


def _parsed_url(href: str, base: str | None) -> str | None:
    href = re.sub(r"[\t\r\n]", "", href).strip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12 \xa0")
    try:
        joined = urljoin(base, href) if base else href
        parts = urlsplit(joined)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = ascii_host(parts.hostname)
    if host is None:
        return None
    netloc = host if port is None or port == _DEFAULT_PORTS[parts.scheme] else f"{host}:{port}"
    path = _escape(parts.path) or "/"
    query = "?" + _escape(parts.query) if parts.query else ""
    return f"{parts.scheme}://{netloc}{path}{query}"


def ascii_host(host: str) -> str | None:
    """``host`` lower-cased and in IDNA form, IPv6 in brackets; ``None`` when it cannot be a host name."""
    host = host.strip(".").lower()
    if ":" in host:
        # A zone id (RFC 6874) names an interface of this machine, so it means nothing in an archive.
        return None if "%" in host or not re.fullmatch(r"[0-9a-f:.]+", host) else f"[{host}]"
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return host if host and re.fullmatch(r"[a-z0-9_.~-]+", host) else None


def _escape(text: str) -> str:
    """Percent-encode what may not stand in a URL; what is already encoded stays."""
    raw = text.encode("utf-8", "surrogatepass")
    escaped = quote_from_bytes(raw, safe=_URL_SAFE)
    return _BARE_PERCENT.sub("%25", escaped)


def _normalize_escapes(text: str) -> str:
    """RFC 3986 §6.2.2: escapes of unreserved characters decoded, the others upper-cased."""

    def fold(match: re.Match[str]) -> str:
        byte = int(match[1], 16)
        return chr(byte) if byte in _UNRESERVED else f"%{byte:02X}"

    return re.sub(r"%([0-9A-Fa-f]{2})", fold, text)


@lru_cache(maxsize=_CACHED)
def normalize_url(url: str) -> str:
    """``url_normalized`` of SCHEMA: the key that merges discoveries and versions of one article.

    Scheme, fragment, default port, tracking and session parameters, ``index.html`` and a trailing slash are folded; path and query
    keep case and order. A URL that cannot be parsed is its own key.
    """
    cleaned = clean_url(url)
    if cleaned is None:
        return url
    parts = urlsplit(cleaned)
    path = _normalize_escapes(_remove_dot_segments(_SESSION_PARAMETER.sub("", parts.path)))
    path = re.sub(r"/index\.html?$", "/", path, flags=re.IGNORECASE).rstrip("/")
    kept = [p for p in parts.query.split("&") if p and not _is_about_the_visit(p.partition("=")[0])]
    query = "?" + _normalize_escapes("&".join(kept)) if kept else ""
    return f"{parts.netloc}{path or '/'}{query}"


def _is_about_the_visit(name: str) -> bool:
    return bool(_TRACKING.fullmatch(name) or _SESSION.fullmatch(name))


def has_session_id(url: str) -> bool:
    """Whether the address says whose visit it is (``;jsessionid=…``, ``?PHPSESSID=…``)."""
    path, query = path_and_query(url)
    return bool(_SESSION_PARAMETER.search(path)) or any(_SESSION.fullmatch(p.partition("=")[0]) for p in query.split("&"))


def _remove_dot_segments(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if path.endswith(("/.", "/..")):
        kept.append("")
    return "/" + "/".join(kept)


def url_id(url: str) -> str:
    """``article_id`` and ``listing_id``: ``url:`` + 32 hex of sha256(url_normalized)."""
    return "url:" + hashlib.sha256(normalize_url(url).encode()).hexdigest()[:32]


@lru_cache(maxsize=_CACHED)
def registrable_domain(url: str) -> str:
    """The registrable domain by the bundled public suffix list (no download); the host itself for IPs and ``localhost``."""
    host = host_of(url)
    return _extract_domain(host).top_domain_under_public_suffix or host


def host_of(url: str) -> str:
    """Host in lower case without port, ``""`` when there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def path_and_query(url: str) -> tuple[str, str]:
    """Path and query of ``url``, both empty when it cannot be parsed."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.path, parts.query


def authority_of(url: str) -> tuple[str, int]:
    """``(host, port)`` that a connection for ``url`` goes to; port 0 where the scheme has no default."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
