"""What a crawl says at its end, and its exit code."""

from __future__ import annotations

from typing import Any

from rich.filesize import decimal

from archiver.capture.session import CaptureSession


def exit_code(session: CaptureSession) -> int:
    """0: ended by itself; 1: a section without article links, a limit or Ctrl-C; 3: the store failed (DESIGN §4)."""
    if session.recorder.failure is not None or session.finish_reason in ("disk", "error"):
        return 3
    return 1 if session.finish_reason != "finished" or session.progress.empty_sections(session.run.seeds) else 0


def crawl_summary(session: CaptureSession) -> dict[str, Any]:
    """Counts of the run for people (``text``) and machines."""
    counts, store = session.recorder.store.counts, session.recorder.store
    empty = session.progress.empty_sections(session.run.seeds)
    lines = [
        f"{session.collection.root}: {session.finish_reason}",
        f"  {counts['listings']} listings, {counts['appearances']} appearances",
        f"  {counts['articles_new']} new articles, {counts['articles_changed']} changed, {counts['articles_unchanged']} unchanged",
        f"  {counts['failures']} failures, {counts['requisites']} page requisites",
        f"  {counts['exchanges']} exchanges ({counts['revisits']} kept as revisits), {decimal(counts['bytes_received'])} received",
        *(f"  archive/{name}" for name in store.closed_files),
        *(f"  no article link: {seed}; try `archiver inspect {seed}`" for seed in empty),
    ]
    if session.finish_reason in ("cancelled", "interrupted", "disk"):
        lines.append("  run the same command again to go on where it stopped")
    return {
        "collection": str(session.collection.root),
        "run_id": session.run.run_id,
        "finish_reason": session.finish_reason,
        "counts": dict(sorted(counts.items())),
        "warc_files": list(store.closed_files),
        "sections_without_links": empty,
        "text": "\n".join(lines),
    }
