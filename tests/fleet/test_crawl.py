"""``fleet crawl`` with real processes: every page once, politely, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.collection.layout import Collection
from archiver.collection.lease import acquire_lease
from archiver.dataset.load import read_articles
from archiver.verify.collection import VerifyOptions, verify_collection
from archiver.verify.ledger import Ledger

from .support import Cluster, run, running_workers, started, until
from .town import Town

DELAY = 0.8
# What the server's log may be late on a busy machine, where the next entry is not. Two crawls at once would ask within nothing.
LATE = DELAY / 2
FLAGS = ("--delay", DELAY, "--min-free", 0, "--allow-private", "--no-requisites", "--discover", "section", "--retry-delay", 0.1)


def sites_toml(path: Path, town: Town, **more: str) -> Path:
    """One site a host, called after it."""
    tables = [
        f'[[site]]\nname = "site-{host}"\nsections = ["{town.url(host)}"]\n' + "".join(f"{k} = {v}\n" for k, v in more.items())
        for host in town.hosts
    ]
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def crawl(folder: Path, town: Town, *how: object) -> tuple[object, ...]:
    return ("fleet", "crawl", sites_toml(folder / "SITES.toml", town), "-o", folder / "root", *FLAGS, *how)


def assert_whole(folder: Path, town: Town, killed: int = 0) -> None:
    """Every article of every site has one row, the collections are clean, nobody was asked too often or too soon."""
    for host in town.hosts:
        root = folder / "root" / f"site-{host}"
        assert sorted(row["url"] for row in read_articles(root)) == sorted(town.stories(host))
        with Ledger() as ledger:
            summary = verify_collection(Collection(root), ledger, VerifyOptions(extract=False))
            assert (summary.is_clean, list(ledger.findings())) == (True, [])
    times = Counter((asked.host, asked.path) for asked in town.asked if "/story-" in asked.path)
    assert len(times) == sum(len(town.stories(host)) for host in town.hosts)
    # What was on its way when a crawl was killed is asked again, and nothing else.
    assert sum(times.values()) - len(times) <= killed
    for host, gaps in town.gaps().items():
        assert min(gaps) >= DELAY - LATE, host


@pytest.fixture
def town() -> Iterator[Town]:
    with Town(2, stories=2) as found:
        yield found


def test_each_site_is_a_collection_and_the_next_command_is_the_next_crawl(tmp_path: Path, town: Town) -> None:
    done = run(*crawl(tmp_path, town, "--workers", 2, "--json"))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["sites"], said["parked"], said["counts"]["articles_new"]) == (2, 0, 4)
    assert_whole(tmp_path, town)
    assert not list((tmp_path / "root" / ".fleet" / "leases").iterdir())
    before = len(town.asked)
    again = run(*crawl(tmp_path, town, "--workers", 2, "--json"))
    assert "articles_new" not in json.loads(again.stdout)["counts"]
    asked = Counter(asked.path for asked in town.asked[before:])
    assert asked["/"] == 2, "a job that ended is followed by the next"


def test_twenty_sites_on_a_cluster_and_a_worker_is_killed(tmp_path: Path, own_cluster: Cluster) -> None:
    with Town(20, stories=2) as town:
        for _ in range(2):
            own_cluster.add_worker()
        with started(*crawl(tmp_path, town, "--scheduler", own_cluster.address)) as client:
            until(lambda: any("/story-" in asked.path for asked in town.asked), "an article on its way")
            own_cluster.kill_worker(next(iter(running_workers(tmp_path / "root").values())))
            said = client.communicate()[1]
            assert client.returncode == 0, said
        assert_whole(tmp_path, town, killed=1)


def test_a_worker_of_the_pool_is_killed(tmp_path: Path, town: Town) -> None:
    with started(*crawl(tmp_path, town, "--workers", 2)) as client:
        until(lambda: any("/story-" in asked.path for asked in town.asked), "an article on its way")
        os.kill(next(iter(running_workers(tmp_path / "root").values())), signal.SIGKILL)
        said = client.communicate()[1]
        assert client.returncode == 0, said
    # The pool breaks as a whole: both crawls end.
    assert_whole(tmp_path, town, killed=2)


def test_the_client_is_killed_and_started_again(tmp_path: Path, town: Town) -> None:
    with started(*crawl(tmp_path, town, "--workers", 2)) as client:
        until(lambda: any("/story-" in asked.path for asked in town.asked), "an article on its way")
        client.kill()
        client.wait()
    done = run(*crawl(tmp_path, town, "--workers", 2))
    assert done.returncode == 0, done.stderr
    assert_whole(tmp_path, town, killed=2)


def test_the_scheduler_is_killed_and_comes_back(tmp_path: Path, town: Town, own_cluster: Cluster) -> None:
    with started(*crawl(tmp_path, town, "--scheduler", own_cluster.address)) as client:
        until(lambda: any("/story-" in asked.path for asked in town.asked), "an article on its way")
        own_cluster.restart_scheduler()
        said = client.communicate()[1]
        assert client.returncode == 0, said
    assert_whole(tmp_path, town, killed=2)


def test_a_worker_that_only_slept_does_not_write_beside_its_successor(tmp_path: Path, own_cluster: Cluster) -> None:
    with Town(1, stories=4) as town, started(*crawl(tmp_path, town, "--scheduler", own_cluster.address, "--lease", 3)) as client:
        until(lambda: any("/story-" in asked.path for asked in town.asked), "an article on its way")
        (sleeper,) = running_workers(tmp_path / "root").values()
        os.kill(sleeper, signal.SIGSTOP)
        # Its crawl, a process of its own, is not stopped, and goes on as long as it has the lease.
        lease = next((tmp_path / "root" / ".fleet" / "leases").iterdir())
        facts = json.loads(lease.read_bytes())
        lease.write_bytes(json.dumps({**facts, "boot": "another machine"}).encode().ljust(512))
        successor = acquire_lease(lease, 1.0)
        until(lambda: "the lease was lost" in _log(tmp_path), "the crawl noticed")
        successor.release()
        os.kill(sleeper, signal.SIGCONT)
        said = client.communicate()[1]
        assert client.returncode == 0, said
        assert_whole(tmp_path, town, killed=1)


def _log(folder: Path) -> str:
    return "".join(path.read_text() for path in (folder / "root" / ".fleet" / "logs").glob("*.log"))


def test_a_wrong_option_is_refused_before_anything_runs_and_a_dead_site_is_a_row(tmp_path: Path, town: Town) -> None:
    sites = sites_toml(tmp_path / "SITES.toml", town, dealy="2")
    done = run("fleet", "crawl", sites, "-o", tmp_path / "root")
    assert (done.returncode, town.asked) == (2, [])
    assert "unknown option 'dealy'" in done.stderr
    town.close()
    done = run(*crawl(tmp_path, town, "--workers", 3, "--retries", 0))
    assert done.returncode == 1
    assert "no article link" in done.stderr
    found = run("fleet", "status", tmp_path / "root")
    assert found.returncode == 1
    assert "crawl: 0 waiting, 0 running, 2 done, 0 failed, 0 parked" in found.stdout
    assert "site-127.0.7.1: no article link" in found.stdout


def test_sites_of_one_host_run_one_after_the_other_with_the_delay_between(tmp_path: Path) -> None:
    with Town(1, stories=1) as town:
        url = town.url(town.hosts[0])
        (tmp_path / "SITES.toml").write_text(
            f'[[site]]\nname = "a"\nsections = ["{url}"]\n[[site]]\nname = "b"\nsections = ["{url}?b=1"]\n', encoding="utf-8"
        )
        done = run("fleet", "crawl", tmp_path / "SITES.toml", "-o", tmp_path / "root", *FLAGS, "--delay", 2, "--workers", 2)
        assert done.returncode in (0, 1), done.stderr
        assert min(town.gaps()[town.hosts[0]]) >= 2 - LATE


def test_ctrl_c_stops_and_the_same_command_goes_on(tmp_path: Path, town: Town, cluster: Cluster) -> None:
    with started(*crawl(tmp_path, town, "--scheduler", cluster.address)) as client:
        until(lambda: any("/story-" in asked.path for asked in town.asked), "an article on its way")
        client.send_signal(signal.SIGINT)
        said = client.communicate()[1]
        assert (client.returncode, said) == (1, "archiver: stopped; the same command goes on\n")
    until(lambda: not list((tmp_path / "root" / ".fleet" / "leases").iterdir()), "the crawls stopped")
    done = run(*crawl(tmp_path, town, "--scheduler", cluster.address))
    assert done.returncode == 0, done.stderr
    assert_whole(tmp_path, town)


def test_hosts_of_requisites_that_all_crawls_ask_get_a_share_of_the_rate(tmp_path: Path) -> None:
    with Town(2, stories=1, pictures=4) as town:
        site, cdn = town.hosts
        share = (
            "--requisites-delay",
            0.1,
            "--requisites-share",
            10,
            "--min-free",
            0,
            "--allow-private",
            "--delay",
            0.1,
            "--discover",
            "section",
        )
        done = run("crawl", town.url(site), "-o", tmp_path / "root", *share)
        assert done.returncode == 0, done.stderr
        pictures = [asked for asked in town.asked if asked.path.startswith("/p/")]
        assert Counter(asked.host for asked in pictures) == {site: 4, cdn: 4}
        for host, least in ((site, 0.1), (cdn, 1.0)):
            times = [asked.at for asked in pictures if asked.host == host]
            assert times[-1] - times[0] >= 3 * least - LATE, "three gaps"
