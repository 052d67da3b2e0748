"""Section pages are read as a person reads them: the article links in order, the next page, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from listing_cases import FOOT, MENU, RIVER, SITE, Case, cases, page

from archiver.extraction.document import parse_document
from archiver.extraction.kind import page_kind
from archiver.extraction.listing import find_listing, read_listing
from archiver.model import Listing

CASES = cases()


def read(html: str, url: str = SITE + "/section/") -> Listing:
    return find_listing(html.encode(), url, "text/html; charset=utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_entries_are_the_stories_in_order_and_nothing_else(case: Case) -> None:
    listing = read(case.html, case.url)
    assert [entry.url for entry in listing.entries] == [story.url for story in case.stories], case.why
    assert [entry.rank for entry in listing.entries] == list(range(1, len(case.stories) + 1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_headline_and_teaser_are_those_printed_and_none_is_invented(case: Case) -> None:
    listing = read(case.html, case.url)
    for entry, story in zip(listing.entries, case.stories, strict=True):
        assert (entry.headline or "") == story.headline, case.why
        assert opens_alike(entry.teaser or "", story.teaser), case.why


def opens_alike(found: str, printed: str) -> bool:
    return found[:40] == printed[:40] if printed else not found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_next_page_is_the_one_that_comes_next(case: Case) -> None:
    assert read(case.html, case.url).next_page == case.next_page, case.why


TOWN = SITE + "/category/town/"
PAGERS = [
    ("rel=next on the link", TOWN, '<a rel="next" href="page/2/">x</a>', TOWN + "page/2/"),
    (
        "numbers only",
        TOWN + "page/2/",
        '<div class="pagination"><a href="/category/town/">1</a><span>2</span><a href="../3/">3</a><a href="../4/">4</a></div>',
        TOWN + "page/3/",
    ),
    (
        "numbers only, in no named element",
        SITE + "/list?begin=0",
        '<p><b>1</b> <a href="?begin=20">2</a> <a href="?begin=40">3</a></p>',
        SITE + "/list?begin=20",
    ),
    (
        "icons only",
        TOWN + "page/2/",
        '<div class="nav-links"><a href="/category/town/"><i class="icon-arrow-left"></i></a>'
        '<a href="../3/"><i class="icon-arrow-right"></i></a></div>',
        TOWN + "page/3/",
    ),
    (
        "previous leads on, next leads back",
        TOWN + "page/2/",
        '<div class="navigation"><a href="../3/">« Previous</a><a href="/category/town/">Next »</a></div>',
        TOWN + "page/3/",
    ),
    (
        "previous leads on from the first page",
        TOWN,
        '<div class="navigation"><a href="page/2/">« Previous page</a></div>',
        TOWN + "page/2/",
    ),
    ("last page: newer only", TOWN + "page/7/", '<div class="navigation"><a href="../6/">Newer posts →</a></div>', None),
    (
        "last page: a next that leads to the first",
        TOWN + "page/7/",
        '<div class="pagination"><a href="../6/">6</a><span>7</span><a class="next" href="../1/">Next</a></div>',
        None,
    ),
    (
        "last page: a next that leads nowhere else",
        TOWN + "page/7/",
        '<div class="pagination"><a href="../6/">6</a><a class="next" href="../7/">Next</a></div>',
        None,
    ),
    (
        "a button's attribute",
        TOWN,
        '<div class="load-more" data-next-url="/category/town/?page=2">More</div>',
        TOWN + "?page=2",
    ),
    (
        "a number without a word",
        SITE + "/news",
        '<div class="pager"><a href="/news/2">2</a><a href="/news/3">3</a></div>',
        SITE + "/news/2",
    ),
    (
        "a number in a file's name",
        SITE + "/news/index.html",
        '<div class="pages"><a href="/news/index_2.html">2</a><a href="/news/index_2.html">下一页</a></div>',
        SITE + "/news/index_2.html",
    ),
    (
        "a number after one letter",
        SITE + "/events",
        '<ul class="pagination"><li><a href="/events/p2">2</a></li><li><a href="/events/p3">3</a></li></ul>',
        SITE + "/events/p2",
    ),
    (
        "a parameter with a number in its name",
        SITE + "/news/?PAGEN_1=4",
        '<div class="nav-pages"><a href="/news/?PAGEN_1=3">3</a><b>4</b><a href="/news/?PAGEN_1=5">5</a></div>',
        SITE + "/news/?PAGEN_1=5",
    ),
    (
        "other parameters stay as they are",
        SITE + "/list?limit=10&start=80",
        '<div class="pagination"><a href="/list?limit=10&amp;start=70">8</a><a href="/list?limit=10&amp;start=90">10</a>'
        '<a href="/list?limit=20&amp;start=80">20</a></div>',
        SITE + "/list?limit=10&start=90",
    ),
    (
        "a calendar's days are no pages",
        SITE + "/2024/05/",
        '<table id="wp-calendar"><tr><td><a href="/2024/05/01/">1</a></td><td><a href="/2024/05/02/">2</a></td></tr></table>',
        None,
    ),
    (
        "an archive's months are no pages",
        SITE + "/2024/05/",
        '<ul class="archive"><li><a href="/2024/04/">April 2024</a></li><li><a href="/2024/06/">June 2024</a></li></ul>',
        None,
    ),
    (
        "the pages of a month",
        SITE + "/2024/05/",
        '<nav class="navigation pagination"><a href="/2024/05/page/2/">2</a><a class="next" href="/2024/05/page/2/">Next</a></nav>',
        SITE + "/2024/05/page/2/",
    ),
    (
        "a month's archive leads to the month before",
        SITE + "/2024/02/",
        '<nav class="nav-links"><a href="/2024/01/">« January 2024</a><a href="/2024/03/">March 2024 »</a></nav>',
        SITE + "/2024/01/",
    ),
    (
        "a section's months, over the turn of the year",
        SITE + "/category/town/2024/01/",
        '<div class="pager"><a href="/category/town/2023/12/">Older stories</a></div>',
        SITE + "/category/town/2023/12/",
    ),
    (
        "the month before, where an empty one is left out",
        SITE + "/town/2024-05",
        '<a class="prev" href="/town/2024-03">Earlier</a>',
        SITE + "/town/2024-03",
    ),
    (
        "months in a query",
        SITE + "/?m=202401",
        '<p class="navigation"><a href="/?m=202312">Previous month</a> <a href="/?m=202402">Next month</a></p>',
        SITE + "/?m=202312",
    ),
    (
        "the month before in German",
        SITE + "/archiv/2024/2/",
        '<p><a href="/archiv/2024/1/">Vormonat</a> | <a href="/archiv/2024/3/">Folgemonat</a></p>',
        SITE + "/archiv/2024/1/",
    ),
    (
        "days",
        SITE + "/news/2024/03/01/",
        '<div class="day-nav"><a href="/news/2024/02/29/">← 29 February</a><a href="/news/2024/03/02/">2 March →</a></div>',
        SITE + "/news/2024/02/29/",
    ),
    (
        "the first month of an archive has none before it, and a later one is next only where the page says so",
        SITE + "/2024/02/",
        '<nav class="nav-links"><a href="/2024/03/">March 2024 »</a></nav>',
        None,
    ),
    (
        "an archive that is read forwards",
        SITE + "/2024/02/",
        '<nav class="nav-links"><a rel="next" class="next" href="/2024/03/">March 2024</a></nav>',
        SITE + "/2024/03/",
    ),
    (
        "a month of several pages: first its second page",
        SITE + "/2024/05/",
        '<nav class="pagination"><a href="/2024/05/page/2/">2</a></nav><a class="prev" href="/2024/04/">« April 2024</a>',
        SITE + "/2024/05/page/2/",
    ),
    (
        "and from its last page to the month before",
        SITE + "/2024/05/page/3/",
        '<nav class="pagination"><a href="/2024/05/">1</a><a href="/2024/05/page/2/">2</a></nav>'
        '<a class="prev" href="/2024/04/">« April 2024</a>',
        SITE + "/2024/04/",
    ),
    (
        "a calendar's arrow is on every page of a site",
        SITE + "/2024/05/",
        '<table id="wp-calendar"><tr><td>1</td></tr></table>'
        '<nav class="wp-calendar-nav"><span class="wp-calendar-nav-prev"><a href="/2024/04/">« Apr</a></span></nav>',
        None,
    ),
    (
        "a list of all months with arrows is no pager",
        SITE + "/2024/05/",
        '<ul class="archive">' + "".join(f'<li><a href="/2024/0{n}/">▸ 0{n}/2024</a></li>' for n in (1, 2, 3, 4, 6)) + "</ul>",
        None,
    ),
    (
        "years are no pages, and a later one is not the next",
        SITE + "/press/2014/",
        '<div class="pagination"><a href="/press/2015/">2015</a> <a href="/press/2013/">2013</a>'
        '<a href="/press/2012/">2012</a></div>',
        None,
    ),
    (
        "another archive's month is not the month before",
        SITE + "/category/town/2024/02/",
        '<a class="prev" href="/category/sport/2024/01/">« January 2024 in sport</a>',
        None,
    ),
    (
        "pages behind a year that print their numbers",
        SITE + "/archive/2016/2/",
        '<div class="pagination"><a href="/archive/2016/1/">1</a><b>2</b><a href="/archive/2016/3/">3</a></div>',
        SITE + "/archive/2016/3/",
    ),
    (
        "a mirror's file names",
        SITE + "/blog%3Fpage=14.html",
        '<ul class="pager"><li><a href="blog%3Fpage=13.html">14</a></li><li><a href="blog%3Fpage=15.html">下一頁</a></li></ul>',
        SITE + "/blog%3Fpage=15.html",
    ),
    ("Russian", SITE + "/novosti/", '<div class="pages"><a href="page/2/">Следующая</a></div>', SITE + "/novosti/page/2/"),
    ("Greek", SITE + "/nea/", '<div class="pagination"><a href="?start=20">Επόμενο</a></div>', SITE + "/nea/?start=20"),
    ("Hindi", SITE + "/khabar/", '<div class="pagination"><a href="page/2/">पुराने पोस्ट</a></div>', SITE + "/khabar/page/2/"),
    ("a cursor", SITE + "/feed/", '<a class="next" href="?after=zx81">Older stories</a>', SITE + "/feed/?after=zx81"),
    ("the last page's number alone", TOWN, '<div class="pagination"><a href="page/21/">21</a></div>', None),
    ("no paging", TOWN, "<p>That was all.</p>", None),
    ("the next story", TOWN, '<div class="post-navigation"><a href="/2024/05/story-one-two-three/">Next</a></div>', None),
    ("the next story, which counts", SITE + "/town/", '<a class="nav-next" href="/town/the-bridge-in-parts-2">Next</a>', None),
    ("a slide show's next", TOWN, '<a class="slick-next" href="#"></a><a class="next" href="/img/2.jpg">Next</a>', None),
]


@pytest.mark.parametrize(("why", "url", "pager", "expected"), PAGERS, ids=[row[0] for row in PAGERS])
def test_paging_is_told_by_how_its_addresses_count(why: str, url: str, pager: str, expected: str | None) -> None:
    assert read(page(f"{MENU}<main>{RIVER}{pager}</main>{FOOT}"), url).next_page == expected, why


def test_rel_next_in_the_head_is_believed_unless_it_leads_to_the_page_itself() -> None:
    for href, expected in (("?page=2", TOWN + "?page=2"), ("/category/town/", None)):
        assert read(page(RIVER, head=f'<link rel="next" href="{href}">'), TOWN).next_page == expected


def test_rel_next_in_the_head_of_a_last_page_is_not_believed_against_the_printed_numbers() -> None:
    pager = '<div class="pagination"><a href="/category/town/page/1095/">1,095</a><span>1,096</span></div>'
    html = page(f"{RIVER}{pager}", head='<link rel="next" href="/category/town/page/1097/">')
    assert read(html, TOWN + "page/1096/").next_page is None


def test_an_entry_keeps_what_the_card_says_beside_headline_and_teaser() -> None:
    card = (
        '<section><h2>From the town</h2><article><img data-src="/pic.jpg" src="data:image/gif;base64,R0lGODlhAQABAAA">'
        '<span class="badge">Live</span><h3><a href="/2024/05/bridge-closed-again/">Bridge closed again</a></h3>'
        "<p>The bridge was closed for the second time this week, and nobody knows for how long.</p>"
        '<span class="author">By Ann Miller</span> <time datetime="2024-05-02T10:00:00+02:00">2 May</time></article>'
    )
    other = card.split("<article>")[1].replace("bridge", "tunnel").replace("Bridge", "Tunnel").replace("Live", "Video")
    first = read(page(f"{card}<article>{other}</section>")).entries[0]
    assert first.headline == "Bridge closed again"
    assert first.block == "From the town"
    assert first.image_url == SITE + "/pic.jpg"
    assert first.label == "Live"
    assert first.byline_raw == "By Ann Miller"
    assert first.date_raw == "2024-05-02T10:00:00+02:00"
    assert first.reason


def test_what_is_not_taken_is_shown_with_its_place_and_the_reason() -> None:
    case = next(case for case in CASES if case.name == "ticker_and_popular")
    reasons = {cluster.reason: cluster for cluster in read(case.html, case.url).rejected}
    assert "repeats" in reasons
    assert all(cluster.path and cluster.urls for cluster in reasons.values())


def test_feeds_are_those_the_page_announces() -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/feed/">'
        '<link rel="alternate" type="application/atom+xml;charset=utf-8" href="/atom.xml">'
        '<link rel="alternate" hreflang="de" href="/de/">'
        '<link rel="alternate" type="application/rss+xml" href="/feed/">'
    )
    assert read(page(RIVER, head=head)).feeds == (SITE + "/feed/", SITE + "/atom.xml")


@pytest.mark.parametrize(
    ("url", "body_class", "expected"),
    [
        (SITE + "/", "", "home"),
        (SITE + "/category/town/page/3/", "", "category"),
        (SITE + "/tag/bridges/", "", "tag"),
        (SITE + "/author/ann/", "", "author"),
        (SITE + "/2024/05/", "", "date_archive"),
        (SITE + "/town/", "archive tag tag-bridges", "tag"),
        (SITE + "/town/", "", "section"),
    ],
)
def test_the_type_of_listing_is_told_by_address_or_body(url: str, body_class: str, expected: str) -> None:
    assert read(page(RIVER, body_class=body_class), url).listing_type == expected


def test_the_title_is_the_pages_own_heading_else_the_first_part_of_the_documents_title() -> None:
    assert read(page(f"<h1>Town and land</h1>{RIVER}")).title == "Town and land"
    assert read(page(RIVER)).title == "Section"


SCRIPTED = [
    ("an attribute", '<div class="card" data-href="/s/{i}"><h3>HEADLINE</h3>A</div>', True),
    ("the code of a click", """<tr onclick="window.location.href='/s/{i}'"><td>HEADLINE</td></tr>""", True),
    ("a call", """<li onclick='location.assign("/s/{i}")'>HEADLINE</li>""", True),
    ("a card with a link of its own", '<div data-href="/x/{i}"><h3><a href="/s/{i}">HEADLINE</a></h3></div>', True),
    ("another action", '<div onclick="open_menu({i})">HEADLINE</div>', False),
    ("no address", '<div data-href="#top{i}">HEADLINE</div>', False),
    ("a button's", '<button data-href="/s/{i}">HEADLINE</button>', False),
]  # fmt: skip


@pytest.mark.parametrize(("why", "card", "found"), SCRIPTED, ids=[row[0] for row in SCRIPTED])
def test_cards_that_only_a_script_makes_links_are_links(why: str, card: str, found: bool) -> None:
    cards = "".join(card.replace("HEADLINE", "Headline number {i} of this long list").format(i=i) for i in range(1, 5))
    html = page(f"<table>{cards}</table>" if card.startswith("<tr") else f"<ul>{cards}</ul>" if card.startswith("<li") else cards)
    assert [entry.url for entry in read(html).entries] == ([f"{SITE}/s/{i}" for i in range(1, 5)] if found else []), why


def structured(data: str) -> list[tuple[str, str | None]]:
    html = page('<div id="app"></div>', head=f'<script type="application/ld+json">{data}</script>')
    return [(entry.url.removeprefix(SITE), entry.headline) for entry in read(html).entries]


@pytest.mark.parametrize(
    ("data", "expected", "why"),
    [
        ('{"@type":"ItemList","itemListElement":[{"@type":"ListItem","url":"/a","name":"A"}]}', [("/a", "A")], "url and name"),
        ('{"@type":"ItemList","itemListElement":[{"item":{"@id":"/a","headline":"A"}}]}', [("/a", "A")], "an item with an id"),
        ('{"@type":"ItemList","itemListElement":[{"item":"/a"}]}', [("/a", None)], "an address as item"),
        ('{"@type":"ItemList","itemListElement":["/a"]}', [], "not even an object"),
        ('{"@type":"ItemList","itemListElement":{"url":"/a"}}', [("/a", None)], "one where many may stand"),
        ('{"@type":"ItemList","itemListElement":[{"url":"/a"},{"url":"/a/"},{"url":"/section/"}]}', [("/a", None)], "each once"),
        ('{"@graph":[{"@type":"CollectionPage","mainEntity":{"@type":"ItemList","itemListElement":[{"url":"/a"}]}}]}',
         [("/a", None)], "inside a graph"),
        ('{"@type":"BreadcrumbList","itemListElement":[{"item":"/a"}]}', [], "the way here is no list of stories"),
        ('{"@type":"ItemList","itemListElement":[{"url":3},{"url":null},{}]}', [], "no addresses"),
        ("{", [], "broken"),
    ],
)  # fmt: skip
def test_where_nothing_is_printed_the_list_that_structured_data_state_is_taken(
    data: str, expected: list[tuple[str, str | None]], why: str
) -> None:
    assert structured(data) == expected, why


def test_what_is_printed_goes_before_structured_data() -> None:
    data = '<script type="application/ld+json">{"@type":"ItemList","itemListElement":[{"url":"/a"}]}</script>'
    assert len(read(page(RIVER, head=data)).entries) == 5


# ---- pages are seldom whole --------------------------------------------------------------------------------------------------

ODD = [
    b"",
    b"\x00\xff\xfe",
    b"<",
    b"<html><body><a href='http://[bad'>x</a></body></html>",
    b"<a href=''></a>" * 50,
    b"<div>" * 3000 + b"<a href='/2024/05/deep-story-here/'>A story far down in the tree of it</a>",
    b"<table><tr><td><table><tr><td><a href='/1'>1</a>",
    "<h2><a href='/\ud800'>x</a></h2>".encode("utf-8", "surrogatepass"),
    b"<svg><a href='/x'><title>y</title></a></svg><template><a href='/z'>z</a></template>",
]


@pytest.mark.parametrize("html", ODD)
def test_any_bytes_give_a_listing(html: bytes) -> None:
    assert find_listing(html, SITE + "/").url == SITE + "/"


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise(html: bytes) -> None:
    find_listing(html, SITE + "/")


TAGS = st.sampled_from(["div", "ul", "li", "article", "h1", "h2", "p", "span", "nav", "aside", "table", "tr", "td", "dl", "dt"])
NAMES = st.sampled_from(["", "post", "sidebar", "entry-title", "pagination", "next", "date", "author", "widget", "col-md-4"])
HREFS = st.sampled_from(["/", "/a", "?page=2", "page/3/", "/2024/05/a-b-c/", "#x", "http://", "mailto:a@b", "//x.example/y", ""])
TEXTS = st.sampled_from(["", "2", "Next", "A headline of some length here", "続き", "May 2, 2024", "by Ann", "…"])


@st.composite
def trees(draw: st.DrawFn) -> str:
    """Markup of the kinds of elements that listings are made of, in any order and depth, often unclosed."""
    parts = draw(st.lists(st.tuples(TAGS, NAMES, HREFS, TEXTS, st.booleans(), st.booleans()), max_size=40))
    return "".join(
        f'<{tag} class="{name}">'
        + (f'<a href="{href}" rel="next">{text}</a>' if linked else text)
        + (f"</{tag}>" if closed else "")
        for tag, name, href, text, linked, closed in parts
    )


@given(trees())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_markup_raises_and_every_entry_is_a_web_address_listed_once(html: str) -> None:
    listing = read(html)
    urls = [entry.url for entry in listing.entries]
    assert all(url.startswith(("http://", "https://")) for url in urls)
    assert len(urls) == len(set(urls))


# ---- kind of page ------------------------------------------------------------------------------------------------------------


def kind(html: str, url: str) -> str:
    return page_kind(parse_document(html.encode(), url, "text/html; charset=utf-8"), url)


ARTICLE = (
    f"{MENU}<article><h1>Bridge closed again</h1>"
    + "".join(f"<p>{'The bridge was closed for the second time this week. ' * 5}</p>" for _ in range(6))
    + "</article><section class='related'><h2>Related</h2>"
    + "".join(
        f"<div class='card'><img src='/i.jpg'><h3><a href='/2024/05/a-b-c-{i}/'>Another story {i}</a></h3></div>" for i in range(6)
    )
    + f"</section>{FOOT}"
)


@pytest.mark.parametrize("case", [case for case in CASES if case.stories], ids=lambda case: case.name)
def test_a_listing_is_not_taken_for_an_article(case: Case) -> None:
    assert kind(case.html, case.url) != "article"


def test_an_article_with_related_stories_below_is_an_article() -> None:
    assert kind(page(ARTICLE), SITE + "/2024/05/bridge-closed-again/") == "article"


def test_an_article_without_telling_address_or_metadata_is_an_article() -> None:
    assert kind(page(ARTICLE), SITE + "/x") == "article"


def test_a_page_without_stories_and_prose_is_neither() -> None:
    assert kind(page(f"{MENU}<p>Please enable scripts.</p>{FOOT}"), SITE + "/x") == "unknown"


def test_a_parsed_page_is_read_alike() -> None:
    html = page(f"{MENU}<main>{RIVER}</main>").encode()
    assert read_listing(parse_document(html, TOWN), TOWN) == find_listing(html, TOWN)
