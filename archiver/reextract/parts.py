"""A dataset folder made file by file: ``articles-<WARC name>.jsonl``, written aside and renamed, then versions counted over all.

Beside each part lies ``.parts/<WARC name>.json``, which says what it was made from and with: a second run skips what is finished.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from archiver.dataset.jsonl import encode_row
from archiver.dataset.schema import SCHEMA_VERSION, complete_row
from archiver.errors import StoreError
from archiver.extraction.extractor import EXTRACTOR_CONFIG, OWN_EXTRACTOR
from archiver.reextract.extract import Extractor, FileOutcome
from archiver.reextract.inputs import ZIP_ERRORS, Input
from archiver.reextract.versions import count_versions
from archiver.warc.series import sync_folder

_STATES = ".parts"


@dataclass(frozen=True, slots=True)
class Part:
    """What one file gave; ``problems`` with their place, ``was_there`` when an earlier run had finished it.

    ``failed``: ids of records that our crawl had given up. ``looked_in``: the files in which originals of its revisits were looked
    for, where some were not found.
    """

    name: str
    rows: int
    problems: tuple[str, ...]
    failed: tuple[str, ...] = ()
    looked_in: str | None = None
    was_there: bool = False


class Parts:
    """The parts of the dataset folder ``folder``. Processes may write different parts of one folder at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, source: Input) -> Path:
        """The part of ``source``."""
        return self._path(source.name)

    def _path(self, name: str) -> Path:
        return self.folder / f"articles-{name}.jsonl"

    def named(self, inputs: Sequence[Input]) -> list[Input]:
        """``inputs`` with a name that no other file has, neither here nor from an earlier run; the same names each time."""
        taken: dict[str, Input] = {}
        named = []
        for source in inputs:
            made_from = (self._state(source.name) or {}).get("made_from", {})
            is_others = source.name in taken or (made_from and not _is_same_file(made_from, source))
            one = replace(source, name=f"{_place_hash(source)}~{source.name}") if is_others else source
            taken[one.name] = one
            named.append(one)
        return named

    def finished(self, source: Input, looked_in: str) -> Part | None:
        """The part, when it was made from this very file by this extractor, and there is nowhere new to look for originals."""
        state = self._state(source.name)
        if state is None or not self.path(source).exists():
            return None
        made_from = state.pop("made_from")
        if made_from["made_with"] != _made_with() or not _holds_the_same(made_from, source):
            return None
        if state["looked_in"] not in (None, looked_in):
            return None
        return Part(**{**state, "problems": tuple(state["problems"]), "failed": tuple(state["failed"])}, was_there=True)

    def make(self, source: Input, extractor: Extractor, looked_in: str, progress: Callable[[int], None] = lambda _: None) -> Part:
        """Extract ``source``; the part has its final name only when it is whole. Raises StoreError; a file that cannot be read is
        a part without rows."""
        outcome, rows = FileOutcome(), 0
        aside = self.path(source).with_name(f".{source.name}.{uuid.uuid4().hex}.new")
        try:
            made_from = _identity(source)
            (self.folder / _STATES).mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as out:
                for values in _readable(extractor.rows(source, outcome, progress), source, outcome):
                    out.write(encode_row(complete_row("article", values)))
                    rows += 1
                out.flush()
                os.fsync(out.fileno())
            aside.replace(self.path(source))
            lacks = looked_in if outcome.counts["without an original"] else None
            part = Part(source.name, rows, tuple(outcome.problems), tuple(outcome.failed), lacks)
            self._write_state({**asdict(part), "made_from": made_from})
        except OSError as error:
            raise StoreError(
                f"{self.path(source)}: cannot write: {error.strerror}; make room and run the same command again"
            ) from error
        finally:
            aside.unlink(missing_ok=True)
        return part

    def count_versions(self) -> int:
        """Number the versions of each article over all parts of the folder; returns its rows. Raises StoreError."""
        names = sorted(path.name.removesuffix(".json") for path in (self.folder / _STATES).glob("*.json"))
        names = [name for name in names if self._path(name).exists()]
        failed = {name for part in names for name in (self._state(part) or {}).get("failed", ())}
        try:
            return count_versions([self._path(name) for name in names], failed)
        except OSError as error:
            raise StoreError(
                f"{error.filename or self.folder}: cannot write: {error.strerror}; run the same command again"
            ) from error

    def _state(self, name: str) -> dict[str, Any] | None:
        try:
            state = json.loads((self.folder / _STATES / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None
        is_whole = isinstance(state, dict) and {"made_from", "problems", "failed", "looked_in"} <= state.keys()
        return state if is_whole and isinstance(state["made_from"], dict) else None

    def _write_state(self, state: dict[str, Any]) -> None:
        path = self.folder / _STATES / f"{state['name']}.json"
        aside = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
        aside.write_text(json.dumps({name: value for name, value in state.items() if name != "was_there"}), encoding="utf-8")
        aside.replace(path)
        sync_folder(path.parent)


def looked_in(inputs: Sequence[Input]) -> str:
    """A name for the set of files in which originals are looked for."""
    files = sorted(f"{source.filename} {source.size}" for source in inputs)
    return hashlib.sha256("\n".join(files).encode("utf-8", "replace")).hexdigest()[:16]


def _identity(source: Input) -> dict[str, Any]:
    return {
        "place": _real_place(source),
        "bytes": source.size,
        "modified_ns": source.path.stat().st_mtime_ns,
        "sha256": _sha256(source),
        "made_with": _made_with(),
    }


def _made_with() -> list[str]:
    return [OWN_EXTRACTOR, EXTRACTOR_CONFIG, SCHEMA_VERSION]


def _holds_the_same(made_from: dict[str, Any], source: Input) -> bool:
    """By size and time, as make and rsync judge; a file that was only moved or touched, by its digest."""
    if made_from["bytes"] != source.size:
        return False
    is_untouched = made_from["place"] == _real_place(source) and made_from["modified_ns"] == source.path.stat().st_mtime_ns
    return bool(is_untouched or made_from["sha256"] == _sha256(source))


def _is_same_file(made_from: dict[str, Any], source: Input) -> bool:
    return bool(made_from["place"] == _real_place(source) or _holds_the_same(made_from, source))


def _sha256(source: Input) -> str | None:
    """``None`` of a file that cannot be read: whoever reads its pages says so."""
    digest = hashlib.sha256()
    try:
        with source.open() as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    except (OSError, *ZIP_ERRORS, zlib.error):
        return None
    return digest.hexdigest()


def _real_place(source: Input) -> str:
    return "!".join([os.path.realpath(source.path), *source.members])


def _place_hash(source: Input) -> str:
    return hashlib.sha256(_real_place(source).encode("utf-8", "replace")).hexdigest()[:8]


def _readable(rows: Iterator[dict[str, Any]], source: Input, outcome: FileOutcome) -> Iterator[dict[str, Any]]:
    try:
        yield from rows
    except (OSError, *ZIP_ERRORS, zlib.error) as error:
        if isinstance(error, OSError) and error.filename is not None and Path(error.filename) != source.path:
            raise
        outcome.problems.append(f"{source.place}: cannot be read: {getattr(error, 'strerror', None) or error}")
