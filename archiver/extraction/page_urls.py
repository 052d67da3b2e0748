"""URLs that count: how a link's URL differs from the page's own when both are pages of one listing. No DOM here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

# index_s.html is what one mirroring tool makes of "/?s=…" and stands for the folder as index.html does.
_INDEX_FILE = re.compile(r"/index(?:_[a-z])?\.(?:html?|php|aspx?)$", re.IGNORECASE)
# Parameters that say nothing about the page: campaign marks, check sums, session ids.
_NOISE = re.compile(r"utm_\w+=.*|[^=]*=|[^=]+=[0-9a-f]{16,}|(?:cHash|sid|PHPSESSID|jsessionid|_)=.*", re.IGNORECASE)
# What a page number adds to a URL that had none: "/page/2", "?start=10", "-2.html", "/list_48_2.html".
_ADDED = re.compile(
    r"^[/?&;_.,:=!+~-]*(?P<word>[a-z_\[\]%:~-]{0,30}?(?:[a-z_-]\d{1,5}[_=-][a-z_-]{0,12})?)[/=_.,:-]*"
    r"(?P<number>\d{1,6})(?:\.\w{2,5})?/?$",
    re.IGNORECASE,
)
_PAGE_WORD = re.compile(
    r"(?:current|paged?|cur|my|news|list|post|section)?pages?|pagen|paged|pageno|page_?n(?:o|um|umber)|currentpage|pag|pg|p|seite|pagina|página|pagenum"
    r"|start|offset|from|skip|limitstart|debut(?:_\w+)?|folio|strona|stranica|str|sida|side|sivu|sayfa|stran[ka]+|halaman|index|list|b_start:int|cpage"
    r"|pn|artpage|pageindex",
    re.IGNORECASE,
)
# Too short or too common to mean a page anywhere but in a query.
_PARAMETERS = frozenset({"o", "s", "nav", "from", "p", "n", "i", "cur", "first"})
_DIGITS = re.compile(r"\d+")
# What pages add to a URL is short; a regular expression with choices is not asked about more.
_MOST_ADDED = 200
# Longer numbers are dates and ids.
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Count:
    """``number`` is the link's, ``current`` the page's own (``None``: its URL has none); ``pattern`` stands before both."""

    pattern: str
    current: int | None
    number: int

    @property
    def worded(self) -> bool:
        """The number stands after a word for page, not after a folder or a name that might hold anything."""
        tail = self.pattern.lower().rstrip("/=_.,:+~ 0123456789[]-")
        words = re.split(r"[^a-zñáéíóú:_]+", tail)[-1].strip("_"), re.split(r"[^a-z]+", tail)[-1]
        if self.pattern.endswith("=") and words[0] in _PARAMETERS:
            return True
        return any(_PAGE_WORD.fullmatch(word) for word in words)


def canonical(url: str) -> str:
    """Host, path and query as one comparable string: index files, www, trailing slashes and noise folded."""
    rest = unquote(url.partition("://")[2]).removeprefix("www.").partition("#")[0]
    path, _, query = rest.partition("?")
    path = _INDEX_FILE.sub("", path).rstrip("/")
    query = "&".join(part for part in query.split("&") if part and not _NOISE.fullmatch(part))
    return path + ("?" + query if query else "")


def count(here: str, there: str) -> Count | None:
    """How the canonical URL ``there`` counts relative to ``here``; ``None`` when it does not."""
    return _same_skeleton(here, there) or _added_number(here, there) or _dropped_number(here, there)


def _same_skeleton(here: str, there: str) -> Count | None:
    mine, theirs = _DIGITS.split(here), _DIGITS.split(there)
    if mine != theirs:
        return None
    numbers = list(zip(_DIGITS.findall(here), _DIGITS.findall(there), strict=True))
    changed = [i for i, (one, other) in enumerate(numbers) if one != other]
    if len(changed) != 1 or max(map(len, numbers[changed[0]])) > _MOST_DIGITS:
        return None
    at = changed[0]
    place = sum(map(len, mine[: at + 1])) + sum(len(one) for one, _ in numbers[:at])
    return Count(here[:place], int(numbers[at][0]), int(numbers[at][1]))


def _added_number(here: str, there: str) -> Count | None:
    prefix, limit = 0, min(len(here), len(there))
    while prefix < limit and here[prefix] == there[prefix]:
        prefix += 1
    suffix = 0
    while suffix < limit - prefix and here[-1 - suffix] == there[-1 - suffix]:
        suffix += 1
    gone, added = here[prefix : len(here) - suffix], there[prefix : len(there) - suffix]
    if gone.strip("?&/") or not 0 < len(added) <= _MOST_ADDED:
        return None
    match = _ADDED.match(_counting_part(added))
    if match is None:
        return None
    return Count(here[:prefix] + added[: match.start("number")], None, int(match["number"]))


def _counting_part(added: str) -> str:
    """Of several added parameters the one that counts: "?limit=10&start=10" keeps "start=10"."""
    if "&" not in added:
        return added
    parts = [part for part in added.lstrip("?&").split("&") if re.fullmatch(r"[^=]+=\d{1,6}", part)]
    paging = [part for part in parts if _PAGE_WORD.fullmatch(part.partition("=")[0])]
    return "?" + (paging or parts or [added])[0]


def _dropped_number(here: str, there: str) -> Count | None:
    """The first page often has no number of its own: it counts as one less than any."""
    reverse = _added_number(there, here)
    if reverse is None or not reverse.worded:
        return None
    return Count(reverse.pattern, reverse.number, min(reverse.number - 1, 1))
