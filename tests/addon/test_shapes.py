"""Spiders of every shape give with the add-on what they give without it, and every exchange of theirs is archived exactly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from capture.support import Group, Kept
from wire.server import WireExchange, WireServer
from wire.site import Site

from archiver.cli import run

from .project import REPOSITORY
from .shapes import SHAPES

ASYNCIO = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
SELECT = "twisted.internet.selectreactor.SelectReactor"


@contextmanager
def ran(site: Site, folder: Path, *, addon: bool, reactor: str) -> Iterator[tuple[dict[str, Any], WireServer]]:
    folder.mkdir()
    with WireServer(site.cases) as server:
        base = server.url("")
        given = folder / "given.json"
        given.write_text(json.dumps({"base": base, "addon": addon, "reactor": reactor}))
        env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        env["PYTHONPATH"] = os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "tests")))
        command = [sys.executable, "-m", "addon.shapes", str(given)]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        yield json.loads(done.stdout.replace(base, "http://site")), server


@pytest.fixture(scope="module")
def stock(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with ran(site, tmp_path_factory.mktemp("shapes") / "stock", addon=False, reactor=ASYNCIO) as (given, _):
        yield given


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """Without order, which concurrency makes, and what the port is part of: lengths of heads, names of downloaded files."""
    for item in result["items"]:
        for file in item.get("files", ()):
            file.pop("path", None)
    told = {name: value for name, value in result["stats"].items() if not name.endswith("_bytes")}
    return {**result, "items": sorted(map(json.dumps, result["items"])), "log": sorted(result["log"]), "stats": told}


def is_exact(group: Group, wire: WireExchange) -> bool:
    """What was stopped half way is in the archive as far as it came."""
    came = wire.response[: len(group.block)] if group.truncated else wire.response
    return group.request.block == wire.request and group.holds(came)


def test_every_shape_gives_the_same_and_is_archived(site: Site, stock: dict[str, Any], tmp_path: Path) -> None:
    with ran(site, tmp_path / "with", addon=True, reactor=ASYNCIO) as (given, server):
        assert "is closed as interrupted" in given["reopened"]["log"].pop(0)
        for shape in SHAPES:
            assert comparable(given[shape.name]) == comparable(stock[shape.name]), shape.name
        log = server.settled()
    exchanges = 0
    roots = sorted((tmp_path / "with" / "output").iterdir())
    assert len(roots) == len(SHAPES) - 1  # one collection is that of two
    for root in roots:
        assert run(["verify", str(root)]) == 0, root.name
        groups = [group for group in Kept(root).groups if group.block]
        assert groups, root.name
        for group in groups:
            assert any(is_exact(group, wire) for wire in log), f"{root.name}: {group.url}"
        exchanges += len(groups)
    assert [row["finish_reason"] for row in Kept(tmp_path / "with" / "output" / "unopened").rows("runs")] == [
        "interrupted",
        "finished",
    ]
    assert exchanges == len(log)


def test_under_another_reactor_it_stays_out_and_says_so(site: Site, stock: dict[str, Any], tmp_path: Path) -> None:
    with ran(site, tmp_path / "select", addon=True, reactor=SELECT) as (given, _):
        for shape in SHAPES:
            assert comparable(given[shape.name])["items"] == comparable(stock[shape.name])["items"], shape.name
            assert any("default reactor" in line for line in given[shape.name]["log"]), shape.name
    assert not (tmp_path / "select" / "output").exists()
