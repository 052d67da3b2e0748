"""The next page of a listing, from what its links say and, above all, from how their URLs count.

Words mislead: "previous" leads to the next page on a blog, the last page keeps a "next" that leads back. Where a link's URL
differs from the page's own only in a number, that number decides; words decide only between links that do not count.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from archiver.extraction.document import Document
from archiver.extraction.links import MOST_LINKS, address_weight, has_slug, is_file
from archiver.extraction.outline import Outline
from archiver.extraction.page_urls import Count, canonical, count
from archiver.urls import host_of

_NEXT_WORDS = (
    r"next|older|more (?:posts|stories|articles|news|results)|load more|show more|view more|see more|weiter\b|nächste"
    r"|naechste|ältere|aeltere|mehr (?:laden|anzeigen|artikel)"
    r"|suivante?s?|plus anciens?|plus d.articles|voir plus|afficher plus|charger plus|siguientes?|próxim[oa]s?"
    r"|proxim[oa]s?|entradas (?:anteriores|antiguas)|más antiguas?|ver más|cargar más"
    r"|carregar mais|mais antig[oa]s|seguent[ei]|successiv[oaie]|avanti|più vecchi|meno recenti|carica altri|volgende"
    r"|oudere?|meer (?:laden|berichten)|nästa|äldre|neste|eldre|næste|ældre|seuraava|vanhemmat"
    r"|następn\w+|starsze|další|starší|sljedeć\w+|starij\w+|sonraki|daha eski|επόμεν\w+|παλαιότερ\w+|следующ\w+"
    r"|вперед|вперёд|далее|дальше|более старые|старые записи|показать ещё|показать еще|загрузить ещё"
    r"|наступн\w+|старіші|следваща|următo\w+|înainte|következő|berikutnya|selanjutnya|tiếp|trang sau|ถัดไป|التالي"
    r"|التالية|أقدم|अगला|पुराने|다음|더 ?보기|下一页|下一頁|下页|下頁|后页|較舊|较旧|加载更多"
    r"|載入更多|次へ|次の|次ページ|古い|以前の|もっと見る"
)
_PREVIOUS_WORDS = (
    r"prev(?:ious)?|newer|back|zurück|vorherige|neuere|précédente?s?|plus récents?|anterior(?:es)?|más recientes?"
    r"|precedent[ei]|più recenti|vorige|nieuwere|föregående|forrige|nyere|poprzedni\w*|nowsze"
    r"|předchozí|novější|prethodn\w+|novij\w+|önceki|προηγούμεν\w+|предыдущ\w+|назад|новые записи|попередн\w+"
    r"|السابق\w*|أحدث|पिछला|이전|上一页|上一頁|上页|前へ|前の|新しい"
)
_WORD_EDGE = r"(?:^|[^\w]){}(?:$|[^\w])"
_NEXT = re.compile(rf"(?i)(?:^|\W)(?:{_NEXT_WORDS})|^\W*(?:[›»→❯⟩▶▸>]|&gt;|>>)\W*$")
_PREVIOUS = re.compile(rf"(?i)(?:^|\W)(?:{_PREVIOUS_WORDS})|^\W*[‹«←❮⟨◀◂<]\W*$")
_NEXT_NAME = re.compile(
    r"(?:^|[\s_-])(?:next|older|load-?more|show-?more|list-?more|more-posts|weiter|suivant|siguiente"
    r"|nextpostslink)(?=[\s_-]|$"
    r"|s\b|link|page|post)|(?:chevron|angle|arrow|caret)s?-(?:double-)?right|right-?arrow"
)
_PREVIOUS_NAME = re.compile(
    r"(?:^|[\s_-])(?:prev|previous|newer|precedent|anterior|zurueck)(?=[\s_-]|$|s\b|link|page|post)|(?:chevron|angle"
    r"|arrow|caret)s?-(?:double-)?left|left-?arrow"
)
_PAGER_NAME = re.compile(
    r"pag(?:e|i)r?n|pager|paging|page-?(?:nav|num|list|link|bar|navi)|(?:^|[\s_-])pages?(?=\s|$|_)|nav-?links"
    r"|post-?s?-?nav|navigation|nav-(?:previous|next|below|above)|wp-paginate|seiten|blätter|load-?more|infinite"
    r"|listing-more|page-numbers"
)
_CALENDAR_NAME = re.compile(r"calendar|kalender|calendario|calendrier|datepicker")
# On a button these mean more of the list; on a link, more of a story.
_MORE_ALONE = re.compile(r"(?i)\W*(?:more|mehr|plus|más|mais|altro|meer|więcej|ещё|еще|daha fazla|更多|もっと|더보기|المزيد)\W*")
# A link's printed page number, alone or after a word ("Page 3").
_PRINTED = re.compile(r"\W*(?:[^\W\d]{1,12}\W*)?(\d{1,5})\W*")
_THOUSANDS = re.compile(r"(?<=\d)[,. ](?=\d{3}\b)")
_NO_ADDRESS = re.compile(r"img|image|src|share|bg|background|video|api|ajax|poster|icon")
_BUTTONS = frozenset({"button", "div", "span", "nav", "section", "ul"})


@dataclass(slots=True)
class Candidate:
    """A link, or an address in a button's attribute, that may lead to another page of the list. ``node`` -1: in the"
    " head."""

    url: str
    key: str
    node: int
    text: str = ""
    names: str = ""
    rel: str = ""
    button: bool = False
    context: str = ""

    @property
    def forward(self) -> bool:
        if "next" in self.rel.split() or (self.button and _MORE_ALONE.fullmatch(self.text)):
            return True
        return bool(_NEXT_NAME.search(self.names) or _NEXT.search(self.text))

    @property
    def backward(self) -> bool:
        return "prev" in self.rel.split() or bool(_PREVIOUS_NAME.search(self.names)) or bool(_PREVIOUS.search(self.text))

    @property
    def printed(self) -> int | None:
        match = _PRINTED.fullmatch(_THOUSANDS.sub("", self.text))
        return int(match[1]) if match else None

    @property
    def placed(self) -> bool:
        """It stands where the markup says page numbers are."""
        return self.button or bool(_PAGER_NAME.search(self.context) or _PAGER_NAME.search(self.names))


