"""``fleet crawl`` on the client: sites grouped into shards of whole hosts, one crawl a shard at a time, one collection a site."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from archiver.errors import StoreError
from archiver.fleet.board import Board, ShardState, now
from archiver.fleet.fitness import Facts
from archiver.fleet.foreman import Foreman, Shard
from archiver.fleet.hosts import crawl_hosts
from archiver.fleet.sites import HostShard, Site


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """What is the same for every shard: how long a lease lives, where WARC files are copied to, how many crawls share other hosts.

    ``share`` is not part of what there is to do: the cluster may have another size when the job goes on.
    """

    root: Path
    ttl_s: float
    store: str | None
    share: int


def fleet_crawl(
    shards: Sequence[HostShard], plan: CrawlPlan, foreman: Callable[[Board], Foreman], facts: Facts
) -> tuple[ShardState, ...]:
    """Crawl every site once; a job that did not end is gone on with. The last states. Raises StoreError or EngineLostError."""
    board = Board(plan.root)
    job = _job(board, [shard.name for shard in shards])
    for shard in shards:
        for site in shard.sites:
            _write_config(board, site, plan.share)
    told = asdict(facts)
    states = foreman(board).run((_shard(shard, plan, job, told) for shard in shards), job)
    if all(state.status in ("done", "parked") for state in states):
        board.write_job({**(board.read_job() or {}), "ended_at": now()})
    return tuple(states)


def _job(board: Board, shards: list[str]) -> str:
    """The job that was begun and did not end, else a new one."""
    last = board.read_job()
    if last is not None and last.get("kind") == "crawl" and not last.get("ended_at"):
        board.write_job({**last, "shards": shards})
        return str(last["id"])
    job = f"crawl:{uuid.uuid4().hex[:12]}"
    board.write_job({"kind": "crawl", "id": job, "started_at": now(), "ended_at": None, "shards": shards})
    return job


def _shard(shard: HostShard, plan: CrawlPlan, job: str, facts: dict[str, object]) -> Shard:
    work = {
        "root": str(plan.root.absolute()),
        "sites": [site.name for site in shard.sites],
        "ttl_s": plan.ttl_s,
        "delay_s": max(site.delay_s for site in shard.sites),
        "store": plan.store,
        "job": job,
        "digest": shard.work,
    }
    return Shard(shard.name, shard.work, crawl_hosts, (shard.name, work, facts))


def _write_config(board: Board, site: Site, share: int) -> None:
    """What the crawl reads; for the owner alone, since it may hold passwords. Raises StoreError."""
    path = board.folder / "sites" / f"{site.name}.toml"
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(site.toml)
            if not site.has_share:
                out.write(f"requisites_share = {share}\n")
        aside.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror}") from error
