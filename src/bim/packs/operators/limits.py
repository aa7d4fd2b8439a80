"""Operators of height limits: surfaces around runways, and polygons with a restricted height."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.packs.cranes import crane_of, envelope
from bim.packs.measurement import Measurement
from bim.packs.operators.operator import Operator
from bim.packs.places import all_unmeasured, bodies_of, box_of, corners_of, key_of, origins_of, why_unplaced, without_shape
from bim.packs.subject import Subject
from csdi.feature import Feature
from csdi.limits import Bodies, Penetration, Surface, limit_surfaces, penetrations, read_runways, surfaces_of, table_set

Rows = Sequence[Feature]
Floats = NDArray[np.float64]
Arguments = Mapping[str, Any]
_RUNWAYS = "runways"


def _surface_penetration(subject: Subject, selected: Rows, arguments: Arguments) -> Iterator[Measurement]:
    rows = bodies_of(selected)
    layer, tables = str(arguments.get("layer", _RUNWAYS)), table_set(str(arguments.get("tables", "icao-annex14-ols")))
    features = subject.ground.layer(layer)
    if why := why_unplaced(subject) or ("" if features is not None else f"the site has no layer {layer}"):
        yield from all_unmeasured(rows, why)
        return
    assert features is not None
    runways, level = read_runways(features)
    kinds = arguments.get("kinds")
    surfaces = [one for one in surfaces_of(runways, tables, level) if kinds is None or one.kind in kinds]
    yield from _worst(rows, _standing(subject, rows), surfaces)


def _height_above(subject: Subject, selected: Rows, arguments: Arguments) -> Iterator[Measurement]:
    rows = bodies_of(selected)
    layer, field = str(arguments["layer"]), str(arguments["z"])
    if why := why_unplaced(subject):
        yield from all_unmeasured(rows, why)
        return
    standing = _standing(subject, rows)
    features = subject.ground.layer(layer, box_of(standing.corners.values()))
    if features is None:
        yield from all_unmeasured(rows, f"the site has no layer {layer}")
        return
    yield from _worst(rows, standing, limit_surfaces(features, field, layer))


@dataclass(frozen=True)
class _Standing:
    """What objects fill.

    Attributes:
        corners: GlobalId -> triangles (m, 3, 3) east, north, mPD of its shape, and of what it sweeps where it is a crane.
        swept: GlobalId -> what a finding tells of a crane: what it sweeps, and from when to when.
    """

    corners: Mapping[str, Floats]
    swept: Mapping[str, Mapping[str, Any]]


def _standing(subject: Subject, rows: Rows) -> _Standing:
    """The shapes of objects, cranes with all that they sweep."""
    corners = dict(corners_of(subject, (key_of(row) for row in rows)))
    cranes = {key_of(row): crane for row in rows if (crane := crane_of(row)) is not None}
    swept = {}
    for key, mast in (origins_of(subject, cranes) if cranes else {}).items():
        crane = cranes[key]
        if (found := envelope(crane, mast, corners.get(key))) is not None:
            corners[key] = np.concatenate([corners.get(key, np.zeros((0, 3, 3))), found.corners])
            swept[key] = {"swept": found.to_dict()} | {name: day for name, day in (("from", crane.start), ("to", crane.end)) if day}
    return _Standing(corners, swept)


def _worst(rows: Rows, standing: _Standing, surfaces: Sequence[Surface]) -> Iterator[Measurement]:
    """Per object, its height above the surface that it stands above the most; below all of them, 0."""
    yield from without_shape([key_of(row) for row in rows], standing.corners)
    order = list(standing.corners)
    worst: dict[int, Penetration] = {}
    for one in penetrations(Bodies.of(list(standing.corners.values())), surfaces):
        worst.setdefault(one.body, one)
    for number, key in enumerate(order):
        found, told = worst.get(number), standing.swept.get(key, {})
        yield Measurement(key, 0.0, "m", data=told) if found is None else _measured(key, found, told)


def _measured(key: str, found: Penetration, told: Mapping[str, Any]) -> Measurement:
    said = " ".join(filter(None, [found.surface.id, found.surface.source]))
    return Measurement(key, found.depth_m, "m", found.place, found.surface.id, source=said,
                       data={"limit_mpd": round(found.limit, 4), **told})


LIMIT_OPERATORS = (
    Operator("surface_penetration", _surface_penetration,
             "How far each object, a crane with all that it sweeps, stands above the surfaces around runways.",
             {"layer": "Collection of runways, runways without it", "tables": "id of the set of tables, icao-annex14-ols without it",
              "kinds": "only these surfaces"}, unit="m", stage="gis"),
    Operator("height_above", _height_above,
             "How far each object, a crane with all that it sweeps, stands above the restricted height there.",
             {"layer": "Collection of polygons", "z": "field with the restricted height, mPD"}, ("layer", "z"), "m", "gis"),
)
