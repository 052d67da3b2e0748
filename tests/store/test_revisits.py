"""A revisit looks back: of two equal answers that came at once, the one written second may have begun first."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from archiver import clock
from archiver.cli import run
from archiver.collection.layout import prepare_collection
from archiver.extensions.opening import open_for_crawl
from archiver.model import Discovery
from archiver.warc.exchange import Exchange
from archiver.warc.metadata import discovery_pairs

from .script import HOST, answer, launch


def test_no_revisit_refers_to_a_record_that_began_later(tmp_path: Path) -> None:
    opened = open_for_crawl(prepare_collection(tmp_path / "c"), launch(tmp_path / "c"))
    store, begun, kinds = opened.store, clock.now(), []
    for number, seconds in enumerate((0, -1, 1)):
        url = f"{HOST}/{number}"
        request = f"GET /{number} HTTP/1.1\r\nHost: a.example\r\n\r\n".encode()
        discovery = Discovery("requisite", "link", hops=1, seed=f"{HOST}/")
        pairs = discovery_pairs(discovery, run_id=store.run.run_id, first_url=url)
        exchange = Exchange(url, request, answer("one-a"), begun + timedelta(seconds=seconds), fetch_time_ms=1)
        stored = store.write_exchange(exchange, pairs, discovery)
        assert stored.pointer is not None
        kinds.append(stored.pointer.warc_type)
    opened.writer.end_run("finished")
    opened.writer.close()
    store.close()
    assert kinds == ["response", "response", "revisit"]
    assert run(["verify", str(tmp_path / "c")]) == 0
