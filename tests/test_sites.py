"""Site profiles: one written form, the right version for a day of capture, and rules that only say what they say."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from listing_cases import FOOT, MENU, SITE, page

from archiver.cli import run
from archiver.errors import UsageError
from archiver.extraction.document import parse_document
from archiver.extraction.reading import Reading, read_page
from archiver.site_rules import RULE_NAMES, RulesVersion, SectionRules, SiteProfile, profile_from_table, profile_table
from archiver.sites.book import SiteBook, bundled

URL = SITE + "/town/"
STORIES = "".join(
    f"""<div class="teaser"><p class="kicker">Town</p><h2><a href="/story/{i}">Headline number {i} of this list</a></h2>
    <p class="lead">The first sentence of story {i} says what happened, where and when it did.</p>
    <p class="names">Ann {i}</p><span class="when" data-x="1">{i} May 2024</span>
    <img src="/tiny.gif"><img class="big" src="/{i}.jpg"></div>"""
    for i in range(1, 5)
)
BOX = (
    '<div class="box"><div class="teaser"><h2><a href="/offer/9">A subscription is a fine gift for all</a></h2>'
    '<p class="lead">Give a year of our paper to somebody whom you like, and get a tote bag.</p></div></div>'
)
HTML = page(
    f'{MENU}<main>{STORIES}{BOX}<div class="more" data-url="/town/older">+</div><a class="next" href="/p/2">Next</a></main>{FOOT}'
)


def read(rules: SectionRules | None, html: str = HTML) -> Reading:
    return read_page(parse_document(html.encode(), URL, "text/html; charset=utf-8"), URL, rules)


def paths(reading: Reading) -> list[str]:
    return [entry.url.removeprefix(SITE) for entry in reading.listing.entries]


FOUR = ["/story/1", "/story/2", "/story/3", "/story/4"]

# ---- rules -------------------------------------------------------------------------------------------------------------------


def test_without_rules_the_page_is_read_generically() -> None:
    assert paths(read(None)) == [*FOUR, "/offer/9"]


@pytest.mark.parametrize(
    ("rules", "expected", "why"),
    [
        (SectionRules(), [*FOUR, "/offer/9"], "nothing said"),
        (SectionRules(article_url="/story/"), FOUR, "an address tells"),
        (SectionRules(article_url=r"/story/[12]$"), FOUR[:2], "searched, with anchors where wanted"),
        (SectionRules(within="main > .teaser"), FOUR, "a part of the page"),
        (SectionRules(within=".not-there"), [*FOUR, "/offer/9"], "no such part on this page: another shape, read all of it"),
        (SectionRules(exclude=".box, nav"), FOUR, "taken away before"),
        (SectionRules(entry=".teaser:has(.names)"), FOUR, "the entries themselves"),
        (SectionRules(entry=".gone"), [*FOUR, "/offer/9"], "no entry on this page: another shape, read generically"),
        (SectionRules(entry=".teaser", article_url="/story/"), FOUR, "entries, and addresses"),
        (SectionRules(entry=".teaser", within=".box"), ["/offer/9"], "entries, and a part"),
        (SectionRules(entry="main, .teaser"), ["/story/1"], "an entry in an entry is part of it"),
        (SectionRules(entry=".kicker"), [*FOUR, "/offer/9"], "entries without a link are none"),
        (SectionRules(entry="h2 > a"), [*FOUR, "/offer/9"], "the link is the entry"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rules_override_what_is_taken(rules: SectionRules, expected: list[str], why: str) -> None:
    assert paths(read(rules)) == expected, why


def test_parts_of_an_entry_are_the_selected_ones_an_empty_selector_means_none_and_the_rest_is_generic() -> None:
    rules = SectionRules(entry=".teaser", headline=".kicker", teaser="", byline=".names", date=".when", image=".big", label=".none")
    first = read(rules).listing.entries[0]
    assert (first.headline, first.teaser, first.byline_raw, first.date_raw) == ("Town", None, "Ann 1", "1 May 2024")
    assert (first.image_url, first.label, first.reason) == (SITE + "/1.jpg", None, "site profile")
    generic = read(SectionRules(teaser="")).listing.entries[0]
    assert (generic.headline, generic.teaser, generic.reason) == ("Headline number 1 of this list", None, "main list")


def test_a_date_is_the_machine_readable_one_where_there_is_one() -> None:
    html = HTML.replace('<span class="when" data-x="1">', '<time class="when" datetime="2024-05-01T10:00">').replace(
        "</span>", "</time>"
    )
    assert read(SectionRules(date=".when"), html).listing.entries[0].date_raw == "2024-05-01T10:00"


def test_the_ruled_link_is_the_entry_s_and_read_more_gets_the_heading_beside_it() -> None:
    html = page(
        "".join(
            f'<section><h3>Story {i}</h3><a href="/s/{i}">Go</a><a href="/c/{i}">Comment on it now</a></section>' for i in (1, 2)
        )
    )
    reading = read(SectionRules(entry="section", link="a:first-of-type"), html)
    assert [(entry.url, entry.headline) for entry in reading.listing.entries] == [(f"{SITE}/s/{i}", f"Story {i}") for i in (1, 2)]


@pytest.mark.parametrize(
    ("rules", "expected", "why"),
    [
        (None, SITE + "/p/2", "generic"),
        (SectionRules(next_page=".more"), URL + "older", "an address in an attribute"),
        (SectionRules(next_page="main"), SITE + "/story/1", "the first address inside"),
        (SectionRules(next_page=""), None, "the site has no further pages"),
        (SectionRules(next_page=".gone"), None, "the last page has no such element"),
    ],
)  # fmt: skip
def test_the_next_page_is_the_ruled_one(rules: SectionRules | None, expected: str | None, why: str) -> None:
    assert read(rules).listing.next_page == expected, why


def test_what_rules_leave_out_is_told_with_the_reason() -> None:
    reasons = {
        url: cluster.reason for cluster in read(SectionRules(article_url="/story/")).listing.rejected for url in cluster.urls
    }
    assert reasons[SITE + "/offer/9"] == "not an article's address by the site profile"
    reasons = {
        url: cluster.reason for cluster in read(SectionRules(within="main > .teaser")).listing.rejected for url in cluster.urls
    }
    assert reasons[SITE + "/offer/9"] == "outside the site profile's part of the page"


def test_an_exclusion_leaves_the_document_whole_for_others() -> None:
    document = parse_document(HTML.encode(), URL)
    read_page(document, URL, SectionRules(exclude="main"))
    assert document.root.find(".//main") is not None


def test_a_page_with_ruled_entries_is_a_listing_unless_its_address_is_an_articles() -> None:
    html = page(
        "<h1>One</h1>"
        + "<p>"
        + "A long text of an article, which goes on. " * 40
        + '</p><li class="e"><a href="/story/7">Seven</a></li>'
    )
    assert read(SectionRules(), html).kind == "article"
    assert read(SectionRules(entry=".e"), html).kind == "listing"
    assert read(SectionRules(entry=".e", article_url="/(?:story|town)/"), html).kind == "article"


SELECTORS = st.sampled_from([None, "", "a", ".teaser", "h2 a", "*", ":not(p)", "main", "html", "body", "p ~ p", "li"])
PATTERNS = st.sampled_from([None, "", "x", "/story/", "."])


@given(st.fixed_dictionaries({name: PATTERNS if name == "article_url" else SELECTORS for name in RULE_NAMES}))
def test_no_rules_break_the_reading(values: dict[str, str | None]) -> None:
    given_rules = {name: value for name, value in values.items() if value or name in ("teaser", "byline", "date", "image", "label")}
    reading = read(SectionRules(**given_rules))
    assert len({entry.url for entry in reading.listing.entries}) == len(reading.listing.entries)


# ---- the written form --------------------------------------------------------------------------------------------------------

PROFILE = """
hosts = ["Paper.example", "www.paper.example:8080"]
sections = ["https://paper.example/town/"]
article_url = '/\\d+\\.html$'
teaser = ".lead"
[[version]]
until = 2020-02-29
entry = "table.news td"
teaser = ""
[[version]]
until = "2023-01-01"
entry = "div.item"
[[version]]
entry = "article"
"""


def test_each_version_has_the_common_rules_and_its_own() -> None:
    profile = profile_from_table("paper.example", tomllib.loads(PROFILE), "x")
    assert profile.hosts == ("paper.example", "www.paper.example:8080")
    assert [version.until for version in profile.versions] == [date(2020, 2, 29), date(2023, 1, 1), None]
    common = {"article_url": r"/\d+\.html$", "teaser": ".lead"}
    assert profile.versions[0].rules == SectionRules(**{**common, "entry": "table.news td", "teaser": ""})
    assert profile.versions[2].rules == SectionRules(**common, entry="article")


@pytest.mark.parametrize(
    ("day", "entry"),
    [
        ("1999-01-01", "table.news td"),
        ("2020-02-28", "table.news td"),
        ("2020-02-29", "div.item"),
        ("2022-12-31", "div.item"),
        ("2023-01-01", "article"),
        ("2099-01-01", "article"),
    ],
)
def test_a_capture_is_read_by_the_version_of_its_day(day: str, entry: str) -> None:
    profile = profile_from_table("paper.example", tomllib.loads(PROFILE), "x")
    at = datetime.fromisoformat(f"{day}T23:59:59+00:00")
    assert profile.rules_at(at).entry == entry


def test_after_the_last_dated_version_only_the_common_rules_hold() -> None:
    profile = profile_from_table("a.example", {"teaser": "p", "version": [{"until": "2020-01-01", "entry": "li"}]}, "x")
    assert profile.versions == (
        RulesVersion(date(2020, 1, 1), SectionRules(teaser="p", entry="li")),
        RulesVersion(None, SectionRules(teaser="p")),
    )


FAULTY = [
    ({"entri": "a"}, "unknown key 'entri'"),
    ({"entry": "a["}, "not a CSS selector"),
    ({"entry": ""}, "empty"),
    ({"article_url": "("}, "not a regular expression"),
    ({"entry": ["a"]}, "text of at most"),
    ({"entry": "a" * 2000}, "text of at most"),
    ({"hosts": []}, "a list of host names"),
    ({"hosts": ["https://a.example/"]}, "is no host name"),
    ({"hosts": "a.example"}, "a list of host names"),
    ({"sections": ["a.example/news"]}, "a list of URLs"),
    ({"version": {"entry": "a"}}, "version: tables"),
    ({"version": [{"until": "soon"}]}, "a day, YYYY-MM-DD"),
    ({"version": [{"until": datetime(2020, 1, 1, tzinfo=UTC)}]}, "a day, YYYY-MM-DD"),
    ({"version": [{"until": 2020}]}, "a day, YYYY-MM-DD"),
    ({"version": [{"entry": "a"}, {"until": "2020-01-01"}]}, "in order of time"),
    ({"version": [{"until": "2020-01-01"}, {"until": "2020-01-01"}]}, "in order of time"),
    ({"version": [{"entry": "a"}, {"entry": "b"}]}, "in order of time"),
    ("text", "a table"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "fault"), FAULTY, ids=[fault for _, fault in FAULTY])
def test_a_faulty_profile_is_refused_in_one_line_that_names_it(table: object, fault: str) -> None:
    with pytest.raises(UsageError, match=r"^where") as error:
        profile_from_table("a.example", table, "where")
    assert fault in str(error.value)
    assert "\n" not in str(error.value)


DAYS = st.lists(st.dates(), max_size=3, unique=True).map(sorted)
RULES = st.builds(SectionRules, **{name: st.none() | st.sampled_from(["a", "h2 > a"]) for name in RULE_NAMES})


@given(DAYS, st.lists(RULES, min_size=4, max_size=4))
def test_the_written_form_gives_the_same_profile_again(days: list[date], rules: list[SectionRules]) -> None:
    untils = [*[day for day in days if day != date.max], None]
    versions = tuple(RulesVersion(until, rule) for until, rule in zip(untils, rules, strict=False))
    profile = SiteProfile("a.example", ("a.example", "b.example:80"), versions, ("https://a.example/x",))
    assert profile_from_table("a.example", json.loads(json.dumps(profile_table(profile))), "x") == profile


# ---- which rules hold --------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def book(*hosts: str) -> SiteBook:
    return SiteBook({host: profile_from_table(host, {"entry": f".{host[0]}"}, "x") for host in hosts})


@pytest.mark.parametrize(
    ("url", "entry", "why"),
    [
        ("https://a.example/x", ".a", "the host"),
        ("https://www.a.example/x", ".a", "www. is folded"),
        ("https://m.a.example/x", None, "another host of the domain"),
        ("http://a.example:8080/", ".a", "any port"),
        ("http://b.example:8080/", ".b", "this port"),
        ("http://b.example:8081/", None, "another port than the named one"),
        ("HTTP://A.EXAMPLE/", ".a", "case"),
        ("http://[bad/", None, "no URL"),
    ],
)
def test_a_profile_is_found_by_host(url: str, entry: str | None, why: str) -> None:
    rules = book("a.example", "b.example:8080").rules_for(url, NOW)
    assert (rules.entry if rules else None) == entry, why


def test_a_collections_own_table_takes_the_place_of_a_bundled_profile() -> None:
    url = "https://popularresistance.org/tag/x/"
    assert SiteBook().rules_for(url, NOW) is not None
    own = {"popularresistance.org": profile_from_table("popularresistance.org", {"entry": "li"}, "x")}
    assert SiteBook(own).rules_for(url, NOW) == SectionRules(entry="li")


@pytest.mark.parametrize(
    "settings", ["", "{", "[]", '{"sites": 3}', '{"sites": {"a.example": {"entry": "["}}}', "null", "[" * 100_000]
)
def test_settings_that_are_not_ours_give_the_bundled_profiles_alone(settings: str) -> None:
    assert SiteBook.of_settings(settings).profile_for("https://a.example/") is None
    assert SiteBook.of_settings(settings).profile_for("https://popularresistance.org/") is not None


# ---- archiver sites -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", bundled())
def test_each_version_of_a_bundled_profile_reads_its_golden_page(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sites", "check", name]) == 0, capsys.readouterr().out


def test_the_seeds_site_is_read_as_a_person_does_fifteen_stories_and_no_appeal() -> None:
    folder = Path(__file__).parent.parent / "archiver" / "sites" / "golden"
    read_from = json.loads((folder / "popularresistance.org-now.json").read_text("utf-8"))
    assert (len(read_from["entries"]), read_from["next_page"], read_from["kind"]) == (15, None, "listing")
    assert all(entry["teaser"] and "donate" not in entry["url"] for entry in read_from["entries"])
    html = (folder / "popularresistance.org-now.html").read_bytes()
    assert html.count(b"/donate/") == 3
    # The profile helps, but the page is read without it too.
    generic = read_page(parse_document(html, read_from["url"]), read_from["url"]).listing
    assert [(e.url, e.headline, e.teaser) for e in generic.entries] == [
        (e["url"], e["headline"], e["teaser"]) for e in read_from["entries"]
    ]


def test_a_golden_page_that_reads_otherwise_is_a_fault_with_its_place(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = Path(__file__).parent.parent / "archiver" / "sites"
    (tmp_path / "golden").mkdir()
    for path in (source / "golden").iterdir():
        text = path.read_text("utf-8")
        (tmp_path / "golden" / path.name).write_text(text.replace('"title": "Inter', '"title": "'), "utf-8")
    monkeypatch.setattr("archiver.cli.golden.files", lambda _: tmp_path)
    assert run(["sites", "check"]) == 1
    assert "popularresistance.org-now.json: title: 'International Solidarity', should be 'national Solidarity'" in (
        capsys.readouterr().out
    )
    assert run(["sites", "check", "--update"]) == 0
    assert run(["sites", "check"]) == 0
    (tmp_path / "golden" / "popularresistance.org-now.html").unlink()
    capsys.readouterr()
    assert run(["sites", "check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["faults"][0]["file"] == "popularresistance.org-now.html"


def test_list_and_show_tell_bundled_and_own_profiles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "collection.toml"
    config.write_text(
        '[site."paper.example"]\nteaser = ""\n[[site."paper.example".version]]\nuntil = 2020-01-01\nentry = "li"\n', "utf-8"
    )
    assert run(["sites", "list", "--json"]) == 0
    assert [site["name"] for site in json.loads(capsys.readouterr().out)] == list(bundled())
    assert run(["sites", "list", "--config", str(tmp_path)]) == 0
    assert "paper.example" in capsys.readouterr().out
    assert run(["sites", "show", "https://www.paper.example/x", "--config", str(config), "--at", "2019-05-05", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"] == {"teaser": "", "entry": "li"}
    assert run(["sites", "show", "paper.example", "--config", str(config)]) == 0
    assert capsys.readouterr().out.endswith("teaser: (none is printed)\n")
    assert run(["sites", "show", "https://unknown.example/"]) == 1
    assert "read generically" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[site."a.example"]\nentry = "["\n', '[site."a.example"]: entry'),
        ("site = 3\n", "site: tables"),
        ('[[site."a.example"]]\nentry = "a"\n', "a table"),
    ],
)
def test_a_wrong_site_table_stops_before_the_first_request(
    text: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "collection.toml"
    config.write_text(text, "utf-8")
    assert run(["crawl", "http://127.0.0.1:9/", "-o", str(tmp_path / "c"), "--config", str(config)]) == 2
    assert fault in capsys.readouterr().err
    assert not (tmp_path / "c").exists()
