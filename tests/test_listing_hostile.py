"""A hostile page costs no more than its size: twice the page, twice the work, whatever its shape."""

from __future__ import annotations

import cProfile
import time
from collections.abc import Callable

import pytest
from listing_cases import SITE

from archiver.extraction.document import parse_document
from archiver.extraction.links import MOST_LINKS
from archiver.extraction.listing import find_listing
from archiver.extraction.reading import read_page

URL = SITE + "/section/"
HEADLINE = "A headline of some story, number"


def letters(number: int) -> str:
    """A name of its own for each number, without digits: those are folded."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def repeat(piece: Callable[[int], str]) -> Callable[[int], str]:
    return lambda count: "".join(map(piece, range(count)))


def story(i: int, address: str = "/s/{i}") -> str:
    return f'<a href="{address.format(i=i)}">{HEADLINE} {i}</a>'


def own_tag(i: int, address: str = "/s/{i}") -> str:
    return f"<x{letters(i)}><h3>{story(i, address)}</h3></x{letters(i)}>"


def far_apart(count: int) -> str:
    return f"<h2>{story(0)}</h2>{'<p>text</p>' * count}<h2>{story(1)}</h2>{'<p>text</p>' * count}"


def many_tags(count: int) -> str:
    return f"<article><h2>{story(0)}</h2>{''.join(f'<a href=/tag/{i}>tag {i}</a>' for i in range(count))}</article>" * 2


def menu_and_cards(count: int) -> str:
    return f"<nav>{'<a href=/x>More</a>' * count}</nav>{''.join(own_tag(i, '/x') for i in range(count))}"


TEASER = "A teaser that is long enough to be one, as all can see who look at it. "
SHAPES: dict[str, Callable[[int], str]] = {
    "links, one after the other": repeat(story),
    "a class of its own for each": repeat(lambda i: f'<li class="{letters(i)}"><b class="x{letters(i)}">{story(i)}</b></li>'),
    "a tag of its own for each": repeat(own_tag),
    "tags of their own, one address": repeat(lambda i: own_tag(i, "/s/1")),
    "one address": repeat(lambda i: f"<div><h2>{story(i, '/s/1')}</h2></div>"),
    "cards": repeat(lambda i: f"<article><h2>{story(i, '/2024/05/{i}-a-b-c/')}</h2><p>{TEASER}</p></article>"),
    "a flat list": repeat(lambda i: f"<h2>{story(i, '/2024/05/{i}-a-b-c/')}</h2><p>Text {i}.</p>"),
    "one paragraph": lambda count: f"<p>{repeat(story)(count)}</p>",
    "two stories far apart": far_apart,
    "a card of many tags": many_tags,
    "page numbers": repeat(lambda i: f'<a class="page-numbers" href="?page={i}">{i}</a>'),
    "page numbers, each of another list": repeat(lambda i: f'<a class="next" href="/x{i + 5000}/?page={i + 5000}">Next</a>'),
    "buttons": repeat(lambda i: f'<div class="load-more" data-next="/section/?page={i}">More</div>'),
    "headings over each": repeat(lambda i: f"<h2>Most read {i}</h2><ul><li>{story(i)}</li></ul>"),
    "blocks of their own": repeat(lambda i: f'<section class="{letters(i)}"><h2>Block</h2><h3>{story(i)}</h3></section>'),
    "cards that are links": repeat(lambda i: f'<a href="/s/{i}"><div>Town</div><div>{HEADLINE} {i}</div><div>{TEASER}</div></a>'),
    "one link in menu and cards": menu_and_cards,
    "dates": repeat(lambda i: f"<li>{story(i)} <time>May {i % 28 + 1}, 2024</time></li>"),
    "pictures in a link": lambda count: f'<a href="/s">{"<img src=/x.png>" * count}</a>',
    "blocks in a link": lambda count: f'<a href="/s">{"<div>x y z</div>" * count}</a>',
}


def calls(shape: Callable[[int], str], count: int) -> int:
    """How many functions are called to read a page of ``count`` pieces."""
    document = parse_document(f"<html><body>{shape(count)}</body></html>".encode(), URL)
    profile = cProfile.Profile()
    profile.runcall(read_page, document, URL)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_four_times_the_page_is_four_times_the_work(shape: Callable[[int], str]) -> None:
    few = calls(shape, 300)
    assert calls(shape, 1200) < 4.4 * few


LONG = {
    "a name": f'<div class="{"a" * 100_000}"><h3 id="{"a" * 100_000}"><a href="/s/1">{HEADLINE}</a></h3></div>',
    "a name of many parts": f'<div class="{"a-" * 50_000}"><h3 class="{"hidden-" * 15_000}">{story(1)}</h3></div>',
    "names": f'<div class="{"a " * 50_000}"><h3><a href="/s/1">{HEADLINE}</a></h3></div>',
    "a path": f'<h3><a href="/{"a" * 100_000}">{HEADLINE}</a></h3>',
    "a query": f'<h3><a href="/s{"?" * 100_000}">{HEADLINE}</a></h3>',
    "an address within": f'<h3><a href="/s?{"http" * 25_000}">{HEADLINE}</a></h3>',
    "what a page number adds": f'<p class="pager"><a href="?{"-" * 100_000}x=2">2</a><a href="?{"p[1]" * 25_000}=2">2</a></p>',
    "text": f'<h3><a href="/s/1">{HEADLINE}</a></h3><p>{"." * 100_000}</p><p>{"by " * 30_000}</p><p>{"1 " * 50_000}</p>',
    "a headline": f'<h3><a href="/s/1">{"1.1.2024 " * 10_000}</a></h3><h3><a href="/s/2">{"." * 100_000}</a></h3>',
    "a style": f'<div style="background:{"url(" * 25_000}"><h3><a href="/s/1">{HEADLINE}</a></h3></div>',
    "structured data": f'<script type="application/ld+json">{{"@type":"{"a" * 100_000}"}}{"{" * 50_000}</script>',
    "a title": f"<title>{' - ' * 30_000}</title><h3><a href='/s/1'>{HEADLINE}</a></h3>",
}


@pytest.mark.parametrize("html", LONG.values(), ids=list(LONG))
def test_what_is_long_is_read_once(html: str) -> None:
    """Each was 100 kB of which one expression was quadratic, or might have been: minutes then, under 0.2 s of CPU now."""
    started = time.process_time()
    find_listing(html.encode(), URL)
    assert time.process_time() - started < 10


def test_a_page_of_more_links_than_any_list_has_is_read_up_to_there() -> None:
    page = repeat(lambda i: f'<li><a href="/s/{i}">{HEADLINE} {i}</a>')(MOST_LINKS + 500)
    listing = find_listing(page.encode(), URL)
    assert len(listing.entries) == MOST_LINKS


def test_deep_nesting_is_cut_by_the_parser_and_breaks_nothing() -> None:
    page = "<div>" * 100_000 + f'<a href="/s/1">{HEADLINE}</a>' + "</div>" * 100_000
    assert len(find_listing(page.encode(), URL).entries) <= 1
