"""Which servers' certificates must be good: all, but for the hosts that a user has excepted (``insecure_tls``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer


@implementer(IPolicyForHTTPS)
class TlsPolicy:
    """Chooses between two policies of Scrapy by ``verifies``, which is asked with the URL of the host."""

    def __init__(self, verifying: Any, lenient: Any, verifies: Callable[[str], bool]) -> None:
        self._verifying, self._lenient, self._verifies = verifying, lenient, verifies

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802
        host = hostname.decode("ascii")
        url = f"https://[{host}]:{port}/" if ":" in host else f"https://{host}:{port}/"
        return (self._verifying if self._verifies(url) else self._lenient).creatorForNetloc(hostname, port)
