"""The next page of a listing, from what its links say and, above all, from how their URLs count.

Words mislead: "previous" leads to the next page on a blog, the last page keeps a "next" that leads back. Where a link's URL
differs from the page's own only in a number, that number decides; words decide only between links that do not count.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from archiver.extraction.document import Document
from archiver.extraction.outline import Outline
from archiver.urls import host_of

_NEXT_WORDS = (
    r"next|older|more (?:posts|stories|articles|news|results)|load more|show more|view more|see more|weiter|nächste|naechste|ältere|aeltere|mehr (?:laden|anzeigen|artikel)"
    r"|suivante?s?|plus anciens?|plus d.articles|voir plus|afficher plus|charger plus|siguientes?|próxim[oa]s?|proxim[oa]s?|entradas (?:anteriores|antiguas)|más antiguas?|ver más|cargar más"
    r"|carregar mais|mais antig[oa]s|seguent[ei]|successiv[oaie]|avanti|più vecchi|meno recenti|carica altri|volgende|oudere?|meer (?:laden|berichten)|nästa|äldre|neste|eldre|næste|ældre|seuraava|vanhemmat"
    r"|następn\w+|starsze|další|starší|sljedeć\w+|starij\w+|sonraki|daha eski|επόμεν\w+|παλαιότερ\w+|следующ\w+|вперед|вперёд|далее|дальше|более старые|старые записи|показать ещё|показать еще|загрузить ещё"
    r"|наступн\w+|старіші|следваща|următo\w+|înainte|következő|berikutnya|selanjutnya|tiếp|trang sau|ถัดไป|التالي|التالية|أقدم|अगला|पुराने|다음|더 ?보기|下一页|下一頁|下页|下頁|后页|較舊|较旧|加载更多|載入更多|次へ|次の|次ページ|古い|もっと見る"
)
_PREVIOUS_WORDS = (
    r"prev(?:ious)?|newer|back|zurück|vorherige|neuere|précédente?s?|plus récents?|anterior(?:es)?|más recientes?|precedent[ei]|più recenti|vorige|nieuwere|föregående|forrige|nyere|poprzedni\w*|nowsze"
    r"|předchozí|novější|prethodn\w+|novij\w+|önceki|προηγούμεν\w+|предыдущ\w+|назад|новые записи|попередн\w+|السابق\w*|أحدث|पिछला|이전|上一页|上一頁|上页|前へ|前の|新しい"
)
_WORD_EDGE = r"(?:^|[^\w]){}(?:$|[^\w])"
_NEXT = re.compile(rf"(?i)(?:^|\W)(?:{_NEXT_WORDS})|^\W*(?:[›»→❯⟩▶▸>]|&gt;|>>)\W*$")
_PREVIOUS = re.compile(rf"(?i)(?:^|\W)(?:{_PREVIOUS_WORDS})|^\W*[‹«←❮⟨◀◂<]\W*$")
_NEXT_NAME = re.compile(
    r"(?:^|[\s_-])(?:next|older|load-?more|show-?more|more-posts|weiter|suivant|siguiente|nextpostslink)(?=[\s_-]|$|s\b|link|page|post)|(?:chevron|angle|arrow|caret)s?-(?:double-)?right|right-?arrow"
)
_PREVIOUS_NAME = re.compile(
    r"(?:^|[\s_-])(?:prev|previous|newer|precedent|anterior|zurueck)(?=[\s_-]|$|s\b|link|page|post)|(?:chevron|angle|arrow|caret)s?-(?:double-)?left|left-?arrow"
)
_PAGER_NAME = re.compile(
    r"pag(?:e|i)r?n|pager|paging|page-?(?:nav|num|list|link|bar|navi)|(?:^|[\s_-])pages?(?=\s|$|_)|nav-?links|post-?s?-?nav|navigation|nav-(?:previous|next|below|above)|wp-paginate|seiten|blätter|load-?more|infinite|listing-more|page-numbers"
)
_CALENDAR_NAME = re.compile(r"calendar|kalender|calendario|calendrier|datepicker")
_INDEX_FILE = re.compile(r"/index\w*\.(?:html?|php|aspx?)$", re.IGNORECASE)
# What a page number adds to a URL that had none: "/page/2", "?start=10", "-2.html", "_p2".
_ADDED = re.compile(
    r"^[/?&;_.,:=!+~-]*(?P<word>[a-z_\[\]%:-]{0,24}?)[/=_.,:-]*(?P<number>\d{1,6})(?:[/&].{0,0})?(?:\.\w{2,5})?/?$",
    re.IGNORECASE,
)
_PAGE_WORD = re.compile(
    r"page|paged|pag|pg|p|seite|pagina|página|start|offset|from|skip|limitstart|debut|folio|strona|stranica|str|sida|side|sivu|sayfa|stran[ka]+|halaman|index|list|b_start:int|cpage|pn|o|s|nav",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class Step:
    """A link whose URL counts relative to the page's own. ``pattern`` is what stands before the number.

    ``current`` is ``None`` where the page's own URL has no number.
    """

    url: str
    node: int
    pattern: str
    current: int | None
    number: int
    printed: int | None
    forward: bool
    backward: bool
    paging: bool


@dataclass(frozen=True, slots=True)
class Paging:
    """``next_page`` as an absolute URL, and the last node of the page numbers when the page has any."""

    next_page: str | None = None
    pager: int | None = None


def find_next(document: Document, page: Outline, url: str, stories: Collection[str] = ()) -> Paging:
    """The page after this one. ``stories`` are URLs known to be articles, which no paging link leads to."""
    candidates = list(_candidates(document, page, url, frozenset(stories)))
    steps: dict[str, list[Step]] = defaultdict(list)
    wordy: list[_Candidate] = []
    for candidate in candidates:
        step = _step(page, url, candidate)
        if step is not None and step.paging:
            steps[step.pattern].append(step)
        elif step is None and candidate.node >= 0:
            wordy.append(candidate)
    chosen = max(steps.values(), key=_trust, default=None)
    pager = max((step.node for step in chosen if step.node >= 0), default=None) if chosen else None
    if chosen:
        following = _following(chosen)
        if following is not None or any(step.current is not None for step in chosen):
            return Paging(following.url if following else None, pager)
    return _by_words(document, page, url, candidates, wordy, pager)


@dataclass(slots=True)
class _Candidate:
    url: str
    node: int
    text: str
    names: str
    rel: str
    context: str


def _candidates(document: Document, page: Outline, url: str, stories: frozenset[str]) -> Iterator[_Candidate]:
    for link in document.root.iterfind(".//head/link[@rel][@href]"):
        if "next" in link.get("rel", "").lower().split():
            target = document.absolute(link.get("href"))
            if target and target not in stories:
                yield _Candidate(target, -1, "", "", "next", "")
    host = host_of(url).removeprefix("www.")
    for node, tag in enumerate(page.tags):
        if tag == "a":
            hrefs = [page.nodes[node].get("href", "")]
        elif tag in ("button", "div", "span", "nav", "section", "ul"):
            hrefs = [
                value for name, value in page.nodes[node].attrib.items() if name.startswith("data-") and _like_address(name, value)
            ]
        else:
            continue
        for href in hrefs:
            if not href or href.startswith(("#", "javascript:", "mailto:")):
                continue
            target = document.absolute(href)
            if target and target not in stories and host_of(target).removeprefix("www.") == host:
                yield _candidate(page, node, target, tag != "a")


def _like_address(name: str, value: str) -> bool:
    return (
        len(value) < 500
        and (value.startswith(("/", "http", "?")) or "?" in value)
        and not re.search(r"img|image|src|share|bg|background|video|api|ajax", name)
    )


def _candidate(page: Outline, node: int, target: str, button: bool) -> _Candidate:
    element = page.nodes[node]
    text = page.text(node) if page.text_width[node] < 60 else ""
    inner = " ".join(page.names[n] for n in range(node, min(page.end[node], node + 4)))
    if not text:
        text = (
            element.get("aria-label")
            or element.get("title")
            or next((img.get("alt", "") for img in element.iterfind(".//img")), "")
        )
    context = ""
    for steps, outer in enumerate(page.ancestors(node)):
        if steps > 3 or page.text_width[outer] > 600:
            break
        context += (
            " "
            + page.names[outer]
            + (" nav" if page.tags[outer] == "nav" else "")
            + (" " + (page.nodes[outer].get("aria-label") or "").lower())
        )
        if steps == 0:
            inner += " " + page.names[outer] if page.link_width[outer] <= page.link_width[node] + 2 else ""
    return _Candidate(target, node, text[:60], inner + (" load-more" if button else ""), element.get("rel", "").lower(), context)


# ---- URLs that count ------------------------------------------------------------------------------------------------------


def _canonical(url: str) -> str:
    """Host and path with query, as one comparable string: index files, www, trailing slashes and session noise folded."""
    rest = unquote(url.partition("://")[2]).removeprefix("www.").partition("#")[0]
    path, mark, query = rest.partition("?")
    path = _INDEX_FILE.sub("", path).rstrip("/")
    query = "&".join(part for part in query.split("&") if part and not part.endswith("=") and not part.startswith("utm_"))
    return path + ("?" + query if query else "")


def _step(page: Outline, url: str, candidate: _Candidate) -> Step | None:
    """``candidate`` as a step from ``url``; ``None`` when its URL does not count."""
    here, there = _canonical(url), _canonical(candidate.url)
    if here == there:
        return None
    relation = _same_skeleton(here, there) or _added_number(here, there) or _dropped_number(here, there)
    if relation is None:
        return None
    pattern, current, number = relation
    number_only = re.fullmatch(r"\W*(?:[^\W\d]{1,12}\W*)?(\d{1,5})\W*", candidate.text)
    printed = int(number_only[1]) if number_only else None
    forward = "next" in candidate.rel.split() or bool(_NEXT_NAME.search(candidate.names)) or bool(_NEXT.search(candidate.text))
    backward = (
        "prev" in candidate.rel.split() or bool(_PREVIOUS_NAME.search(candidate.names)) or bool(_PREVIOUS.search(candidate.text))
    )
    named = bool(_PAGER_NAME.search(candidate.context)) or bool(_PAGER_NAME.search(candidate.names))
    paging = forward or backward or (printed is not None and (named or _worded(pattern))) or (named and _worded(pattern))
    if _CALENDAR_NAME.search(candidate.context) or _CALENDAR_NAME.search(candidate.names):
        paging = False
    if not _worded(pattern) and not named and not forward:
        paging = False
    return Step(candidate.url, candidate.node, pattern, current, number, printed, forward, backward, paging)


def _same_skeleton(here: str, there: str) -> tuple[str, int, int] | None:
    mine, theirs = _DIGITS.split(here), _DIGITS.split(there)
    if mine != theirs:
        return None
    numbers = list(zip(_DIGITS.findall(here), _DIGITS.findall(there), strict=True))
    changed = [i for i, (one, other) in enumerate(numbers) if one != other]
    if len(changed) != 1 or len(numbers[changed[0]][1]) > 6:
        return None
    at = changed[0]
    place = sum(map(len, mine[: at + 1])) + sum(len(one) for one, _ in numbers[:at])
    return here[:place], int(numbers[at][0]), int(numbers[at][1])


def _added_number(here: str, there: str) -> tuple[str, None, int] | None:
    prefix = 0
    limit = min(len(here), len(there))
    while prefix < limit and here[prefix] == there[prefix]:
        prefix += 1
    suffix = 0
    while suffix < limit - prefix and here[-1 - suffix] == there[-1 - suffix]:
        suffix += 1
    gone, added = here[prefix : len(here) - suffix], there[prefix : len(there) - suffix]
    if gone.strip("?&/"):
        return None
    match = _ADDED.match(_without_constants(added))
    if match is None:
        return None
    return here[:prefix] + added[: match.start("number")], None, int(match["number"])


def _without_constants(added: str) -> str:
    """Of several added parameters the one that counts: "?limit=10&start=10" keeps "start=10"."""
    if "&" not in added:
        return added
    parts = [part for part in added.lstrip("?&").split("&") if re.fullmatch(r"[^=]+=\d{1,6}", part)]
    paging = [part for part in parts if _PAGE_WORD.fullmatch(part.partition("=")[0])]
    return "?" + (paging or parts or [added])[0]


def _dropped_number(here: str, there: str) -> tuple[str, int, int] | None:
    """The first page often has no number of its own: it counts as one less than any."""
    reverse = _added_number(there, here)
    if reverse is None or not _worded(reverse[0]):
        return None
    return reverse[0], reverse[2], min(reverse[2] - 1, 1)


def _worded(pattern: str) -> bool:
    """The number stands after a word for page, not after a folder or a name that might hold anything."""
    word = re.split(r"[^a-zа-яñáéíóú:_]+", pattern.rstrip("/=_.,:-+~ ").lower())[-1].strip("_")
    return bool(word and _PAGE_WORD.fullmatch(word))


def _trust(steps: Sequence[Step]) -> tuple[int, int, int]:
    numbered = sum(step.printed is not None for step in steps)
    worded = sum(step.forward or step.backward for step in steps)
    return (int(_worded(steps[0].pattern)) + int(numbered > 0) + int(worded > 0), numbered + worded, -steps[0].node)


def _following(steps: Sequence[Step]) -> Step | None:
    """Of links that count alike the one that comes next; ``None`` on the last page."""
    current = next((step.current for step in steps if step.current is not None), None)
    if current is not None:
        later = sorted((step for step in steps if step.number > current), key=lambda step: step.number)
        if not later:
            return None
        first = later[0]
        near = first.number == current + 1 or first.forward or first.backward or first.printed is not None
        return first if near else None
    return _second(steps)


def _second(steps: Sequence[Step]) -> Step | None:
    """The page's own URL has no number, so it is the first page, counted from 0 or from 1."""
    for step in steps:
        if step.printed == 2:
            return step
    for step in steps:
        if step.forward and not step.backward and step.printed is None:
            return step
    later = sorted(
        (step for step in steps if step.number > 1 or (step.number == 1 and step.printed != 1)), key=lambda step: step.number
    )
    return later[0] if later else None


# ---- links that only say so -----------------------------------------------------------------------------------------------


def _by_words(
    document: Document,
    page: Outline,
    url: str,
    candidates: Sequence[_Candidate],
    wordy: Sequence[_Candidate],
    pager: int | None,
) -> Paging:
    here = _canonical(url)
    stated = [c for c in candidates if c.node < 0 and _canonical(c.url) != here]
    for candidate in wordy:
        if _canonical(candidate.url) == here or _PREVIOUS_NAME.search(candidate.names):
            continue
        rel = "next" in candidate.rel.split()
        said = bool(_NEXT.search(candidate.text)) and not _PREVIOUS.search(candidate.text)
        named = bool(_NEXT_NAME.search(candidate.names))
        placed = bool(_PAGER_NAME.search(candidate.context) or _PAGER_NAME.search(candidate.names))
        if rel or (named and said) or (placed and (named or said)):
            return Paging(candidate.url, max(candidate.node, pager or -1))
    return Paging(stated[0].url if stated else None, pager)
