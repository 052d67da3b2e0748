"""Kill a crawl anywhere and run the same command again: the result is that of a crawl that was never interrupted."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from wire.server import WireServer

from archiver.capture.fault import STEPS

from .crashes import Ended, go_on, gzip_tests, kill_at_moment, kill_at_step, site

# The n-th time that a step is met: in the middle of the crawl, of its last file for those that come once.
_ORDERS = [
    "exchange-read:1:kill",
    *(f"{step}:6:kill" for step in STEPS[:8]),
    *(f"{step}:1:kill" for step in STEPS[8:]),
    "warc-rename:2:kill",
    "manifest:2:kill",
]  # fmt: skip
_SEEDS = range(20)


def survive(folder: Path, kill: Callable[[WireServer, Path], object], *, extract: bool) -> Ended:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with WireServer(site().cases) as server:
        kill(server, folder)
        return go_on(server, folder, extract=extract)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Ended]]:
    """All crashes, two at a time: most of a crawl this small is the start of Python."""
    root = tmp_path_factory.mktemp("crash")

    def at_step(order: str) -> Ended:
        return survive(
            root / order.replace(":", "-") / "c", lambda s, f: kill_at_step(s, f, order), extract=order.endswith(":1:kill")
        )

    def at_moment(seed: int) -> Ended:
        dice = random.Random(seed)
        return survive(root / f"moment-{seed}" / "c", lambda s, f: kill_at_moment(s, f, dice), extract=False)

    with ThreadPoolExecutor(2) as threads:
        steps = dict(zip(_ORDERS, threads.map(at_step, _ORDERS), strict=True))
        moments = {f"moment-{seed}": found for seed, found in zip(_SEEDS, threads.map(at_moment, _SEEDS), strict=True)}
    return {name: (found.second.kept.root, found) for name, found in {**steps, **moments}.items()}


@pytest.mark.parametrize("name", [*_ORDERS, *(f"moment-{seed}" for seed in _SEEDS)])
def test_after_a_kill_nothing_is_lost_doubled_or_fetched_again(ended: dict[str, tuple[Path, Ended]], name: str) -> None:
    folder, found = ended[name]
    assert found.lost == []
    assert found.doubled == []
    assert found.refetched == []
    assert found.findings == []
    assert gzip_tests(folder) == 0
    assert not list(folder.rglob("*.open"))


@pytest.mark.parametrize("name", ["exchange-read:6:kill", "warc-write-part:6:kill", "lookup-written:6:kill", "row-start:6:kill"])
def test_a_killed_run_goes_on_under_its_own_id(ended: dict[str, tuple[Path, Ended]], name: str) -> None:
    _, found = ended[name]
    assert "going on with run:" in found.second.stderr
    (run,) = found.second.kept.rows("runs")
    assert run["finish_reason"] == "finished"
    assert {row["run_id"] for row in found.second.kept.rows("articles")} == {run["run_id"]}
