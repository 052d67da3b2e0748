"""Each alarm sounds when a collection's last run is not like its own past, and only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.report.alarms import Alarm, Certificate, find_alarms
from archiver.report.facts import Shown, gather

from .past import FIRST, SPORT, WORLD, Day, usual, write_past

ARTICLE = f"{WORLD}3/1"  # a story of the fourth day


def alarms(root: Path, days: Sequence[Day], *, after: timedelta = timedelta(hours=1)) -> list[Alarm]:
    """The alarms an hour after the last of ``days``."""
    now = FIRST + timedelta(days=len(days) - 1) + after
    return find_alarms(gather(write_past(root, days)), now)


def kinds(found: list[Alarm]) -> list[tuple[str, str]]:
    return [(alarm.kind, alarm.place) for alarm in found]


WEEKS = [usual() for _ in range(29)]  # four weeks and a day; the last is a Monday
HTTP = [("http_status", f"{WORLD}x/{number}") for number in range(12)]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (usual(), []),
        (Day({WORLD: 9, SPORT: 4}), []),  # fewer is not silent
        (Day({WORLD: 14, SPORT: 0}), []),  # four a day: none is within the ordinary
        (Day({WORLD: 0, SPORT: 4}), [("silent-section", WORLD)]),
        (usual(silent=[WORLD]), [("silent-section", WORLD)]),  # a section page without any link
        (usual(article={"authors": []}), [("field-coverage", "news.example")]),
        (usual(article={"word_count": 90}), [("short-texts", "news.example")]),
        (usual(article={"word_count": 300}), []),
        (usual(failures=HTTP), [("failures", "http_status")]),
        (usual(failures=HTTP[:4]), []),
        (usual(failures=[("robots", WORLD)]), [("robots", "news.example")]),
        (usual(failures=[("robots", ARTICLE)]), [("robots", "news.example")]),  # had on an earlier day
        (usual(failures=[("robots", f"{WORLD}never/had")]), []),
        (usual(article={"page_type": "consent"}), [("walls", "news.example")]),
        (usual(failures=[("blocked", f"{WORLD}9/{n}") for n in range(9)]),
         [("failures", "blocked"), ("walls", "news.example")]),
        (usual(finish_reason="disk"), [("unfinished", "run:0029")]),
        (usual(finish_reason=None), [("unfinished", "run:0029")]),
    ],
)  # fmt: skip
def test_an_alarm_sounds_for_what_is_unusual_only(tmp_path: Path, last: Day, expected: list[tuple[str, str]]) -> None:
    found = alarms(tmp_path, [*WEEKS, last])
    assert kinds(found) == expected
    for alarm in found:
        assert alarm.kind == "unfinished" or alarm.rows, "the rows that show it"


def test_a_silent_section_says_what_is_usual_on_that_weekday(tmp_path: Path) -> None:
    weeks = [Day({WORLD: 14 + number % 3, SPORT: 4}) for number in range(35)]
    found = alarms(tmp_path, [*weeks, Day({WORLD: 0, SPORT: 4})])
    assert [alarm.message for alarm in found] == ["0 new articles, usual about 15 on a Monday (spread 1)"]
    assert found[0].rows[-1] == {"day": "2026-04-06", "new articles": 0}


def test_a_weekday_that_is_always_silent_is_no_alarm(tmp_path: Path) -> None:
    # The desk does not work on Sundays: day 6, 13, … and the last day, 34.
    weeks = [Day({WORLD: 0 if number % 7 == 6 else 14, SPORT: 4}) for number in range(35)]
    assert alarms(tmp_path, weeks) == []


def test_the_first_run_and_an_empty_collection_have_no_history_to_differ_from(tmp_path: Path) -> None:
    assert alarms(tmp_path / "none", []) == []
    assert alarms(tmp_path / "one", [Day({WORLD: 0, SPORT: 0})]) == []
    assert alarms(tmp_path / "two", [usual(), Day({WORLD: 0, SPORT: 0})]) == []


def test_a_run_before_the_usual_hour_is_compared_with_what_was_there_by_then(tmp_path: Path) -> None:
    # Every day's run is at 06:00, but today's is at 01:00: by that hour there never was anything.
    assert alarms(tmp_path, [*[usual(hour=5) for _ in range(29)], Day({WORLD: 0, SPORT: 0})]) == []


def test_a_run_that_is_missing_is_overdue(tmp_path: Path) -> None:
    assert kinds(alarms(tmp_path / "now", WEEKS, after=timedelta(hours=30))) == []
    found = alarms(tmp_path / "later", WEEKS, after=timedelta(hours=70))
    assert kinds(found) == [("overdue", "later")]
    assert found[0].message == "no run for 70 h, usual every 24 h"


def test_a_certificate_that_ends_within_two_weeks_is_named(tmp_path: Path) -> None:
    facts = gather(write_past(tmp_path, WEEKS))
    now = FIRST + timedelta(days=28, hours=1)
    good = Certificate("a.example", now + timedelta(days=30))
    found = find_alarms(facts, now, (good, replace(good, host="b.example", not_after=now + timedelta(days=3))))
    assert [(alarm.kind, alarm.place) for alarm in found] == [("certificate", "b.example")]
    assert "expires on 2026-04-02" in found[0].message


def shown(root: Path, last: list[float]) -> list[Alarm]:
    facts = gather(write_past(root, WEEKS))
    for run in facts.runs[-8:-1]:
        facts.shown[run.run_id] = [Shown("http://a.example/", 0.95 + number / 100, None) for number in range(4)]
    facts.shown[facts.runs[-1].run_id] = [Shown(f"{WORLD}x", share, "http://cdn.example/x.css") for share in last]
    return find_alarms(facts, FIRST + timedelta(days=28, hours=1))


def test_replay_that_finds_less_than_before_is_an_alarm_with_the_pages(tmp_path: Path) -> None:
    found = shown(tmp_path / "worse", [0.5, 0.9, 0.6])
    assert kinds(found) == [("replay", "worse")]
    assert found[0].rows[0] == {"url": f"{WORLD}x", "found": "50%", "missing, the first": "http://cdn.example/x.css"}
    assert shown(tmp_path / "same", [0.95, 0.9, 0.97]) == []
    assert shown(tmp_path / "few", [0.1, 0.1]) == [], "two pages say nothing"


def test_gaps_in_the_past_are_days_that_say_nothing(tmp_path: Path) -> None:
    weeks = [usual() if number % 3 else replace(usual(), finish_reason="cancelled", new={}) for number in range(29)]
    assert kinds(alarms(tmp_path, [*weeks, Day({WORLD: 0, SPORT: 4})])) == [("silent-section", WORLD)]


def test_time_is_in_utc_whatever_the_machine(tmp_path: Path) -> None:
    assert gather(write_past(tmp_path, [usual()])).runs[0].started_at == datetime(2026, 3, 2, 6, tzinfo=UTC)
