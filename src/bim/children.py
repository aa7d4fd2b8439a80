"""Children of this process: they share its memory as it is, each can be ended, and the death of one harms no other."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any

_FORK = multiprocessing.get_context("fork")
_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Lost:
    """A piece of work without a result."""

    reason: str


@dataclass(slots=True)
class _Child:
    process: Any
    reader: Connection
    until: float


@dataclass
class Children(AbstractContextManager["Children"]):
    """Pieces of work in forked children, at most `workers` at once; all are ended when the context is left.

    A child has what this process has opened, without reading it again: fork before threads are started.

    Attributes:
        limit_s: seconds that one piece may take.
    """

    workers: int = 4
    limit_s: float = 300.0
    _waiting: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)
    _running: dict[str, _Child] = field(default_factory=dict)
    _done: dict[str, Any] = field(default_factory=dict)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for child in self._running.values():
            child.process.kill()
            child.process.join()
            child.reader.close()
        self._running.clear()

    def start(self, name: str, work: Callable[[], Any]) -> None:
        """Begins a piece of work, or queues it; its result must be picklable."""
        self._waiting.append((name, work))
        self._fill()

    def results(self, told: Callable[[str], None] = lambda _name: None) -> dict[str, Any]:
        """Name -> result of each piece, or `Lost`; waits for all.

        Args:
            told: called with the name of each piece as it ends.
        """
        while self._running or self._waiting:
            self._fill()
            ready = set(wait([child.reader for child in self._running.values()], _POLL_S))
            for name, child in list(self._running.items()):
                if child.reader in ready:
                    self._end(name, _received(child.reader))
                elif time.monotonic() > child.until:
                    self._end(name, Lost(f"not ended within {self.limit_s:.0f} s"))
                else:
                    continue
                told(name)
        return dict(self._done)

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self.workers:
            name, work = self._waiting.pop(0)
            reader, writer = _FORK.Pipe(duplex=False)
            gc.freeze()
            process = _FORK.Process(target=_run, args=(work, writer), daemon=False)
            process.start()
            gc.unfreeze()
            writer.close()
            self._running[name] = _Child(process, reader, time.monotonic() + self.limit_s)

    def _end(self, name: str, result: Any) -> None:
        child = self._running.pop(name)
        child.process.kill()
        child.process.join()
        child.reader.close()
        self._done[name] = result


def _received(reader: Connection) -> Any:
    try:
        return reader.recv()
    except (EOFError, OSError):
        return Lost("the process died")


def _run(work: Callable[[], Any], writer: Connection) -> None:
    try:
        writer.send(work())
    except BaseException as error:  # the parent is told of every fault, whatever it is
        where = traceback.extract_tb(error.__traceback__)[-1]
        writer.send(Lost(f"{type(error).__name__}: {str(error)[:200]} ({os.path.basename(where.filename)}:{where.lineno})"))
    finally:
        writer.close()
        os._exit(0)
