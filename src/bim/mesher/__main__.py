"""The program of a meshing child: opens one file, tessellates batches that it is told, and may be killed at any time.

    python -m bim.mesher FILE MEMORY_LIMIT_BYTES

Commands come as JSON lines on stdin: `{"kernel", "ids", "settings"}`. Answers go to stdout as `bim.mesher.wire`:
`ready`; then per batch any number of `item`, `placed`, `placements` and `left`, and `done`. The engine's own chatter goes
nowhere. The file is read by the direct tessellator, by the engine, or by both, when a batch first asks for it.
"""

from __future__ import annotations

import ctypes
import gc
import json
import math
import os
import resource
import signal
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import numpy as np

from bim.mesher.direct_batch import DIRECT, run_direct
from bim.mesher.part import LARGE, Parts
from bim.mesher.wire import Message, write

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serves batches until stdin closes."""
    path, memory_limit = sys.argv[1], int(sys.argv[2])
    _fence(memory_limit)
    out = _private_stdout()
    gc.disable()
    write(out, Message("ready"))
    sent: set[tuple[str, str]] = set()
    opened = _Opened(Path(path))
    for line in sys.stdin:
        command = json.loads(line)
        if command["kernel"] == DIRECT:
            run_direct(path, command, out)
        else:
            _batch(opened.for_products(command["ids"]), command, sent, out)


class _Opened:
    """The file as the engine has it: opened once, or where it is large a part of it for each batch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts: Parts | None = None
        self._file: Any = None

    def for_products(self, products: list[int]) -> Any:
        """The engine's file with at least these products."""
        import ifcopenshell
        if self._path.stat().st_size >= LARGE:
            self._file = None
            self._parts = self._parts or Parts(self._path)
            with TemporaryFile() as part:  # it has no name, so that nothing is left of it when this process is killed
                self._parts.write(products, part)
                part.flush()
                self._file = ifcopenshell.open(f"/proc/self/fd/{part.fileno()}")
        elif self._file is None:
            self._file = ifcopenshell.open(str(self._path))
        return self._file


def _fence(memory_limit: int) -> None:
    """Dies with its parent, dumps no core, and cannot take all memory."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))


def _private_stdout() -> BinaryIO:
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return out


def _batch(file: Any, command: dict[str, Any], sent: set[tuple[str, str]], out: BinaryIO) -> None:
    import ifcopenshell.geom
    _geom: Any = ifcopenshell.geom
    settings: Any = _geom.settings()
    for name, value in command["settings"].items():
        settings.set(name, value)
    try:
        wanted = [file.by_id(number) for number in command["ids"]]
        iterator = _geom.iterator(settings, file, 1, include=wanted, geometry_library=command["kernel"])
        going = iterator.initialize()
        while going:
            _shape(iterator.get(), command["kernel"], sent, out)
            going = bool(iterator.next())
    except (RuntimeError, MemoryError, ValueError) as error:
        write(out, Message("error", {"message": str(error)[:500]}))
    write(out, Message("done"))


def _shape(shape: Any, kernel: str, sent: set[tuple[str, str]], out: BinaryIO) -> None:
    geometry = shape.geometry
    if (kernel, geometry.id) not in sent:
        sent.add((kernel, geometry.id))
        arrays: dict[str, Any] = {
            "vertices": np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3),
            "triangles": np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3),
            "material_of": np.frombuffer(geometry.material_ids_buffer, np.int32).astype(np.int16),
        }
        write(out, Message("item", {"geometry": geometry.id, "materials": [_material(m) for m in geometry.materials]}, arrays))
    matrix = np.frombuffer(shape.transformation_buffer, np.float64).reshape(4, 4).T
    write(out, Message("placed", {"product": shape.id, "geometry": geometry.id}, {"matrix": matrix}))


def _material(style: Any) -> list[Any]:
    colour = style.diffuse
    alpha = 1.0 - style.transparency if style.has_transparency() and math.isfinite(style.transparency) else 1.0
    rgba = [colour.r(), colour.g(), colour.b(), alpha]
    return [style.name, *[min(max(part, 0.0), 1.0) if math.isfinite(part) else 0.8 for part in rgba]]


if __name__ == "__main__":
    main()
