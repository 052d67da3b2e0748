"""A dataset folder made file by file: ``articles-<WARC name>.jsonl``, written aside and renamed, then versions counted over all.

Beside each part lies ``.parts/<WARC name>.json``, which says what it was made from and with: a second run skips what is finished.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from archiver.dataset.jsonl import encode_row, read_rows
from archiver.dataset.schema import complete_row
from archiver.errors import StoreError
from archiver.extraction.extractor import EXTRACTOR_CONFIG, OWN_EXTRACTOR
from archiver.reextract.extract import UNKNOWN_RUN, Extractor, FileOutcome
from archiver.reextract.inputs import Input

_STATES = ".parts"


@dataclass(frozen=True, slots=True)
class Part:
    """What one file gave; ``problems`` with their place, ``was_there`` when an earlier run had finished it."""

    name: str
    rows: int
    problems: tuple[str, ...]
    failed: tuple[str, ...] = ()
    was_there: bool = False


class Parts:
    """The parts of the dataset folder ``folder``. Processes may write different parts of one folder at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, source: Input) -> Path:
        """The part of ``source``."""
        return self.folder / f"articles-{source.name}.jsonl"

    def finished(self, source: Input) -> Part | None:
        """The part, when it was made from a file of this size by this extractor with these options."""
        state = self._state(source.name)
        if state is None or not self.path(source).exists() or state.pop("made_from") != _identity(source):
            return None
        found = Part(**{**state, "problems": tuple(state["problems"]), "failed": tuple(state["failed"])})
        return Part(found.name, found.rows, found.problems, found.failed, was_there=True)

    def make(self, source: Input, extractor: Extractor, progress: Callable[[int], None] = lambda _: None) -> Part:
        """Extract ``source``; the part has its final name only when it is whole. Raises StoreError; a file that cannot be read is
        a part without rows."""
        outcome, rows = FileOutcome(), 0
        aside = self.path(source).with_name(f".{source.name}.{os.getpid()}.new")
        try:
            (self.folder / _STATES).mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as out:
                for values in _readable(extractor.rows(source, outcome, progress), source, outcome):
                    out.write(encode_row(complete_row("article", values)))
                    rows += 1
                out.flush()
                os.fsync(out.fileno())
            aside.replace(self.path(source))
            part = Part(source.name, rows, tuple(outcome.problems), tuple(outcome.failed))
            self._write_state({**asdict(part), "made_from": _identity(source)})
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise StoreError(
                f"{self.path(source)}: cannot write: {error.strerror}; make room and run the same command again"
            ) from error
        return part

    def count_versions(self, sources: Sequence[Input]) -> int:
        """Number the versions of each article over all parts, in the order of ``sources``; returns the rows that are left.

        Of our own crawls, a capture that says what the one before said gives no row (SCHEMA: an unchanged re-check writes none),
        nor does one that the crawl had given up. Parts that change are written aside and renamed.
        """
        failed = {name for source in sources for name in (self._state(source.name) or {}).get("failed", ())}
        newest: dict[str, tuple[int, str]] = {}
        total = 0
        for source in sources:
            path, changed, kept = self.path(source), False, []
            for row in read_rows(path):
                row_before = (row["version"],)
                is_own = row["run_id"] != UNKNOWN_RUN
                version, digest = newest.get(row["article_id"], (0, ""))
                same = digest == row["content_digest"]
                if is_own and (row["warc_record_id"] in failed or (version and same)):
                    changed = True
                    continue
                row["version"] = version if same else version + 1
                newest[row["article_id"]] = (row["version"], row["content_digest"])
                changed = changed or row_before != (row["version"],)
                kept.append(row)
            total += len(kept)
            if changed:
                self._replace(path, kept)
        return total

    @staticmethod
    def _replace(path: Path, rows: Sequence[dict[str, Any]]) -> None:
        aside = path.with_name(f".{path.name}.new")
        with aside.open("wb") as out:
            out.writelines(map(encode_row, rows))
            out.flush()
            os.fsync(out.fileno())
        aside.replace(path)

    def _state(self, name: str) -> dict[str, Any] | None:
        try:
            state = json.loads((self.folder / _STATES / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None
        return state if isinstance(state, dict) and {"made_from", "problems", "failed"} <= state.keys() else None

    def _write_state(self, state: dict[str, Any]) -> None:
        path = self.folder / _STATES / f"{state['name']}.json"
        aside = path.with_name(f"{path.name}.{os.getpid()}.new")
        aside.write_text(json.dumps({name: value for name, value in state.items() if name != "was_there"}), encoding="utf-8")
        aside.replace(path)


def _identity(source: Input) -> dict[str, Any]:
    return {"bytes": source.size, "extractor": OWN_EXTRACTOR, "extractor_config": EXTRACTOR_CONFIG}


def _readable(rows: Iterator[dict[str, Any]], source: Input, outcome: FileOutcome) -> Iterator[dict[str, Any]]:
    try:
        yield from rows
    except OSError as error:
        if error.filename is not None and Path(error.filename) != source.path:
            raise
        outcome.problems.append(f"{source.filename}: cannot be read: {error.strerror}")
