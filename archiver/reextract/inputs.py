"""What ``extract`` reads: WARC and ARC files of any tool, named one by one, in folders, collections and WACZ packages."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from archiver.errors import UsageError

_SUFFIXES = (".warc", ".warc.gz", ".warc.open", ".warc.gz.open", ".arc", ".arc.gz")


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read. ``name`` names its part of the dataset, and is that of no other input; rows say ``path.name``."""

    path: Path
    name: str

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.path.stat().st_size

    @property
    def is_arc(self) -> bool:
        """Heritrix's older format, which WARC came from."""
        return self.path.name.removesuffix(".gz").endswith(".arc")

    @property
    def filename(self) -> str:
        """As rows and indexes name it: without the suffix that it has while it is written."""
        return self.path.name.removesuffix(".open")


def find_inputs(paths: Iterable[Path], unpacked: Path) -> list[Input]:
    """The files that ``paths`` name, in a fixed order; WARCs of a WACZ are copied into ``unpacked``. Raises UsageError."""
    found = [file for path in paths for file in _files(path, unpacked)]
    if not found:
        raise UsageError("no WARC or ARC file in what was named")
    inputs = [Input(path, path.name.removesuffix(".open")) for path in dict.fromkeys(found)]
    twice = {name for name, count in Counter(item.name for item in inputs).items() if count > 1}
    return [replace(item, name=f"{item.name}~{_short_hash(item.path)}") if item.name in twice else item for item in inputs]


def _short_hash(path: Path) -> str:
    return hashlib.sha256(str(path.absolute()).encode("utf-8", "replace")).hexdigest()[:8]


def _files(path: Path, unpacked: Path) -> Iterator[Path]:
    if path.is_dir():
        folder = path / "archive" if (path / "archive").is_dir() else path
        yield from sorted(file for file in folder.iterdir() if file.name.endswith(_SUFFIXES))
        yield from (file for item in sorted(folder.glob("*.wacz")) for file in _unpack(item, unpacked))
    elif not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    elif path.suffix == ".wacz" or zipfile.is_zipfile(path):
        yield from _unpack(path, unpacked)
    else:
        yield path


def _unpack(wacz: Path, unpacked: Path) -> Iterator[Path]:
    """The WARC files in a package, under names of our own: nothing in a zip says where to write."""
    try:
        with zipfile.ZipFile(wacz) as package:
            names = sorted({info.filename for info in package.infolist() if info.filename.endswith(_SUFFIXES)})
            for name in names:
                base = name.rsplit("/", 1)[-1].replace("\0", "")
                if not name.startswith("archive/") or not base:
                    continue
                target = unpacked / f"{_short_hash(wacz)}" / base
                target.parent.mkdir(parents=True, exist_ok=True)
                with package.open(name) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
                yield target
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"{wacz}: not a readable WACZ: {error}") from error
