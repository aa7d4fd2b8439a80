"""What 3D tiles of real models weigh and cost: bytes after gzip per placed triangle, and CPU time beside the intake's, on six files.

    python -m benchmarks.bench_tiles3d [FILE.ifc ...] [--repeats 3] [--no-peer]

`raw` is what the same triangles weigh as plain float32 positions and normals with 32-bit indices and feature ids, every copy spelled
out. `flat` builds with copies spelled out as well, packed; it is left out where that is more than a million triangles. `tiles` is the
CPU time of building, as a share of the intake that comes before it; `decode` is the time to unpack all that is packed, once.
py3dtiles converts the same file in the same run, as it comes; its bytes are divided by the same number of triangles.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peer_programs import Missing, peers
from benchmarks.process_tree import watched

FOLDER = Path(os.environ.get("CSDI_CORPUS", Path(__file__).parents[2] / "shared" / "data")) / "ifc"
FILES = ("arch-office-a-ifc2x3", "arch-janesville-restaurant-ifc2x3", "str-hhs-office-ifc2x3", "infra-rail-track10-ifc4x3-epsg3065",
         "str-bernts-steel-ifc2x3", "geo-duplex-georeferenced-ifc2x3")
_LIMIT_S = 250.0
_MOST_FLAT = 1_000_000
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

Json = dict[str, Any]


def main() -> None:
    """Measures and prints a table."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(_one(Path(sys.argv[2]))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[FOLDER / f"{name}.ifc" for name in FILES])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-peer", action="store_true")
    asked = parser.parse_args()
    print(f"{'':38}{'placed':>10}{'tiles':>6}{'gzip kB':>9}  {'bytes per placed triangle':^31} {'CPU s':^24} {'py3dtiles':^17}")
    print(f"{'':38}{'triangles':>10}{'':6}{'':9}  {'ours':>7}{'flat':>8}{'raw':>8}{'far kB':>8} "
          f"{'intake':>7}{'tiles':>7}{'':>4}{'decode':>7}{'B/tri':>9}{'CPU s':>8}")
    shares = []
    for path in asked.files:
        runs = [_child(path) for _ in range(asked.repeats)]
        found = {name: statistics.median(run[name] for run in runs) for name in runs[0] if runs[0][name] is not None}
        shares.append(found["tiles_s"] / found["intake_s"])
        peer = "" if asked.no_peer else _peer(path, found["triangles"])
        print(f"{path.stem:38}{found['triangles']:>10.0f}{found['tiles']:>6.0f}{found['gzip'] / 1e3:>9.0f}  "
              f"{_each(found, 'gzip'):>7}{_each(found, 'flat'):>8}{_each(found, 'raw'):>8}{found['far'] / 1e3:>8.0f} "
              f"{found['intake_s']:>7.2f}{found['tiles_s']:>7.2f}{shares[-1]:>4.0%}{found['decode_s']:>7.2f}{peer}", flush=True)
    print(f"median share of the intake's CPU time: {statistics.median(shares):.0%}")


def _each(found: Mapping[str, float], name: str) -> str:
    return f"{found[name] / found['triangles']:.2f}" if name in found else "-"


def _child(path: Path) -> Json:
    """One run in a process of its own, one thread."""
    command = [sys.executable, "-m", "benchmarks.bench_tiles3d", "--one", str(path)]
    done = watched(command, limit_s=_LIMIT_S, env={**os.environ, **_ONE_THREAD}, folder=Path(__file__).parents[1])
    if done.status != 0:
        sys.exit(f"{path.name}: {done.errors[-500:]}")
    found: Json = json.loads(done.out.splitlines()[-1])
    return found


def _one(path: Path) -> Json:
    """CPU seconds and bytes of one file."""
    from bim.intake import intake
    from csdi.crs import HeightModel
    from twin.tiler import build_tileset

    heights = HeightModel.parse("hk")
    begun = time.process_time()
    read = intake(path, model="m", workers=1)
    intake_s = time.process_time() - begun
    rows = [{"id": f.id, "storey": f.properties.get("storey_name") or "",
             **{key: f.properties.get(key) or "" for key in ("global_id", "name", "ifc_class")}} for f in read.tables.elements]
    files: dict[str, bytes] = {}
    begun = time.process_time()
    built = build_tileset(read.shapes, rows, read.georeference, heights, files.__setitem__)
    tiles_s = time.process_time() - begun
    flat: dict[str, bytes] = {}
    if built.triangles <= _MOST_FLAT:
        build_tileset(read.shapes, rows, read.georeference, heights, flat.__setitem__, instancing=False)
    root = json.loads(files[built.root])["root"]
    return {"triangles": built.triangles, "tiles": built.tiles, "gzip": _gzip(files.values()), "flat": _gzip(flat.values()) or None,
            "raw": _raw([files[name] for name in _exact(root)]), "far": len(files[root["content"]["uri"]]) if "content" in root else 0,
            "intake_s": intake_s, "tiles_s": tiles_s, "decode_s": _decode_s(files)}


def _gzip(files: Iterable[bytes]) -> int:
    return sum(len(gzip.compress(data, 6, mtime=0)) for data in files)


def _exact(tile: Json) -> list[str]:
    """All content that is not an envelope."""
    own = [tile["content"]["uri"]] if "content" in tile and tile.get("refine") != "REPLACE" else []
    return own + [uri for child in tile.get("children", []) for uri in _exact(child)]


def _raw(tiles: Iterable[bytes]) -> int:
    from twin.gltf_reader import read_glb

    total = 0
    for data in tiles:
        for part in read_glb(data).drawn:
            columns = (part.positions.astype("<f4"), part.normals.astype("<f4"), part.feature_of.astype("<u4"),
                       part.triangles.astype("<u4"))
            total += len(gzip.compress(b"".join(np.ascontiguousarray(column).tobytes() for column in columns), 6, mtime=0))
    return total


def _decode_s(files: Mapping[str, bytes]) -> float:
    """CPU seconds to unpack every packed mesh once."""
    from twin.draco import unpacked

    begun = time.process_time()
    for name, data in files.items():
        if not name.endswith(".glb"):
            continue
        length = struct.unpack_from("<I", data, 12)[0]
        document = json.loads(data[20:20 + length])
        for mesh in document["meshes"]:
            for primitive in mesh["primitives"]:
                draco = primitive.get("extensions", {}).get("KHR_draco_mesh_compression")
                if draco:
                    view = document["bufferViews"][draco["bufferView"]]
                    start = 28 + length + view["byteOffset"]
                    unpacked(data[start:start + view["byteLength"]], draco["attributes"])
    return time.process_time() - begun


def _peer(path: Path, triangles: float) -> str:
    """Bytes per triangle and CPU seconds of py3dtiles, or why there are none."""
    command = peers()["py3dtiles"]
    if isinstance(command, Missing):
        return f"  {command.why}"
    with tempfile.TemporaryDirectory(prefix="csdi-bench-") as folder:
        done = watched(command(path, Path(folder)), limit_s=_LIMIT_S, env={**os.environ, **_ONE_THREAD})
        if done.status != 0:
            said = [line for line in done.errors.splitlines() if line.strip()]
            return f"  {'over the limit' if done.status is None else said[-1][:60] if said else f'status {done.status}'}"
        size = _gzip(each.read_bytes() for each in sorted(Path(folder).rglob("*")) if each.is_file())
    return f"{size / triangles:>9.2f}{done.cpu_s:>8.1f}"


if __name__ == "__main__":
    main()
