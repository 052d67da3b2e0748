"""Kill a crawl anywhere and run the same command again: the result is that of a crawl that was never interrupted."""

from __future__ import annotations

import random
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archiver.capture.fault import STEPS
from archiver.collection.layout import Collection
from archiver.demo_site import DemoSite

from .crashes import Ended, at_moment, at_step, findings, gzip_tests, survive
from .running import archiver, crawl
from .test_rebuild import contents, leave_the_archive_alone, same

# Each crawl dies at the n-th time that a step is met, and the next one goes on and dies at the next step. A step of rows comes
# first: once all is captured, repair writes those that are missing, and only the steps of ending a run are met for certain.
_CHAINS = {
    "the records of an exchange": ("exchange-read:1", "warc-write-start:2", "warc-write-part:4", "warc-written:3", "run-end:1"),
    "its indexes": ("lookup-written:4", "cdxj-written:3", "exchange-read:2", "merge:1"),
    "its row": ("row-start:1", "cdxj-sort:1", "run-line:1"),
    "its text": ("row-written:1", "warc-sync:1", "warc-rename:1"),
    "a failure": ("failure-recorded:1", "warc-write-start:1", "manifest:1"),
}
_SEEDS = range(5)
# In the others pages are read in the crawl's own process: to start a worker is most of a crawl this small.
_WITH_WORKERS = ("its row", "moments-0", "moments-1")
_KILLS = 4


def test_every_step_has_its_kill() -> None:
    assert {order.partition(":")[0] for orders in _CHAINS.values() for order in orders} == set(STEPS)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """All crashes, two at a time: most of a crawl this small is waiting for processes to start."""
    root = tmp_path_factory.mktemp("crash")
    chains = {name: [at_step(order) for order in orders] for name, orders in _CHAINS.items()}
    for seed in _SEEDS:
        dice = random.Random(seed)
        chains[f"moments-{seed}"] = [at_moment(dice) for _ in range(_KILLS)]
    folders = [root / str(number) / "c" for number in range(len(chains))]
    with ThreadPoolExecutor(2) as threads:
        # Rows are compared with their pages in one of them, and three have workers: both take as long as all the rest.
        results = threads.map(
            lambda folder, name, chain: survive(folder, chain, extract=folder == folders[0], has_workers=name in _WITH_WORKERS),
            folders,
            chains,
            chains.values(),
        )
        return dict(zip(chains, results, strict=True))


@pytest.mark.parametrize("name", [*_CHAINS, *(f"moments-{seed}" for seed in _SEEDS)])
def test_after_kills_nothing_is_lost_doubled_or_fetched_again(ended: dict[str, Ended], name: str) -> None:
    found = ended[name]
    assert found.lost == []
    assert found.doubled == []
    assert found.refetched == []
    assert found.findings == []
    assert gzip_tests(found.last.kept.root) == 0
    assert not list(found.last.kept.root.rglob("*.open"))


@pytest.mark.parametrize("name", _CHAINS)
def test_a_killed_run_goes_on_under_its_own_id(ended: dict[str, Ended], name: str) -> None:
    found = ended[name]
    assert all("going on with run:" in crawl.stderr for crawl in [*found.killed[2:], found.last])
    (run,) = found.last.kept.rows("runs")
    assert run["finish_reason"] == "finished"
    assert {row["run_id"] for row in found.last.kept.rows("articles")} == {run["run_id"]}


@pytest.mark.parametrize("name", _CHAINS)
def test_the_counts_of_a_killed_run_are_those_of_one_that_was_not(ended: dict[str, Ended], name: str) -> None:
    kept = ended[name].last.kept
    (run,) = kept.rows("runs")
    assert run["exchanges"] == len(kept.groups)
    assert run["articles_new"] == len(kept.rows("articles")) == 7
    assert run["failures"] == len(kept.rows("failures")) == 1
    assert (run["articles_changed"], run["articles_unchanged"], run["listings"]) == (0, 0, 2)
    assert run["warc_files"] == [path.name for path in kept.collection.warcs()]


@pytest.mark.parametrize("name", ["its row", "a failure", "moments-0"])
def test_what_was_killed_is_rebuilt_from_its_archive_as_it_is(ended: dict[str, Ended], tmp_path: Path, name: str) -> None:
    collection = Collection(Path(shutil.copytree(ended[name].last.kept.root, tmp_path / "c")))
    before = contents(collection)
    leave_the_archive_alone(collection)
    code, _, errors = archiver("rebuild", str(collection.root), notes=tmp_path / "rebuild")
    assert code == 0, errors
    same(collection, before)


def test_a_crawl_by_every_way_with_all_that_pages_need_ends_as_one_that_was_not_killed(tmp_path: Path) -> None:
    """The demo site: feeds, sitemaps, redirects, failures, page requisites."""
    flags = ("--min-free", "0", "--discover", "section,feed,sitemap", "--max-warc-bytes", "60000")
    with DemoSite() as site:
        control = crawl(site.sections, tmp_path / "control" / "c", *flags)
        for step in ("lookup-written:12", "row-written:1", "lookup-written:5"):
            killed = crawl(site.sections, tmp_path / "killed" / "c", *flags, env={"ARCHIVER_FAULT": f"{step}:kill"})
            assert killed.code == -signal.SIGKILL, killed.stderr
        ended = crawl(site.sections, tmp_path / "killed" / "c", *flags)
    assert (control.code, ended.code) == (0, 0), ended.stderr
    for name, key in (("articles", ("url", "url_final", "content_digest")), ("failures", ("url", "reason"))):
        wanted, found = ([tuple(row[k] for k in key) for row in done.kept.rows(name)] for done in (control, ended))
        assert sorted(found) == sorted(wanted), name
    assert {group.url for group in ended.kept.groups} == {group.url for group in control.kept.groups}
    counts = [{name: done.kept.rows("runs")[0][name] for name in _COUNTED} for done in (control, ended)]
    assert counts[0] == counts[1]
    assert findings(ended.kept.collection, False) == []


_COUNTED = ("listings", "articles_new", "articles_changed", "articles_unchanged", "appearances", "failures")
