"""How fast is the IFC intake beside what others use? CPU seconds of our geometry and our whole intake, a kernel, and three peers.

    python benchmarks/bench_ifc.py [--files NAME ...] [--repeats 3] [--only direct,whole,kernel,web-ifc,ifc-lite,py3dtiles] [--json OUT]

Every program runs in a fresh process, the programs of one file in turn, several times; medians are printed, then the ratios, and
for each goal whether it is reached and, where not, where the time goes. Who fails or needs more than the limit is named. With `--json`
results are kept in a file; files and programs that are not asked for keep what the last run found, and all that is known is printed.

CPU seconds are user and system time of all threads and children. `direct`, `kernel`, `web-ifc` and `ifc-lite` are geometry alone
(opening included), `whole` and `py3dtiles` go from the file to tiles; start and imports of an interpreter count for `py3dtiles` and, in
the ratio with it, for `whole`, and for no other. `web-ifc` and `ifc-lite` are cold, the first file of a fresh process; warm ones follow.
A ratio with a program that was stopped at the limit is taken with what it had used by then, so it is an upper bound.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.peer_programs import Command, Missing, peers
from benchmarks.process_tree import Watched, watched
from tests.corpus import ROOT

FILES = (
    "arch-fzk-haus-ifc4", "arch-office-a-ifc2x3", "arch-balcony-railings-ifc2x3", "arch-kit-edc-spaceboundaries-ifc4",
    "arch-jesse-classified-ifc2x3", "arch-janesville-restaurant-ifc2x3", "mep-hvac-heating-ifc4", "str-bernts-steel-ifc2x3",
    "str-hhs-office-ifc2x3", "geo-duplex-georeferenced-ifc2x3", "gis-bgt-poles-1050-ifc2x3", "tricky-reinforcing-bars",
    "infra-rail-track07-ifc4x3-epsg3065", "infra-rail-track10-ifc4x3-epsg3065",
)
OURS = ("direct", "whole", "kernel")
PROGRAMS = (*OURS, "web-ifc", "ifc-lite", "py3dtiles")
LIMIT_S = 60.0
RAIL, RAIL_GOAL_S = "infra-rail-track07-ifc4x3-epsg3065", 3.0
Json = dict[str, Any]
Results = dict[str, dict[str, Json]]
"""File -> program -> medians, or `failed` with the reason."""


def main() -> int:
    """Run what is asked for, print all that is known."""
    parser = argparse.ArgumentParser(description="CPU seconds of the IFC intake and of its peers")
    parser.add_argument("--files", nargs="+", default=list(FILES), metavar="NAME", help="of the shared data, or paths")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default=",".join(PROGRAMS), help="programs, with commas between")
    parser.add_argument("--json", type=Path, help="results are kept here, those of earlier runs too")
    given = parser.parse_args()
    known: Results = json.loads(given.json.read_text()) if given.json and given.json.exists() else {}
    asked = [name for name in PROGRAMS if name in given.only.split(",")]
    commands: dict[str, Command | Missing] = {name: _ours(name) for name in OURS}
    if set(asked) - set(OURS):
        commands |= peers()
    for name in given.files:
        path = Path(name) if name.endswith(".ifc") else ROOT / "ifc" / f"{name}.ifc"
        known.setdefault(path.stem, {}).update(measured(path, {one: commands[one] for one in asked}, given.repeats))
        if given.json:
            given.json.write_text(json.dumps(known, indent=1))
    print_all(known)
    return 0


def _ours(name: str) -> Command:
    program = str(Path(__file__).parent / "ifc_programs.py")
    return lambda file, _folder: [sys.executable, program, name, str(file)]


def measured(path: Path, commands: dict[str, Command | Missing], repeats: int) -> dict[str, Json]:
    """Medians of every program on one file; the programs run in turn, so that a change of the machine's load meets them all."""
    runs: dict[str, list[Json]] = {name: [] for name in commands}
    late: dict[str, float] = {}
    failed: dict[str, str] = {name: f"not installed: {one.why}" for name, one in commands.items() if isinstance(one, Missing)}
    for _ in range(repeats):
        for name, command in commands.items():
            if name in failed or isinstance(command, Missing):
                continue
            with tempfile.TemporaryDirectory(prefix="csdi-bench-") as folder:
                ended = watched(command(path, Path(folder)), limit_s=LIMIT_S, env=_environment(name), folder=Path(folder))
                outcome = _outcome(ended, name, Path(folder))
            if isinstance(outcome, str):
                failed[name] = outcome
                late[name] = ended.cpu_s if ended.status is None else 0.0
            else:
                runs[name].append(outcome)
            print(f"\r{path.stem[:40]:40} {name:10} {ended.cpu_s:8.2f} s   ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {name: {"failed": failed[name], "at_least_cpu_s": late.get(name, 0.0)} if name in failed else _median(runs[name])
            for name in commands}


def _environment(name: str) -> dict[str, str]:
    """One thread for numerical libraries; our packages for our programs only."""
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return plain | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} if name in OURS else plain


