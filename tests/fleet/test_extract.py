"""``fleet extract`` makes what ``extract`` makes, wherever it runs and whatever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .support import REPOSITORY, Cluster, environment, parts, run, running_workers, started, until


def test_on_processes_of_this_machine(warcs: Path, on_one_machine: Path, tmp_path: Path) -> None:
    done = run("fleet", "extract", warcs, "-o", tmp_path / "out", "--workers", 2, "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout) == {"rows": 51, "files": 6, "problems": 1, "parked": 0}
    assert "file-2.warc.gz@" in done.stderr
    assert parts(tmp_path / "out") == parts(on_one_machine)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.jsonl")}
    again = run("fleet", "extract", str(warcs / "*.gz"), "-o", tmp_path / "out", "--workers", 1)
    assert again.returncode == 1
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.jsonl")} == before
    status = json.loads(run("fleet", "status", tmp_path / "out", "--json").stdout)
    assert status["counts"] == {"waiting": 0, "running": 0, "done": 12, "failed": 0, "parked": 0}
    assert status["alarms"]["file-2.warc.gz"][0] == "1 problems"


def test_on_a_cluster(warcs: Path, on_one_machine: Path, tmp_path: Path, cluster: Cluster) -> None:
    done = run("fleet", "extract", warcs, "-o", tmp_path / "out", "--scheduler", cluster.address)
    assert done.returncode == 1, done.stderr
    assert parts(tmp_path / "out") == parts(on_one_machine)


def test_on_an_adaptive_cluster(warcs: Path, on_one_machine: Path, tmp_path: Path) -> None:
    notes, out = tmp_path / "notes", tmp_path / "out"
    command = [sys.executable, "-m", "fleet.adaptive", str(notes)]
    env = {**environment(), "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'tests'}"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env) as cluster:
        until(notes.exists, "an adaptive cluster")
        address, *before = notes.read_text().splitlines()
        assert before == ["0"], "nobody works yet"
        done = run("fleet", "extract", warcs, "-o", out, "--scheduler", address, "--workers", 3)
        assert done.returncode == 1, done.stderr
        until(lambda: notes.read_text().splitlines()[-1] == "0", "workers that went")
        assert cluster.stdin is not None
        cluster.stdin.close()
    assert max(map(int, notes.read_text().splitlines()[1:])) > 1
    assert parts(out) == parts(on_one_machine)


def _kill_one(root: Path, cluster: Cluster | None) -> None:
    """``kill -9`` of a process that runs a shard now."""
    until(lambda: running_workers(root), "a running shard")
    pid = next(iter(running_workers(root).values()))
    if cluster is not None:
        cluster.kill_worker(pid)
    else:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("where", ["pool", "cluster"])
def test_a_worker_is_killed(where: str, warcs: Path, on_one_machine: Path, tmp_path: Path, own_cluster: Cluster) -> None:
    out, cluster = tmp_path / "out", own_cluster if where == "cluster" else None
    how = ("--scheduler", own_cluster.address) if cluster else ("--workers", "2")
    with started("fleet", "extract", warcs, "-o", out, *how) as client:
        _kill_one(out, cluster)
        said = client.communicate()[1]
        assert client.returncode == 1, said
    assert parts(out) == parts(on_one_machine)


def test_the_scheduler_is_killed_and_comes_back(warcs: Path, on_one_machine: Path, tmp_path: Path, own_cluster: Cluster) -> None:
    out = tmp_path / "out"
    with started("fleet", "extract", warcs, "-o", out, "--scheduler", own_cluster.address) as client:
        until(lambda: running_workers(out), "a running shard")
        own_cluster.restart_scheduler()
        said = client.communicate()[1]
        assert client.returncode == 1, said
    assert parts(out) == parts(on_one_machine)


def test_the_client_is_killed_and_started_again(warcs: Path, on_one_machine: Path, tmp_path: Path, cluster: Cluster) -> None:
    out = tmp_path / "out"
    with started("fleet", "extract", warcs, "-o", out, "--scheduler", cluster.address) as client:
        until(lambda: running_workers(out), "a running shard")
        client.kill()
        client.wait()
    done = run("fleet", "extract", warcs, "-o", out, "--scheduler", cluster.address)
    assert done.returncode == 1, done.stderr
    assert parts(out) == parts(on_one_machine)


def test_the_scheduler_is_not_there(tmp_path: Path, warcs: Path) -> None:
    done = run("fleet", "extract", warcs, "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9", "--patience", "0.1")
    assert done.returncode == 2
    assert done.stderr.startswith("archiver: --scheduler tcp://127.0.0.1:9: no scheduler answers")
    assert len(done.stderr.splitlines()) == 1
