"""A small news section whose articles are cases: a real crawl from ``seed_path`` meets every one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import pages
from .messages import HTML, message, plain, row
from .model import Case


@dataclass(frozen=True, slots=True)
class Site:
    """``cases``: all that a `WireServer` has to serve; ``linked``: those that the listing pages link to, in that order."""

    cases: tuple[Case, ...]
    linked: tuple[Case, ...]
    seed_path: str
    listing_paths: tuple[str, ...]


def build_site(
    cases: Iterable[Case],
    *,
    prefix: str = "/section/",
    listing_pages: int = 3,
    plain_articles: int = 6,
    robots: bytes | None = None,
) -> Site:
    """``cases`` (those reached by redirects alone are served, not linked) among ``plain_articles`` usual ones, over some pages.

    ``robots``: the body of robots.txt, by default one that allows all. Cases of ``on_accept`` are left out.
    """
    usual = tuple(plain(f"plain-article-{number}", "a usual article") for number in range(1, plain_articles + 1))
    served = tuple(case for case in cases if not case.on_accept)
    linked = (*usual, *(case for case in served if case.listed))
    listings = tuple(_listings(linked, prefix, listing_pages))
    rules = robots if robots is not None else b"User-agent: *\nDisallow:\n"
    robots_txt = row(
        "robots-txt", "RFC 9309", message(rules, b"Content-Type: text/plain"), payload=rules,
        text=rules.decode("utf-8", "replace"), path="/robots.txt", listed=False,
    )  # fmt: skip
    return Site(
        cases=(robots_txt, *listings, *usual, *served),
        linked=linked,
        seed_path=prefix,
        listing_paths=tuple(case.path for case in listings),
    )


def _listings(linked: Sequence[Case], prefix: str, count: int) -> Iterable[Case]:
    share = -(-len(linked) // count)
    for number in range(1, count + 1):
        entries = [
            (case.link, case.title, pages.paragraphs(case.name, 1)[0][:160])
            for case in linked[(number - 1) * share : number * share]
        ]
        text = pages.listing(entries, number, count, prefix)
        yield row(
            f"listing-{number}", "a page of the section", message(text.encode(), HTML), payload=text.encode(), text=text,
            path=pages.page_path(prefix, number), listed=False,
        )  # fmt: skip