def _outcome(ended: Watched, name: str, folder: Path) -> Json | str:
    """What one run said of itself with the process's figures, or why it failed."""
    if ended.status is None:
        return f"over {LIMIT_S:.0f} s"
    if ended.status != 0:
        said = [line.strip() for line in ended.errors.splitlines() if line.strip()]
        return f"fails: {said[-1][:100] if said else f'status {ended.status}'}"
    figures = {"process_cpu_s": ended.cpu_s, "process_wall_s": ended.wall_s}
    if name == "py3dtiles":
        if not list(folder.rglob("*.json")):
            return "fails: no tileset"
        return {"cpu_s": ended.cpu_s, "wall_s": ended.wall_s, **figures}
    lines = [line for line in ended.out.splitlines() if line.startswith("{")]
    return {**json.loads(lines[-1]), **figures} if lines else "fails: it says nothing"


def _median(runs: list[Json]) -> Json:
    """Numbers by their median over the runs, those of stages too; everything else as in the last run."""
    def whole(values: list[Any]) -> Any:
        if isinstance(values[-1], dict):
            return {key: whole([value.get(key, 0.0) for value in values]) for key in values[-1]}
        return statistics.median(values) if isinstance(values[-1], float) else values[-1]

    return {key: whole([run.get(key) for run in runs]) for key in runs[-1]}


def print_all(known: Results) -> None:
    """The table, the ratios, the goals."""
    print(f"{'CPU s':42}" + "".join(f"{name:>11}" for name in (*PROGRAMS, "web warm", "lite warm")))
    for file, row in known.items():
        found = [row.get(name, {}).get("cpu_s") for name in PROGRAMS]
        found += [row.get(name, {}).get("warm_cpu_s") for name in ("web-ifc", "ifc-lite")]
        print(f"{file[:42]:42}" + "".join(f"{_number(one):>11}" for one in found))
    print(f"\n{'ratio ours / theirs':42}{'direct/kernel':>15}{'direct/web-ifc':>15}{'direct/lite':>15}{'whole/py3dtiles':>16}"
          "   elements: ours, kernel, web-ifc")
    for file, row in known.items():
        ratios = (_ratio(row, "direct", "kernel"), _ratio(row, "direct", "web-ifc"), _ratio(row, "direct", "ifc-lite"))
        counts = ", ".join(str(row.get(name, {}).get("shapes", "-")) for name in ("direct", "kernel", "web-ifc"))
        print(f"{file[:42]:42}" + "".join(f"{_number(one):>15}" for one in ratios)
              + f"{_number(_ratio(row, 'whole', 'py3dtiles', 'process_cpu_s')):>16}   {counts}")
    failed = [f"  {file}: {name} {one['failed']}" for file, row in known.items() for name, one in row.items() if "failed" in one]
    print("\n".join(["", "who fails", *failed] if failed else []))
    print("\ngoals")
    for line in goals(known):
        print(f"  {line}")


def goals(known: Results) -> Iterable[str]:
    """One line for each goal, and one for each file that misses it."""
    for title, ours, theirs, figure, most in (
            ("geometry at most 1/3 of the kernel chain that gives right shapes", "direct", "kernel", "cpu_s", 1 / 3),
            ("geometry below web-ifc cold", "direct", "web-ifc", "cpu_s", 1.0),
            ("whole intake at most 1/5 of py3dtiles", "whole", "py3dtiles", "process_cpu_s", 1 / 5)):
        judged = {file: found for file, row in known.items() if (found := _ratio(row, ours, theirs, figure)) is not None}
        missed = {file: found for file, found in judged.items() if found > most}
        verdict = "reached" if judged and not missed else "NOT reached"
        yield f"{title}: {verdict}, {len(judged) - len(missed)} of {len(judged)} files"
        yield from (f"    {file}: {found:.2f}; {_stages(known[file], ours)}" for file, found in missed.items())
    if (spent := known.get(RAIL, {}).get("whole", {}).get("cpu_s")) is not None:
        verdict = "reached" if spent <= RAIL_GOAL_S else "NOT reached"
        yield f"{RAIL} whole in {RAIL_GOAL_S:.0f} CPU s: {verdict}, {spent:.2f} s; {_stages(known[RAIL], 'whole')}"


def _stages(row: dict[str, Json], program: str) -> str:
    """Where the time of a program goes, largest first."""
    stages: dict[str, float] = row[program].get("stages", {})
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in sorted(stages.items(), key=lambda one: -one[1]) if seconds >= 0.005)
    refused = row[program].get("refused")
    return f"CPU s by stage: {told}" + (f"; {refused} refused: {row[program]['reasons']}" if refused else "")


def _ratio(row: dict[str, Json], ours: str, theirs: str, figure: str = "cpu_s") -> float | None:
    """At most this, where the other was stopped at the limit; None where one of them has no figure."""
    peer = row.get(theirs, {})
    a, b = row.get(ours, {}).get(figure), peer.get(figure) or peer.get("at_least_cpu_s")
    return None if a is None or not b else a / b


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
