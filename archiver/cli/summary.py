"""What a crawl says at its end, and its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.filesize import decimal

from archiver.capture.session import CaptureSession


def exit_code(session: CaptureSession) -> int:
    """0: ended by itself; 1: a section without article links, a limit or Ctrl-C; 3: the store failed (DESIGN §4)."""
    if session.recorder.failure is not None or session.finish_reason in ("disk", "error"):
        return 3
    return 1 if session.finish_reason != "finished" or session.progress.empty_sections(session.run.seeds) else 0


def _lists(counts: Mapping[str, int]) -> str:
    """Section pages and what they showed, and apart from them the feeds and sitemaps, whose entries are appearances too."""
    rows = {kind: (counts.get(f"{kind}s", 0), counts.get(f"{kind}_appearances", 0)) for kind in ("feed", "sitemap")}
    pages = counts.get("listings", 0) - sum(lists for lists, _ in rows.values())
    shown = counts.get("appearances", 0) - sum(entries for _, entries in rows.values())
    beside = (f"{lists} {kind}{'' if lists == 1 else 's'} with {entries}" for kind, (lists, entries) in rows.items() if lists)
    return "; ".join([f"{pages} listing page{'' if pages == 1 else 's'} with {shown} appearances", *beside])


def crawl_summary(session: CaptureSession) -> dict[str, Any]:
    """Counts of the run for people (``text``) and machines."""
    counts, store = session.recorder.store.counts, session.recorder.store
    empty = session.progress.empty_sections(session.run.seeds)
    lines = [
        f"{session.collection.root}: {session.finish_reason}",
        f"  {_lists(counts)}",
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
