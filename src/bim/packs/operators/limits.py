"""Operators of height limits: surfaces around runways, and polygons with a restricted height."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bim.packs.measurement import Measurement, unmeasured
from bim.packs.operators.operator import Operator
from bim.packs.places import corners_of, why_unplaced, without_shape
from bim.packs.subject import Subject
from csdi.errors import ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature
from csdi.limits import Bodies, Penetration, Surface, limit_surfaces, penetrations, read_runways, surfaces_of, table_sets

Rows = Sequence[Feature]
Arguments = Mapping[str, Any]
_GRID = "EPSG:2326"
_RUNWAYS = "runways"


def _surface_penetration(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    layer, tables = str(arguments.get("layer", _RUNWAYS)), str(arguments.get("tables", "icao-annex14-ols"))
    if tables not in table_sets():
        raise ValueInvalid(f"there is no set of tables '{tables}'", field="tables", value=tables,
                           remedy=f"one of {', '.join(table_sets())}")
    features = subject.ground.layer(layer)
    if features is None:
        yield from _all_unmeasured(rows, f"the site has no layer {layer}")
        return
    runways, level = read_runways(features)
    kinds = arguments.get("kinds")
    surfaces = [one for one in surfaces_of(runways, table_sets()[tables], level) if kinds is None or one.kind in kinds]
    yield from _worst(subject, rows, surfaces)


def _height_above(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    layer, field = str(arguments["layer"]), str(arguments["z"])
    if why := why_unplaced(subject):
        yield from _all_unmeasured(rows, why)
        return
    corners = corners_of(subject, (str(row.properties["global_id"]) for row in rows))
    features = subject.ground.layer(layer, _box(corners.values()))
    if features is None:
        yield from _all_unmeasured(rows, f"the site has no layer {layer}")
        return
    yield from _worst(subject, rows, limit_surfaces(features, field, layer))


def _worst(subject: Subject, rows: Rows, surfaces: Sequence[Surface]) -> Iterator[Measurement]:
    """Per object, its height above the surface that it stands above the most; below all of them, 0."""
    if why := why_unplaced(subject):
        yield from _all_unmeasured(rows, why)
        return
    keys = [str(row.properties["global_id"]) for row in rows]
    corners = corners_of(subject, keys)
    yield from without_shape(keys, corners)
    order = list(corners)
    worst: dict[int, Penetration] = {}
    for one in penetrations(Bodies.of(list(corners.values())), surfaces):
        worst.setdefault(one.body, one)
    for number, key in enumerate(order):
        found = worst.get(number)
        yield Measurement(key, 0.0, "m") if found is None else _measured(key, found)


def _measured(key: str, found: Penetration) -> Measurement:
    said = " ".join(filter(None, [found.surface.id, found.surface.source]))
    return Measurement(key, found.depth_m, "m", found.place, found.surface.id, source=said, data={"limit_mpd": round(found.limit, 4)})


def _all_unmeasured(rows: Rows, why: str) -> Iterator[Measurement]:
    return (unmeasured(str(row.properties["global_id"]), why) for row in rows)


def _box(corners: Any) -> BBox | None:
    points = [one.reshape(-1, 3) for one in corners]
    if not points:
        return None
    low, high = np.min([one.min(axis=0) for one in points], axis=0), np.max([one.max(axis=0) for one in points], axis=0)
    return BBox(float(low[0]), float(low[1]), float(high[0]), float(high[1]), crs=_GRID)


LIMIT_OPERATORS = (
    Operator("surface_penetration", _surface_penetration, "How far each object stands above the obstacle limitation surfaces.",
             {"layer": "Collection of runways, runways without it", "tables": "id of the set of tables, icao-annex14-ols without it",
              "kinds": "only these surfaces"}, unit="m", stage="gis"),
    Operator("height_above", _height_above, "How far each object stands above the restricted height where it stands.",
             {"layer": "Collection of polygons", "z": "field with the restricted height, mPD"}, ("layer", "z"), "m", "gis"),
)
