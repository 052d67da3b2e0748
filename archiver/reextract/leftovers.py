"""WARC files that a dead process left open: cut after what is whole, the tail kept in ``logs/``, the file given its final name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from archiver.collection.layout import Collection
from archiver.index.lookup import Lookup
from archiver.reextract.repaired import Repaired
from archiver.warc.reader import Damage, read_records
from archiver.warc.recovery import Tail, find_tail, set_aside
from archiver.warc.series import OPEN_SUFFIX, finish_name


def close_archive(collection: Collection, lookup: Lookup) -> list[Repaired]:
    """Close the files of ``archive/`` after their last whole exchange; the look-up forgets a file that goes."""
    done = []
    for path in collection.open_warcs():
        if path.parent == collection.archive:
            tail = find_tail(path)
            if not tail.records:
                lookup.forget_file(path.name.removesuffix(OPEN_SUFFIX))
            done.append(_close(collection, path, tail, "of an exchange that was being written"))
    return done


def close_text(collection: Collection, lookup: Lookup) -> list[Repaired]:
    """Close the files of ``text/`` before the first record that is torn, or of a capture that ``lookup`` does not know.

    A power cut may keep the text of a page and lose the page. ``archive/`` is closed and indexed by then.
    """
    done = []
    for path in collection.open_warcs():
        if path.parent == collection.text:
            tail = _before_orphans(path, find_tail(path), lookup)
            done.append(_close(collection, path, tail, "of text, made again where its page is there"))
    return done


def _before_orphans(path: Path, tail: Tail, lookup: Lookup) -> Tail:
    for number, item in enumerate(read_records(path)):
        if isinstance(item, Damage) or item.offset >= tail.whole:
            break
        record_id = (item.get("WARC-Refers-To") or "").strip("<>")
        if item.warc_type == "conversion" and lookup.by_record_id(record_id) is None:
            return dataclasses.replace(tail, whole=item.offset, torn=tail.torn + tail.whole - item.offset, records=number)
    return tail


def _close(collection: Collection, path: Path, tail: Tail, of_what: str) -> Repaired:
    aside = set_aside(path, tail, collection.logs)
    lost = f"{tail.torn} bytes {of_what}, kept as logs/{aside.name}" if aside else ""
    name = f"{path.parent.name}/{path.name.removesuffix(OPEN_SUFFIX)}"
    if not tail.records:
        path.unlink()
        return Repaired(name, "removed: no whole record in it", lost)
    finish_name(path)
    return Repaired(name, f"closed after {tail.records} whole records", lost)
