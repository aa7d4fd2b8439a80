"""Threads for blocking work: a question to the store costs less than the way there and back of a general thread pool."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 40
"""Threads at most; what comes then waits for one."""


@dataclass(frozen=True, slots=True)
class _Task:
    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]

    def done(self) -> None:
        """Do the work and tell the loop; nobody may be waiting any more, and the loop may have ended."""
        value = error = None
        try:
            value = self.work()
        except BaseException as fault:
            error = fault
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._tell, value, error)

    def _tell(self, value: Any, error: BaseException | None) -> None:
        if self.answer.cancelled():
            return
        if error is None:
            self.answer.set_result(value)
        else:  # a future cannot raise StopIteration
            self.answer.set_exception(RuntimeError(f"{error!r} in a thread") if isinstance(error, StopIteration) else error)


class Threads:
    """Threads that are started when work comes and all others are busy, and then stay."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._tasks: SimpleQueue[_Task] = SimpleQueue()
        self._guard = threading.Lock()
        self._started = self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """The result of blocking work; what it raises is raised here. When the caller is cancelled the work is still done."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        context = copy_context()
        with self._guard:
            if self._waiting <= 0 and self._started < self._most:
                self._started += 1
                threading.Thread(target=self._serve, daemon=True, name=f"work-{self._started}").start()
            else:
                self._waiting -= 1
        self._tasks.put(_Task(lambda: context.run(work), loop, answer))
        return await answer

    def _serve(self) -> None:
        while True:
            self._tasks.get().done()
            with self._guard:
                self._waiting += 1
