"""Score ``find_listing`` on the labelled section pages after each has been changed in a way that a reader would not mind.

    python bench/sections_stress.py [FOLDER] [--only NAME] [--per-page]

A rule that leans on one page's class names, wrappers or dates shows as a drop. FOLDER as for ``bench/sections.py``. The truth is
changed with the page where entries are taken away. What a change makes unfair (teasers named by classes) is read with that in mind.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import html
from sections import default_folder, load_scorer

from archiver.extraction.document import parse_document
from archiver.extraction.listing import find_listing
from archiver.urls import normalize_url

Truth = dict[str, Any]
Change = Callable[[html.HtmlElement, Truth, random.Random], Truth]
FIELDS = ("precision", "recall", "f1", "headline", "teaser", "teaser_false", "next_ok")


def same(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """The page as parsed and written again."""
    return truth


def no_names(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """No class and no id: what tags, text and addresses say by themselves."""
    for element in elements(root):
        for name in ("class", "id", "role"):
            element.attrib.pop(name, None)
    return truth


def hashed_names(root: html.HtmlElement, truth: Truth, rng: random.Random) -> Truth:
    """Every class name another, as build tools make them: equal where they were equal, saying nothing."""
    names: dict[str, str] = {}
    for element in elements(root):
        element.attrib.pop("id", None)
        classes = element.get("class", "").split()
        if classes:
            element.set("class", " ".join(names.setdefault(name, f"c{rng.getrandbits(40):x}") for name in classes))
    return truth


def wrapped(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """Three divs round everything in the body."""
    body = root.find("body")
    if body is not None:
        for _ in range(3):
            wrapper = html.Element("div")
            wrapper.text, body.text = body.text, None
            wrapper.extend(list(body))
            body.append(wrapper)
    return truth


def links_wrapped(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """A span round the text of every link."""
    for link in list(root.iter("a")):
        span = html.Element("span")
        span.text, link.text = link.text, None
        span.extend(list(link))
        link.append(span)
    return truth


def half(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """Every second story gone."""
    return dropped(root, truth, truth["articles"][1::2])


def two_left(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """Two stories left."""
    return dropped(root, truth, truth["articles"][2:])


def dropped(root: html.HtmlElement, truth: Truth, gone: list[dict[str, Any]]) -> Truth:
    """Without the boxes of ``gone``: the largest parts that hold links to one of them and to no other story."""
    document = parse_document(b"", truth["url"])
    keys = {normalize_url(article["url"]) for article in truth["articles"]}
    stories: dict[html.HtmlElement, str] = {}
    for link in root.iter("a"):
        url = document.absolute(link.get("href"))
        if url and normalize_url(url) in keys:
            stories[link] = normalize_url(url)
    held: dict[html.HtmlElement, set[str]] = {}
    for link, key in stories.items():
        for outer in (link, *link.iterancestors()):
            held.setdefault(outer, set()).add(key)
    for key in {normalize_url(article["url"]) for article in gone}:
        for link in [link for link, its in stories.items() if its == key]:
            box = link
            while (outer := box.getparent()) is not None and held.get(outer) == {key} and outer.tag not in ("body", "main"):
                box = outer
            if box.getparent() is not None:
                box.drop_tree()
    names = {article["url"] for article in gone}
    return {**truth, "articles": [article for article in truth["articles"] if article["url"] not in names]}


def no_dates(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """No time elements, no printed years."""
    for element in list(root.iter("time")):
        element.drop_tree()
    for element in elements(root):
        if (
            element.text
            and element.tag != "a"
            and len(element.text) < 60
            and re.search(r"(?:19|20)\d\d", element.text)
            and next(element.iterancestors("a"), None) is None
        ):
            element.text = ""
    return truth


def no_pictures(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """No images."""
    for element in list(root.iter("img", "picture", "figure", "amp-img")):
        element.drop_tag() if len(element) else element.drop_tree()
    return truth


def plain_headings(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """Headings are divs."""
    for element in list(root.iter("h1", "h2", "h3", "h4", "h5", "h6")):
        element.tag = "div"
    return truth


def other_levels(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """Headings two levels smaller."""
    for element in list(root.iter("h1", "h2", "h3", "h4")):
        element.tag = f"h{int(element.tag[1]) + 2}"
    return truth


def plain_tags(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """No HTML5: article, section, nav, header, footer, aside, main are divs."""
    for element in list(root.iter("article", "section", "nav", "header", "footer", "aside", "main", "figure")):
        element.tag = "div"
    return truth


def minified(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """No white space between elements."""
    for element in elements(root):
        if element.text and element.text.isspace():
            element.text = None
        if element.tail and element.tail.isspace():
            element.tail = " " if element.tag in ("a", "span", "b", "i", "em", "strong", "img") else None
    return truth


def mirrored(root: html.HtmlElement, truth: Truth, _: random.Random) -> Truth:
    """The side columns first: the children of every element with an aside in it the other way round."""
    for element in list(elements(root)):
        children = list(element)
        sides = [c for c in children if isinstance(c.tag, str) and re.search(r"side|widget|aside", f"{c.tag} {c.get('class', '')}")]
        if 0 < len(sides) < len(children):
            for child in reversed(sides):
                element.insert(0, child)
    return truth


CHANGES: tuple[Change, ...] = (
    same, no_names, hashed_names, wrapped, links_wrapped, half, two_left, no_dates, no_pictures, plain_headings, other_levels,
    plain_tags, minified, mirrored,
)  # fmt: skip


def elements(root: html.HtmlElement) -> Iterator[html.HtmlElement]:
    return (element for element in root.iter() if isinstance(element.tag, str))


def run(folder: Path, change: Change) -> list[dict[str, Any]]:
    score_page = load_scorer(folder)
    rows = []
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        root = parse_document((folder / truth["file"]).read_bytes(), truth["url"], "text/html; charset=utf-8").root
        changed = change(root, truth, random.Random(0))
        page = html.tostring(root, encoding="utf-8")
        listing = find_listing(page, truth["url"], "text/html; charset=utf-8")
        entries = [{"url": e.url, "headline": e.headline, "teaser": e.teaser} for e in listing.entries]
        rows.append(score_page(changed, {"id": truth["id"], "articles": entries, "next_page": listing.next_page}))
    return rows


def mean(rows: list[dict[str, Any]], key: str) -> float:
    values = [row[key] for row in rows if row[key] is not None]
    return statistics.fmean(values) if values else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument("--only", help="one change, by name")
    parser.add_argument("--per-page", action="store_true", help="pages whose F1 is below 1")
    args = parser.parse_args()
    print(f"{'':16}" + "".join(f"{name:>14}" for name in (*FIELDS, "perfect")))
    for change in CHANGES:
        if args.only and change.__name__ != args.only:
            continue
        rows = run(args.folder, change)
        perfect = sum(row["f1"] == 1 for row in rows)
        print(f"{change.__name__:16}" + "".join(f"{mean(rows, name):14.3f}" for name in FIELDS) + f"{perfect:11} of {len(rows)}")
        if args.per_page:
            for row in sorted(rows, key=lambda row: row["f1"]):
                if row["f1"] < 1 or not row["next_ok"]:
                    print(f"    {row['id']:30} p={row['precision']:.2f} r={row['recall']:.2f} next={row['next_ok']:.0f}")


if __name__ == "__main__":
    main()
