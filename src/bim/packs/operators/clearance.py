"""The operator of clearances: objects against pipes, cables, alignments and protection zones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.packs.measurement import Measurement, unmeasured
from bim.packs.operators.operator import Operator
from bim.packs.operators.tables import length_in, matching, number_of, rows_of
from bim.packs.places import all_unmeasured, bodies_of, box_of, corners_of, key_of, why_unplaced, without_shape
from bim.packs.subject import Ground, Subject
from bim.siteplan import Nearest, Strand, Strands, nearest_edge, nearest_zone
from csdi.errors import ValueInvalid
from csdi.feature import Feature

Rows = Sequence[Feature]
Floats = NDArray[np.float64]
Arguments = Mapping[str, Any]
_UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0}
_LARGEST_RADIUS_M = 10.0
"""Lines are looked for so much farther away than the clearance that is asked for."""
_STEP_M = 5.0
"""A line without heights follows the ground in steps of this."""


def _clearance_to(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    wanted, layer = _Wanted.of(arguments), str(arguments["layer"])
    if why := why_unplaced(subject):
        yield from all_unmeasured(rows, why)
        return
    keys = [key_of(row) for row in bodies_of(rows)]
    corners = corners_of(subject, keys)
    features = subject.ground.layer(layer, box_of(corners.values(), wanted.most + _LARGEST_RADIUS_M))
    if features is None:
        yield from all_unmeasured(rows, f"the site has no layer {layer}")
        return
    yield from without_shape(keys, corners)
    around = _Around(matching(features, arguments.get("where")), wanted, arguments, subject.ground)
    yield from (around.measured(key, triangles) for key, triangles in corners.items())


@dataclass(frozen=True)
class _Wanted:
    """Clearances by class.

    Attributes:
        field: of the layer with the class.
        by_class: class -> metres; "" for all others.
    """

    field: str
    by_class: Mapping[str, float]

    @classmethod
    def of(cls, arguments: Arguments) -> _Wanted:
        """The table's rows class, distance_m; and `distance` for every other class."""
        found = {}
        for row in rows_of(arguments, "table"):
            distance = number_of(row.get("distance_m"), "table.distance_m")
            if distance is None:
                raise ValueInvalid("table: a row has no distance_m", field="table.distance_m")
            found[str(row.get("class") or "")] = distance
        others = number_of(arguments.get("distance"), "distance")
        if others is not None:
            found.setdefault("", others)
        if not found:
            raise ValueInvalid("clearance_to: neither table nor distance is given", field="measure.distance")
        return cls(str(arguments.get("class", "class")), found)

    @property
    def most(self) -> float:
        """The greatest of them."""
        return max(self.by_class.values())

    def for_row(self, row: Feature) -> float | None:
        """The clearance from a feature; None where none is set for its class."""
        return self.by_class.get(str(row.properties.get(self.field) or ""), self.by_class.get(""))


@dataclass(frozen=True)
class _Thing:
    """A feature to keep clear of.

    Attributes:
        strands: its lines in space; none of a zone, and where its depth is not known.
        radius_m: around its axis.
        wanted_m: the clearance; the greatest of all where none is set for its class.
        unknown: why the clearance from it cannot be measured, "" where it can.
        low, high: levels of a zone.
    """

    row: Feature
    shape: BaseGeometry
    wanted_m: float
    radius_m: float = 0.0
    strands: tuple[Strand, ...] = ()
    unknown: str = ""
    low: float = -math.inf
    high: float = math.inf

    @property
    def is_zone(self) -> bool:
        """Whether it is an area, not a line."""
        return self.shape.geom_type in ("Polygon", "MultiPolygon")


class _Around:
    """All features around a model, by how they are measured."""

    def __init__(self, features: Sequence[Feature], wanted: _Wanted, arguments: Arguments, ground: Ground) -> None:
        things = [_thing(row, wanted, arguments, ground) for row in features if row.geometry is not None and not row.geometry.is_empty]
        self._layer, self._most = str(arguments["layer"]), wanted.most
        self._unknown = [one for one in things if one.unknown]
        self._zones = [one for one in things if one.is_zone and not one.unknown]
        self._owners = [one for one in things if not one.unknown for _ in one.strands]
        self._strands = Strands([strand for one in things if not one.unknown for strand in one.strands])

    def measured(self, key: str, triangles: Floats) -> Measurement:
        """What an object keeps clear of the least well; with nothing near, the clearance that was looked for."""
        worst = self._worst(triangles)
        if worst is not None and worst[0].distance_m < worst[1].wanted_m:
            return self._told(key, *worst)
        for thing in self._unknown:
            if _may_reach(triangles, thing):
                return unmeasured(key, f"{self._layer} {thing.row.id}: {thing.unknown}")
        if worst is not None:
            return self._told(key, *worst)
        return Measurement(key, self._most, "m", limit=self._most, source=self._layer)

    def _worst(self, triangles: Floats) -> tuple[Nearest, _Thing] | None:
        line = self._strands.nearest(triangles)
        found = [] if line is None else [(line, self._owners[line.number])]
        found += [(nearest, zone) for zone in self._zones if _may_reach(triangles, zone)
                  and (nearest := nearest_zone(triangles, [zone.shape], zone.low, zone.high)) is not None]
        return min(found, key=lambda one: one[0].distance_m - one[1].wanted_m, default=None)

    def _told(self, key: str, nearest: Nearest, thing: _Thing) -> Measurement:
        said = {"class": str(kind)} if (kind := thing.row.properties.get("class")) else {}
        return Measurement(key, nearest.distance_m, "m", nearest.place, thing.row.id, limit=thing.wanted_m,
                           source=f"{self._layer} {thing.row.id}", data={**said, "radius_m": thing.radius_m} if thing.radius_m else said)


