"""mkdocs hook: the reference pages, made from the code each time the site is built, so that they cannot lag behind it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import archiver
from archiver.cli import cli
from archiver.cli.flags import _declaration, _shown
from archiver.options import OPTIONS, HostOptions, setting_name


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    pages = {"reference/commands.md": commands(), "reference/options.md": options(), "reference/python.md": python()}
    for path, content in pages.items():
        files.append(File.generated(config, path, content=content))
    return files


def commands() -> str:
    """Every verb with its help, as the terminal shows it."""
    parts = [
        "# Commands\n\nExit codes: 0 done, 1 findings or partial, 2 usage, 3 failure. Results on stdout, `--json` for machines; "
        "progress and messages on stderr.\n"
    ]
    for name, command, context in _verbs(cli, click.Context(cli, info_name="archiver")):
        parts.append(f"## {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _verbs(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        child = click.Context(command, info_name=name, parent=context, terminal_width=100, max_content_width=100)
        yield child.command_path.removeprefix("archiver "), command, child
        if isinstance(command, click.Group):
            yield from _verbs(command, child)


def options() -> str:
    """Every option of a crawl: flag, TOML key, Scrapy setting, default."""
    rows = ["| flag | in collection.toml | Scrapy setting | default | meaning |", "|---|---|---|---|---|"]
    for name, item in OPTIONS.items():
        default = ",".join(item.default) if isinstance(item.default, tuple) else item.default
        shown = _shown(item.metadata["kind"], default)
        meaning = item.metadata["meaning"].replace("|", "\\|")
        rows.append(f"| `{_declaration(name)}` | `{name}` | `{setting_name(name)}` | {shown} | {meaning} |")
    hosts = ", ".join(f"`{item.name}`" for item in dataclasses.fields(HostOptions))
    return (
        "# Options of a crawl\n\nOne table makes the flags, the keys of `collection.toml` and the Scrapy settings. A flag counts "
        "before `collection.toml`, that before the default. Sizes are `500MB`, times `90`, `10m`, `6h` or `2d`.\n\n"
        + "\n".join(rows)
        + f'\n\nA table `[host."example.org"]` takes {hosts}; a table `[site."example.org"]` is a '
        "[site profile](../how-to-add-a-site.md); `title` and `sections` stand beside the options.\n"
    )


def python() -> str:
    """The public names with signatures and docstrings."""
    parts = ["# Python\n\nWhat `archiver.__all__` holds; the rest of the package may change.\n"]
    for name in archiver.__all__:
        if not name.startswith("__"):
            parts.append(_documented(name, getattr(archiver, name)))
    return "\n".join(parts)


def _documented(name: str, item: Any) -> str:
    text = inspect.cleandoc(item.__doc__ or "").replace("``", "`")
    if dataclasses.is_dataclass(item):
        rows = "\n".join(
            f"| `{field.name}` | `{field.type}` |".replace(" | None`", " or None`") for field in dataclasses.fields(item)
        )
        return f"## {name}\n\n{text}\n\n| attribute | type |\n|---|---|\n{rows}\n"
    return f"## {name}\n\n```python\n{name}{inspect.signature(item)}\n```\n\n{text}\n"
