"""The fence around a meshing child: start it, give it a batch, take what comes, and kill it when it stalls."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from bim.mesher.wire import Message, Reader

_READ = 1 << 20
_START_LIMIT_S = 60.0


class Ended(StrEnum):
    """How a batch ended."""

    DONE = "done"
    STALLED = "stalled"
    DIED = "died"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one command asks for: these products, by this kernel, with these settings of the engine."""

    kernel: str
    products: tuple[int, ...]
    settings: dict[str, Any]

    @property
    def command(self) -> bytes:
        """The line for the child."""
        body = {"kernel": self.kernel, "ids": list(self.products), "settings": self.settings}
        return json.dumps(body).encode() + b"\n"


class Child:
    """One child for one file, started when first needed and again after it was killed."""

    def __init__(self, path: Path, memory_limit: int) -> None:
        self._path = path
        self._memory_limit = memory_limit
        self._process: subprocess.Popen[bytes] | None = None
        self._reader = Reader()

    def run(self, batch: Batch, take: Callable[[Message], None], *, stall_s: float, deadline: float) -> Ended:
        """Runs a batch and hands over each message.

        Args:
            stall_s: kill the child when nothing comes for so long.
            deadline: kill it at this `time.monotonic()`.
        """
        if self._process is None and (ended := self._start(deadline)) is not Ended.DONE:
            return ended
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(batch.command)
            self._process.stdin.flush()
        except BrokenPipeError:
            return self._killed(Ended.DIED)
        return self._listen("done", take, stall_s, deadline)

    def close(self) -> None:
        """Ends the child."""
        self._killed(Ended.DONE)

    def kill(self) -> None:
        """Ends the process at once, from any thread; a running batch then ends as died."""
        process = self._process
        if process is not None:
            process.kill()

    def _start(self, deadline: float) -> Ended:
        self._reader = Reader()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bim.mesher", str(self._path), str(self._memory_limit)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(),
        )
        return self._listen("ready", lambda _: None, _START_LIMIT_S, deadline)

    def _listen(self, until: str, take: Callable[[Message], None], stall_s: float, deadline: float) -> Ended:
        assert self._process is not None
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while True:
                wait = min(stall_s, deadline - time.monotonic())
                if wait <= 0 or not selector.select(wait):
                    return self._killed(Ended.LATE if time.monotonic() >= deadline else Ended.STALLED)
                data = os.read(self._process.stdout.fileno(), _READ)
                if not data:
                    return self._killed(Ended.DIED)
                if self._hand_over(self._reader.feed(data), until, take):
                    return Ended.DONE

    @staticmethod
    def _hand_over(messages: Sequence[Message], until: str, take: Callable[[Message], None]) -> bool:
        for message in messages:
            if message.kind == until:
                return True
            take(message)
        return False

    def _killed(self, ended: Ended) -> Ended:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)
        return ended


def _close(pipe: Any) -> None:
    with suppress(BrokenPipeError):
        pipe.close()


def _environment() -> dict[str, str]:
    """The child finds our packages where we did, and uses one thread."""
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
