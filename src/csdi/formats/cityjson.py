"""CityJSON 1.0 to 2.0 and CityJSON text sequences: every city object as its footprint, its levels, its attributes and its faces."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.crs import crs as known_crs
from csdi.errors import CrsError, FileBroken
from csdi.formats.arrow_layer import ArrowLayer
from csdi.formats.footprint import Body, body_layer, footprint
from csdi.formats.solids import triangulated

SUFFIXES = (".cityjson", ".city.json", ".city.jsonl", ".cityjsonl", ".cityjsonseq")
_CODE = re.compile(r"EPSG(?:/\d[^/]*/|::|:[\d.]*:|:)(\d+)$", re.IGNORECASE)
_DEPTH = {"MultiSurface": 1, "CompositeSurface": 1, "Solid": 2, "MultiSolid": 3, "CompositeSolid": 3}
"""Lists around a surface, by type of geometry."""
Vertices = NDArray[np.float64]


def is_cityjson(path: Path) -> bool:
    """Whether the name or the first bytes say CityJSON."""
    if path.name.lower().endswith(SUFFIXES):
        return True
    if path.suffix.lower() != ".json":
        return False
    with path.open("rb") as source:
        return bool(re.search(rb'"type"\s*:\s*"CityJSON"', source.read(4096)))


def read_cityjson(path: Path) -> ArrowLayer:
    """All city objects of a file.

    Raises:
        FileBroken: it is no JSON, no CityJSON, or an index points nowhere.
    """
    try:
        documents = _documents(path)
        head = next(documents)
        if head.get("type") != "CityJSON":
            raise ValueError(f"the type is '{head.get('type')}', not 'CityJSON'")
        crs = _crs(head)
        metres = _is_metric(crs)
        bodies = [body for document in (head, *documents) for body in _bodies(document, head, metres)]
    except (ValueError, KeyError, IndexError, TypeError, StopIteration, AttributeError) as error:
        raise FileBroken(f"{path.name}: not readable as CityJSON ({type(error).__name__}: {error})", file=str(path),
                         remedy="check it with a CityJSON validator, or export it again") from None
    return body_layer(path.name.split(".")[0], crs, bodies, "object_id")


def _documents(path: Path) -> Iterator[Mapping[str, Any]]:
    """The file, or its lines."""
    with path.open("rb") as source:
        if not path.name.lower().endswith(("jsonl", "jsonseq")):
            yield json.loads(source.read().decode("utf-8-sig"))
            return
        for line in source:
            if line.strip():
                yield json.loads(line)


def _crs(head: Mapping[str, Any]) -> str:
    stated = str(head.get("metadata", {}).get("referenceSystem", ""))
    code = _CODE.search(stated)
    return f"EPSG:{code.group(1)}" if code else stated


def _is_metric(crs: str) -> bool:
    try:
        return not crs or not known_crs(crs).is_geographic
    except CrsError:
        return True


def _bodies(document: Mapping[str, Any], head: Mapping[str, Any], metres: bool) -> Iterator[Body]:
    transform = document.get("transform", head.get("transform"))
    vertices = np.array(document.get("vertices", []), dtype=np.float64).reshape(-1, 3)
    if transform:
        vertices = vertices * transform["scale"] + transform["translate"]
    templates = head.get("geometry-templates", {})
    for id, thing in document.get("CityObjects", {}).items():
        best = _finest(thing.get("geometry", []))
        surfaces = [] if best is None else _surfaces(best, vertices, templates)
        lone = surfaces or best is None
        levels = _levels(surfaces)
        shape = footprint(surfaces, metres=metres) if lone else _thin(best or {}, vertices)
        if not lone and shape is not None:
            levels = (float(shapely.get_coordinates(shape, True)[:, 2].min()), float(shapely.get_coordinates(shape, True)[:, 2].max()))
            shape = shapely.force_2d(shape)
        yield Body(shape, levels, _properties(id, thing, best), triangulated(surfaces))


def _properties(id: str, thing: Mapping[str, Any], geometry: Mapping[str, Any] | None) -> dict[str, Any]:
    said = {"object_id": id, "type": thing["type"], "parents": ", ".join(thing.get("parents", [])) or None,
            "lod": None if geometry is None else str(geometry.get("lod", ""))}
    more = {name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
            for name, value in thing.get("attributes", {}).items()}
    return {**more, **said}


def _finest(geometries: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The geometry of the highest level of detail."""
    return max(geometries, key=lambda one: str(one.get("lod", "")), default=None)


def _surfaces(geometry: Mapping[str, Any], vertices: Vertices, templates: Mapping[str, Any]) -> list[list[Vertices]]:
    """The surfaces of a geometry: rings of (n, 3) coordinates, the outer one first."""
    if geometry["type"] == "GeometryInstance":
        inner = templates["templates"][geometry["template"]]
        points = np.array(templates["vertices-templates"], dtype=np.float64).reshape(-1, 3)
        matrix = np.array(geometry["transformationMatrix"], dtype=np.float64).reshape(4, 4)
        moved = points @ matrix[:3, :3].T + matrix[:3, 3] + vertices[geometry["boundaries"][0]]
        return _surfaces(inner, moved, templates)
    depth = _DEPTH.get(geometry["type"])
    if depth is None:
        return []
    flat: list[Any] = geometry["boundaries"]
    for _ in range(depth - 1):
        flat = [surface for shell in flat for surface in shell]
    return [[vertices[ring] for ring in surface] for surface in flat]


def _thin(geometry: Mapping[str, Any], vertices: Vertices) -> Any:
    """Points and lines."""
    if geometry["type"] == "MultiPoint":
        return shapely.MultiPoint(vertices[geometry["boundaries"]])
    if geometry["type"] == "MultiLineString":
        return shapely.MultiLineString([vertices[line] for line in geometry["boundaries"]])
    return None


def _levels(surfaces: list[list[Vertices]]) -> tuple[float, float] | None:
    heights = [ring[:, 2] for surface in surfaces for ring in surface if len(ring)]
    return (float(min(z.min() for z in heights)), float(max(z.max() for z in heights))) if heights else None
