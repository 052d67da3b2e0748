"""Reads the cookies file of a ``[host."…"]`` table: Netscape's format, which browsers' extensions and curl write."""

from __future__ import annotations

import warnings
from http.cookiejar import Cookie, LoadError, MozillaCookieJar
from pathlib import Path
from time import time

from archiver.errors import UsageError


def read_cookies(path: Path, host: str) -> tuple[Cookie, ...]:
    """The cookies in the file at ``path`` that are meant for ``host`` and have not expired; raises UsageError.

    A browser's whole jar may be in it; cookies of other hosts are left out. No value ever stands in a message.
    """
    jar = MozillaCookieJar(str(path))
    try:
        with warnings.catch_warnings():
            # http.cookiejar prints a traceback where a line is wrong.
            warnings.simplefilter("ignore")
            jar.load(ignore_discard=True, ignore_expires=True)
    except LoadError:
        raise UsageError(f"{path}: not a cookies file in Netscape's format") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot read the cookies: {getattr(error, 'strerror', None) or 'not text'}") from None
    for cookie in jar:
        if cookie.expires == 0:
            # Quirk: exporters write 0 for a session cookie; http.cookiejar takes it for 1970.
            cookie.expires, cookie.discard = None, True
    return tuple(cookie for cookie in jar if _is_meant_for(cookie, host) and not cookie.is_expired(int(time())))


def _is_meant_for(cookie: Cookie, host: str) -> bool:
    domain = cookie.domain.removeprefix(".").lower()
    name = host.partition(":")[0]
    return domain == name or name.endswith("." + domain)
