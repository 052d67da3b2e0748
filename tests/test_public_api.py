"""The public door: what ``archiver.__all__`` promises, called the way that the README and the design write it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import archiver

PUBLIC = ["Article", "Listing", "ListingEntry", "__version__", "extract_article", "find_listing", "load", "read_articles"]
SIGNATURES = {
    "find_listing": "html, url, content_type=None",
    "extract_article": "html, url, content_type=None, *, fetched_at=None, headers=()",
    "read_articles": "path",
    "load": "path, to='arrow'",
}
STORY = "/world/story-{0}.html"
TEASER = "The mayor signed what the town has wanted for {0} years, and work begins in spring."
SECTION = "".join(
    f"<article><h2><a href={STORY.format(n)}>The council votes on bridge number {n} today</a></h2>"
    f"<p>{TEASER.format(n)}</p></article>"
    for n in range(1, 6)
)
LISTING = f'<!doctype html><title>World</title><main><h1>World</h1>{SECTION}</main><a rel="next" href="/world/page/2/">Next</a>'
ARTICLE = (
    "<!doctype html><html lang=en><title>A bridge</title><article><h1>A bridge</h1>"
    + "<p>The council voted on Monday for a bridge that the town has wanted for thirty years, and the mayor signed it.</p>" * 4
    + "</article></html>"
)


def test_the_door_holds_these_names_and_no_other() -> None:
    assert sorted(archiver.__all__) == sorted(PUBLIC)
    for name in PUBLIC:
        assert getattr(archiver, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = archiver.nothing


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_are_named_as_documented(name: str) -> None:
    parameters = inspect.signature(getattr(archiver, name)).parameters.values()
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
    assert str(inspect.Signature(bare)) == f"({SIGNATURES[name]})"


def test_importing_the_package_loads_no_crawler_and_no_extractor() -> None:
    asked = "import archiver, sys; print(*sorted({'scrapy', 'twisted', 'lxml', 'trafilatura', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "\n"


def test_a_listing_is_read_by_keyword() -> None:
    listing = archiver.find_listing(html=LISTING.encode(), url="http://paper.example/world/", content_type="text/html")
    assert [entry.url for entry in listing.entries] == [f"http://paper.example{STORY.format(n)}" for n in range(1, 6)]
    assert [entry.rank for entry in listing.entries] == [1, 2, 3, 4, 5]
    assert listing.entries[0].headline == "The council votes on bridge number 1 today"
    assert listing.entries[0].teaser == TEASER.format(1)
    assert listing.next_page == "http://paper.example/world/page/2/"


def test_an_article_depends_on_its_arguments_alone() -> None:
    then = datetime(2020, 1, 2, tzinfo=UTC)
    first, again = (archiver.extract_article(html=ARTICLE.encode(), url="http://paper.example/a", fetched_at=then) for _ in "ab")
    assert first == again
    assert (first.title, first.language) == ("A bridge", "en")
    assert first.text.startswith("The council voted on Monday")


def test_a_crawled_dataset_is_read_by_path_alone(demo: Path) -> None:
    rows = list(archiver.read_articles(demo))
    assert archiver.load(demo).num_rows == len(rows) > 0
    assert archiver.load(demo)["url"].to_pylist() == [row["url"] for row in rows]
    with pytest.raises(archiver.errors.UsageError):
        next(archiver.read_articles(demo / "nowhere"))
