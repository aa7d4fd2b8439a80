"""Does a very large model come in within its memory? A real file copied several times into one, through the whole intake.

    python benchmarks/big_model.py [--source FILE] [--copies 8] [--distinct] [--limit-mb 2000] [--json OUT] [--keep MODEL.ifc]

The copies share project, units and contexts, and stand side by side; all their instances have new numbers and all their GlobalIds
are new. With `--distinct` the faces of each copy are also stretched a little, so that their meshes are not equal to those of another.
What is measured is what `csdi models add` does in a process: intake, saved to a folder, loaded again, tiles to a folder. Prints
wall and CPU seconds and the peak memory (proportional set size, sampled) of each stage; 1 when all processes together exceed the limit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.process_tree import Sample, Watched, watched
from bim.ifc import derived_classes
from tests.corpus import ROOT

SOURCE = "arch-janesville-restaurant-ifc2x3"
LIMIT_S = 1500.0
_SPACING = 400.0
"""Distance of the copies from each other, in the file's length unit."""
_STRETCH = 1e-3
_SHARED = ("IFCPROJECT", "IFCOWNERHISTORY")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
_INSTANCE = re.compile(rb"^#(\d+)\s*=\s*([A-Za-z0-9_]+)\s*(\(.*)$", re.DOTALL)
_STATEMENT = re.compile(rb"#\d+\s*=(?:[^;']|'[^']*')*;")
_STRING_OR_REFERENCE = re.compile(rb"'[^']*'|#(\d+)")
_TOP_PLACEMENT = re.compile(rb"^\(\s*\$\s*,\s*(#\d+)\s*\)")
_NUMBER = re.compile(rb"-?\d+\.\d*(?:[Ee][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class _Statement:
    number: int
    name: bytes
    values: bytes


def replicated(text: bytes, copies: int, *, distinct: bool = False) -> Iterator[bytes]:
    """The file with its content several times, piece by piece; the first copy is the original."""
    begin = text.index(b"DATA;") + len(b"DATA;")
    statements = [_statement(found[0]) for found in _STATEMENT.finditer(text, begin)]
    shared = _closure(statements)
    stretched = _points_of_faces(statements) if distinct else set()
    stride = max(one.number for one in statements) + 1
    yield text[:begin] + b"\n"
    for one in statements:
        yield b"#%d=%s%s\n" % (one.number, one.name, one.values)
    for copy in range(1, copies):
        yield from _copy(statements, shared, copy, stride, stretched)
    yield b"ENDSEC;\nEND-ISO-10303-21;\n"


def _statement(text: bytes) -> _Statement:
    found = _INSTANCE.match(text)
    if found is None:
        raise ValueError(f"not an instance: {text[:60]!r}")
    return _Statement(int(found[1]), found[2].upper(), found[3])


def _closure(statements: list[_Statement]) -> set[int]:
    """What all copies share: the project and all that it refers to."""
    by_number = {one.number: one for one in statements}
    waiting = [one.number for one in statements if one.name.decode() in _SHARED or one.name.startswith(b"IFCGEOMETRICREPRESENTATION")]
    shared: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number not in shared and number in by_number:
            shared.add(number)
            waiting += [int(found[1]) for found in _STRING_OR_REFERENCE.finditer(by_number[number].values) if found[1]]
    return shared


def _points_of_faces(statements: list[_Statement]) -> set[int]:
    """Points that nothing but loops of faces refers to."""
    loops, others = set[int](), set[int]()
    for one in statements:
        into = loops if one.name == b"IFCPOLYLOOP" else others
        into.update(int(found[1]) for found in _STRING_OR_REFERENCE.finditer(one.values) if found[1])
    return {one.number for one in statements if one.name == b"IFCCARTESIANPOINT"} & loops - others


def _copy(statements: list[_Statement], shared: set[int], copy: int, stride: int, stretched: set[int]) -> Iterator[bytes]:
    """All instances of one copy, behind the placement that shifts it."""
    base = copy * stride
    used = {one.number for one in statements}
    rooted = derived_classes("IFC2X3", "IfcRoot") | derived_classes("IFC4", "IfcRoot") | derived_classes("IFC4X3_ADD2", "IfcRoot")
    free = (base + number for number in range(1, stride) if number not in used or number in shared)
    point, axes, shift = next(free), next(free), next(free)
    yield b"#%d=IFCCARTESIANPOINT((%.1f,%.1f,0.));\n#%d=IFCAXIS2PLACEMENT3D(#%d,$,$);\n#%d=IFCLOCALPLACEMENT($,#%d);\n" % (
        point, _SPACING * (copy % 3), _SPACING * (copy // 3), axes, point, shift, axes)

    def renumbered(found: re.Match[bytes]) -> bytes:
        return found[0] if found[1] is None or int(found[1]) in shared else b"#%d" % (int(found[1]) + base)

    for one in statements:
        if one.number in shared:
            continue
        values = _STRING_OR_REFERENCE.sub(renumbered, one.values)
        if one.name.decode() in rooted:
            values = _new_global_id(values, copy)
        elif one.name == b"IFCLOCALPLACEMENT":
            values = _TOP_PLACEMENT.sub(rb"(#%d,\1)" % shift, values)
        elif one.number in stretched:
            values = _NUMBER.sub(_stretched(1.0 + _STRETCH * copy), values)
        yield b"#%d=%s%s\n" % (one.number + base, one.name, values)


def _new_global_id(values: bytes, copy: int) -> bytes:
    """The GlobalId replaced by one that follows from it and the copy's number: 128 bits in IFC's base 64."""
    start = values.index(b"'") + 1
    number = int.from_bytes(hashlib.blake2b(values[start:start + 22] + b"%d" % copy, digest_size=16).digest(), "big")
    made = "".join(_ALPHABET[number >> 6 * place & 63] for place in range(21, -1, -1))
    return values[:start] + made.encode() + values[start + 22:]


def _stretched(factor: float) -> Callable[[re.Match[bytes]], bytes]:
    def one(found: re.Match[bytes]) -> bytes:
        text = f"{float(found[0]) * factor:.12g}"
        return text.encode() if "." in text or "e" in text else f"{text}.".encode()
    return one


def take_in(path: Path, folder: Path) -> None:
    """The work that is measured; tells each stage with the time at which it begins."""
    from bim.intake import Intake, intake
    from csdi.crs import HeightModel
    from twin.tiler import build_tileset

    last = ""

    def stage(name: str, *_: int) -> None:
        nonlocal last
        if name != last:
            print(json.dumps({"stage": name, "at": time.monotonic()}), flush=True)
        last = name

    read = intake(path, model="big", time_limit_s=LIMIT_S, progress=stage)
    stage("save")
    read.save(folder / "intake")
    result: dict[str, Any] = {"result": read.result, "counts": read.counts, "timings": read.timings, "peak_mb": read.peak_mb}
    del read
    stage("load")
    back = Intake.load(folder / "intake")
    stage("tiles")
    heights = HeightModel.parse("hk")
    (folder / "tiles").mkdir()
    rows = [{"id": f.id, "storey": f.properties.get("storey_name") or "",
             **{key: f.properties.get(key) or "" for key in ("global_id", "name", "ifc_class")}} for f in back.tables.elements]

    def sink(name: str, data: bytes) -> None:
        target = folder / "tiles" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    result["tiles"] = build_tileset(back.shapes, rows, back.georeference, heights, sink).to_dict()
    stage("end")
    print(json.dumps(result), flush=True)


def by_stage(stages: list[dict[str, Any]], samples: tuple[Sample, ...]) -> Iterator[tuple[str, float, Sample]]:
    """Each stage with its seconds and, of its samples, the peaks."""
    for here, after in pairwise(stages):
        within = [one for one in samples if here["at"] <= one.at < after["at"]] or [Sample(here["at"], 0.0, 0.0, 0.0)]
        yield here["stage"], after["at"] - here["at"], Sample(here["at"], max(one.own for one in within),
                                                             max(one.largest_child for one in within), max(one.total for one in within))


def report(size_mb: float, ended: Watched, limit_mb: float) -> dict[str, Any]:
    """Prints the table and gives it as JSON."""
    lines = [json.loads(line) for line in ended.out.splitlines() if line.startswith("{")]
    stages = [line for line in lines if "stage" in line]
    result = next((line for line in lines if "result" in line), None)
    print(f"{'stage':10} {'wall s':>8} {'own MB':>8} {'child MB':>9} {'together MB':>12}")
    rows = list(by_stage([*stages, {"stage": "", "at": ended.samples[-1].at if ended.samples else 0.0}], ended.samples))
    for name, seconds, peak in rows:
        print(f"{name:10} {seconds:8.1f} {peak.own:8.0f} {peak.largest_child:9.0f} {peak.total:12.0f}")
    together = max((one.total for one in ended.samples), default=0.0)
    if result is None:
        print(f"ended with status {ended.status}: {ended.errors[-2000:]}")
    else:
        counts = result["counts"]
        print(f"{result['result']}: {counts['elements']} elements, {counts['shapes']} of {counts['wanted']} shapes, "
              f"{counts['items']} items, {counts['placed_triangles']} triangles placed, fallbacks {counts['fallbacks']}")
    print(f"{size_mb:.0f} MB of IFC: wall {ended.wall_s:.1f} s, CPU {ended.cpu_s:.1f} s, peak of all processes together {together:.0f} MB "
          f"({'within' if together <= limit_mb and result else 'NOT within'} {limit_mb:.0f} MB)")
    return {"size_mb": size_mb, "wall_s": ended.wall_s, "cpu_s": ended.cpu_s, "peak_mb": together, "limit_mb": limit_mb, "result": result,
            "stages": [{"stage": name, "seconds": seconds, **asdict(peak)} for name, seconds, peak in rows]}


def main() -> int:
    """Make the model, run it, print; 1 when it fails or takes too much memory."""
    parser = argparse.ArgumentParser(description="memory and time of a very large model")
    parser.add_argument("--source", type=Path, default=ROOT / "ifc" / f"{SOURCE}.ifc")
    parser.add_argument("--copies", type=int, default=8)
    parser.add_argument("--distinct", action="store_true", help="stretch each copy so that no meshes are equal")
    parser.add_argument("--limit-mb", type=float, default=2000.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="where the model is written, and kept")
    parser.add_argument("--inside", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        take_in(*given.inside)
        return 0
    with tempfile.TemporaryDirectory(prefix="csdi-big-") as folder:
        path = given.keep or Path(folder) / "big.ifc"
        if not path.exists():
            with path.open("wb") as file:
                file.writelines(replicated(given.source.read_bytes(), given.copies, distinct=given.distinct))
        ended = watched([sys.executable, __file__, "--inside", str(path), folder], limit_s=LIMIT_S, memory=True)
        found = report(path.stat().st_size / 1e6, ended, given.limit_mb)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))
    return int(found["result"] is None or found["peak_mb"] > given.limit_mb)


if __name__ == "__main__":
    sys.exit(main())
