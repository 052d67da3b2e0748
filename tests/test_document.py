"""Bytes to a tree as browsers build it, where libxml2 does not."""

from __future__ import annotations

import pytest

from archiver import extract_article, find_listing
from archiver.extraction.document import parse_document

TEXT = "The mill on the north bank will be closed from Monday, the council said, and the lane beside it with it. " * 8


@pytest.mark.parametrize(
    ("page", "body", "reason"),
    [
        ("<title>t</title><main><p>a</p></main>", ["main"], "an element that libxml2 does not know ends the head"),
        ("<title>t</title><article>a</article><footer>b</footer>", ["article", "footer"], "and all that follows"),
        ("<title>t</title><main>a</main><link rel=x><p>b", ["main", "link", "p"], "in its order"),
        ("<head><title>t</title></head><main>a</main>", ["main"], "a head that is closed"),
        ("<title>t</title><p>a", ["p"], "an element that it knows"),
        ("<title>t</title><style>a{}</style><script>b</script><noscript>c</noscript>", [], "a head alone"),
        ("", [], "nothing"),
    ],
)
def test_the_head_ends_where_browsers_end_it(page: str, body: list[str], reason: str) -> None:
    root = parse_document(page.encode(), "https://news.example/").root
    found = root.find("body")
    assert [child.tag for child in (found if found is not None else ())] == body, reason


@pytest.mark.parametrize(
    ("page", "body", "reason"),
    [
        ("<html><head><title>t</title></head></html><body><p>a</body></html>", ["p"], "an end before the body"),
        ("<html><body><p>a</p></html><div>b</div></html>", ["p", "div"], "one in the middle"),
        ("<html><body><p>a</p></body></html>\n<div>b</div>", ["p", "div"], "content after the end"),
        ("<html><body><p>a</p></body><div>b</div>", ["p", "div"], "content after the body"),
        ("<html><body><p>a</p></body></HTML >\n\n", ["p"], "nothing after the end"),
        ("<html><body><p>a</p></body></html><!-- cached -->", ["p"], "a comment after it"),
    ],
)
def test_a_page_is_read_on_after_its_end(page: str, body: list[str], reason: str) -> None:
    root = parse_document(page.encode(), "https://news.example/").root
    assert [child.tag for child in root.find("body")] == body, reason
    assert [child.tag for child in root if child.tag != "head"] == ["body"], reason


def test_a_page_that_leaves_out_optional_tags_is_read() -> None:
    titles = (
        "The mill on the north bank closes",
        "A lane without a name",
        "Nine geese delay the ferry",
        "Council counts its lamps",
    )
    cards = "".join(f"<h2><a href=/s/{n}.html>{title}</a></h2><p>{TEXT[n * 9 : 99]}</p>" for n, title in enumerate(titles))
    listing = find_listing(f"<!doctype html><title>Mill</title><main>{cards}</main>".encode(), "https://news.example/s/")
    assert [entry.headline for entry in listing.entries] == list(titles)
    article = extract_article(
        f"<title>{titles[0]}</title><article><h1>{titles[0]}</h1><p>{TEXT}".encode(), "https://news.example/s/1"
    )
    assert (article.title, article.text) == (titles[0], TEXT.strip())
