"""Flags made from the option table, so that every option has one and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from archiver.options import OPTIONS

_F = TypeVar("_F", bound=Callable[..., Any])


def crawl_flags(function: _F) -> _F:
    """Add a flag for every option of the table; a flag that is not named gives ``None``."""
    for name in reversed(OPTIONS):
        function = click.option(_declaration(name), name, **_parameters(name))(function)
    return function


def _declaration(name: str) -> str:
    flag = "--" + name.replace("_", "-")
    if OPTIONS[name].metadata["kind"] != "bool":
        return flag
    return f"{flag}/{OPTIONS[name].metadata['negative'] or flag.replace('--', '--no-', 1)}"


def _parameters(name: str) -> dict[str, Any]:
    meta, default = OPTIONS[name].metadata, OPTIONS[name].default
    shown = ",".join(default) if isinstance(default, tuple) else default
    parameters: dict[str, Any] = {"default": None, "help": f"{meta['meaning']}  [default: {_shown(meta['kind'], shown)}]"}
    if meta["kind"] == "choice":
        parameters["type"] = click.Choice(meta["choices"])
    elif meta["kind"] != "bool":
        parameters["metavar"] = {
            "bytes": "SIZE",
            "seconds": "TIME",
            "float": "S",
            "int": "N",
            "list": "A,B",
            "ages": "AGE,AGE",
            "date": "DATE",
        }.get(meta["kind"], "TEXT")
    return parameters


def _shown(kind: str, default: Any) -> str:
    if kind == "bool":
        return "yes" if default else "no"
    if kind == "bytes" and default:
        return f"{default / 10**6:.0f}MB"
    if kind == "seconds":
        return f"{default / 3600:g}h" if default >= 3600 else f"{default:g}s"
    return str(default) if default not in ("", None) else "none"


def given(values: dict[str, Any]) -> dict[str, Any]:
    """The options that were named on the command line, by name."""
    return {name: values[name] for name in OPTIONS if values.get(name) is not None}