def _may_reach(triangles: Floats, thing: _Thing) -> bool:
    """Whether an object is within a feature's clearance in plan; in space it is then no nearer."""
    (minx, miny), (maxx, maxy) = triangles[:, :, :2].min(axis=(0, 1)), triangles[:, :, :2].max(axis=(0, 1))
    reach = thing.wanted_m + thing.radius_m
    if shapely.distance(shapely.box(minx, miny, maxx, maxy), thing.shape) >= reach:
        return False
    beside = nearest_edge(triangles, [thing.shape])
    return beside is not None and beside.distance_m < reach


def _thing(row: Feature, wanted: _Wanted, arguments: Arguments, ground: Ground) -> _Thing:
    assert row.geometry is not None
    radius, distance = _radius(row, arguments), wanted.for_row(row)
    flat = shapely.force_2d(row.geometry)
    made = _Thing(row, flat, wanted.most if distance is None else distance, radius or 0.0)
    if distance is None:
        return _Thing(row, flat, wanted.most, radius or 0.0, unknown=f"no clearance is set for {row.properties.get(wanted.field)!r}")
    if made.is_zone:
        low, high = (length_in(row, str(arguments[name])) if name in arguments else None for name in ("bottom", "top"))
        return _Thing(row, flat, distance, low=-math.inf if low is None else low, high=math.inf if high is None else high)
    if radius is None:
        return _Thing(row, flat, distance, unknown=f"it has no number in {arguments['diameter']}")
    lines = _lines(row, arguments, ground)
    if isinstance(lines, str):
        return _Thing(row, flat, distance, radius, unknown=lines)
    return _Thing(row, flat, distance, radius, tuple(Strand(line, radius, distance) for line in lines))


def _radius(row: Feature, arguments: Arguments) -> float | None:
    """Half the diameter, metres; 0 where the rule names no field with it, None where the field has no number."""
    if "diameter" not in arguments:
        return 0.0
    unit = str(arguments.get("diameter_unit", "mm"))
    if unit not in _UNITS:
        raise ValueInvalid(f"diameter_unit: '{unit}' is not known", field="diameter_unit", value=unit, remedy="mm, cm or m")
    diameter = length_in(row, str(arguments["diameter"]))
    return None if diameter is None else diameter * _UNITS[unit] / 2


def _lines(row: Feature, arguments: Arguments, ground: Ground) -> list[Floats] | str:
    """The axes of a feature, (k, 3) each; or why their heights are not known."""
    shape = row.geometry
    if shapely.has_z(shape) and np.isfinite(shapely.get_coordinates(shape, include_z=True)).all():
        return [_solid(shapely.get_coordinates(part, include_z=True)) for part in shapely.get_parts(shape)]
    if "depth" not in arguments:
        return "it has no heights"
    depth = length_in(row, str(arguments["depth"]))
    if depth is None:
        return f"it has no heights, and no number in {arguments['depth']}"
    found = []
    for part in shapely.get_parts(shapely.segmentize(shapely.force_2d(shape), _STEP_M)):
        places = shapely.get_coordinates(part)
        heights = ground.heights(str(arguments.get("terrain", "")), places)
        if heights is None or not np.isfinite(heights).all():
            return "it has a depth, but the ground over it is not known"
        found.append(_solid(np.column_stack([places, heights - depth])))
    return found


def _solid(points: Floats) -> Floats:
    """At least two points: a lone one stands for itself twice."""
    return points if len(points) > 1 else np.repeat(points, 2, axis=0)


CLEARANCE_OPERATORS = (
    Operator("clearance_to", _clearance_to,
             "The clear distance in space of each object from lines and zones, with the one required as the limit.",
             {"layer": "Collection of lines with heights (or depths), points or polygons", "table": "rows with class, distance_m",
              "distance": "required of every class that is not in the table, metres", "class": "field with the class, class without it",
              "diameter": "field with the diameter of a line", "diameter_unit": "mm (without it), cm or m",
              "depth": "field with the depth of an axis below ground, metres, for lines without heights",
              "terrain": "Coverage of the ground, for depths", "bottom": "field with the lowest level of a zone, mPD; without it, any",
              "top": "field with its highest level, mPD; without it, any", "where": "fields and values that choose features"},
             ("layer",), "m", "gis"),
)
