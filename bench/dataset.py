"""What the files beside the JSON Lines cost: rows a second, and memory as the rows grow.

python bench/dataset.py [ROWS ...]   # articles of 3 kB of text each
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow

from archiver.dataset.companions import write_companions
from archiver.dataset.jsonl import encode_row
from archiver.dataset.schema import TABLES, complete_row

DEFAULTS = {"str": "x", "int": 1, "bool": True, "instant": "2026-01-01T00:00:00.000Z", "list": ["a", "b"]}
OWN = ("schema_version", "record_type", "id", "text")


def write_rows(folder: Path, count: int) -> None:
    base = {field.name: DEFAULTS[field.kind] for field in TABLES["article"] if field.name not in OWN}
    with (folder / "articles.jsonl").open("wb") as out:
        for number in range(count):
            words = " ".join(f"word{number * place % 9973}" for place in range(1, 330))
            out.write(encode_row(complete_row("article", {**base, "id": f"art:{number:032x}", "text": words})))


def measure(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder, count)
        before, begun = time.process_time(), time.monotonic()
        write_companions(folder)
        seconds, wall = time.process_time() - before, time.monotonic() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sizes = [f"{(folder / f'articles.{form}').stat().st_size / 1e6:.0f} MB {form}" for form in ("jsonl", "parquet")]
        rate = f"{seconds:.1f} s CPU ({count / seconds:.0f} rows/s), {wall:.1f} s"
        print(f"{count} rows: {rate}, peak {peak:.0f} MB; {', '.join(sizes)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(int(sys.argv[2]))
    else:
        print(f"Python {sys.version.split()[0]}, pyarrow {pyarrow.__version__}")
        for rows in sys.argv[1:] or ["20000", "100000"]:
            # A process each: peak memory is that of the whole process.
            subprocess.run([sys.executable, __file__, "--one", rows], check=True)
