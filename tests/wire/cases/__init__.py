"""The table: one row per odd thing that HTTP/1.x servers do, with the reason and what an exact archive must hold.

One module per family; `table` joins them. A row that meets a limit of the client is made for the `Limits` it is given.
"""

from __future__ import annotations

from ..model import Case, Limits
from . import bodies, chunks, codings, connections, heads, interim, lengths, limits, status_lines, statuses, surplus, urls

FAMILIES = (heads, status_lines, codings, chunks, lengths, statuses, interim, surplus, connections, limits, bodies, urls)


def table(client: Limits = Limits()) -> tuple[Case, ...]:  # noqa: B008 - frozen
    """All rows, for a client that runs with these limits."""
    return tuple(case for family in FAMILIES for case in family.rows(client))


CASES = table()


def case(name: str) -> Case:
    """The row called ``name`` in `CASES`."""
    return next(row for row in CASES if row.name == name)
