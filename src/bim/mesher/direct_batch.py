"""The direct tessellator as the first kernel of a meshing child: one batch with all products."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from bim.mesher.wire import Message, write
from bim.tessellation.direct import Direct, Left, Mesh, Placed

DIRECT = "direct"
_TOGETHER = 500


def run_direct(path: str, command: dict[str, Any], out: BinaryIO) -> None:
    """Answers a batch: `item` for each mesh, `placements` for many products at once, `left` for those without a mesh.

    Args:
        command: `ids`, and in `settings` the `representations` (one for each id), `length_m` and `angle_rad`.
    """
    settings = command["settings"]
    sent: set[str] = set()
    waiting: list[Placed] = []
    left: list[Left] = []
    direct = Direct(Path(path), settings["length_m"], settings["angle_rad"])
    for one in direct.tessellated(list(zip(command["ids"], settings["representations"], strict=True))):
        if isinstance(one, Left):
            left.append(one)
        else:
            if one.mesh.key not in sent:
                sent.add(one.mesh.key)
                write(out, _item(one.mesh), flush=False)
            waiting.append(one)
        if len(waiting) + len(left) >= _TOGETHER:
            _send(out, waiting, left)
    _send(out, waiting, left)
    write(out, Message("done"))
    del direct
    gc.collect()


def _item(mesh: Mesh) -> Message:
    return Message("item", {"geometry": mesh.key, "materials": [[style.name, *style.rgba] for style in mesh.styles]},
                   {"vertices": mesh.vertices, "triangles": mesh.triangles, "material_of": mesh.style_of})


def _send(out: BinaryIO, placed: list[Placed], left: list[Left]) -> None:
    if placed:
        write(out, Message("placements", {"products": [one.product for one in placed], "geometries": [one.mesh.key for one in placed]},
                           {"matrices": np.array([one.matrix for one in placed])}))
    if left:
        write(out, Message("left", {"products": [one.product for one in left], "reasons": [one.reason for one in left]}))
    placed.clear()
    left.clear()
