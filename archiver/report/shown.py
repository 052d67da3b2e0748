"""How complete replay is of the articles of the last runs: a sample of each run, measured from the archive."""

from __future__ import annotations

from archiver.collection.layout import Collection
from archiver.index.database import FILENAME as LOOKUP
from archiver.index.lookup import Lookup
from archiver.reextract.completeness import measure
from archiver.report.facts import Facts, Shown

# Reading a page and its style sheets takes about 10 ms.
_RUNS = 8
_PAGES = 25


def measure_shown(collection: Collection, facts: Facts) -> None:
    """Fill ``facts.shown``: the first articles of each of the last runs."""
    lookup_path = collection.indexes / LOOKUP
    wanted = _sample(facts)
    if not wanted or not lookup_path.is_file():
        return
    lookup = Lookup(lookup_path, read_only=True)
    try:
        for page in measure(collection, lookup, wanted):
            missing = page.missing[0].url if page.missing else None
            facts.shown.setdefault(wanted[page.article_id], []).append(Shown(page.url, page.share, missing))
    finally:
        lookup.close()


def _sample(facts: Facts) -> dict[str, str]:
    """Article ids with their runs."""
    left = {run.run_id: _PAGES for run in facts.runs[-_RUNS:]}
    found = {}
    for article_id, run_id in facts.newest_run.items():
        if left.get(run_id):
            left[run_id] -= 1
            found[article_id] = run_id
    return found
