"""Plots as inline SVG, each with its alternative text and the numbers it shows. Needs ``archiver[report]``.

Ink is ``currentColor`` and backgrounds are clear, so that one drawing does for light, dark and paper.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from archiver.errors import MissingExtraError
from archiver.report.facts import COVERED, Facts, days
from archiver.report.wire import WireFacts

Cell = str | int | float
# Told apart in grey and by those who see no red or green (Okabe and Ito), and clear on white and on black.
_COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a8a"]
_INK, _FAINT = "#010203", "#010204"
_MAX_SERIES = 6
_LABEL = 42


@dataclass(frozen=True, slots=True)
class Plot:
    """``svg`` is one element ready to stand in a page; ``head`` and ``rows`` are the same numbers as a table."""

    title: str
    svg: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def require_plots() -> None:
    """Raises MissingExtraError where the plotting libraries are not installed."""
    try:
        import altair  # noqa: F401
        import jinja2  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(str(error.name), "report") from error


def draw_all(facts: Facts, wire: WireFacts) -> list[Plot]:
    """Every plot that has something to show."""
    drawn = (
        _new_articles(facts),
        _captures(facts),
        _coverage(facts),
        _histogram("Words an article", "words", [float(count) for count in facts.words], _WORDS),
        _histogram("Answer times of the last run", "ms", [float(value) for value in wire.milliseconds], _MILLISECONDS),
        _histogram("Time on the section page, of articles that have left it", "hours", facts.on_page_hours, _HOURS),
        _bytes(facts),
    )
    return [plot for plot in drawn if plot is not None]


def _new_articles(facts: Facts) -> Plot | None:
    table = [(str(day), section, sum(run.sections[section].new for run in runs if section in run.sections))
             for day, runs in days(facts) for section in sorted({name for run in runs for name in run.sections})]  # fmt: skip
    totals: Counter[str] = Counter()
    for _, section, count in table:
        totals[section] += count
    names = _series_names([name for name, count in totals.most_common() if count])
    rows = [(day, names.get(section, "others"), count) for day, section, count in table if count]
    head = ("day", "section", "new articles")
    chart = _bars([dict(zip(("x", "series", "y"), row, strict=True)) for row in rows], "new articles")
    shown = [row for row in table if row[2]]
    return _plot("New articles a day and section", chart, head, shown)


def _captures(facts: Facts) -> Plot | None:
    rows: list[tuple[Cell, ...]] = []
    values = []
    for day, runs in days(facts):
        counts = {
            "captures": sum(run.counts.get("exchanges", 0) for run in runs),
            "of these, revisits": sum(run.counts.get("revisits", 0) for run in runs),
            "failed URLs": sum(len(run.failures) for run in runs),
        }
        rows.append((str(day), *counts.values()))
        values += [{"x": str(day), "series": name, "y": count} for name, count in counts.items()]
    return _plot("Captures and failures", _lines(values, "count"), ("day", "captures", "of these, revisits", "failed URLs"), rows)


def _coverage(facts: Facts) -> Plot | None:
    names = {"authors": "authors", "date_published_day": "date", "section": "section"}
    rows: list[tuple[Cell, ...]] = []
    values = []
    for day, runs in days(facts):
        total = sum(domain.rows for run in runs for domain in run.domains.values())
        if not total:
            continue
        share = {name: sum(d.covered[name] for run in runs for d in run.domains.values()) / total for name in COVERED}
        rows.append((str(day), total, *(f"{share[name]:.0%}" for name in names)))
        values += [{"x": str(day), "series": label, "y": round(100 * share[name], 1)} for name, label in names.items()]
    head = ("day", "rows", *names.values())
    return _plot("Rows with author, date and section", _lines(values, "% of rows", top=100), head, rows)


_WORDS = (50, 100, 200, 400, 800, 1600, 3200)
_MILLISECONDS = (10, 30, 100, 300, 1000, 3000, 10_000)
_HOURS = (1, 6, 12, 24, 48, 96, 168)


def _histogram(title: str, unit: str, numbers: Sequence[float], edges: Sequence[int]) -> Plot | None:
    if not numbers:
        return None
    labels = [f"under {edges[0]}", *(f"{low}-{high}" for low, high in pairwise(edges)), f"{edges[-1]} or more"]
    counts = [0] * len(labels)
    for number in numbers:
        counts[sum(number >= edge for edge in edges)] += 1
    rows = list(zip(labels, counts, strict=True))
    values = [{"x": label, "y": count} for label, count in rows]
    return _plot(f"{title} ({unit})", _steps(values, unit), (unit, "count"), rows)


def _bytes(facts: Facts) -> Plot | None:
    rows = [(name, round(size / 1e6, 3)) for name, size in facts.bytes_by_type.most_common()]
    values = [{"x": name, "y": size} for name, size in rows]
    return _plot("Bytes by type (MB in the archive, compressed)", _steps(values, "", "MB"), ("type", "MB"), rows)


def _series_names(names: list[str]) -> dict[str, str]:
    """Labels of the series with a colour of their own: those of the largest, cut to a readable length, each once."""
    labels: dict[str, str] = {}
    for name in names[:_MAX_SERIES]:
        label = name.removeprefix("https://").removeprefix("http://")
        label = label if len(label) <= _LABEL else "…" + label[-_LABEL:]
        labels[name] = label if label not in labels.values() else f"{label} ({len(labels) + 1})"
    return labels


def _plot(title: str, chart: Any, head: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> Plot | None:
    if not rows:
        return None
    return Plot(title, _svg(chart, _alternative(title, head, rows)), head, tuple(rows))


def _alternative(title: str, head: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> str:
    """What a person who does not see the plot is told; the table beneath has the rest."""
    last = ", ".join(f"{name} {value}" for name, value in zip(head, rows[-1], strict=True))
    return f"{title}: {len(rows)} values; the last: {last}. The numbers are in the table beneath."


def _bars(values: list[dict[str, Any]], title: str) -> Any:
    import altair as alt

    return alt.Chart(alt.InlineData(values=values)).mark_bar().encode(x=_day_axis(), y=_count_axis(title), color=_series())


def _lines(values: list[dict[str, Any]], title: str, top: int | None = None) -> Any:
    import altair as alt

    scale = alt.Scale(domain=[0, top]) if top else alt.Undefined
    y = alt.Y("y:Q", title=title, scale=scale, axis=alt.Axis(tickMinStep=1, tickCount=5))
    return alt.Chart(alt.InlineData(values=values)).mark_line(point=True).encode(x=_day_axis(), y=y, color=_series())


def _steps(values: list[dict[str, Any]], unit: str, title: str = "count") -> Any:
    import altair as alt

    x = alt.X("x:N", sort=None, title=unit or None, axis=alt.Axis(labelAngle=-30))
    return alt.Chart(alt.InlineData(values=values)).mark_bar(color=_COLOURS[0]).encode(x=x, y=_count_axis(title))


def _day_axis() -> Any:
    import altair as alt

    # Days as names: two days make two bars, not a bar at each end of an axis of time.
    return alt.X("x:O", title=None, axis=alt.Axis(labelAngle=-45, labelOverlap="greedy"))


def _count_axis(title: str) -> Any:
    import altair as alt

    return alt.Y("y:Q", title=title, axis=alt.Axis(tickMinStep=1 if title != "MB" else 0, tickCount=5))


def _series() -> Any:
    import altair as alt

    legend = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=400, symbolLimit=_MAX_SERIES + 1)
    return alt.Color("series:N", sort=None, scale=alt.Scale(range=_COLOURS), legend=legend)


_CONFIG = {
    "background": "transparent",
    "view": {"stroke": None},
    "font": "sans-serif",
    "axis": {"labelColor": _INK, "titleColor": _INK, "tickColor": _INK, "domainColor": _INK, "gridColor": _FAINT,
             "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
    "legend": {"labelColor": _INK, "titleColor": _INK, "labelFontSize": 12},
}  # fmt: skip


def _svg(chart: Any, alternative: str) -> str:
    import vl_convert

    spec = json.loads(chart.properties(width=560, height=190).to_json())
    spec["config"] = _CONFIG
    svg: str = vl_convert.vegalite_to_svg(spec)
    svg = svg.replace(f'="{_INK}"', '="currentColor"').replace(f'stroke="{_FAINT}"', 'stroke="currentColor" stroke-opacity="0.15"')
    # One graphic with one text: what is inside is for the eye alone.
    svg = re.sub(r' aria-[a-z]+="[^"]*"| role="[^"]*"', "", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(alternative)}" ', 1)
