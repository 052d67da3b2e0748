"""From records to rows: every captured article page has its row, every listing its appearances, every failure and text its pair."""

from __future__ import annotations

from archiver.dataset.schema import FILENAMES
from archiver.model import LIST_PURPOSES
from archiver.verify.findings import shown
from archiver.verify.ledger import Ledger

_REMEDY = "run the same crawl again, or archiver rebuild"
# As the spider takes pages for HTML; a record without a usable Content-Type may be one.
_HTML = "(r.mime IS NULL OR r.mime IN ('text/html', 'application/xhtml+xml', 'application/xml', 'text/xml'))"
_PAGES = (
    " r.truncated IS NULL AND f.folder = 'archive'"
    " AND NOT EXISTS (SELECT 1 FROM rows w WHERE w.record_id = r.record_id)"
    " AND NOT EXISTS (SELECT 1 FROM rows w WHERE w.run_id = m.run_id AND w.kind = 'failure' AND w.url = m.url)"
    " AND NOT EXISTS (SELECT 1 FROM runs u WHERE u.run_id = m.run_id AND NOT u.extracts)"
)
_KNOWN = "EXISTS (SELECT 1 FROM rows k WHERE k.article_id = m.article_id AND k.kind = 'article' AND k.instant <= r.date)"
_CAPTURES = " FROM metadata m JOIN records r ON r.record_id = m.target JOIN files f ON f.id = r.file"
_ARTICLES = f"{_CAPTURES} WHERE m.purpose = 'article' AND r.status = 200 AND {_HTML} AND {_PAGES}"
# A 304 is an observation of the listing too: its bytes are elsewhere. Feeds and sitemaps come under any type.
_LISTINGS = (
    f"{_CAPTURES} WHERE m.purpose IN {LIST_PURPOSES} AND (r.status = 200 OR r.status = 304 AND r.type = 'revisit') AND {_PAGES}"
)
# Captured pages of an article that has an older row: unchanged, as only extraction can prove.
RECHECKS = f"{_ARTICLES} AND {_KNOWN}"
# Listing pages without any row: rightly so when they hold no article link, as only extraction can tell.
PAGES_WITHOUT_ROWS = _LISTINGS
_WITHOUT_ROW = f"SELECT f.path, r.offset, m.url {_ARTICLES} AND NOT {_KNOWN}"
# Articles were found on it, so it had links.
_WITHOUT_APPEARANCES = (
    f"SELECT f.path, r.offset, m.url {_LISTINGS} AND EXISTS"  # noqa: S608
    " (SELECT 1 FROM metadata a WHERE a.discovered_from = r.uri AND a.run_id = m.run_id AND a.purpose = 'article')"
)


def check_complete(ledger: Ledger) -> None:
    """Findings for what is in the archive and not in the dataset; for a collection that no crawl is writing to."""
    for path, offset, url in ledger.query(_WITHOUT_ROW):
        what = f"a captured article page without a row in articles.jsonl: {shown(url)}; {_REMEDY}"
        ledger.find("error", "row-missing", path, what, offset=offset)
    for path, offset, url in ledger.query(_WITHOUT_APPEARANCES):
        what = f"a captured listing without rows in appearances.jsonl: {shown(url)}; {_REMEDY}"
        ledger.find("error", "row-missing", path, what, offset=offset)
    _listings(ledger)
    _failures(ledger)
    _texts(ledger)


def _listings(ledger: Ledger) -> None:
    """All appearances of a capture: as many as each says there are, ranks 1 to that."""
    rows = ledger.query(
        "SELECT min(number), count(*), max(items), min(items), max(rank), count(DISTINCT rank), min(rank) FROM rows"
        " WHERE kind = 'appearance' GROUP BY record_id, run_id"
    )
    for number, count, items, least, highest, ranks, lowest in rows:
        if (count, least, highest, ranks, lowest) != (items, items, items, items, 1):
            what = (
                f"its listing has {count} rows with {ranks} ranks from {lowest} to {highest}, items_on_page is {items}; {_REMEDY}"
            )
            ledger.find("error", "listing-incomplete", f"dataset/{FILENAMES['appearance']}", what, line=number)


def _failures(ledger: Ledger) -> None:
    rows = ledger.query(
        "SELECT number, url FROM rows WHERE kind = 'failure' AND NOT EXISTS (SELECT 1 FROM metadata m WHERE m.failure_id = rows.id)"
    )
    for number, url in rows:
        what = f"no metadata record in archive/ tells of this failure of {shown(url)}: it could not be made again"
        ledger.find("error", "failure-record", f"dataset/{FILENAMES['failure']}", what, line=number)
    records = ledger.query(
        "SELECT f.path, m.offset FROM metadata m JOIN files f ON f.id = m.file WHERE m.failure_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM rows w WHERE w.id = m.failure_id)"
        " AND NOT EXISTS (SELECT 1 FROM runs u WHERE u.run_id = m.run_id AND NOT u.extracts)"
    )
    for path, offset in records:
        ledger.find("error", "row-missing", path, f"a recorded failure without its row in failures.jsonl; {_REMEDY}", offset=offset)


def _texts(ledger: Ledger) -> None:
    """A ``conversion`` record for every article row, with the row's text."""
    rows = ledger.query(
        "SELECT w.number, f.path, c.offset FROM rows w LEFT JOIN records c ON c.refers_to = w.record_id AND c.type = 'conversion'"
        " LEFT JOIN files f ON f.id = c.file WHERE w.kind = 'article' AND NOT EXISTS (SELECT 1 FROM records o"
        " WHERE o.refers_to = w.record_id AND o.type = 'conversion' AND o.block_digest = 'sha256:' || w.text_digest)"
    )
    place = f"dataset/{FILENAMES['article']}"
    for number, path, offset in rows:
        if path is None:
            ledger.find("error", "conversion", place, f"no conversion record in text/ holds its text; {_REMEDY}", line=number)
        else:
            what = f"its text is not that of the conversion record {path}@{offset}; {_REMEDY}"
            ledger.find("error", "conversion", place, what, line=number)
    lonely = ledger.query(
        "SELECT f.path, c.offset FROM records c JOIN files f ON f.id = c.file WHERE c.type = 'conversion'"
        " AND NOT EXISTS (SELECT 1 FROM rows w WHERE w.record_id = c.refers_to AND w.kind = 'article')"
    )
    for path, offset in lonely:
        ledger.find("error", "conversion", path, f"the text of no row in articles.jsonl; {_REMEDY}", offset=offset)
