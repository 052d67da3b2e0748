"""The pool of processes that read pages: whatever happens to one page, its answer comes and the next page is read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from archiver.extraction import sandbox as sandbox_module
from archiver.extraction.frames import Readable
from archiver.extraction.sandbox import Job, Outcome, Sandbox

_PAGE = b"@import url(/b.css);"


def job(**more: object) -> Job:
    return Job("requisites", {"url": "http://a.test/", "role": "css", "content_type": "text/css", **more}, _PAGE)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with contextlib.closing(Sandbox(1, deadline_s=30)) as made:
        yield made


def outcome(sandbox: Sandbox, wanted: Job) -> Outcome:
    return sandbox.submit(wanted).result(timeout=60)


ODD = {
    "what cannot be sent to a worker": (job(more=object()), "error"),
    "an unknown task": (Job("no-such-task", {}, b""), "error"),
    "a task without its arguments": (Job("requisites", {}, _PAGE), "error"),
}


@pytest.mark.parametrize("reason", ODD)
def test_a_job_that_fails_costs_itself_alone(sandbox: Sandbox, reason: str) -> None:
    wanted, failure = ODD[reason]
    assert outcome(sandbox, wanted).failure == failure
    assert outcome(sandbox, job()).failure is None


def test_a_page_that_takes_too_long_ends_its_worker() -> None:
    with contextlib.closing(Sandbox(1, deadline_s=0.0)) as made:
        assert outcome(made, job()) == Outcome(None, "timeout", "no result within 0 s")
        assert outcome(made, job()).failure == "timeout"


def test_the_rest_of_an_answer_is_not_given_to_the_next_page(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    read, times = sandbox_module.read_frame, iter([True])

    def out_of_memory_once(stream: Readable) -> tuple[dict[str, object], bytes] | None:
        if next(times, False):
            raise MemoryError
        return read(stream)

    monkeypatch.setattr(sandbox_module, "read_frame", out_of_memory_once)
    assert outcome(sandbox, job()).detail.startswith("MemoryError")
    found = outcome(sandbox, Job("requisites", dict(job().arguments), b"@import url(/c.css);"))
    assert found.result is not None
    assert found.result["requisites"] == [["http://a.test/c.css", "css"]]
