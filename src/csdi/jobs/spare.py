"""A spare child process: started and loaded ahead, so that the next step that somebody waits for begins at once."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence

from csdi.jobs.runner import end_child, start_child

KEPT_S = 60.0
"""A spare that nobody has needed for so long is ended."""


class Spare:
    """At most one child process that waits for a request. To be used in one event loop, and closed there."""

    def __init__(self, preload: Sequence[str], environment: Mapping[str, str] | None = None, kept_s: float = KEPT_S) -> None:
        self._preload, self._environment, self._kept_s = tuple(preload), environment, kept_s
        self._waiting: Process | None = None
        self._start: asyncio.Task[None] | None = None
        self._end: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None

    async def take(self) -> Process:
        """The child that waits, or a new one; the caller ends it."""
        if self._start is not None:
            await asyncio.shield(self._start)
        child, self._waiting = self._waiting, None
        if child is not None and child.returncode is None:
            return child
        return await start_child(self._environment, self._preload)

    def renew(self) -> None:
        """Have one ready for the next time; returns at once."""
        if self._expiry is not None:
            self._expiry.cancel()
        if self._start is None:
            self._start = asyncio.get_running_loop().create_task(self._have())

    async def close(self) -> None:
        """End the child that waits."""
        if self._expiry is not None:
            self._expiry.cancel()
        for task in (self._start, self._end):
            if task is not None:
                await task
        await self._drop()

    async def _have(self) -> None:
        try:
            if self._waiting is None:
                self._waiting = await start_child(self._environment, self._preload)
            self._expiry = asyncio.get_running_loop().call_later(self._kept_s, self._expire)
        finally:
            self._start = None

    def _expire(self) -> None:
        self._end = asyncio.get_running_loop().create_task(self._drop())

    async def _drop(self) -> None:
        child, self._waiting = self._waiting, None
        if child is not None:
            await end_child(child)
