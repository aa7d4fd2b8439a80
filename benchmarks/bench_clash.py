"""What clashes cost on real models, beside ifcclash in the same run: CPU seconds, and which pairs both find.

    python benchmarks/bench_clash.py [FILE.ifc ...] [--tolerance 0.01] [--crowd 100000]

Each program runs in a process of its own and starts from the IFC file. Here that is reading the model's rows, making its shapes and
comparing every element with every other; there `clash` in the modes `collision` (surfaces that cross) and `intersection` (deeper than
the tolerance), which makes the geometry again for each. Pairs that the model says belong together are compared here too, as ifcclash
knows no exclusions. `again` is a second run here on the shapes that a model keeps once it was taken in. ifcclash is installed once,
pinned, in the cache folder of `peer_programs`. `--crowd` places so many boxes in forty storeys and compares them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

IFCCLASH = "0.9.0"
CORPUS = Path(os.environ.get("CSDI_CORPUS", Path(__file__).parents[2] / "shared" / "data")) / "ifc"
FILES = ("geo-duplex-georeferenced-ifc2x3.ifc", "mep-hvac-heating-ifc4.ifc", "arch-office-a-ifc2x3.ifc", "arch-fzk-haus-ifc4.ifc")
_LIMIT_S = 250.0


def main() -> None:
    """Measures each file and prints a table."""
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps({"csdi": _csdi, "ifcclash": _ifcclash}[sys.argv[2]](sys.argv[3], float(sys.argv[4]))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--tolerance", type=float, default=0.01)
    parser.add_argument("--crowd", type=int, default=100_000)
    asked = parser.parse_args()
    theirs = _installed()
    for file in asked.files or [CORPUS / name for name in FILES]:
        _print(file, _run(Path(sys.executable), "csdi", file, asked.tolerance), _run(theirs, "ifcclash", file, asked.tolerance))
    print(_crowd(asked.crowd))


def _print(file: Path, own: dict[str, Any], other: dict[str, Any]) -> None:
    mine, crossing, deep = ({tuple(pair) for pair in pairs} for pairs in (own["pairs"], other["collision"], other["intersection"]))
    print(f"{file.name}: {own['bodies']} elements, {own['candidates']} candidates, {own['unmeasured']} not measured")
    print(f"    csdi     {own['cpu']:7.2f} CPU s from the file, {own['clash']:.2f} of them for clashes; {len(mine)} deeper than the "
          f"tolerance; again {own['again']:.2f}")
    for mode, found in (("intersection", deep), ("collision", crossing)):
        cpu = other[f"{mode}_cpu"]
        print(f"    ifcclash {cpu:7.2f} CPU s {mode}, {len(found)} pairs, {len(found & mine)} of them found here; "
              f"ratio {cpu / own['cpu']:.1f}, again {cpu / own['again']:.0f}")


def _run(python: Path, program: str, file: Path, tolerance: float) -> dict[str, Any]:
    done = subprocess.run([str(python), __file__, "--child", program, str(file), str(tolerance)], check=True, capture_output=True,
                          timeout=_LIMIT_S)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _csdi(file: str, tolerance: float) -> dict[str, Any]:
    from bim.clash import Exclusions, Member, Scene, Test, find_clashes
    from bim.intake import intake
    begun = _cpu()
    read = intake(Path(file), model="m")
    member = Member.of("m", read.shapes, read.tables.elements)
    made = _cpu()
    found = find_clashes(Scene([member]), [Test("hard", tolerance)], Exclusions((), ()))
    first = _cpu()
    find_clashes(Scene([member]), [Test("hard", tolerance)], Exclusions((), ()))
    return {"cpu": first - begun, "clash": first - made, "again": _cpu() - first, "bodies": found.bodies, "candidates": found.candidates,
            "unmeasured": sum(found.unmeasured_count.values()), "pairs": [sorted((one.a, one.b)) for one in found.found]}


def _ifcclash(file: str, tolerance: float) -> dict[str, Any]:
    import logging

    from ifcclash.ifcclash import Clasher, ClashSettings  # type: ignore[import-not-found,unused-ignore]
    answer: dict[str, Any] = {}
    for mode, more in (("collision", {"allow_touching": False}), ("intersection", {"tolerance": tolerance, "check_all": False})):
        settings = ClashSettings()
        settings.logger = logging.getLogger("ifcclash")
        clasher, begun = Clasher(settings), _cpu()
        clasher.clash_sets = [{"name": mode, "mode": mode, "a": [{"file": file}], **more}]
        clasher.clash()
        answer[f"{mode}_cpu"] = _cpu() - begun
        found = clasher.clash_sets[0]["clashes"].values()
        answer[mode] = [sorted((one["a_global_id"], one["b_global_id"])) for one in found]
    return answer


def _crowd(count: int) -> str:
    import numpy as np

    from bim.clash import Member, Scene, find_clashes
    from bim.shapes import Item, Placement, Shapes
    from csdi.geometry import Mesh
    chance = np.random.default_rng(1)
    corners = np.array([[x, y, z] for z in (0.0, 2.5) for y in (0.0, 0.3) for x in (0.0, 0.3)])
    sides = np.array([[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [1, 3, 7], [1, 7, 5], [3, 2, 6], [3, 6, 7],
                      [2, 0, 4], [2, 4, 6]], dtype=np.int32)
    item = Item(Mesh(corners, sides), (), np.full(12, -1, np.int16))
    places = np.column_stack([chance.uniform(0, 120, (count, 2)), 3.0 * chance.integers(0, 40, count)])
    matrices = np.tile(np.eye(4), (count, 1, 1))
    matrices[:, :3, 3] = places
    shapes = Shapes([item], [Placement(f"E{number}", 0, matrix) for number, matrix in enumerate(matrices)])
    begun = _cpu()
    found = find_clashes(Scene([Member("crowd", shapes)]))
    return (f"crowd: {count} boxes, {found.candidates} candidates, {len(found.found)} clashes, {sum(found.unmeasured_count.values())} not "
            f"measured, {_cpu() - begun:.1f} CPU s")


def _installed() -> Path:
    """The interpreter of an environment with ifcclash; as `peer_programs`, which cannot be imported from there, keeps its own."""
    folder = Path(os.environ.get("CSDI_BENCH_CACHE") or Path.home() / ".cache" / "csdi-bench").expanduser() / f"ifcclash-{IFCCLASH}"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=_LIMIT_S)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", f"ifcclash=={IFCCLASH}", "typing_extensions", "shapely"],
                       check=True, timeout=_LIMIT_S)
    return python


if __name__ == "__main__":
    main()