@dataclass(frozen=True, slots=True)
class Step:
    """A candidate whose URL counts."""

    candidate: Candidate
    count: Count

    @property
    def number(self) -> int:
        return self.count.number


@dataclass(frozen=True, slots=True)
class Paging:
    """``next_page`` as an absolute URL, and the last node of the page numbers when the page has any."""

    next_page: str | None = None
    pager: int | None = None


def find_next(document: Document, page: Outline, url: str, stories: Collection[str] = ()) -> Paging:
    """The page after this one. ``stories`` are URLs known to be articles, which no paging link leads to."""
    steps: dict[str, list[Step]] = defaultdict(list)
    wordy: list[Candidate] = []
    for candidate, counted in _candidates(document, page, url, stories):
        if counted is not None:
            steps[counted.pattern].append(Step(candidate, counted))
        else:
            wordy.append(candidate)
    for series in steps.values():
        for step in series:
            step.candidate.context = _context(page, step.candidate.node)
    serious = [paging for series in steps.values() if (paging := _paging_steps(page, series))]
    chosen = max(serious, key=_trust, default=[])
    pager = max((step.candidate.node for step in chosen), default=-1)
    if chosen:
        following = _following(chosen)
        if following is not None or any(step.count.current is not None for step in chosen):
            return Paging(following.candidate.url if following else None, pager if pager >= 0 else None)
    return _by_words(page, wordy, pager)


# ---- candidates ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """An address on the page's host, and how it counts."""

    url: str
    key: str
    count: Count | None


def _candidates(document: Document, page: Outline, url: str, stories: Collection[str]) -> Iterator[tuple[Candidate, Count | None]]:
    here, host = canonical(url), host_of(url).removeprefix("www.")

    def target(href: str, *, anywhere: bool = False) -> Target | None:
        found = document.absolute(href)
        if not found or not (anywhere or (not is_file(found) and host_of(found).removeprefix("www.") == host)):
            return None
        key = canonical(found)
        counted = count(here, key) if key != here else None
        is_story = found in stories and not (counted is not None and counted.worded)
        return None if key == here or is_story else Target(found, key, counted)

    for link in document.root.iterfind(".//head/link[@rel][@href]"):
        if "next" in link.get("rel", "").lower().split() and (stated := target(link.get("href"), anywhere=True)):
            yield Candidate(stated.url, stated.key, -1, rel="next"), stated.count
    known: dict[str, Target | None] = {}
    asked = 0
    for node, tag in enumerate(page.tags):
        if tag != "a" and tag not in _BUTTONS:
            continue
        for href in _addresses(page, node):
            if href not in known:
                known[href] = target(href)
            found = known[href]
            asked += 1
            if asked > MOST_LINKS:
                return
            if found is not None:
                yield _candidate(page, node, found), found.count


def _addresses(page: Outline, node: int) -> list[str]:
    """The addresses that a link or button holds."""
    attributes = page.nodes[node].attrib
    if page.tags[node] == "a":
        href = attributes.get("href", "")
        if href and not href.startswith(("#", "javascript:", "mailto:")):
            return [href]
    return [value for name, value in attributes.items() if name.startswith("data-") and _like_address(name, value)]


def _like_address(name: str, value: str) -> bool:
    shaped = value.startswith(("/", "http", "?")) or "?" in value
    return shaped and len(value) < 500 and not _NO_ADDRESS.search(name)


def _candidate(page: Outline, node: int, target: Target) -> Candidate:
    element = page.nodes[node]
    text = page.text(node) if page.text_width[node] < 60 else ""
    if not text:
        image = element.find(".//img")
        text = element.get("aria-label") or element.get("title") or (image.get("alt", "") if image is not None else "")
    names = " ".join(page.names[inner] for inner in range(node, min(page.end[node], node + 4)))
    outer = page.parent[node]
    if outer >= 0 and page.link_width[outer] <= page.link_width[node] + 2:
        names += " " + page.names[outer]
    return Candidate(target.url, target.key, node, text[:60], names, element.get("rel", "").lower(), page.tags[node] != "a")


