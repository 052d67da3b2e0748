"""Kill a crawl at random moments, run the same command again, and count what was lost, doubled and fetched again.

``python bench/soak.py [--kills 200] [--seed 0]``. The site is that of the crash tests (raw sockets, every byte logged). Each
collection is crawled and killed by SIGKILL up to four times, then crawled to its end and looked at. The bar is 0, 0, 0.
"""

from __future__ import annotations

import argparse
import platform
import random
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from store.crashes import Ended, at_moment, gzip_tests, survive

_KILLS_OF_A_COLLECTION = 4


def one(work: Path, seed: int) -> tuple[int, Ended, int]:
    """The kills that met a living crawl, what was found in the end, and the exit code of ``gzip -t``."""
    folder, dice = work / str(seed) / "c", random.Random(seed)
    ended = survive(folder, [at_moment(dice) for _ in range(_KILLS_OF_A_COLLECTION)])
    code = gzip_tests(folder)
    shutil.rmtree(folder.parent)
    return sum(crawl.code == -signal.SIGKILL for crawl in ended.killed), ended, code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="soak-"))
    kills, seed, found = 0, arguments.seed, [0, 0, 0, 0, 0]
    with ThreadPoolExecutor(2) as threads:
        while kills < arguments.kills:
            seeds = range(seed, seed + 2)
            for seed, (killed, ended, code) in zip(seeds, threads.map(lambda seed: one(work, seed), seeds), strict=True):
                kills += killed
                faults = (ended.lost, ended.doubled, ended.refetched, ended.findings)
                found = [count + number for count, number in zip(found, [*map(len, faults), bool(code)], strict=True)]
                if any(faults) or code:
                    print(f"seed {seed}: {faults}, gzip -t {code}")
            seed += 1
            print(f"{kills} kills", file=sys.stderr)
    shutil.rmtree(work)
    print(f"{kills} kills in {seed - arguments.seed} collections: lost {found[0]}, doubled {found[1]}, fetched again {found[2]}")
    print(f"findings of verify {found[3]}, collections that gzip -t refuses {found[4]}")
    print(f"Scrapy {version('Scrapy')}, Twisted {version('Twisted')}, Python {platform.python_version()}, {platform.machine()}")
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main())
