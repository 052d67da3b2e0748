"""Alarms on the command line: how they are shown, and ``--fail-on``."""

from __future__ import annotations

from collections.abc import Iterable

import click
from rich.console import Console
from rich.text import Text

from archiver.report.alarms import KINDS, Alarm


def _parse(ctx: click.Context, parameter: click.Parameter, value: str | None) -> frozenset[str]:
    wanted = frozenset(part.strip() for part in (value or "").split(",") if part.strip())
    if unknown := wanted - {*KINDS, "any"}:
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: not one of any, {', '.join(KINDS)}")
    return frozenset(KINDS) if "any" in wanted else wanted


fail_on_option = click.option(
    "--fail-on",
    callback=_parse,
    metavar="KIND,...",
    help="Exit 1 when there is an alarm of one of these kinds: any, " + ", ".join(KINDS) + ".",
)


def exit_code(alarms: Iterable[Alarm], fail_on: frozenset[str]) -> int:
    """1 when one of ``alarms`` is of a kind in ``fail_on``."""
    return int(any(alarm.kind in fail_on for alarm in alarms))


def show_alarms(alarms: Iterable[Alarm]) -> None:
    """One line each; control characters of a page or URL do not reach the terminal."""
    console = Console(highlight=False, soft_wrap=True)
    for alarm in alarms:
        place, message = (_printable(text) for text in (alarm.place, alarm.message))
        console.print(Text.assemble("  ", (f"{alarm.kind}", "bold red"), f" {place}: {message}"))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)
