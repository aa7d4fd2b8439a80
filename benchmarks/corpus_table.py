"""Every IFC file of the shared data through the whole intake: does each end with a stated result, in time?

    python benchmarks/corpus_table.py [--all] [FOLDER ...]

Each file is read in a process of its own that is killed at the limit. Prints result, wanted products, shapes, fallbacks, seconds and
peak memory of the files in `ifc/` (with `--all` of every file), a summary, and the traceback of what went wrong; ends with 1 when a
file ends without a stated result: a crash, an exception that is not ours, or no decision in time.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bim.intake import intake
from csdi.errors import CsdiError

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.corpus import ROOT
from tests.fenced import Ended, fenced

LIMIT_S = 120.0
AT_ONCE = 2
FOLDERS = ("ifc", "ifc-rules", "ids", "bcf")
_SUFFIXES = (".ifc", ".ifczip")
_LARGE = 200_000
"""Bytes from which a file has a process for itself, so that its peak memory is its own."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended; `stated` is False for a crash, an exception that is not ours, or no decision in time."""

    path: str
    result: str
    stated: bool
    wanted: int = 0
    shapes: int = 0
    fallbacks: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0
    trace: str = ""


def outcome(path: Path) -> Outcome:
    """One file, in this process."""
    begin = time.perf_counter()
    name = path.relative_to(ROOT).as_posix()
    try:
        read = intake(path, model="m", workers=1, time_limit_s=LIMIT_S * 0.8)
    except CsdiError as error:
        return Outcome(name, f"refused: {error.code}", True, seconds=time.perf_counter() - begin)
    counts = read.counts
    ways = ", ".join(f"{n} {way}" for way, n in {**counts["fallbacks"], **counts["space_fallbacks"]}.items())
    return Outcome(name, read.result, True, counts["wanted"] + counts["wanted_spaces"], counts["shapes"] + counts["space_shapes"], ways,
                   time.perf_counter() - begin, read.peak_mb)


def stated(ended: Ended) -> Outcome:
    """What the process answered, or how it ended."""
    if ended.how == "returned":
        return ended.value  # type: ignore[no-any-return]
    return Outcome(ended.given.relative_to(ROOT).as_posix(), ended.how, False, seconds=ended.seconds, trace=ended.trace)


def main() -> int:
    """Print the table; 1 when a file has no stated result."""
    asked = [a for a in sys.argv[1:] if not a.startswith("--")]
    paths = sorted(path for folder in asked or FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix.lower() in _SUFFIXES)
    large, small = ([p for p in paths if (p.stat().st_size >= _LARGE) == is_large] for is_large in (True, False))
    found: list[Outcome] = []
    for ended in chain(fenced(outcome, large, workers=AT_ONCE, limit_s=LIMIT_S, each=1),
                       fenced(outcome, small, workers=AT_ONCE, limit_s=LIMIT_S)):
        found.append(stated(ended))
        print(f"\r{len(found)} of {len(paths)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return told(sorted(found, key=lambda one: one.path))


def told(found: list[Outcome]) -> int:
    """The table, the summary, the exit code."""
    shown = [one for one in found if "--all" in sys.argv or one.path.startswith("ifc/") or not one.stated]
    print(f"{'file':58} {'result':28} {'wanted':>7} {'shapes':>7} {'s':>7} {'MB':>6}  fallbacks")
    for one in shown:
        numbers = f"{one.wanted:>7} {one.shapes:>7} {one.seconds:>7.2f} {one.peak_mb:>6.0f}"
        print(f"{one.path[-58:]:58} {one.result[:60]:28} {numbers}  {one.fallbacks}")
    print("".join(f"\n{one.path}\n{one.trace}" for one in found if one.trace), end="")
    print("\n" + ", ".join(f"{count} {result}" for result, count in Counter(one.result for one in found).most_common()))
    wanted, shapes = sum(one.wanted for one in found), sum(one.shapes for one in found)
    worst = max(found, key=lambda one: one.seconds)
    print(f"{len(found)} files, {shapes} of {wanted} products with a shape; slowest {worst.path} {worst.seconds:.1f} s; "
          f"without a stated result: {sum(not one.stated for one in found)}")
    return int(any(not one.stated for one in found))


if __name__ == "__main__":
    sys.exit(main())
