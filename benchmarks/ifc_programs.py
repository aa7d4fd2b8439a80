"""What `bench_ifc.py` measures of this project and of the kernel: one program per process, one line of JSON at its end.

    python benchmarks/ifc_programs.py direct|whole|kernel FILE

Seconds are those of the work itself, without the start of the interpreter and its imports; CPU includes threads and children.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

KERNEL = "hybrid-cgal-simple-opencascade"
LAST_KERNEL = "opencascade"
_SETTINGS = {"apply-default-materials": False, "no-normals": True, "use-material-names": True, "weld-vertices": True}
_COARSE_SECTION_M = 5.0
Json = dict[str, Any]


def cpu_s() -> float:
    """User and system seconds of this process, its threads, and the children that it waited for."""
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


class Clock:
    """CPU and wall seconds from its making on, and by stage."""

    def __init__(self) -> None:
        self._begun = time.perf_counter(), cpu_s()
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """CPU seconds of a stage."""
        begun = cpu_s()
        yield
        self.stages[name] = round(self.stages.get(name, 0.0) + cpu_s() - begun, 3)

    def read(self) -> Json:
        """What has gone by."""
        return {"cpu_s": cpu_s() - self._begun[1], "wall_s": time.perf_counter() - self._begun[0], "stages": self.stages}


def direct(path: Path) -> Json:
    """Our geometry: the direct tessellator over all wanted elements, and the kernel for those that it refuses."""
    from bim.ifc import open_model, readable
    from bim.meshing import wanted_elements
    from bim.scan import scan
    from bim.tessellation.builders import builders
    from bim.tessellation.direct import Direct, Left
    from bim.units import project_units

    schema = scan(path).schema
    with readable(path, schema) as (plain, _):
        model = open_model(plain, schema)
        wanted, units, aligned = wanted_elements(model), project_units(model), bool(model.of("IfcAlignment"))
        del model
        gc.collect()
        builders()
        gc.disable()
        clock, triangles, left = Clock(), 0, list[Left]()
        with clock.stage("index"):
            tessellator = Direct(plain, units.length, units.angle)
        with clock.stage("tessellation"):
            done = set[int]()
            for one in tessellator.tessellated([(each.product, each.representation) for each in wanted]):
                if isinstance(one, Left):
                    left.append(one)
                else:
                    triangles += len(one.mesh.triangles)
                    done.add(one.product)
        refused = [one for one in left if one.reason]
        with clock.stage("kernel"):
            found = _kernel_shapes(plain, [one.product for one in refused], (KERNEL, LAST_KERNEL), aligned) if refused else {}
        return {**clock.read(), "wanted": len(wanted), "shapes": len(done) + len(found), "triangles": triangles + sum(found.values()),
                "refused": len(refused), "reasons": dict(Counter(one.reason for one in refused).most_common(4))}


def whole(path: Path) -> Json:
    """Our whole intake: from the file to rows, shapes, place and findings in a folder, and tiles in another."""
    from bim.intake import intake
    from csdi.crs import HeightModel
    from twin.tiler import build_tileset

    heights = HeightModel.parse("hk")
    with tempfile.TemporaryDirectory(prefix="csdi-bench-") as folder:
        clock = Clock()
        last = ["", 0.0]

        def told(stage: str, *_: int) -> None:
            now = cpu_s()
            if stage != last[0]:
                if last[0]:
                    clock.stages[str(last[0])] = round(now - float(last[1]), 3)
                last[:] = [stage, now]

        read = intake(path, model="m", workers=1, progress=told)
        told("")
        with clock.stage("save"):
            read.save(Path(folder) / "intake")
        rows = [{"id": f.id, "storey": f.properties.get("storey_name") or "",
                 **{key: f.properties.get(key) or "" for key in ("global_id", "name", "ifc_class")}} for f in read.tables.elements]
        with clock.stage("tiles"):
            built = build_tileset(read.shapes, rows, read.georeference, heights, _sink(Path(folder) / "tiles"))
        return {**clock.read(), "wall_stages": read.timings, "wanted": read.counts["wanted"], "shapes": read.counts["shapes"],
                "triangles": read.counts["placed_triangles"], "fallbacks": read.counts["fallbacks"], "tiles": len(built.files)}


def _sink(folder: Path) -> Callable[[str, bytes], None]:
    def write(name: str, data: bytes) -> None:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return write


def kernel(path: Path) -> Json:
    """The kernel chain that gives right shapes: opened, all wanted elements, one thread; what it loses again by the last kernel."""
    from bim.ifc import open_model, readable
    from bim.meshing import wanted_elements
    from bim.scan import scan

    schema = scan(path).schema
    with readable(path, schema) as (plain, _):
        model = open_model(plain, schema)
        wanted, aligned = wanted_elements(model), bool(model.of("IfcAlignment"))
        del model
        gc.collect()
        clock = Clock()
        found = _kernel_shapes(plain, [one.product for one in wanted], (KERNEL, LAST_KERNEL), aligned, clock)
        return {**clock.read(), "wanted": len(wanted), "shapes": len(found), "triangles": sum(found.values())}


def _kernel_shapes(path: Path, products: Sequence[int], kernels: Sequence[str], aligned: bool,
                   clock: Clock | None = None) -> dict[int, int]:
    """Product -> triangles, by the first of the kernels that gives a shape."""
    import ifcopenshell
    import ifcopenshell.geom
    geom: Any = ifcopenshell.geom
    clock = clock or Clock()
    with clock.stage("open"):
        file = ifcopenshell.open(str(path))
    settings = geom.settings()
    for name, value in _SETTINGS.items():
        settings.set(name, value)
    if aligned:
        settings.set("function-step-param", _COARSE_SECTION_M)
    found: dict[int, int] = {}
    for one in kernels:
        left = [file.by_id(product) for product in products if product not in found]
        with clock.stage(one):
            found.update(_iterated(geom, settings, file, left, one) if left else {})
    return found


def _iterated(geom: Any, settings: Any, file: Any, products: list[Any], library: str) -> dict[int, int]:
    found: dict[int, int] = {}
    read: dict[str, int] = {}
    iterator = geom.iterator(settings, file, 1, include=products, geometry_library=library)
    going = iterator.initialize()
    while going:
        shape = iterator.get()
        if shape.geometry.id not in read:
            np.frombuffer(shape.geometry.verts_buffer, np.float64).copy()
            read[shape.geometry.id] = len(np.frombuffer(shape.geometry.faces_buffer, np.int32).copy()) // 3
        if read[shape.geometry.id]:
            found[shape.id] = found.get(shape.id, 0) + read[shape.geometry.id]
        going = iterator.next()
    return found


if __name__ == "__main__":
    print(json.dumps({"direct": direct, "whole": whole, "kernel": kernel}[sys.argv[1]](Path(sys.argv[2]))))
