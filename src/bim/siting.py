"""Siting: rows get their footprint in CRS84, their levels in mPD, their HK1980 position and their size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.footprints import Outline, hull
from bim.georeference import HK_GRID, Georeference
from bim.tables import ModelTables
from bim.tessellation.measure import Measures
from csdi.crs import transform
from csdi.feature import Feature

_DECIMALS_DEG = 9
_DECIMALS_M = 4
_NOWHERE: Mapping[str, Any] = MappingProxyType({
    "base_level": None, "top_level": None, "easting": None, "northing": None, "length": None, "width": None, "height": None,
    "box": None, "centroid": None, "has_shape": False})


def sited(tables: ModelTables, outlines: Mapping[str, Outline], sizes: Mapping[str, Measures], boxed: Set[str],
          georeference: Georeference, kept: Set[str] = frozenset()) -> ModelTables:
    """The tables with geometry (2D, CRS84) and measures; without geometry and levels where the model has no place.

    Args:
        boxed: elements that are shown as a box, so that neither volume nor surface is theirs.
        kept: GlobalIds of elements and spaces that have all this already.
    """
    def placed(features: list[Feature], *, rooms: bool) -> list[Feature]:
        new = [feature for feature in features if feature.properties["global_id"] not in kept]
        made = {f.id: f for f in _with_shapes(new, outlines, sizes, boxed, georeference, keep=rooms)}
        return [made.get(feature.id, feature) for feature in features]

    elements, rooms = placed(tables.elements, rooms=False), placed(tables.spaces, rooms=True)
    storeys = _storeys(tables.storeys, elements, rooms, georeference)
    inside = _by_structure([*elements, *rooms])
    by_id = {f.properties["global_id"]: f for f in (*storeys, *elements, *rooms)}
    return replace(
        tables, elements=elements, spaces=rooms, storeys=storeys,
        buildings=[_gathered(f, inside.get(f.properties["global_id"], []), georeference) for f in tables.buildings],
        systems=[_gathered(f, _members(f, by_id), georeference) for f in tables.systems],
        zones=[_gathered(f, _members(f, by_id), georeference) for f in tables.zones],
    )


def _size(properties: Mapping[str, Any], sizes: Mapping[str, Measures], boxed: Set[str], *, keep: bool) -> dict[str, Any]:
    """Length, width, height, volume and surface of a shape.

    Args:
        keep: a volume that is stated already is kept.
    """
    key = properties["global_id"]
    size = sizes.get(key)
    if size is None:
        return {}
    found: dict[str, Any] = {"length": _metres(size.length_m), "width": _metres(size.width_m), "height": _metres(size.height_m)}
    if key not in boxed:
        found["surface_area"] = _metres(size.area_m2)
        if size.volume_m3 is not None and not (keep and properties.get("volume") is not None):
            found["volume"] = round(size.volume_m3, _DECIMALS_M + 2)
    return found


def _by_structure(features: list[Feature]) -> dict[str, list[Feature]]:
    """GlobalId of a spatial structure -> everything inside it, however deep."""
    made: dict[str, list[Feature]] = defaultdict(list)
    for feature in features:
        for structure in feature.properties["containment"]:
            made[structure["id"]].append(feature)
    return made


def _members(group: Feature, by_id: Mapping[str, Feature]) -> list[Feature]:
    return [by_id[one] for one in group.properties["members"] if one in by_id]


def _gathered(row: Feature, members: list[Feature], georeference: Georeference) -> Feature:
    """A row that lies where its members lie."""
    outline = hull(f.geometry for f in members if f.geometry is not None)
    centre = shapely.centroid(outline) if outline is not None and georeference.crs == HK_GRID else None
    easting, northing = _grid_position(centre) if centre is not None else (None, None)
    low = [f.properties["base_level"] for f in members if f.properties["base_level"] is not None]
    high = [f.properties["top_level"] for f in members if f.properties["top_level"] is not None]
    return Feature(row.id, outline, {**row.properties, "base_level": min(low, default=None), "top_level": max(high, default=None),
                                     "easting": easting, "northing": northing, "box": _around(f.properties["box"] for f in members)})


def _around(boxes: Iterable[list[float] | None]) -> list[float] | None:
    there = [box for box in boxes if box is not None]
    return [min(b[i] for b in there) for i in range(3)] + [max(b[i] for b in there) for i in range(3, 6)] if there else None


def _with_shapes(features: list[Feature], outlines: Mapping[str, Outline], sizes: Mapping[str, Measures], boxed: Set[str],
                 georeference: Georeference, *, keep: bool) -> list[Feature]:
    """The rows with their outlines, levels, positions and sizes."""
    found = [outlines.get(feature.properties["global_id"]) for feature in features]
    there = [outline for outline in found if outline is not None]
    placed = zip(on_earth([outline.polygon for outline in there], georeference), _positions(there, georeference), strict=True)
    made: list[Feature] = []
    for feature, outline in zip(features, found, strict=True):
        geometry, position = next(placed) if outline is not None else (None, _NOWHERE)
        properties = {**feature.properties, **position, **_size(feature.properties, sizes, boxed, keep=keep)}
        made.append(Feature(feature.id, geometry, properties))
    return made


def on_earth(polygons: list[BaseGeometry], georeference: Georeference) -> list[BaseGeometry | None]:
    """Outlines of the model frame in CRS84, longitude first; None for all where the model has no place."""
    if not polygons or not georeference.placed:
        return [None] * len(polygons)
    to_lonlat = transform(georeference.crs, "OGC:CRS84")

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        flat = np.column_stack([points, np.zeros(len(points))])
        return np.round(to_lonlat.points(georeference.to_crs(flat)[:, :2]), _DECIMALS_DEG)

    placed = shapely.transform(np.array(polygons, dtype=object), moved)
    broken = ~shapely.is_valid(placed)
    placed[broken] = shapely.buffer(placed[broken], 0.0)
    return list(placed)


def to_grid(georeference: Georeference) -> NDArray[np.float64] | None:
    """(4, 4) from the model frame to HK1980 Grid and mPD, metres; None where rows have no box there."""
    return georeference.affine if georeference.crs == HK_GRID and georeference.has_hkpd_heights else None


def _positions(outlines: list[Outline], georeference: Georeference) -> list[dict[str, Any]]:
    """Levels, position and box of each outline."""
    if not outlines:
        return []
    level, on_grid = georeference.has_hkpd_heights, georeference.crs == HK_GRID
    boxes, affine = np.array([outline.box for outline in outlines]), georeference.affine
    heights = np.sort(boxes @ affine[2, :3] + affine[2, 3], axis=1)
    centres = boxes.mean(axis=1) @ affine[:3, :3].T + affine[:3, 3]
    empty = [None] * len(outlines)
    base, top = _all_metres(heights.T) if level else (empty, empty)
    easting, northing = _all_metres(centres[:, :2].T) if on_grid else (empty, empty)
    centroid, box = (_all_metres(centres), _placed_boxes(outlines, heights, affine)) if on_grid and level else (empty, empty)
    return [{"base_level": b, "top_level": t, "easting": e, "northing": n, "box": x, "centroid": c, "has_shape": True}
            for b, t, e, n, x, c in zip(base, top, easting, northing, box, centroid, strict=True)]


def _placed_boxes(outlines: list[Outline], heights: NDArray[np.float64], affine: NDArray[np.float64]) -> list[list[float]]:
    """Lowest easting, northing and mPD, then highest; of outlines without a box on the grid as exact as their polygons are."""
    exact = [outline.placed for outline in outlines if outline.placed is not None]
    if len(exact) == len(outlines):
        return _all_metres(np.array(exact).reshape(-1, 6))
    points, owner = shapely.get_coordinates([outline.polygon for outline in outlines], return_index=True)
    placed = points @ affine[:2, :2].T + affine[:2, 3]
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    low, high = np.minimum.reduceat(placed, first), np.maximum.reduceat(placed, first)
    return _all_metres(np.column_stack([low, heights[:, :1], high, heights[:, 1:]]))


def _all_metres(values: NDArray[np.float64]) -> list[list[float]]:
    return [[round(value, _DECIMALS_M) for value in row] for row in values.tolist()]


def _metres(value: float) -> float:
    return round(float(value), _DECIMALS_M)


def _storeys(storeys: list[Feature], elements: list[Feature], spaces: list[Feature], georeference: Georeference) -> list[Feature]:
    inside: dict[str, list[Feature]] = defaultdict(list)
    rooms: dict[str, list[Feature]] = defaultdict(list)
    for table, features in ((inside, elements), (rooms, spaces)):
        for feature in features:
            if feature.properties["storey"]:
                table[feature.properties["storey"]].append(feature)
    tops = _tops(storeys)
    return [_storey(s, inside[s.properties["storey"]], rooms[s.properties["storey"]], tops.get(s.id), georeference) for s in storeys]


def _storey(storey: Feature, elements: list[Feature], spaces: list[Feature], next_elevation: float | None,
            georeference: Georeference) -> Feature:
    outline = hull(f.geometry for f in (*elements, *spaces) if f.geometry is not None)
    reached = [f.properties["top_level"] for f in elements if f.properties["top_level"] is not None]
    level = georeference.has_hkpd_heights
    top = _height(next_elevation, georeference) if next_elevation is not None else max(reached, default=None)
    centre = shapely.centroid(outline) if outline is not None and georeference.crs == HK_GRID else None
    easting, northing = _grid_position(centre) if centre is not None else (None, None)
    return Feature(storey.id, outline, {
        **storey.properties,
        "base_level": _height(storey.properties["elevation"], georeference) if level else None,
        "top_level": top if level else None,
        "easting": easting, "northing": northing,
        "length": None, "width": None, "height": None,
        "box": _around(f.properties["box"] for f in (*elements, *spaces)), "centroid": None,
        "element_count": len(elements), "space_count": len(spaces),
    })


def _tops(storeys: list[Feature]) -> dict[str, float]:
    """Storey id -> elevation of the next higher storey of the same building."""
    buildings: dict[Any, list[Feature]] = defaultdict(list)
    for storey in storeys:
        buildings[storey.properties["building"]].append(storey)
    tops: dict[str, float] = {}
    for stack in buildings.values():
        levels = sorted({s.properties["elevation"] for s in stack})
        following = dict(pairwise(levels))
        tops.update({s.id: following[s.properties["elevation"]] for s in stack if s.properties["elevation"] in following})
    return tops


def _height(elevation: float, georeference: Georeference) -> float:
    return _metres(georeference.affine[2, 2] * elevation + georeference.affine[2, 3])


def _grid_position(point: BaseGeometry) -> tuple[float, float]:
    ((easting, northing),) = transform("OGC:CRS84", HK_GRID).points(shapely.get_coordinates(point))
    return _metres(easting), _metres(northing)
