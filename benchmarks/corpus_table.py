"""Every IFC file of the shared data through the whole intake: does each end with a stated result, in time?

    python benchmarks/corpus_table.py [--all] [FOLDER ...]

Prints result, wanted products, shapes, fallbacks, seconds and peak memory of the files in `ifc/` (with `--all` of every file), a
summary, and what went wrong; ends with 1 when a file ends without a stated result: a crash, an exception that is not ours, or
more than 120 s.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from bim.intake import intake
from csdi.errors import CsdiError

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.corpus import ROOT

LIMIT_S = 120.0
AT_ONCE = 2
FOLDERS = ("ifc", "ifc-rules", "ids", "bcf")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended; `stated` is False for a crash or an exception that is not ours."""

    path: str
    result: str
    stated: bool
    wanted: int = 0
    shapes: int = 0
    fallbacks: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0


def outcome(path: Path) -> Outcome:
    """One file, in this process."""
    begin = time.perf_counter()
    name = path.relative_to(ROOT).as_posix()
    try:
        read = intake(path, model="m", workers=1, time_limit_s=LIMIT_S)
    except CsdiError as error:
        return Outcome(name, f"refused: {error.code}", True, seconds=time.perf_counter() - begin)
    except Exception as error:
        return Outcome(name, f"{type(error).__name__}: {str(error)[:120]}", False, seconds=time.perf_counter() - begin)
    seconds, counts = time.perf_counter() - begin, read.counts
    ways = ", ".join(f"{n} {way}" for way, n in {**counts["fallbacks"], **counts["space_fallbacks"]}.items())
    return Outcome(name, read.result, seconds <= LIMIT_S * 1.25, counts["wanted"] + counts["wanted_spaces"],
                   counts["shapes"] + counts["space_shapes"], ways, seconds, read.peak_mb)


def main() -> int:
    """Print the table; 1 when a file has no stated result."""
    asked = [a for a in sys.argv[1:] if not a.startswith("--")]
    paths = sorted(path for folder in asked or FOLDERS for path in (ROOT / folder).rglob("*.ifc"))
    found: list[Outcome] = []
    waiting = list(paths)
    while waiting:
        with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as pool:
            futures = {pool.submit(outcome, path): path for path in waiting}
            try:
                for future in as_completed(futures):
                    found.append(future.result())
                    waiting.remove(futures[future])
                    print(f"\r{len(found)} of {len(paths)}", end="", file=sys.stderr, flush=True)
            except BrokenProcessPool:
                guilty = waiting.pop(0)
                found.append(Outcome(guilty.relative_to(ROOT).as_posix(), "the process died", False))
    print(file=sys.stderr)
    return told(sorted(found, key=lambda one: one.path))


def told(found: list[Outcome]) -> int:
    """The table, the summary, the exit code."""
    shown = [one for one in found if "--all" in sys.argv or one.path.startswith("ifc/") or not one.stated]
    print(f"{'file':58} {'result':28} {'wanted':>7} {'shapes':>7} {'s':>7} {'MB':>6}  fallbacks")
    for one in shown:
        numbers = f"{one.wanted:>7} {one.shapes:>7} {one.seconds:>7.2f} {one.peak_mb:>6.0f}"
        print(f"{one.path[-58:]:58} {one.result[:60]:28} {numbers}  {one.fallbacks}")
    print("\n" + ", ".join(f"{count} {result}" for result, count in Counter(one.result for one in found).most_common()))
    wanted, shapes = sum(one.wanted for one in found), sum(one.shapes for one in found)
    worst = max(found, key=lambda one: one.seconds)
    print(f"{len(found)} files, {shapes} of {wanted} products with a shape; slowest {worst.path} {worst.seconds:.1f} s; "
          f"without a stated result: {sum(not one.stated for one in found)}")
    return int(any(not one.stated for one in found))


if __name__ == "__main__":
    sys.exit(main())
