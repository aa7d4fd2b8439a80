"""Parts of a file in processes of their own, that are ended when their time is over."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from bim.express.part import judged_part
from bim.express.tally import Tally
from bim.finding import Finding
from bim.ifc import NATIVE

NOT_ENDED = "EXP-011"
"""Code of the Finding that a part of the file was not checked."""
_WARM = ["bim.express.part", *(f"ifcopenshell.express.rules.{schema}" for schema in NATIVE)]


@dataclass(frozen=True, slots=True)
class _Part:
    number: int
    process: Any
    reader: Connection


def check_express(path: Path, *, name: str = "", workers: int = 4, limit_s: float = 300.0, rules: bool = True) -> list[Finding]:
    """What breaks the schema in a file: attributes, inverse attributes, GlobalIds and where-rules; the first ten of each kind.

    The processes are forked from one that has the rules of all schemas in memory; it is started with the first check and stays.
    A part that does not end in time, or dies, is told as a Finding of its own: what it would have found is not known.

    Args:
        path: the STEP text, as `bim.ifc.readable` gives it; the engine opens it anew, to tell what it stumbles over.
        name: how Findings call the file; its own name by default.
        limit_s: seconds of wall clock for the whole.
        rules: where-rules too, the larger part of the time.
    """
    name = name or path.name
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_WARM)
    until = time.monotonic() + limit_s
    parts = [_started(context, path, name, number, workers, rules) for number in range(workers)]
    results: dict[int, Tally | str] = {}
    try:
        while len(results) < workers and (left := until - time.monotonic()) > 0:
            ready = wait([part.reader for part in parts if part.number not in results], left)
            results |= {part.number: _received(part.reader) for part in parts if part.reader in ready}
    finally:
        for part in parts:
            _ended(part)
    return _merged(name, [results.get(number, f"not ended within {limit_s:g} s") for number in range(workers)]).findings()


def _merged(name: str, results: list[Tally | str]) -> Tally:
    """All parts in their order, so that the same file is told of in the same words."""
    tally = Tally(name)
    for number, result in enumerate(results, 1):
        if isinstance(result, Tally):
            tally.merge(result)
        else:
            tally.add(NOT_ENDED, f"part {number}", f"part {number} of {len(results)} of the instances is not checked: {result}")
    return tally


def _started(context: Any, path: Path, name: str, number: int, parts: int, rules: bool) -> _Part:
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(writer, path, name, number, parts, rules), daemon=True)
    process.start()
    writer.close()
    return _Part(number, process, reader)


def _run(writer: Connection, path: Path, name: str, number: int, parts: int, rules: bool) -> None:
    try:
        writer.send(judged_part(path, name, number, parts, rules=rules))
    except BaseException as error:  # the parent is told of every fault, whatever it is
        where = traceback.extract_tb(error.__traceback__)[-1]
        writer.send(f"{type(error).__name__}: {str(error)[:200]} ({Path(where.filename).name}:{where.lineno})")


def _received(reader: Connection) -> Tally | str:
    """What a part found, or why nothing is known of it."""
    try:
        found: Tally | str = reader.recv()
    except (EOFError, OSError):
        return "the process died"
    return found


def _ended(part: _Part) -> None:
    part.process.kill()
    part.process.join()
    part.reader.close()
