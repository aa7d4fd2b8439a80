"""What the submission gateway costs on a large model: audit, schema, differences of two versions, beside the tools of IfcOpenShell.

    python -m benchmarks.bench_gateway [FILE.ifc] [--repeats 3] [--without-peers] [--where-rules]

The model is by default the restaurant of 27 MB and 454 000 instances; the IDS has 200 specifications as in `bench_ids`. Its second
version has one element in fifty renamed. Every run is a process of its own, watched with all its children; memory is what all of them
hold together. ifcopenshell.validate and ifcdiff are run on the same files in the same turn; `--where-rules` adds the EXPRESS rules, which
take minutes with ifcopenshell.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench_ids import MODEL, document, installed, schema_of
from benchmarks.process_tree import Watched, watched

IFCDIFF = "0.9.0"
GOAL_STAGES_S, GOAL_STAGES_MB, GOAL_DIFF_S = 8.0, 600.0, 4.0
_LIMIT_S = 900.0
_ELEMENT = re.compile(rb"=\s*IFC(?:FURNISHINGELEMENT|WALLSTANDARDCASE|FLOWTERMINAL|DOOR|WINDOW|BUILDINGELEMENTPROXY|SLAB)"
                      rb"\('[^']*',#\d+,'[^']*'")
_EVERY = 50


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that is measured.

    Attributes:
        command: arguments behind the interpreter's name.
        goal: seconds of wall clock that are wanted, None for none.
    """

    name: str
    command: Sequence[str]
    goal: float | None = None
    goal_mb: float | None = None


def main() -> int:
    """Measures all pieces and prints a table; 0 where the goals are reached."""
    if sys.argv[1:2] == ["--stages"]:
        _stages(*map(Path, sys.argv[2:4]))
        return 0
    if sys.argv[1:2] == ["--schema"]:
        _schema(Path(sys.argv[2]), rules=sys.argv[3] == "rules")
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, default=MODEL)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--where-rules", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="csdi-gateway-") as folder:
        pieces = _pieces(asked.model.resolve(), Path(folder), peers=not asked.without_peers, rules=asked.where_rules)
        found: dict[str, list[Watched]] = {piece.name: [] for piece in pieces}
        for _ in range(asked.repeats):
            for piece in pieces:
                found[piece.name].append(watched(piece.command, limit_s=_LIMIT_S, memory=True))
    print(f"{asked.model.name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'':44}{'wall s':>8}{'CPU s':>8}{'MB':>8}")
    reached = [_told(piece, found[piece.name]) for piece in pieces]
    return 0 if all(reached) else 1


def _pieces(model: Path, folder: Path, *, peers: bool, rules: bool) -> list[Piece]:
    ids, second = folder / "bench.ids", folder / "second.ifc"
    ids.write_text(document(200, schema_of(model)))
    second.write_bytes(_renamed(model.read_bytes()))
    own = [sys.executable, "-m", "benchmarks.bench_gateway"]
    made = [Piece("audit, stages 0 to 4 (4 processes)", [*own, "--stages", str(model), str(ids)], GOAL_STAGES_S, GOAL_STAGES_MB),
            Piece("schema (4 processes)", [*own, "--schema", str(model), "plain"]),
            Piece("csdi diff", [sys.executable, "-m", "ogc_api", "diff", "--json", str(model), str(second)], GOAL_DIFF_S)]
    if rules:
        made.append(Piece("schema and where-rules (4 processes)", [*own, "--schema", str(model), "rules"]))
    if peers:
        validate = [sys.executable, "-m", "ifcopenshell.validate", "--json", str(model)]
        related = "attributes type property container aggregate classification geometry"
        made += [Piece("ifcopenshell.validate", validate),
                 Piece("ifcdiff", [installed("ifcdiff", IFCDIFF), "-m", "ifcdiff", str(model), str(second), "-r", related,
                                   "-o", str(folder / "diff.json")])]
        made += [Piece("ifcopenshell.validate with where-rules", [*validate, "--rules"])] if rules else []
    return made


def _told(piece: Piece, runs: Sequence[Watched]) -> bool:
    """Prints one row, and says whether its goals are reached; a run that ended badly is told with its last line."""
    broken = next((run for run in runs if run.status not in (0, 1)), None)
    if broken is not None:
        print(f"{piece.name:44}ended with {broken.status}: {(broken.errors.strip().splitlines() or [''])[-1][:80]}")
        return piece.goal is None
    wall, cpu = (statistics.median(getattr(run, name) for run in runs) for name in ("wall_s", "cpu_s"))
    memory = statistics.median(max((sample.total for sample in run.samples), default=0.0) for run in runs)
    reached = (piece.goal is None or wall <= piece.goal) and (piece.goal_mb is None or memory <= piece.goal_mb)
    goal = "" if piece.goal is None else f"  goal {piece.goal:g} s" + (f", {piece.goal_mb:g} MB" if piece.goal_mb else "")
    print(f"{piece.name:44}{wall:8.1f}{cpu:8.1f}{memory:8.0f}{goal}{'' if reached else '  MISSED'}")
    return reached


def _renamed(text: bytes) -> bytes:
    """The text with the name of one element in fifty changed."""
    seen = 0

    def changed(match: re.Match[bytes]) -> bytes:
        nonlocal seen
        seen += 1
        return match[0] if seen % _EVERY else match[0][:-1] + b" (2)'"

    return _ELEMENT.sub(changed, text)


def _stages(model: Path, ids: Path) -> None:
    from bim.audit import Plan, audit
    from bim.packs import read_pack, shipped
    packs = tuple(read_pack(name) for name in shipped())
    audit(model, Plan(ids=(ids,), packs=packs, where_rules=False, geometry=False, workers=4))


def _schema(model: Path, *, rules: bool) -> None:
    from bim.express import check_express
    check_express(model, workers=4, limit_s=_LIMIT_S, rules=rules)


if __name__ == "__main__":
    sys.exit(main())
