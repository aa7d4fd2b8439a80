"""A child process under watch: its wall time, its CPU time with that of its own children, and the memory of them all together.

Memory is the proportional set size (`Pss` of `/proc/PID/smaps_rollup`): pages that several processes share are counted once.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory at one moment, MB: of the process itself, of its largest descendant, and of all together."""

    at: float
    own: float
    largest_child: float
    total: float


@dataclass(frozen=True, slots=True)
class Watched:
    """How a process ended.

    Attributes:
        status: exit status; negative for a signal; None when it was killed at the limit.
        wall_s, cpu_s: CPU is user and system time of the process and of the descendants that it waited for.
        samples: memory over time, `at` as `time.monotonic()`; empty when memory was not asked for.
    """

    status: int | None
    wall_s: float
    cpu_s: float
    out: str
    errors: str
    samples: tuple[Sample, ...] = ()


def watched(command: Sequence[str], *, limit_s: float, memory: bool = False, env: Mapping[str, str] | None = None,
            folder: Path | None = None) -> Watched:
    """Runs a command to its end or its limit; a process that is killed takes its descendants with it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begun, before = time.monotonic(), _children_cpu()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, cwd=folder, start_new_session=True,
                                   env=None if env is None else dict(env))
        samples, in_time = _followed(process, begun + limit_s, memory)
        if not in_time:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        wall, cpu = time.monotonic() - begun, _children_cpu() - before
        out.seek(0)
        errors.seek(0)
        return Watched(process.returncode if in_time else None, wall, cpu, out.read().decode("utf-8", "replace"),
                       errors.read().decode("utf-8", "replace"), tuple(samples))


def _followed(process: subprocess.Popen[bytes], deadline: float, memory: bool) -> tuple[list[Sample], bool]:
    samples: list[Sample] = []
    while time.monotonic() < deadline:
        if memory and (sample := _sample(process.pid)) is not None:
            samples.append(sample)
        try:
            process.wait(_TICK_S)
        except subprocess.TimeoutExpired:
            continue
        return samples, True
    return samples, False


def _sample(pid: int) -> Sample | None:
    at = time.monotonic()
    own = _pss_mb(pid)
    children = [size for one in _descendants(pid) if (size := _pss_mb(one)) is not None]
    return None if own is None else Sample(at, own, max(children, default=0.0), own + sum(children))


def descendants_mb(pid: int) -> float:
    """Memory of all descendants of a process now, MB, proportional."""
    return sum(size for one in _descendants(pid) if (size := _pss_mb(one)) is not None)


def _pss_mb(pid: int) -> float | None:
    """None for a process that has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    found = [line for line in text.splitlines() if line.startswith("Pss:")]
    return int(found[0].split()[1]) * 1024e-6 if found else None


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        for task in tasks:
            for child in (task / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    except OSError:
        return found
    return found


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