def _context(page: Outline, node: int) -> str:
    """Names of the few elements round ``node``, as long as they print little else."""
    found: list[str] = []
    for steps, outer in enumerate(page.ancestors(node) if node >= 0 else ()):
        if steps > 3 or page.text_width[outer] > 600:
            break
        found += [page.names[outer], (page.nodes[outer].get("aria-label") or "").lower(), page.tags[outer]]
    return " ".join(found)


# ---- links whose URLs count --------------------------------------------------------------------------------------------------


def _paging_steps(page: Outline, series: Sequence[Step]) -> list[Step]:
    """Those of ``series`` that page; months of an archive and days of a calendar count too, and do not."""
    numbered = _count_alike(series)
    return [step for step in series if _pages(step, numbered)]


def _pages(step: Step, numbered: bool) -> bool:
    candidate = step.candidate
    if _CALENDAR_NAME.search(candidate.context) or _CALENDAR_NAME.search(candidate.names):
        return False
    says = candidate.forward or candidate.backward
    if step.count.worded:
        return says or candidate.printed is not None or candidate.placed
    if candidate.printed is not None:
        return candidate.placed or (numbered and " td" not in f" {candidate.context}")
    # "Next" on "…/a-story-in-parts-2" leads to a story.
    return not has_slug(candidate.url) and (candidate.forward or (says and candidate.placed))


def _count_alike(series: Sequence[Step]) -> bool:
    """What is printed on the links counts as their URLs do: 2, 3, 4 on offsets 10, 20, 30."""
    pairs = sorted({(step.candidate.printed, step.number) for step in series if step.candidate.printed is not None})
    if len(pairs) < 2:
        return False
    (first, base), (second, other) = pairs[0], pairs[1]
    if second == first or other == base or (other - base) % (second - first):
        return False
    pace = (other - base) // (second - first)
    return pace > 0 and all(number == base + pace * (printed - first) for printed, number in pairs)


def _trust(steps: Sequence[Step]) -> tuple[int, int, int]:
    numbered = sum(step.candidate.printed is not None for step in steps)
    worded = sum(step.candidate.forward or step.candidate.backward for step in steps)
    kinds = int(steps[0].count.worded) + int(numbered > 0) + int(worded > 0)
    return kinds, numbered + worded, -steps[0].candidate.node


def _following(steps: Sequence[Step]) -> Step | None:
    """Of links that count alike the one that comes next; ``None`` on the last page."""
    current = next((step.count.current for step in steps if step.count.current is not None), None)
    if current is None:
        return _second(steps)
    later = [step for step in steps if step.number > current]
    if any(step.number < current and step.candidate.printed is not None and step.candidate.node >= 0 for step in steps):
        # The head of a last page may still name a next one (a plugin counts on); the page numbers printed on it do not.
        later = [step for step in later if step.candidate.node >= 0]
    first = min(later, key=lambda step: step.number, default=None)
    if first is None:
        return None
    candidate = first.candidate
    near = first.number == current + 1 or candidate.forward or candidate.backward or candidate.printed is not None
    return first if near else None


def _second(steps: Sequence[Step]) -> Step | None:
    """The page's own URL has no number, so it is the first page, counted from 0 or from 1."""
    for step in steps:
        if step.candidate.printed == 2:
            return step
    for step in steps:
        if step.candidate.forward and not step.candidate.backward and step.candidate.printed is None:
            return step
    # A lone "21" is the last page; 10, 20, 30 are offsets, whose first step is as long as the others.
    numbers = sorted({step.number for step in steps if step.number})
    paced = len(numbers) > 1 and numbers[0] == numbers[1] - numbers[0]
    later = [step for step in steps if step.number in (1, 2) or step.candidate.printed is None or (paced and step.number)]
    later = [step for step in later if step.number > 1 or step.candidate.printed != 1]
    return min(later, key=lambda step: step.number, default=None)


# ---- links that only say so -------------------------------------------------------------------------------------------------


def _by_words(page: Outline, wordy: Sequence[Candidate], pager: int) -> Paging:
    for candidate in wordy:
        if candidate.node < 0 or _PREVIOUS_NAME.search(candidate.names) or not candidate.forward:
            continue
        # "Next" on a story's address leads to the next story.
        if address_weight(candidate.url) > 1 and "?" not in candidate.url:
            continue
        candidate.context = _context(page, candidate.node)
        if _CALENDAR_NAME.search(candidate.context) or _CALENDAR_NAME.search(candidate.names):
            continue
        said = candidate.button or bool(_NEXT.search(candidate.text))
        said = said and not _PREVIOUS.search(candidate.text)
        named = bool(_NEXT_NAME.search(candidate.names))
        if "next" in candidate.rel.split() or (named and said) or (candidate.placed and (named or said)):
            return Paging(candidate.url, max(candidate.node, pager))
    stated = next((candidate.url for candidate in wordy if candidate.node < 0), None)
    return Paging(stated, pager if pager >= 0 else None)
