"""Footprints: what surfaces of a body cover on the ground, with the body's lowest and highest level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from csdi.formats.arrow_layer import GEOMETRY, ArrowLayer
from csdi.formats.solids import Solids

LEVELS = ("base_level", "top_level")
_GRID_M = 0.001
_GRID_DEGREES = 1e-8


@dataclass(frozen=True, slots=True)
class Body:
    """A thing of three dimensions as a row.

    Attributes:
        footprint: in the CRS of its layer, x first; None when nothing of it covers ground.
        levels: lowest and highest z; None without geometry.
        properties: scalars; lists and mappings as JSON text.
        triangles: (m, 3, 3) of its surfaces, x, y, z in the CRS of its layer; None for what is no body.
    """

    footprint: BaseGeometry | None
    levels: tuple[float, float] | None
    properties: Mapping[str, Any]
    triangles: NDArray[np.float64] | None = None


def footprint(surfaces: Iterable[Sequence[NDArray[np.float64]]], *, metres: bool = True) -> BaseGeometry | None:
    """The union of surfaces on the ground.

    Args:
        surfaces: each with its outer ring first, then its holes: (n, 3) x, y, z. Vertical ones cover nothing.
        metres: whether x and y are metres; degrees otherwise.

    Returns:
        A polygon or several; None when nothing is covered.
    """
    flat = [shapely.Polygon(rings[0][:, :2], [hole[:, :2] for hole in rings[1:] if len(hole) > 2])
            for rings in surfaces if rings and len(rings[0]) > 2]
    return merged(np.array(flat, dtype=object), metres=metres)


def merged(polygons: NDArray[np.object_], *, metres: bool = True) -> BaseGeometry | None:
    """The union of polygons of a plane; those without area count for nothing."""
    grid = _GRID_M if metres else _GRID_DEGREES
    kept = polygons[shapely.area(polygons) > grid * grid] if len(polygons) else polygons
    if not len(kept):
        return None
    found = shapely.union_all(shapely.make_valid(kept), grid_size=grid)
    parts = [part for part in shapely.get_parts(shapely.make_valid(found)) if part.geom_type == "Polygon" and part.area > 0]
    return None if not parts else parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def body_layer(name: str, crs: str, bodies: Sequence[Body], named_by: str) -> ArrowLayer:
    """Bodies as a layer: their properties in the order of their first appearance, their levels, and their triangles.

    Args:
        named_by: the property that tells one body from another.
    """
    names = list(dict.fromkeys(key for body in bodies for key in body.properties if key not in LEVELS))
    columns = {key: _column([body.properties.get(key) for body in bodies]) for key in names}
    for at, key in enumerate(LEVELS):
        columns[key] = pa.array([body.levels[at] if body.levels else None for body in bodies], pa.float64())
    table = pa.table(columns)
    shapes = pa.array([shapely.to_wkb(body.footprint) if body.footprint is not None else None for body in bodies], pa.binary())
    whole = table.append_column(GEOMETRY, shapes)

    def batches(wanted: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
        yield from whole.select([*wanted, GEOMETRY]).to_batches(max_chunksize=size)

    solids = Solids.of(named_by, ((str(body.properties[named_by]), body.triangles) for body in bodies if body.triangles is not None))
    return ArrowLayer(name, crs, "geometry", table.schema, len(bodies), batches, {}, LEVELS, solids if solids.places else None)


def _column(values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if len(kinds) == 1 and kinds <= {bool, int, float, str}:
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, OverflowError):
            pass
    return pa.array([None if value is None else str(value) for value in values], pa.string())
