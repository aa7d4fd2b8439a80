"""The shapes of selected objects on the ground: triangles in HK1980 Grid east and north, and mPD, metres."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from bim.ifc import placement_matrix, value_of
from bim.packs.measurement import Measurement, unmeasured
from bim.packs.subject import Subject
from csdi.extent import BBox
from csdi.feature import Feature

Floats = NDArray[np.float64]
_GRID = "EPSG:2326"
_BODILESS = frozenset({"opening", "annotation", "grid", "positioning", "port"})
_DEEP = 8
"""Wholes in wholes that are followed to their parts."""


def corners_of(subject: Subject, keys: Iterable[str]) -> dict[str, Floats]:
    """GlobalId -> triangles (m, 3, 3) east, north, mPD of what has a shape; what has none of its own has that of its parts.

    The model must lie on the grid (`why_unplaced`).
    """
    order = list(dict.fromkeys(keys))
    found = _own_corners(subject, set(order))
    wholes = {key: parts for key in order if key not in found and (parts := _parts(subject, key))}
    of_parts = _own_corners(subject, {part for parts in wholes.values() for part in parts})
    for key, parts in wholes.items():
        if several := [of_parts[part] for part in parts if part in of_parts]:
            found[key] = np.concatenate(several)
    return found


def _parts(subject: Subject, key: str, deep: int = _DEEP) -> list[str]:
    """The parts of a whole, and theirs."""
    row = subject.rows.get(key)
    parts = [str(part) for part in (row.properties.get("parts") or ())] if row is not None and deep else []
    return parts + [further for part in parts for further in _parts(subject, part, deep - 1)]


def _own_corners(subject: Subject, wanted: set[str]) -> dict[str, Floats]:
    assert subject.georeference is not None
    found: dict[str, list[Floats]] = defaultdict(list)
    for shapes in (subject.shapes, subject.space_shapes):
        for key, corners in (shapes.corners(wanted) if shapes is not None else {}).items():
            found[key].append(subject.georeference.to_crs(corners.reshape(-1, 3)).reshape(-1, 3, 3))
    return {key: np.concatenate(several) for key, several in found.items()}


def origins_of(subject: Subject, keys: Iterable[str]) -> dict[str, Floats]:
    """GlobalId -> (3,) east, north, mPD of the placement of each product; the model must lie on the grid."""
    assert subject.georeference is not None
    numbers = {key: number for number, key in subject.model.keys.items()}
    unit = float(subject.tables.project.get("length_unit_m") or 1.0)
    found = {key: placement_matrix(value_of(subject.model.by_id(numbers[key]), "ObjectPlacement"))[:3, 3] for key in keys if key in numbers}
    return {key: subject.georeference.to_crs(place[None] * unit)[0] for key, place in found.items()}


def why_unplaced(subject: Subject) -> str:
    """Why shapes of the model cannot be compared with the ground; "" where they can."""
    if subject.georeference is None or not subject.georeference.placed:
        return "the model has no georeference"
    if not subject.is_on_grid:
        return f"the model lies in {subject.georeference.crs} with heights in {subject.georeference.vertical_crs or 'no datum'}, " \
               "not in HK1980 Grid and mPD"
    return "" if subject.shapes is not None else "no shapes were made"


def without_shape(keys: Iterable[str], found: Iterable[str]) -> Iterator[Measurement]:
    """What has no shape, as not measured."""
    have = set(found)
    yield from (unmeasured(key, "it has no shape") for key in keys if key not in have)


def key_of(row: Feature) -> str:
    """The GlobalId of a row."""
    return str(row.properties["global_id"])


def bodies_of(rows: Iterable[Feature]) -> list[Feature]:
    """The rows of what may have a body: openings, virtual elements, annotations and grids have none to measure."""
    return [row for row in rows if row.properties.get("role") not in _BODILESS and row.properties.get("ifc_class") != "IfcVirtualElement"]


def all_unmeasured(rows: Iterable[Feature], why: str) -> Iterator[Measurement]:
    """Every row as not measured, for the same reason."""
    return (unmeasured(key_of(row), why) for row in rows)


def box_of(corners: Iterable[Floats], reach_m: float = 0.0) -> BBox | None:
    """The box in HK1980 Grid around triangles, `reach_m` wider on every side; None around nothing."""
    points = [one.reshape(-1, 3) for one in corners]
    if not points:
        return None
    low, high = np.min([one.min(axis=0) for one in points], axis=0), np.max([one.max(axis=0) for one in points], axis=0)
    return BBox(float(low[0]) - reach_m, float(low[1]) - reach_m, float(high[0]) + reach_m, float(high[1]) + reach_m, crs=_GRID)
