"""Content codings (RFC 9110 §8.4): kept encoded in the archive, decoded for the reader, and labelled wrongly by many."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from typing import Any

import brotlicffi

from ..messages import HTML, Changes, message, story
from ..model import Case, Limits

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

unzstd = zstd.decompress

Code = Callable[[bytes], bytes]


def rows(_: Limits) -> list[Case]:
    return [*_right(), *_stacked(), *_unusual_gzip(), *_wrong_label(), *_broken()]


def gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _coded(name: str, reason: str, label: bytes, code: Code, **changes: Any) -> Case:
    lines = (b"Content-Encoding: " + label,) if label else ()
    return story(name, reason, lambda body: message(body, HTML, *lines), coded=code, **changes)


def _right() -> list[Case]:
    return [
        _coded("gzip-plain", "RFC 9110 §8.4.1.3; most of the web", b"gzip", gz),
        _coded("gzip-x-label", "RFC 9110 §8.4.1.3: x-gzip is gzip", b"x-gzip", gz),
        _coded("gzip-upper-label", "RFC 9110 §8.4.1: codings are case-insensitive", b"GZIP", gz),
        _coded("deflate-zlib", "RFC 9110 §8.4.1.2: deflate is the zlib format", b"deflate", zlib.compress),
        _coded(
            "deflate-raw",
            "…but old IIS sends it without the zlib wrapper, and all browsers take it",
            b"deflate",
            raw_deflate,
            legal=False,
        ),
        _coded("brotli-plain", "RFC 7932; half of the CDNs", b"br", lambda data: brotlicffi.compress(data, quality=4)),
        _coded("zstd-plain", "RFC 8878; Cloudflare since 2024", b"zstd", zstd.compress),
        _coded("identity-label", "`Content-Encoding: identity`: reserved, yet sent", b"identity", lambda data: data, legal=False),
    ]


def _stacked() -> list[Case]:
    return [
        _coded(
            "gzip-twice",
            "RFC 9110 §8.4: listed in the order applied; cache and application both pack",
            b"gzip, gzip",
            lambda data: gz(gz(data)),
        ),
        story(
            "coding-two-lines",
            "a list may be spread over field lines (RFC 9110 §5.3)",
            lambda body: message(body, HTML, b"Content-Encoding: deflate", b"Content-Encoding: gzip"),
            coded=lambda data: gz(zlib.compress(data)),
        ),
        _coded(
            "coding-mixed-list",
            "three codings, white space and an empty element",
            b"identity ,, deflate ,br",
            lambda data: brotlicffi.compress(zlib.compress(data), quality=4),
            legal=False,
            tolerated=("decode",),
        ),
    ]


def _unusual_gzip() -> list[Case]:
    def members(data: bytes) -> bytes:
        return b"".join(gz(data[start : start + 400]) for start in range(0, len(data), 400))

    def named(data: bytes) -> bytes:
        return b"\x1f\x8b\x08\x1c\x00\x00\x00\x00\x00\x03\x04\x00ab\x00\x00file name\x00a comment\x00" + gz(data)[10:]

    return [
        _coded("gzip-members", "RFC 1952 §2.2: a file is a series of members; pigz, and `zcat a b`", b"gzip", members),
        _coded("gzip-header-fields", "RFC 1952 §2.3: extra field, name and comment", b"gzip", named),
        _coded("gzip-stored", "level 0: packed and no smaller", b"gzip", lambda data: gzip.compress(data, 0, mtime=0)),
        _coded(
            "gzip-padding",
            "zeros after the last member (tar habits); readers ignore them",
            b"gzip",
            lambda data: gz(data) + bytes(64),
            legal=False,
            tolerated=("decode",),
        ),
        _coded(
            "gzip-then-plain",
            "PHP prints a notice after ob_gzhandler; browsers ignore the rest",
            b"gzip",
            lambda data: gz(data) + b"<b>Notice</b>: undefined index",
            legal=False,
            tolerated=("decode",),
        ),
    ]


def _wrong_label() -> list[Case]:
    same: Code = lambda data: data  # noqa: E731
    bad: Changes = {"legal": False, "failure": "decode", "text": None, "article": False}
    return [
        _coded(
            "gzip-unlabelled",
            "packed twice by accident, or a .gz file as text/html",
            b"",
            gz,
            **{**bad, "tolerated": ("not_html", None)},
        ),
        _coded(
            "gzip-as-identity",
            "gzip under `Content-Encoding: identity`",
            b"identity",
            gz,
            **{**bad, "tolerated": ("not_html", None)},
        ),
        _coded(
            "identity-as-gzip",
            "the label survived, the packing did not: misconfigured Varnish",
            b"gzip",
            same,
            **{**bad, "tolerated": (None,)},
        ),
        _coded("identity-as-brotli", "the same for br", b"br", same, **{**bad, "tolerated": (None,)}),
        _coded(
            "brotli-as-gzip",
            "packed one way, labelled another",
            b"gzip",
            lambda data: brotlicffi.compress(data, quality=4),
            **{**bad, "tolerated": ("not_html",)},
        ),
        _coded("gzip-as-deflate", "packed one way, labelled another", b"deflate", gz, **{**bad, "tolerated": (None, "not_html")}),
        _coded(
            "coding-unknown-word",
            "`Content-Encoding: utf-8`: a charset in the wrong field; browsers ignore it",
            b"utf-8",
            same,
            legal=False,
            tolerated=("decode",),
        ),
        _coded("coding-none", "`Content-Encoding: none`, S3 metadata", b"none", same, legal=False, tolerated=("decode",)),
        _coded("coding-empty", "an empty Content-Encoding", b" ", same),
        _coded(
            "coding-unsupported",
            "`compress` (LZW), which nobody decodes any more",
            b"compress",
            lambda data: b"\x1f\x9d\x90" + data[::-1],
            **{**bad, "legal": True, "tolerated": ("not_html",)},
        ),
    ]


def _broken() -> list[Case]:
    bad: Changes = {"legal": False, "failure": "decode", "text": None, "article": False}
    return [
        _coded(
            "gzip-cut-inside",
            "the framing is whole, the gzip stream inside is not: the application died",
            b"gzip",
            lambda data: gz(data)[:-400],
            **bad,
        ),
        _coded(
            "gzip-no-trailer",
            "CRC and size are missing, the text is there; browsers show it",
            b"gzip",
            lambda data: gz(data)[:-8],
            **{**bad, "tolerated": (None,)},
        ),
        _coded(
            "gzip-bad-checksum",
            "the CRC does not match; browsers show it",
            b"gzip",
            lambda data: gz(data)[:-8] + bytes(8),
            **{**bad, "tolerated": (None,)},
        ),
        _coded(
            "gzip-bad-middle",
            "bytes overwritten in the middle",
            b"gzip",
            lambda data: gz(data)[:200] + b"\xff" * 60 + gz(data)[260:],
            **bad,
        ),
        _coded("brotli-cut-inside", "the same for br", b"br", lambda data: brotlicffi.compress(data, quality=4)[:-300], **bad),
        _coded("zstd-cut-inside", "the same for zstd", b"zstd", lambda data: zstd.compress(data)[:-300], **bad),
        _coded(
            "gzip-empty-body",
            "the label on nothing: Content-Length 0 (Rails `head :ok`)",
            b"gzip",
            lambda data: b"",
            text="",
            article=False,
            tolerated=("decode", "not_html", "extraction"),
            legal=False,
        ),
    ]
