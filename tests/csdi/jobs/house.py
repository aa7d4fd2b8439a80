"""What the tests of jobs share: worker processes that can be killed, and the log that steps write."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.services import drop_database, fresh_database

ROOT = Path(__file__).parents[3]
STORES = ["sqlite", "postgres"]


class Workers:
    """Worker processes on one job database, all ended when the test ends."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self.all: list[subprocess.Popen[bytes]] = []

    def start(self, **options: Any) -> subprocess.Popen[bytes]:
        options = {"url": self._url, "poll_s": 0.1, **options}
        if "idle_s" not in options:
            options = {"watch_s": 0.3, **options}
        log = self._folder / f"worker-{len(self.all)}.log"
        with log.open("wb") as out:
            worker = subprocess.Popen(
                [sys.executable, "-m", "tests.csdi.jobs.tasks", json.dumps(options)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        self.all.append(worker)
        return worker

    def living(self) -> list[subprocess.Popen[bytes]]:
        return [worker for worker in self.all if worker.poll() is None]

    def end(self) -> None:
        for worker in self.living():
            worker.send_signal(signal.SIGCONT)
            worker.kill()
        for worker in self.all:
            worker.wait(10)


@contextmanager
def database(store: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an empty job database of a store."""
    if store == "sqlite":
        yield f"sqlite:///{folder / '工作.sqlite'}"
        return
    server = request.getfixturevalue("postgres_url")
    made = fresh_database(server)
    yield made
    drop_database(server, made)


def lines(log: Path, what: str | None = None) -> list[dict[str, Any]]:
    """What the steps have written so far, in their order."""
    if not log.exists():
        return []
    said = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [line for line in said if what in (None, line["what"])]


def eventually(true: Callable[[], Any], within_s: float = 15.0) -> Any:
    """The first truthy answer; fails after `within_s`."""
    ends_at = time.monotonic() + within_s
    while not (answer := true()):
        assert time.monotonic() < ends_at, "it did not happen in time"
        time.sleep(0.05)
    return answer


def gone(pid: int) -> bool:
    """True when the process has ended, reaped or not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state in "ZX"
