"""The response parser of tapped connections: lenient where browsers are, since what is refused is lost to the reader of a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTPClientParser
from twisted.web._newclient import HEADER, STATUS
from twisted.web.http import _DataLoss

from archiver.capture.chunked import ChunkedDecoder

# Twisted cuts header lines at 16 KiB; servers send longer ones (cookies, CSP), and browsers take 256 KiB.
_MAX_HEADER_LINE = 1 << 18


class _ChunkedTransferDecoder:
    """Twisted's interface of a transfer decoder over ours."""

    def __init__(self, data: Callable[[bytes], None], finished: Callable[[bytes], None]) -> None:
        self._decoder = ChunkedDecoder(data, finished)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self._decoder.received(data)

    def noMoreData(self) -> None:  # noqa: N802
        if not self._decoder.done:
            raise _DataLoss("the connection ended within a chunked body")


class TappedParser(_LenientHTTPClientParser):
    """Scrapy's response parser, lenient where browsers are. Each *quirk* is a row of tests/wire/cases."""

    MAX_LENGTH = _MAX_HEADER_LINE
    _transferDecoders = {b"chunked": _ChunkedTransferDecoder}  # noqa: N815, RUF012

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        bare = line.removesuffix(b"\r")
        # Quirk: blank lines before the status line (RFC 9112 §2.2 asks for it of servers only).
        if self.state == STATUS and not bare:
            return
        # Quirk: white space before the first field (RFC 9112 §2.2: to be ignored).
        if self.state == HEADER and self._partialHeader is None and bare[:1] in (b" ", b"\t"):
            return
        super().lineReceived(line)

    def statusReceived(self, status: bytes) -> None:  # noqa: N802
        # Quirk: several blanks or a tab between the parts (seen from embedded servers).
        super().statusReceived(b" ".join(status.split(None, 2)) if b"  " in status or b"\t" in status else status)

    def parseVersion(self, strversion: bytes) -> Any:  # noqa: N802
        # Quirk: ``HTTP/2 200`` from proxies that translate badly, ``HTTP/1`` from scripts.
        if re.fullmatch(rb"(?i)HTTP/?\d?", strversion):
            return (b"HTTP", 1, 1)
        # Quirk: ``ICY 200 OK`` from streaming servers, which speak HTTP/1.0.
        if b"/" not in strversion:
            return (b"HTTP", 1, 0)
        return super().parseVersion(strversion)

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802
        try:
            super().headerReceived(name, value)
        except ValueError:
            # Quirk: names that are no token (blanks, colons, NUL); the field is lost to Scrapy, not to the record.
            return

    def allHeadersReceived(self) -> None:  # noqa: N802
        codings = self.connHeaders.getRawHeaders(b"Transfer-Encoding")
        if codings is not None:
            names = [name.strip().lower() for name in b",".join(codings).split(b",")]
            self.connHeaders.removeHeader(b"Transfer-Encoding")
            if names[-1] == b"chunked":
                self.connHeaders.setRawHeaders(b"Transfer-Encoding", [b"chunked"])
        super().allHeadersReceived()
