"""What must hold of a collection that the script of this folder has crawled to its end, whatever happened on the way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from capture.support import Kept

from archiver.extensions.opening import Opened

from .crashes import findings
from .script import GONE, NAMES, SandboxHere, answer, url_of


class StoppedError(Exception):
    """The process is gone."""


def dies(_: Opened) -> None:
    """For ``before_end`` of the script: it never comes to its end."""
    raise StoppedError


@pytest.fixture
def without_worker_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are extracted in this process."""
    for module in ("repair", "rebuild"):
        monkeypatch.setattr(f"archiver.reextract.{module}.Sandbox", lambda *_: SandboxHere())


def assert_whole(root: Path) -> None:
    """Each exchange once and exact, each row once, nothing that verify finds."""
    kept = Kept(root)
    assert Counter(group.url for group in kept.groups) == Counter(map(url_of, NAMES))
    assert all(group.holds(answer(group.url.removesuffix(".html"))) for group in kept.groups)
    assert Counter(row["url"] for row in kept.rows("articles")) == Counter(map(url_of, NAMES))
    assert [row["url"] for row in kept.rows("failures")] == [GONE]
    assert [row["finish_reason"] for row in kept.rows("runs")] == ["finished"]
    assert findings(kept.collection, False) == []
    for path in root.rglob("*.jsonl"):
        assert b"\0" not in path.read_bytes(), path
