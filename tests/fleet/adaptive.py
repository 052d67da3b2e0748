"""A real adaptive Dask cluster in a process of its own: workers come when there is work and go when there is none.

``python adaptive.py NOTES``: the scheduler's address, then a line whenever the number of workers changes. Ends with its stdin.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from distributed import LocalCluster


def main() -> None:
    notes = Path(sys.argv[1])
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with LocalCluster(n_workers=0, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        cluster.adapt(minimum=0, maximum=3, interval="100ms", wait_count=3, target_duration="100ms")
        seen = [cluster.scheduler_address]
        while not ended.wait(0.05):
            workers = str(len(cluster.scheduler.workers))
            if seen[-1] != workers:
                seen.append(workers)
                notes.write_text("\n".join(seen))


if __name__ == "__main__":
    main()
