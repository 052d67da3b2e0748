"""The section pages of ``listing_pages/``: self-made, in the shapes that common systems print, with what a reader finds there.

A file is a head of ``key: value`` lines, an empty line, and the page's body. ``$each NAME … $end`` repeats for each story of
a list with ``$url``, ``$headline`` and ``$teaser`` filled in; ``$menu``, ``$foot`` and ``$recent`` are the usual surroundings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SITE = "https://news.example"
FOLDER = Path(__file__).parent / "listing_pages"
WORDS = re.findall(
    r"\w+",
    """harbour council votes bridge repair winter storm ferry school budget teachers hospital night shift river flood market
    prices fall library opens garden festival train line delay election poll mayor tax rent museum""",
)
TEASER = "The {0} of the town said that {1} and {2} would have to wait for a second report, number {i}, as was feared."


@dataclass(frozen=True)
class Story:
    """One story as it should be found. ``teaser`` is empty where the page prints none."""

    url: str
    headline: str
    teaser: str = ""


@dataclass(frozen=True)
class Case:
    """A page, why it is hard, and what is on it."""

    name: str
    why: str
    html: str
    stories: tuple[Story, ...]
    next_page: str | None
    url: str


@dataclass
class Head:
    """The head of a case file."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[Story, ...]] = field(default_factory=dict)


def cases() -> list[Case]:
    return [read_case(path) for path in sorted(FOLDER.glob("*.html"))]


def read_case(path: Path) -> Case:
    text = path.read_text(encoding="utf-8")
    top, _, body = text.partition("\n\n")
    head = read_head(top)
    values = head.values
    wanted = values.get("wanted", "river").split()
    html = page(fill(body, head), values.get("head", ""), values.get("body", ""), values.get("lang", "en"))
    found = tuple(story for name in wanted for story in head.lists[name])
    return Case(path.stem, values["why"], html, found, values.get("next"), values.get("url", SITE + "/section/"))


def read_head(top: str) -> Head:
    head = Head()
    for line in top.splitlines():
        key, _, value = line.partition(":")
        kind, _, name = key.partition(" ")
        if kind == "list":
            head.lists[name] = make_stories(value)
        elif kind == "texts":
            texts = [text.strip() for text in value.split("|")]
            head.lists[name] = tuple(map(retold, head.lists[name], texts))
        elif kind == "teasers":
            head.lists[name] = tuple(Story(s.url, s.headline, value.strip() + f" {i}") for i, s in enumerate(head.lists[name]))
        else:
            head.values[key] = value.strip()
    return head


def retold(story: Story, headline: str) -> Story:
    return Story(story.url, headline, story.teaser)


def make_stories(spec: str) -> tuple[Story, ...]:
    """``10 bare from=30 url=/2024/{slug}-{i}/``: how many, without teasers, which, where."""
    count, *options = spec.split()
    chosen = dict(option.split("=", 1) for option in options if "=" in option)
    start = int(chosen.get("from", 0))
    address = chosen.get("url", "/2024/05/{slug}-{i}/")
    return tuple(make_story(i, address, "bare" in options) for i in range(start, start + int(count)))


def make_story(i: int, address: str, bare: bool) -> Story:
    words = [WORDS[(i * 5 + k * 3) % len(WORDS)] for k in range(5)]
    path = address.format(slug="-".join(words), i=i)
    headline = " ".join(words).capitalize() + f" {chr(65 + i % 26)}"
    return Story(path if path.startswith("http") else SITE + path, headline, "" if bare else TEASER.format(*words, i=i))


def fill(body: str, head: Head) -> str:
    parts = re.split(r"^\$each (\w+)\n(.*?)^\$end\n", body, flags=re.DOTALL | re.MULTILINE)
    filled = "".join(filled_parts(parts, head))
    for name, text in (("$menu", MENU), ("$foot", FOOT), ("$recent", RECENT)):
        filled = filled.replace(name, text)
    return filled


def filled_parts(parts: list[str], head: Head) -> Iterator[str]:
    yield parts[0]
    for at in range(1, len(parts), 3):
        for story in head.lists[parts[at]]:
            item = parts[at + 1].replace("$url", story.url.removeprefix(SITE)).replace("$path", story.url.removeprefix(SITE + "/"))
            yield item.replace("$headline", story.headline).replace("$teaser", story.teaser)
        yield parts[at + 2]


def page(body: str, head: str = "", body_class: str = "", lang: str = "en") -> str:
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>Section - Example News</title>{head}</head>'
        f'<body class="{body_class}">{body}</body></html>'
    )


def links(*names: str) -> str:
    return "".join(f'<li><a href="/{name}/">{name.replace("-", " ").capitalize()}</a></li>' for name in names)


MENU = '<nav class="main-nav"><ul>' + links("politics", "economy", "culture", "sport", "science", "opinion") + "</ul></nav>"
FOOT = '<footer class="site-footer"><ul>' + links("about-us", "contact", "privacy-policy", "jobs-at-example") + "</ul></footer>"
OTHERS = make_stories("6 bare from=40 url=/2023/01/{slug}-{i}/")
RECENT = (
    '<aside class="sidebar"><h3>Recent Posts</h3><ul>'
    + "".join(f'<li><a href="{s.url}">{s.headline}</a></li>' for s in OTHERS)
    + "</ul></aside>"
)
RIVER = "".join(
    f'<article class="post"><h2 class="entry-title"><a href="{s.url}">{s.headline}</a></h2><p>{s.teaser}</p></article>'
    for s in make_stories("5")
)
