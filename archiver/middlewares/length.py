"""No request for a URL that is longer than servers take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archiver.capture.outcomes import PageFailure

if TYPE_CHECKING:
    from scrapy import Request

# RFC 9110 §4.1 asks of servers to take 8000 octets; Apache, nginx and IIS take about that, and no page is known to need more.
_MOST_CHARACTERS = 8192


class LengthMiddleware:
    """Drops requests for longer URLs with PageFailure ``too_large``: Scrapy's own drops them without a row."""

    async def process_request(self, request: Request) -> None:
        """Raises PageFailure."""
        if len(request.url) > _MOST_CHARACTERS:
            raise PageFailure("too_large", f"a URL of {len(request.url)} characters; {_MOST_CHARACTERS} are the most")
