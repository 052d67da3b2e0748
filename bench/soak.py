"""Kill a crawl at random moments, run the same command again, and count what was lost, doubled and fetched again.

``python bench/soak.py [--kills 200] [--seed 0]``. The site is that of the crash tests (raw sockets, every byte logged); each kill
is a SIGKILL of a crawl in a collection of its own. The bar is 0, 0, 0.
"""

from __future__ import annotations

import argparse
import platform
import random
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from store.crashes import Ended, go_on, gzip_tests, kill_at_moment, site
from wire.server import WireServer


def one(work: Path, seed: int) -> tuple[Ended, int]:
    """One kill and what came after; the exit code of ``gzip -t``."""
    folder = work / str(seed) / "c"
    folder.parent.mkdir()
    with WireServer(site().cases) as server:
        kill_at_moment(server, folder, random.Random(seed))
        ended = go_on(server, folder, extract=False)
    code = gzip_tests(folder)
    shutil.rmtree(folder.parent)
    return ended, code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="soak-"))
    seeds = range(arguments.seed, arguments.seed + arguments.kills)
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(lambda seed: one(work, seed), seeds))
    shutil.rmtree(work)
    for seed, (ended, code) in zip(seeds, results, strict=True):
        if ended.lost or ended.doubled or ended.refetched or ended.findings or code:
            print(f"seed {seed}: lost {ended.lost}, doubled {ended.doubled}, fetched again {ended.refetched}, gzip -t {code}")
            print("\n".join(f"  {finding}" for finding in ended.findings))
    lost, doubled, again = (sum(len(getattr(e, name)) for e, _ in results) for name in ("lost", "doubled", "refetched"))
    resumed = sum("going on with" in ended.second.stderr for ended, _ in results)
    found, torn = sum(bool(ended.findings) for ended, _ in results), sum(bool(code) for _, code in results)
    print(f"{len(results)} kills ({resumed} resumed a run): lost {lost}, doubled {doubled}, fetched again {again}")
    print(f"verify not clean {found}, gzip -t not clean {torn}")
    print(f"Scrapy {version('Scrapy')}, Twisted {version('Twisted')}, Python {platform.python_version()}, {platform.machine()}")
    return int(bool(lost or doubled or again or found or torn))


if __name__ == "__main__":
    sys.exit(main())
