"""What replay of each article will miss, measured from the archive alone: its requisites against what has been captured."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from archiver.collection.layout import Collection
from archiver.dataset.jsonl import read_rows
from archiver.dataset.schema import FILENAMES
from archiver.errors import WarcFormatError
from archiver.extraction.nesting import NESTED, Place, read_as
from archiver.extraction.requisites import find_nested
from archiver.index.lookup import Lookup
from archiver.model import Discovery
from archiver.warc.stored import StoredResponse, read_stored

Row = dict[str, Any]
# (URL, role), in document order.
Needed = tuple[tuple[str, str], ...]
_MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Missing:
    """A requisite that the archive has no good answer for; ``page_url`` is the page, frame or style sheet that names it."""

    url: str
    role: str
    page_url: str


@dataclass(slots=True)
class PageCompleteness:
    """Of one article's newest capture: requisites by role, and those that are missing.

    ``lead_image``: whether it is there, ``None`` when the article has none.
    """

    article_id: str
    url: str
    title: str | None
    discovery: Discovery
    needed: Counter[str] = field(default_factory=Counter)
    missing: list[Missing] = field(default_factory=list)
    lead_image: bool | None = None

    @property
    def share(self) -> float:
        """Share of its requisites that replay finds, 1 when it needs none."""
        return 1 - len(self.missing) / sum(self.needed.values()) if self.needed else 1.0

    def missing_of(self, role: str) -> int:
        """How many requisites of ``role`` are missing."""
        return sum(item.role == role for item in self.missing)


def measure(collection: Collection, lookup: Lookup, only: Container[str] | None = None) -> Iterator[PageCompleteness]:
    """Every article of the dataset, or of those in ``only`` (article ids), its newest version, in order of first capture. Pages
    that cannot be read are left out: verify names them."""
    newest: dict[str, Row] = {}
    path = collection.dataset / FILENAMES["article"]
    for row in read_rows(path) if path.exists() else ():
        if only is None or row["article_id"] in only:
            newest[row["article_id"]] = {name: row[name] for name in _COLUMNS}
    for _, found in measure_rows(collection, lookup, newest.values()):
        if found is not None:
            yield found


def measure_rows(collection: Collection, lookup: Lookup, rows: Iterable[Row]) -> Iterator[tuple[Row, PageCompleteness | None]]:
    """Each of ``rows`` of articles with what replay of it will miss, ``None`` where its page cannot be read."""
    answers = _Answers(collection, lookup)
    for row in rows:
        yield row, answers.page(row)


_COLUMNS = (
    "article_id", "url", "url_final", "title", "image_url", "discovered_via", "discovered_from", "depth", "warc_filename",
    "warc_record_offset", "warc_refers_to_filename", "warc_refers_to_offset",
)  # fmt: skip


class _Answers:
    """What the archive has for a URL, each style sheet and frame read once."""

    def __init__(self, collection: Collection, lookup: Lookup) -> None:
        self._collection, self._lookup = collection, lookup
        self._nested: dict[tuple[str, str], tuple[str | None, Needed]] = {}
        self._had: dict[str, bool] = {}

    def page(self, row: Row) -> PageCompleteness | None:
        filename, offset = (row[f"warc_refers_to_{name}"] or row[f"warc_{old}"] for name, old in _PLACES)
        try:
            stored = read_stored(self._collection.find_warc(str(filename)), int(str(offset)))
        except (WarcFormatError, OSError):
            return None
        url = str(row["url_final"])
        page = PageCompleteness(str(row["article_id"]), str(row["url"]), _text(row["title"]), _discovery(row))
        found = find_nested("html", stored.plain(_MAX_BYTES).body, url, stored.content_type)
        self._look(page, tuple((item.url, item.role) for item in found), url)
        image = _text(row["image_url"])
        page.lead_image = self.has(image) if image else None
        return page

    def _look(self, page: PageCompleteness, found: Needed, page_url: str) -> None:
        """Breadth first, as the crawl goes: each URL once, where it is named nearest to the page."""
        seen, waiting = {page_url}, deque([(found, page_url, Place())])
        while waiting:
            found, source, place = waiting.popleft()
            for url, role in place.wanted(found):
                if url in seen:
                    continue
                seen.add(url)
                page.needed[role] += 1
                if not self.has(url):
                    page.missing.append(Missing(url, role, source))
                    continue
                kind, needs = self._needs(url, role)
                inside = place.inside(kind)
                if needs and inside is not None:
                    waiting.append((needs, url, inside))

    def has(self, url: str) -> bool:
        """Whether there is a whole answer under 400, whenever: replay takes the nearest."""
        if url not in self._had:
            self._had[url] = self._lookup.last_answered(url) is not None
        return self._had[url]

    def _needs(self, url: str, role: str) -> tuple[str | None, Needed]:
        """How the answer for ``url`` is read, and what it needs in turn."""
        if role not in NESTED:
            return None, ()
        if (url, role) not in self._nested:
            stored = self._stored(url)
            kind = read_as(role, stored.content_type) if stored else None
            found = find_nested(kind, stored.plain(_MAX_BYTES).body, url, stored.content_type) if stored and kind else ()
            self._nested[url, role] = kind, tuple((item.url, item.role) for item in found)
        return self._nested[url, role]

    def _stored(self, url: str) -> StoredResponse | None:
        capture = self._lookup.latest(url)
        if capture is None:
            return None
        pointer = self._lookup.pointer(capture)
        pointer = pointer.refers_to or pointer
        try:
            return read_stored(self._collection.find_warc(pointer.filename), pointer.offset)
        except (WarcFormatError, OSError):
            return None


_PLACES = (("filename", "filename"), ("offset", "record_offset"))


def _text(value: object) -> str | None:
    return str(value) if value is not None else None


def _discovery(row: Row) -> Discovery:
    via = row["discovered_via"]
    return Discovery(
        "article",
        discovered_via=via,
        discovered_from=_text(row["discovered_from"]),
        hops=int(str(row["depth"])),
    )
