"""What ``extract`` reads: WARC and ARC files of any tool, named one by one, in folders, collections, WACZ packages and lists."""

from __future__ import annotations

import glob
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.errors import UsageError
from archiver.reextract.members import open_member
from archiver.warc.series import OPEN_SUFFIX

_SUFFIXES = tuple(
    suffix + still_open
    for suffix in (".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz")
    for still_open in ("", OPEN_SUFFIX)
)  # fmt: skip
# One path a line; Common Crawl calls its own lists warc.paths.
_LISTS = (".txt", ".lst", ".list", ".paths")
_WARC_STARTS = (b"WARC/", b"filedesc:", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")
# A WACZ may hold others ("multi-WACZ"); those hold none.
_MAX_DEPTH = 2
# What a zip file that is damaged or encrypted raises, besides OSError.
ZIP_ERRORS = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read. ``name`` names its part of the dataset (``Parts.named`` tells equal ones apart); rows say ``filename``.

    ``members``: where it lies within a WACZ, from the outermost package in.
    """

    path: Path
    name: str
    size: int
    members: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        """As rows and indexes name it: without the suffix that it has while it is written."""
        return (self.members[-1].rsplit("/", 1)[-1] if self.members else self.path.name).removesuffix(OPEN_SUFFIX)

    @property
    def is_arc(self) -> bool:
        """Heritrix's older format, which WARC came from, by its name."""
        return self.filename.lower().endswith((".arc", ".arc.gz"))

    @property
    def place(self) -> str:
        """Where it lies, in words."""
        return "!".join([str(self.path), *self.members])

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Its bytes, seekable, read where they lie. Raises OSError or one of ``ZIP_ERRORS``."""
        with self.path.open("rb", buffering=0) as stream:
            inner: BinaryIO = stream
            for member in self.members:
                inner = open_member(inner, member)
            yield inner


def find_inputs(names: Iterable[str | Path]) -> list[Input]:
    """The files that ``names`` name, each once, in a fixed order. Raises UsageError where one names nothing."""
    found: dict[tuple[str, tuple[str, ...]], Input] = {}
    for name in names:
        files = list(_named(str(name)))
        if not files:
            raise UsageError(f"{name}: no WARC, ARC or WACZ file here")
        for one in files:
            found.setdefault((os.path.realpath(one.path), one.members), one)
    return list(found.values())


def _named(name: str) -> Iterator[Input]:
    path = Path(name)
    if path.is_dir():
        folder = path / "archive" if (path / "archive").is_dir() else path
        for file in sorted(folder.iterdir()):
            if file.is_file() and file.name.lower().endswith((*_SUFFIXES, ".wacz")):
                yield from _in_file(file)
    elif path.is_file():
        yield from _in_file(path)
    elif glob.has_magic(name):
        for match in sorted(glob.glob(name, recursive=True)):  # noqa: PTH207 (a pattern may be absolute)
            yield from _named(match)
    else:
        raise UsageError(f"{name}: no such file or folder")


def _in_file(path: Path) -> Iterator[Input]:
    name = path.name.lower()
    with path.open("rb") as stream:
        start = stream.read(16)
    if name.endswith(".wacz") or (not name.endswith(_SUFFIXES) and zipfile.is_zipfile(path)):
        yield from _in_package(path, ())
    elif name.endswith(_LISTS) and not start.startswith(_WARC_STARTS):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.strip() and not line.startswith("#"):
                yield from _named(str(path.parent / line.strip()))
    elif name.endswith(_SUFFIXES) or start.startswith(_WARC_STARTS) or not start:
        yield Input(path, path.name.removesuffix(OPEN_SUFFIX), path.stat().st_size)
    else:
        raise UsageError(f"{path}: not a WARC, ARC or WACZ file, and not a list of them (*.txt)")


def _in_package(path: Path, members: tuple[str, ...]) -> Iterator[Input]:
    """The WARC files in ``archive/`` of a package, and of the packages in it.

    Their parts are called after the package too, since many hold a data.warc.gz.
    """
    package = Input(path, path.name, 0, members)
    try:
        with package.open() as stream, zipfile.ZipFile(stream) as archive:
            infos = sorted({info.filename: info for info in archive.infolist()}.values(), key=lambda info: info.filename)
    except ZIP_ERRORS as error:
        raise UsageError(f"{package.place}: not a readable WACZ: {error}") from error
    holders = [path.name, *(member.rsplit("/", 1)[-1] for member in members)]
    for info in infos:
        inner, base = (*members, info.filename), info.filename.rsplit("/", 1)[-1]
        if info.filename.startswith("archive/") and base.lower().endswith(_SUFFIXES):
            # "/" and NUL are not in it: nothing in a package says where to write.
            yield Input(path, "-".join([*holders, base]).replace("\0", "").removesuffix(OPEN_SUFFIX), info.file_size, inner)
        elif base.lower().endswith(".wacz") and len(inner) < _MAX_DEPTH:
            yield from _in_package(path, inner)
