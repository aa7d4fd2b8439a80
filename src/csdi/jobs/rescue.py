"""The rescue process: puts the jobs of a dead slot back into the queue, `python -m csdi.jobs.rescue`.

DBOS re-enqueues what an executor left behind when a process with its id launches, so this process launches as the
dead slot, listens to no queue, and ends as soon as nothing is claimed by the slot. The worker that starts it holds the
lease of the slot meanwhile; should that worker die, stdin closes and this process ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time

from dbos import DBOS

from csdi.jobs.database import open_client, statuses
from csdi.jobs.executor import configure
from csdi.jobs.job import State

_LIMIT_S = 60.0


def main() -> None:
    """Read `{url, slot}` from stdin, rescue, exit with 0; with 1 when jobs are left after a minute."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_die_with_worker, daemon=True).start()
    rescued = _rescue(request["url"], request["slot"])
    os._exit(0 if rescued else 1)  # DBOS takes a second to shut down, and nothing here needs it to


def _rescue(url: str, slot: str) -> bool:
    configure(url, slot)
    DBOS.listen_queues([])
    DBOS.launch()
    client = open_client(url)
    ends_at = time.monotonic() + _LIMIT_S
    while client.list_workflows(
        status=statuses(State.RUNNING), executor_id=slot, limit=1, load_input=False, load_output=False
    ):
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)
    return True


def _die_with_worker() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
