"""Are our shapes right? Box and surface of every element against stored results of the kernel `opencascade`.

    python benchmarks/compare_shapes.py            compare, print the table and every element that differs
    python benchmarks/compare_shapes.py --make     make the stored results again (minutes; fenced children)

An element agrees when its box is within 1 mm and its area within 2 %; between 2 and 5 % it is counted apart, as circles of
coarser segments give that (the area differs, the box does not). Results lie in `benchmarks/shapes/`, one file per model, made by us.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.ifc import open_model, readable
from bim.meshing import Fence, run, tessellate, wanted_elements
from bim.scan import scan
from bim.shapes import Shapes

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.corpus import ROOT

FILES = (
    "arch-fzk-haus-ifc4", "arch-office-a-ifc2x3", "arch-balcony-railings-ifc2x3", "arch-kit-edc-spaceboundaries-ifc4",
    "arch-jesse-classified-ifc2x3", "arch-janesville-restaurant-ifc2x3", "mep-hvac-heating-ifc4", "str-bernts-steel-ifc2x3",
    "str-hhs-office-ifc2x3", "str-great-court-roof-ifc2x3", "geo-duplex-georeferenced-ifc2x3", "geo-brienenoord-bridge-ifc4x3-epsg28992",
    "gis-bgt-poles-1050-ifc2x3", "tricky-nested-mapped-item", "tricky-reinforcing-bars", "tricky-cjk-unicode-ifc2x3",
    "tricky-duplicate-guids-ifc2x3", "tricky-455-infinite-loop-wall", "geo-earthworks-12d-ifc4x3rc3-epsg7856",
    "infra-rail-signalling-ifc4x3-epsg3065", "infra-rail-track10-ifc4x3-epsg3065",
)
STORED = Path(__file__).parent / "shapes"
BOX_M, AREA, ROUND_AREA = 1e-3, 0.02, 0.05
Measured = dict[str, tuple[list[float], float]]
"""Element -> lowest and highest corner (6 numbers, metres), area in m2."""


def main() -> int:
    """Make or compare; 1 when more than 1 % of the elements of a file differ."""
    if "--make" in sys.argv:
        for name in FILES:
            make(name)
        return 0
    worst = 0.0
    print(f"{'file':44} {'elements':>8} {'compared':>8} {'differ':>7} {'share':>7}")
    named: list[str] = []
    for name in FILES:
        path = STORED / f"{name}.json.gz"
        if not path.exists():
            print(f"{name:44} no stored results")
            continue
        ours, theirs = measured(shapes_of(name, run.KERNELS)), stored(path)
        different = list(differences(ours, theirs))
        share = len(different) / max(1, len(theirs))
        worst = max(worst, share)
        print(f"{name:44} {len(ours):>8} {len(theirs):>8} {len(different):>7} {share:>7.2%}", flush=True)
        named += [f"  {name}: {line}" for line in different]
    print("\n".join(named))
    return int(worst > 0.01)


def make(name: str) -> None:
    """Store what the kernel `opencascade` alone gives."""
    found = measured(shapes_of(name, ("opencascade",)))
    body = {key: [[round(v, 5) for v in box], round(area, 6)] for key, (box, area) in sorted(found.items())}
    (STORED / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(body, separators=(",", ":")).encode(), 9, mtime=0))
    print(name, len(body), flush=True)


def shapes_of(name: str, kernels: tuple[str, ...]) -> Shapes:
    """Elements of a file of the shared data by these kernels."""
    path = ROOT / "ifc" / f"{name}.ifc"
    schema = scan(path).schema
    usual, run.KERNELS = run.KERNELS, kernels  # type: ignore[misc]
    try:
        with readable(path, schema) as (plain, _):
            model = open_model(plain, schema)
            return tessellate(plain, model, wanted_elements(model), Fence(workers=2, time_limit_s=400.0, stall_s=30.0)).shapes
    finally:
        run.KERNELS = usual  # type: ignore[misc]


def measured(shapes: Shapes) -> Measured:
    """Box and area of every element in the model frame."""
    boxes: dict[str, NDArray[np.float64]] = {}
    areas: dict[str, float] = {}
    for one in shapes.placements:
        mesh = shapes.items[one.item].mesh.placed(one.matrix)
        if not len(mesh.triangles):
            continue
        used = mesh.vertices[np.unique(mesh.triangles)]
        box = np.array([used.min(axis=0), used.max(axis=0)])
        known = boxes.get(one.element)
        boxes[one.element] = box if known is None else np.array([np.minimum(known[0], box[0]), np.maximum(known[1], box[1])])
        a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
        areas[one.element] = areas.get(one.element, 0.0) + float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) / 2
    return {key: (box.ravel().tolist(), areas[key]) for key, box in boxes.items()}


def stored(path: Path) -> Measured:
    """What `make` wrote."""
    body: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return {key: (box, area) for key, (box, area) in body.items()}


def differences(ours: Measured, theirs: Measured) -> Iterator[str]:
    """One line for each element that the kernel has and that differs, with the reason."""
    for key, (box, area) in theirs.items():
        if key not in ours:
            if area > 1e-4:
                yield f"{key} is missing"
            continue
        own_box, own_area = ours[key]
        off = max(abs(a - b) for a, b in zip(own_box, box, strict=True))
        ratio = own_area / area - 1.0 if area > 1e-9 else 0.0
        if off > BOX_M:
            yield f"{key} box {off * 1000:.1f} mm off, area {ratio:+.1%}"
        elif abs(ratio) > AREA:
            yield f"{key} area {ratio:+.1%}" + (" (coarser circles)" if abs(ratio) <= ROUND_AREA else "")


if __name__ == "__main__":
    sys.exit(main())
