"""Whether a worker can do what the client asks: the same versions, and the same folder under the same path."""

from __future__ import annotations

import os
import platform
import time
import uuid
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from archiver._version import __version__
from archiver.dataset.schema import SCHEMA_VERSION
from archiver.extraction.extractor import EXTRACTOR_CONFIG
from archiver.fleet.board import FOLDER

_UNFIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the client is, and a file that it wrote: whoever sees the same is fit."""

    archiver: str
    extractor_config: str
    schema_version: str
    python: str
    dask: str
    root: str
    mark: str


def facts_here(root: Path) -> Facts:
    """The facts of this process; writes ``mark`` into the fleet folder of ``root``."""
    mark = uuid.uuid4().hex
    path = root.absolute() / FOLDER / "mark"
    path.write_text(mark, encoding="ascii")
    return Facts(__version__, EXTRACTOR_CONFIG, SCHEMA_VERSION, _python(), _dask(), str(root.absolute()), mark)


def unfit(wanted: Facts) -> str | None:
    """What is wrong with this process, ``None`` when nothing is."""
    pairs = (
        ("archiver", wanted.archiver, __version__),
        ("the extractor's options", wanted.extractor_config, EXTRACTOR_CONFIG),
        ("the schema", wanted.schema_version, SCHEMA_VERSION),
        ("Python", wanted.python, _python()),
        ("distributed", wanted.dask, _dask()),
    )
    for name, there, here in pairs:
        if there != here:
            return f"{name} is {here}, the client's is {there}: install the same everywhere"
    return _wrong_root(Path(wanted.root), wanted.mark)


def slow_if_unfit(wanted: Facts) -> str | None:
    """``unfit``, after a while where something is: a worker that refuses at once is always idle and would draw every shard."""
    why = unfit(wanted)
    if why is not None:
        time.sleep(_UNFIT_S)
    return why


def _wrong_root(root: Path, mark: str) -> str | None:
    path = root / FOLDER / "mark"
    try:
        seen = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return f"{root} is not here: the folder has to be on a file system that all machines mount under this path"
    if seen != mark:
        return f"{root} is another folder than the client's: it has to be on a shared file system"
    return None if os.access(root, os.W_OK | os.X_OK) else f"{root}: not writable"


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def _dask() -> str:
    try:
        return version("distributed")
    except PackageNotFoundError:
        return "none"
