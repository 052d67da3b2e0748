"""SITES.toml: what it may hold, and which sites must not run at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import UsageError
from archiver.fleet.sites import read_sites, shards_of, toml_of


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def site(name: str, *sections: str, more: str = "") -> str:
    return f'[[site]]\nname = "{name}"\nsections = [{", ".join(map(repr, sections))}]\n{more}\n'


GROUPS = [
    (["https://a.example.org/", "https://b.example.net/"], ["example.org", "example.net"], "two domains, two shards"),
    (["https://a.example.org/", "https://b.example.org/"], ["example.org"], "one domain: one after the other"),
    (["https://a.co.uk/", "https://b.co.uk/"], ["a.co.uk", "b.co.uk"], "a public suffix is no domain"),
    (["http://a.org/", "https://a.org:8443/x"], ["a.org"], "scheme and port do not matter: it is one machine"),
    (["http://127.0.0.1:8001/", "http://127.0.0.1:8002/"], ["127.0.0.1"], "an address is a host"),
    (["http://127.0.0.1/", "http://127.0.0.2/"], ["127.0.0.1", "127.0.0.2"], "two addresses"),
    (["http://[::1]/", "http://[::1]:81/"], ["::1"], "IPv6"),
    (
        ["https://a.org/|https://b.org/", "https://c.org/", "https://www.b.org/"],
        ["a.org", "c.org"],
        "a site of two domains joins them",
    ),
    (["https://a.org/", "https://b.org/", "https://x.a.org/|https://x.b.org/"], ["a.org"], "a later one joins earlier ones"),
]


@pytest.mark.parametrize(("sections", "shards", "reason"), GROUPS)
def test_shards_are_whole_hosts(tmp_path: Path, sections: list[str], shards: list[str], reason: str) -> None:
    text = "".join(site(f"s{n}", *urls.split("|")) for n, urls in enumerate(sections))
    sites = read_sites(write(tmp_path / "s.toml", text), {})
    found = shards_of(sites)
    assert [shard.name for shard in found] == shards, reason
    assert sorted(one.name for shard in found for one in shard.sites) == [f"s{n}" for n in range(len(sections))]
    for one in found:
        for other in found:
            assert one is other or not {d for s in one.sites for d in s.domains} & {d for s in other.sites for d in s.domains}


WRONG = [
    ("", "no [[site]] table"),
    ("[[site]]\n", "[[site]] 1: name: letters, digits"),
    (site("../up", "https://a.org/"), "[[site]] 1: name: letters, digits"),
    (site(".fleet", "https://a.org/"), "[[site]] 1: name: letters, digits"),
    ('[[site]]\nname = "a"\n', "[[site]] 1 (a): sections: a list of URLs"),
    (site("a", "ftp://a.org/"), "[[site]] 1 (a): ftp://a.org/: not an http or https URL"),
    (site("a", "https://a.org/", more="dealy = 2"), "[[site]] 1 (a): unknown option 'dealy'"),
    (site("a", "https://a.org/", more="delay = -1"), "[[site]] 1 (a): delay = -1: a number, not negative"),
    (site("a", "https://a.org/") + site("A", "https://b.org/"), "two sites are called 'A'"),
    ('delay = 3\n[[site]]\nname = "a"', "unknown key 'delay': there are [[site]] tables only"),
    ("[[site", "s.toml: "),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        read_sites(write(tmp_path / "s.toml", text), {})
    assert said in str(error.value)
    assert "s.toml" in str(error.value)


def test_defaults_are_overruled_by_the_site_and_secrets_are_not_shown(tmp_path: Path) -> None:
    more = 'delay = 3\n[site.host."a.org"]\nusername = "u"\npassword = "s3cret"\ncookies = "c.txt"'
    (one,) = read_sites(write(tmp_path / "s.toml", site("a", "https://a.org/", more=more)), {"delay": 9.0, "max_pages": 2})
    table = tomllib.loads(one.toml)
    assert (table["delay"], table["max_pages"], one.delay_s) == (3, 2, 3)
    assert table["host"]["a.org"]["cookies"] == str(tmp_path / "c.txt")
    assert "s3cret" not in repr(one)


def test_work_changes_with_what_there_is_to_do(tmp_path: Path) -> None:
    def work(**defaults: float) -> str:
        (shard,) = shards_of(read_sites(write(tmp_path / "s.toml", site("a", "https://a.org/")), defaults))
        return shard.work

    assert work(delay=1.0) == work(delay=1.0) != work(delay=2.0)


VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**60), 2**60), st.text(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_a_table_is_the_same_when_it_is_read_again(table: dict[str, object]) -> None:
    assert tomllib.loads(toml_of(table)) == table
