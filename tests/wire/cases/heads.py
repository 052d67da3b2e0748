"""Header sections: what servers, proxies and CMS plug-ins really send between the status line and the body."""

from __future__ import annotations

from ..messages import CRLF, HTML, OK, USUAL, Changes, cut, head, length, malformed, message, plain, row, story
from ..model import Case, Close, Limits

_LOOSE: Changes = {"legal": False}


def rows(limits: Limits) -> list[Case]:
    return [*_fields(), *_odd_fields(), *_line_ends(limits), *_sizes()]


def _fields() -> list[Case]:
    """Legal, and lost by every archiver that re-writes heads."""
    return [
        plain(
            "header-case-mixed",
            "RFC 9110 §5.1: names are case-insensitive; CDNs send all sorts",
            b"x-cache: HIT",
            b"X-CACHE-HITS: 3",
            b"cOnTeNt-LaNgUaGe: en",
            b'ETag: W/"a1"',
            b"etag-x: 1",
        ),
        story(
            "header-order-odd",
            "RFC 9110 §5.3: order across names means nothing, so parsers lose it",
            lambda body: head(length(body), b"Zz-Last: first", HTML, *reversed(USUAL), b"Aa-First: last") + body,
        ),
        plain(
            "header-duplicates",
            "Set-Cookie may not be joined (RFC 9110 §5.3); other names are repeated as well",
            b"Set-Cookie: a=1; Path=/",
            b"Via: 1.1 one",
            b"set-cookie: b=2; Path=/",
            b"Set-Cookie: a=1; Path=/",
            b"via: 1.0 two",
        ),
        plain("header-value-empty", 'nginx `add_header X ""` behind old proxies', b"X-Empty:", b"X-Blank: ", b"X-Full: v"),
        plain(
            "header-value-latin-one",
            "RFC 9110 §5.5 obs-text: IIS sends local names raw",
            b"X-Editor: J\xf6rg M\xfcller, Stra\xdfe",
        ),
        plain("header-value-utf-eight", "Link and Content-Disposition with raw UTF-8 (WordPress)", "X-Title: Łódź – 新聞".encode()),
        plain("header-value-colons", "a value that looks like HTTP again", b"X-Echo: HTTP/1.1 404 Not Found: Content-Length: 3"),
        plain("header-no-space", "RFC 9112 §5.1: white space after the colon is optional", b"X-Tight:v", b"Vary:Accept-Encoding"),
        plain(
            "header-value-padded",
            "optional white space on both sides is no part of the value",
            b"X-Padded:    v   ",
            b"X-Tail: v \t ",
        ),
        plain("header-tabs", "RFC 9110 §5.6.3: a tab is optional white space too, and legal inside", b"X-Tab:\tone\ttwo\t"),
        plain("header-name-token-odd", "RFC 9110 §5.6.2: all of these are token characters", b"X!#$%&'*+-.^_`|~9: v"),
        plain(
            "header-content-length-lower",
            "HTTP/2 gateways send all names in lower case",
            b"content-language: en",
            b"x-amz-id: 1",
        ),
        row(
            "header-none",
            "RFC 9112 §2.1: no field is mandatory; close-delimited",
            OK + CRLF + CRLF + b"no header at all, and no more than this line, header-none",
            payload=b"no header at all, and no more than this line, header-none",
            text="no header at all, and no more than this line, header-none",
            then=(Close(),),
            tolerated=("not_html",),
        ),
    ]


