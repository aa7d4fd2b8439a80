"""The process `clip`: the parts of features inside or outside an area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from csdi.crs import CRS
from csdi.errors import ValueInvalid
from csdi.processes.description import Input, Process, Work, text
from csdi.processes.features import CRS_INPUT, FEATURES_OUTPUT, crs_of, features_input, read_features, written
from csdi.processes.plane import Shapes


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """What is left of each Feature, with its id and properties; Features of which nothing is left are left out."""
    target = crs_of(inputs)
    features = read_features(inputs["features"], "features", target, work)
    work.progress("read", 0.3)
    mask = _mask(inputs, target, features.crs, work)
    there = features.some(features.there)
    shapes = shapely.make_valid(there.shapes)
    shapely.prepare(mask)
    parts = _parts(shapes, mask, outside=inputs.get("keep", "inside") == "outside")
    work.progress("clip", 0.8)
    left = replace(there, shapes=parts).some(~shapely.is_empty(parts))
    return {"features": written(left, target)}


def _mask(inputs: Mapping[str, Any], target: CRS, source: CRS, work: Work) -> BaseGeometry:
    """The area, as one geometry in the CRS of the Features."""
    areas = read_features(inputs["area"], "area", target, work)
    found = areas.carried(source)[areas.there]
    if not len(found) or (shapely.get_dimensions(found) < 2).any():
        raise ValueInvalid("area: only polygons make an area", field="area", remedy="give polygons, or a collection of polygons")
    return shapely.union_all(shapely.make_valid(shapely.force_2d(found)))


def _parts(shapes: Shapes, mask: BaseGeometry, *, outside: bool) -> Shapes:
    """(n,) parts, of the same dimension as before: what only touches the area is no part of it. Whole ones stay bit for bit."""
    wholly = shapely.disjoint(mask, shapes) if outside else shapely.covers(mask, shapes)
    found = shapes.copy()
    cut = ~wholly
    if cut.any():
        pieces = shapely.difference(shapes[cut], mask) if outside else shapely.intersection(shapes[cut], mask)
        found[cut] = _of_dimension(np.asarray(pieces, dtype=object), shapely.get_dimensions(shapes[cut]))
    return found


def _of_dimension(pieces: Shapes, dimensions: Any) -> Shapes:
    mixed = shapely.get_type_id(pieces) == 7
    fits = shapely.get_dimensions(pieces) == dimensions
    found = pieces.copy()
    found[~(fits | mixed)] = shapely.Point()
    for number in np.flatnonzero(mixed):
        parts = shapely.get_parts(pieces[number])
        kept = parts[shapely.get_dimensions(parts) == dimensions[number]]
        found[number] = shapely.union_all(kept)
    return found


PROCESS = Process(
    "clip", text("Clip", "裁剪", "裁剪"),
    text("The parts of features that lie inside an area, or outside it.", "要素位於指定範圍之內（或之外）的部分。",
         "要素位于指定范围之内（或之外）的部分。"),
    (features_input("features", text("Features", "要素", "要素")),
     features_input("area", text("Area", "範圍", "范围")),
     Input("keep", text("Keep", "保留", "保留"), {"type": "string", "enum": ["inside", "outside"], "default": "inside"}, least=0),
     CRS_INPUT),
    (FEATURES_OUTPUT,), run, keywords=("geometry",))
