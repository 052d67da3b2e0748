"""The next page of a listing, from what its links say and, above all, from how their URLs count.

Words mislead: "previous" leads to the next page on a blog, the last page keeps a "next" that leads back. Where a link's URL
differs from the page's own only in a number, that number decides; words decide only between links that do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from archiver.extraction.document import Document
from archiver.extraction.links import address_weight, has_slug
from archiver.extraction.outline import Outline
from archiver.extraction.page_urls import Count, canonical
from archiver.extraction.paging_links import Candidate, candidates, surroundings
from archiver.extraction.paging_words import CALENDAR_NAME, NEXT, NEXT_NAME, PREVIOUS, PREVIOUS_NAME
from archiver.extraction.periods import period_of

# The one before, the one after, and today's.
_MOST_NEIGHBOURS = 3


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
    links = list(candidates(document, page, url, stories))
    before = _period_before(page, [candidate for candidate, _ in links if candidate.period is not None], url)
    steps: dict[str, list[Step]] = defaultdict(list)
    wordy: list[Candidate] = []
    for candidate, counted in links:
        if candidate.period is not None and (before is not None or not candidate.forward):
            continue
        if counted is not None:
            steps[counted.pattern].append(Step(candidate, counted))
        else:
            wordy.append(candidate)
    for series in steps.values():
        for step in series:
            step.candidate.context = surroundings(page, step.candidate.node)
    serious = [paging for series in steps.values() if (paging := _paging_steps(page, series))]
    chosen = max(serious, key=_trust, default=[])
    pager = max((step.candidate.node for step in chosen), default=-1)
    following = _following(chosen) if chosen else None
    if following is not None:
        return Paging(following.candidate.url, pager if pager >= 0 else None)
    if before is not None:
        return Paging(before.url, max(before.node, pager))
    if any(step.count.current is not None for step in chosen):
        return Paging(None, pager if pager >= 0 else None)
    return _by_words(page, wordy, pager)


# ---- links whose URLs count --------------------------------------------------------------------------------------------------


def _paging_steps(page: Outline, series: Sequence[Step]) -> list[Step]:
    """Those of ``series`` that page; months of an archive and days of a calendar count too, and do not."""
    numbered = _count_alike(series)
    return [step for step in series if _pages(step, numbered)]


def _pages(step: Step, numbered: bool) -> bool:
    candidate = step.candidate
    if CALENDAR_NAME.search(candidate.context) or CALENDAR_NAME.search(candidate.names):
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


# ---- archives by date ---------------------------------------------------------------------------------------------------------


def _period_before(page: Outline, dated: Sequence[Candidate], url: str) -> Candidate | None:
    """The latest earlier month (year, day) that a pager of two or three links names.

    Archives are read backwards, whichever way "next" points. A list of all months is no pager, and a calendar's leaves are none.
    """
    here = period_of(canonical(url))
    pointing = [candidate for candidate in dated if candidate.points]
    if here is None or len({candidate.key for candidate in pointing}) > _MOST_NEIGHBOURS:
        return None
    earlier = [candidate for candidate in pointing if candidate.period is not None and candidate.period.when < here.when]
    for candidate in sorted(earlier, key=lambda candidate: candidate.period.when if candidate.period else (), reverse=True):
        candidate.context = surroundings(page, candidate.node)
        if not (CALENDAR_NAME.search(candidate.context) or CALENDAR_NAME.search(candidate.names)):
            return candidate
    return None


# ---- links that only say so -------------------------------------------------------------------------------------------------


def _by_words(page: Outline, wordy: Sequence[Candidate], pager: int) -> Paging:
    for candidate in wordy:
        if candidate.node < 0 or PREVIOUS_NAME.search(candidate.names) or not candidate.forward:
            continue
        # "Next" on a story's address leads to the next story.
        if address_weight(candidate.url) > 1 and "?" not in candidate.url:
            continue
        candidate.context = surroundings(page, candidate.node)
        if CALENDAR_NAME.search(candidate.context) or CALENDAR_NAME.search(candidate.names):
            continue
        said = candidate.button or bool(NEXT.search(candidate.text))
        said = said and not PREVIOUS.search(candidate.text)
        named = bool(NEXT_NAME.search(candidate.names))
        if "next" in candidate.rel.split() or (named and said) or (candidate.placed and (named or said)):
            return Paging(candidate.url, max(candidate.node, pager))
    stated = next((candidate.url for candidate in wordy if candidate.node < 0), None)
    return Paging(stated, pager if pager >= 0 else None)
