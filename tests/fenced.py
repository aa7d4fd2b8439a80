"""One function on many inputs, each in a process that is killed when it takes too long: what comes back is an answer about every input."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

_CONTEXT = multiprocessing.get_context("spawn")
_START_S = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How the call on one input ended.

    Attributes:
        how: `returned`, `raised`, `died` (the process ended by itself) or `hung` (killed at the limit).
        value: what was returned.
        trace: the traceback of what was raised; the exit code of what died.
    """

    given: Any
    how: str
    value: Any = None
    trace: str = ""
    seconds: float = 0.0


def fenced(function: Callable[[Any], Any], inputs: Iterable[Any], *, workers: int = 2, limit_s: float = 120.0,
           each: int = 1000) -> Iterator[Ended]:
    """Calls a function of a module on every input and gives what came of it, in the order in which they end.

    Args:
        limit_s: for one input; its process is killed then, and a new one goes on with the others.
        each: inputs that one process takes before a new one is started.
    """
    waiting = deque(inputs)
    running: list[_Worker] = []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_Worker(function, each))
                running[-1].give(waiting.popleft())
            wait([worker.pipe for worker in running], timeout=0.2)
            for worker in list(running):
                ended = worker.ended(limit_s)
                if ended is None:
                    continue
                yield ended
                if worker.left and waiting:
                    worker.give(waiting.popleft())
                else:
                    worker.stop()
                    running.remove(worker)
    finally:
        for worker in running:
            worker.stop()


class _Worker:
    """A process with a pipe, and what it is at."""

    def __init__(self, function: Callable[[Any], Any], each: int) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self.left = each
        self._process: BaseProcess = _CONTEXT.Process(target=_serve, args=(function, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._given: Any = None
        self._grace, self._since = _START_S, time.monotonic()

    def give(self, given: Any) -> None:
        self._given, self._since = given, time.monotonic()
        self.left -= 1
        self.pipe.send(given)

    def ended(self, limit_s: float) -> Ended | None:
        """None while it runs."""
        seconds = time.monotonic() - self._since
        if self.pipe.poll():
            try:
                answer = self.pipe.recv()
            except (EOFError, OSError):
                self.left = 0
                self._process.join(5.0)
                return Ended(self._given, "died", trace=f"exit code {self._process.exitcode}", seconds=seconds)
            if answer is not None:
                return Ended(self._given, *answer)
            self._grace, self._since = 0.0, time.monotonic()
            return None
        if seconds > limit_s + self._grace:
            self.left = 0
            return Ended(self._given, "hung", seconds=seconds)
        return None

    def stop(self) -> None:
        self.pipe.close()
        self._process.kill()
        self._process.join()


def _serve(function: Callable[[Any], Any], pipe: Connection) -> None:
    pipe.send(None)
    while True:
        try:
            given = pipe.recv()
        except EOFError:
            return
        begin = time.perf_counter()
        try:
            answer = ("returned", function(given), "")
        except BaseException:
            answer = ("raised", None, traceback.format_exc())
        pipe.send((*answer, time.perf_counter() - begin))