def _odd_fields() -> list[Case]:
    """Not legal, sent all the same."""
    return [
        plain(
            "header-folded",
            "obs-fold, RFC 9112 §5.2: old Perl CGIs, mail gateways",
            b"X-Folded: first\r\n  second\r\n\tthird",
            **_LOOSE,
        ),
        plain(
            "header-folded-blank",
            "an obs-fold line of white space only must not end the head",
            b"X-Folded: a\r\n \r\n b",
            **_LOOSE,
        ),
        plain(
            "header-folded-first",
            "RFC 9112 §2.2: white space before the first field line; ignore or reject",
            status=OK + b"\r\n X-Not-A-Fold: v",
            tolerated=("protocol",),
            **_LOOSE,
        ),
        plain(
            "header-colonless",
            "PHP warnings and `header('foo')` print lines without a colon",
            b"X-Before: 1",
            b"this line has no colon",
            b"X-After: 2",
            tolerated=("protocol",),
            **_LOOSE,
        ),
        plain(
            "header-space-before-colon",
            "RFC 9112 §5.1: a proxy must remove it, a client may take it",
            b"X-Gap : v",
            tolerated=("protocol",),
            **_LOOSE,
        ),
        plain(
            "header-name-odd",
            "names outside the token grammar: braces of unfilled templates, quotes, raw UTF-8",
            b"X-{TEMPLATE}: v",
            b'"quoted": v',
            b"X Y Z: v",
            "X-Größe: 3".encode(),
            tolerated=("protocol",),
            **_LOOSE,
        ),
        plain("header-name-empty", "`: value`, a field without a name", b": nameless", tolerated=("protocol",), **_LOOSE),
        plain(
            "header-nul",
            "RFC 9110 §5.5: NUL in a value; reject it or read it as a space",
            b"X-Nul: a\x00b",
            tolerated=("protocol",),
            **_LOOSE,
        ),
        plain("header-nul-in-name", "NUL in a name: reject", b"X-\x00Nul: v", tolerated=("protocol",), **_LOOSE),
        plain(
            "header-bare-cr",
            "RFC 9112 §2.2: CR without LF inside a value; invalid, or a space",
            b"X-Cr: one\rX-Smuggled: two",
            tolerated=("protocol",),
            **_LOOSE,
        ),
        plain(
            "header-control",
            "escape sequences and DEL in a value: log injection",
            b"X-Ctl: \x1b[31mred\x7f\x08",
            tolerated=("protocol",),
            **_LOOSE,
        ),
    ]


def _line_ends(limits: Limits) -> list[Case]:
    def lf(body: bytes) -> bytes:
        return head(*USUAL, HTML, length(body), eol=b"\n") + body

    def mixed(body: bytes) -> bytes:
        return OK + b"\n" + USUAL[0] + CRLF + HTML + b"\n" + length(body) + CRLF + b"\n" + body

    def lf_last(body: bytes) -> bytes:
        return CRLF.join([OK, *USUAL, HTML, length(body)]) + b"\r\n\n" + body

    def lead(prefix: bytes) -> Case:
        name = "leading-crlf" if prefix == CRLF else "leading-junk"
        reason = "an empty line left over before the status line; browsers skip up to 4 bytes"
        if prefix != CRLF:
            reason = "three bytes of an earlier body before the status line"
        return story(name, reason, lambda body: prefix + message(body, HTML), tolerated=("protocol",), then=(Close(),), **_LOOSE)

    pause_s = limits.pause_s
    return [
        story("bare-lf-head", "RFC 9112 §2.2: a recipient may take LF alone; small CGIs and Hacker News once", lf, **_LOOSE),
        story("mixed-line-ends", "a CGI writes LF, its server adds CRLF lines", mixed, **_LOOSE),
        story("lf-ends-head", "CRLF lines, but the empty line is LF alone", lf_last, **_LOOSE),
        lead(CRLF),
        lead(b"\r\n."),
        story(
            "head-in-segments",
            "segments may end anywhere: inside the status line, a name, between CR and LF",
            lambda body: message(body, HTML),
            steps=lambda data: cut(
                data,
                [
                    1,
                    4,
                    12,
                    16,
                    17,
                    20,
                    data.index(b"\r\n\r\n") + 1,
                    data.index(b"\r\n\r\n") + 2,
                    data.index(b"\r\n\r\n") + 3,
                    data.index(b"\r\n\r\n") + 4,
                    len(data) - 1,
                ],
                pause_s,
            ),
        ),
        story(
            "head-ends-segment",
            "the last LF of the head is the first byte of a segment that holds the body",
            lambda body: message(body, HTML),
            steps=lambda data: cut(data, [data.index(b"\r\n\r\n") + 3], pause_s),
        ),
    ]


def _sizes() -> list[Case]:
    filler = b"0123456789abcdef"
    return [
        plain("header-line-fifteen-kb", "a Content-Security-Policy just under Twisted's 16 KiB line", b"X-Policy: " + filler * 960),
        plain(
            "header-line-twenty-kb",
            "RFC 9112 §5 sets no limit; Twisted cuts lines at 16 KiB, browsers take 256 KB",
            b"Content-Security-Policy: " + filler * 1280,
            tolerated=("protocol",),
        ),
        plain(
            "head-thirty-kb",
            "cookies of an advertising stack: many lines, none of them long",
            *(b"Set-Cookie: ad%d=%s; Path=/" % (number, filler * 60) for number in range(30)),
        ),
        plain(
            "header-lines-three-hundred",
            "http.client stops at 100 lines, curl does not",
            *(b"X-Line-%d: %d" % (n, n) for n in range(300)),
        ),
        row(
            "head-never-fields",
            "a status line, then a body where fields should be",
            OK + CRLF + b"<html>head-never-fields<p>no field, no colon" + CRLF + CRLF,
            then=(Close(),),
            **malformed(None, "not_html"),
        ),
    ]
