"""The shell's side of things: data on stdout, progress and messages on stderr, errors as one line and an exit code."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from csdi.bootstrap import Services, open_services
from csdi.errors import CsdiError
from csdi.exits import exit_code
from csdi.settings import Settings, read_settings

QUIET_EVERY_S = 5.0
"""Without a terminal, progress is a line at most this often."""

_ERR = Console(stderr=True, highlight=False)
_OUT = Console(highlight=False, width=None if sys.stdout.isatty() else 240)
"""Tables that are piped or kept are not squeezed into the 80 columns of a terminal that is not there."""


@contextmanager
def opened(**overrides: Any) -> Iterator[Services]:
    """The services of this shell's environment, closed at the end."""
    with open_services(read_settings(**overrides)) as services:
        yield services


def settings_here() -> Settings:
    """The settings of this shell's environment."""
    return read_settings()


def emit_json(document: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def say(text: str) -> None:
    """A message for the person at the shell, on stderr."""
    _ERR.print(text, markup=False, soft_wrap=True)


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[str] = ()) -> None:
    """A table on stdout; columns named in `right` hold numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    _OUT.print(table)


def tell_error(error: CsdiError) -> int:
    """The error as one line on stderr; gives the exit code."""
    _ERR.print(f"error: {error.message}", style="bold red", markup=False, soft_wrap=True)
    if error.remedy:
        _ERR.print(f"  {error.remedy}", markup=False, soft_wrap=True)
    return exit_code(error)


class Bars:
    """Progress bars, one per named piece of work: bars on a terminal, a line now and then elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=_ERR,
                              transient=True) if _ERR.is_terminal and not quiet and os.environ.get("TERM") != "dumb" else None
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, float] = {}

    def __enter__(self) -> Bars:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def reporter(self, name: str) -> Callable[[str, int, int], None]:
        """A callback (stage, done, total) for one piece of work."""
        return lambda stage, done, total: self.show(name, stage, done, total)

    def show(self, name: str, stage: str, done: int, total: int) -> None:
        """Piece of work `name` is in `stage`, at `done` of `total` (0 when not known)."""
        if self._quiet:
            return
        if self._live:
            task = self._tasks.setdefault(name, self._live.add_task(name)) if name not in self._tasks else self._tasks[name]
            self._live.update(task, description=f"{name}: {stage}", completed=done, total=total or None)
        elif time.monotonic() - self._told.get(name, time.monotonic() - QUIET_EVERY_S + 1) >= QUIET_EVERY_S:
            self._told[name] = time.monotonic()
            _ERR.print(f"{name}: {stage} {done}" + (f" of {total}" if total else ""), markup=False)
        elif name not in self._told:
            self._told[name] = time.monotonic()
