"""A file against its schema in processes that share it, and that are ended when their time is over."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from bim.children import Children, Lost
from bim.express.part import judged_part, opened
from bim.express.tally import Tally
from bim.finding import Finding
from bim.ifc import NATIVE

NOT_ENDED = "EXP-011"
"""Code of the Finding that a part of the file was not checked."""
_WARM = ["bim.express.part", "bim.children", *(f"ifcopenshell.express.rules.{schema}" for schema in NATIVE)]
_SPARE_S = 0.5
"""Before its time is over, the leader tells what it has."""

Found = tuple[Tally, list[Tally | Lost]]
"""What concerns the file as a whole, and what each part gave."""


def check_express(path: Path, *, name: str = "", workers: int = 4, limit_s: float = 300.0, rules: bool = True) -> list[Finding]:
    """What breaks the schema in a file: attributes, inverse attributes, GlobalIds and where-rules; the first ten of each kind.

    One process opens the file, and forks the others, which share what it holds. It comes from one that has the rules of all schemas
    in memory, which is started with the first check and stays. A part that does not end in time, or dies, is told as a Finding of its
    own: what it would have found is not known.

    Args:
        path: the STEP text, as `bim.ifc.readable` gives it; the engine opens it anew, to tell what it stumbles over.
        name: how Findings call the file; its own name by default.
        limit_s: seconds of wall clock for the whole.
        rules: where-rules too, the larger part of the time.
    """
    name = name or path.name
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_WARM)
    reader, writer = context.Pipe(duplex=False)
    leader = context.Process(target=_lead, args=(writer, path, name, workers, time.time() + limit_s, rules))
    leader.start()
    writer.close()
    try:
        whole, parts = _received(reader, name, workers, limit_s)
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader.pid or 0, signal.SIGKILL)
        leader.kill()
        leader.join()
        reader.close()
    for number, part in enumerate(parts, 1):  # in their order, so that the same file is told of in the same words
        if isinstance(part, Tally):
            whole.merge(part)
        else:
            whole.add(NOT_ENDED, f"part {number}", f"part {number} of {workers} of the instances is not checked: {part.reason}")
    return whole.findings()


def _received(reader: Connection, name: str, workers: int, limit_s: float) -> Found:
    """What the leader tells; where it tells nothing, no part is known."""
    try:
        found: Found | Lost = reader.recv() if reader.poll(limit_s) else Lost(f"not ended within {limit_s:g} s")
    except (EOFError, OSError):
        found = Lost("the process died")
    return (Tally(name), [found] * workers) if isinstance(found, Lost) else found


def _lead(writer: Connection, path: Path, name: str, workers: int, until: float, rules: bool) -> None:
    """Opens the file and has its parts judged in children, in a group of processes that can be ended together."""
    os.setsid()
    try:
        file, whole = opened(path, name)
        with Children(workers, max(_SPARE_S, until - time.time() - _SPARE_S)) as children:
            for number in range(workers):
                children.start(str(number), lambda number=number: judged_part(file, name, number, workers, rules=rules))  # type: ignore[misc]
            results = children.results()
        writer.send((whole, [results[str(number)] for number in range(workers)]))
    except BaseException as error:  # the parent is told of every fault, whatever it is
        writer.send(Lost(f"{type(error).__name__}: {str(error)[:200]}"))
