"""Operators of the site: lots, setbacks, and levels against the ground and against floods."""

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
from bim.packs.subject import Subject
from bim.siteplan import Band, GroundRange, Setback, clip_between, ground_under, hull_of, nearest_edge, outline_of, overhang, places_under
from csdi.errors import ValueInvalid
from csdi.feature import Feature

Rows = Sequence[Feature]
Floats = NDArray[np.float64]
Arguments = Mapping[str, Any]
_SEARCH_M = 500.0
"""How far around a model its lot and edges are looked for."""
_EXACT_TRIANGLES = 20_000
"""What has more of them stands on the ground with its hull."""
_STEP_M = 1.0
_MOST_PLACES = 500_000
_GROUNDS = ("highest", "lowest", "mean")
_POLYGONS = ("Polygon", "MultiPolygon")


def _inside_lot(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    if why := why_unplaced(subject):
        yield from all_unmeasured(rows, why)
        return
    keys = [key_of(row) for row in bodies_of(rows)]
    corners = corners_of(subject, keys)
    lot = lot_of(subject, corners, arguments)
    if isinstance(lot, str):
        yield from all_unmeasured(rows, lot)
        return
    yield from without_shape(keys, corners)
    for key, triangles in corners.items():
        out = overhang(triangles, lot.shape)
        if out is None:
            yield Measurement(key, 0.0, "m", other=lot.id, source=lot.source)
        else:
            yield Measurement(key, out.longest_m, "m", out.place, lot.id, source=lot.source,
                              data={"outside_area_m2": round(out.area_m2, 4), "lot": lot.id})


@dataclass(frozen=True)
class Lot:
    """The lot of a model: its polygon in east and north, its id, where it is from, and the features that it is made of."""

    shape: BaseGeometry
    id: str
    source: str
    rows: tuple[Feature, ...] = ()


def lot_of(subject: Subject, corners: Mapping[str, Floats], arguments: Arguments) -> Lot | str:
    """The lots that `where` names, else the one that holds the most of the model; or why there is none."""
    layer, where = str(arguments["layer"]), arguments.get("where")
    features = subject.ground.layer(layer, None if where else box_of(corners.values(), _SEARCH_M))
    if features is None:
        return f"the site has no layer {layer}"
    lots = [row for row in matching(features, where) if row.geometry is not None and row.geometry.geom_type in _POLYGONS]
    if not lots:
        return f"{layer} has no lot with {where}" if where else f"{layer} has no lot within {_SEARCH_M:g} m of the model"
    if not where:
        lots = [_fullest(lots, corners)]
    shape = shapely.make_valid(shapely.union_all([shapely.force_2d(row.geometry) for row in lots]))
    names = ", ".join(row.id for row in lots)
    return Lot(shape, names, f"{layer} {names}", tuple(lots))


def _fullest(lots: Sequence[Feature], corners: Mapping[str, Floats]) -> Feature:
    hulls = [hull_of(one) for one in corners.values()]
    shapes = np.array([shapely.force_2d(row.geometry) for row in lots], dtype=object)
    held = [float(shapely.area(shapely.intersection(hulls, shape)).sum()) for shape in shapes]
    if max(held, default=0.0) > 0.0 or not hulls:
        return lots[int(np.argmax(held))]
    return lots[int(np.argmin(shapely.distance(shapes, shapely.union_all(hulls))))]


def _setback(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    bands, layer = _bands(arguments), str(arguments["layer"])
    if why := why_unplaced(subject):
        yield from all_unmeasured(rows, why)
        return
    keys = [key_of(row) for row in bodies_of(rows)]
    corners = corners_of(subject, keys)
    reach = max(_SEARCH_M, *(band.distance_m for band in bands))
    features = subject.ground.layer(layer, box_of(corners.values(), reach))
    base = _base(subject, corners, arguments)
    if features is None or isinstance(base, str):
        yield from all_unmeasured(rows, base if isinstance(base, str) else f"the site has no layer {layer}")
        return
    yield from without_shape(keys, corners)
    edges = _Edges(matching(features, arguments.get("where")), str(arguments.get("class", "class")), layer)
    if not edges.any_of(bands):
        yield from (unmeasured(key, f"{layer} has no edge of these classes within {reach:g} m of the model") for key in corners)
        return
    yield from (edges.measured(key, triangles, bands, base, reach) for key, triangles in corners.items())


def _bands(arguments: Arguments) -> list[Band]:
    """The rows of the table: class, from_m, to_m, distance_m."""
    found = []
    for row in rows_of(arguments, "table"):
        distance = number_of(row.get("distance_m"), "table.distance_m")
        low, high = number_of(row.get("from_m"), "table.from_m"), number_of(row.get("to_m"), "table.to_m")
        if distance is None:
            raise ValueInvalid("table: a row has no distance_m", field="table.distance_m")
        found.append(Band(str(row.get("class") or ""), distance, -math.inf if low is None else low, math.inf if high is None else high))
    if not found:
        raise ValueInvalid("table: it has no rows", field="table", remedy="rows with class, from_m, to_m, distance_m")
    return found


def _base(subject: Subject, corners: Mapping[str, Floats], arguments: Arguments) -> float | str:
    """The level, mPD, from which heights of bands count; or why it is not known."""
    given = number_of(arguments.get("base"), "base")
    if given is not None or "terrain" not in arguments:
        return given or 0.0
    if not corners:
        return 0.0
    places = places_under(hull_of(np.concatenate(list(corners.values()))), _STEP_M)
    heights = subject.ground.heights(str(arguments["terrain"]), places)
    if heights is None:
        return f"the site has no terrain {arguments['terrain']}"
    return float(heights.mean()) if np.isfinite(heights).all() else f"{arguments['terrain']} does not know the ground under the model"


class _Edges:
    """The edges of a layer by class: its lines, and the rims of its polygons."""

    def __init__(self, features: Sequence[Feature], field: str, layer: str) -> None:
        self.rows = [row for row in features if row.geometry is not None and not row.geometry.is_empty]
        self._kinds = [str(row.properties.get(field) or "") for row in self.rows]
        self._shapes: list[BaseGeometry] = [shapely.force_2d(row.geometry) for row in self.rows if row.geometry is not None]
        self._layer = layer

    def any_of(self, bands: Sequence[Band]) -> bool:
        """Whether there is an edge that a band speaks of."""
        return any(band.kind in ("", kind) for band in bands for kind in self._kinds)

    def measured(self, key: str, triangles: Floats, bands: Sequence[Band], base: float, reach: float) -> Measurement:
        """The edge and band that an object keeps its distance from the least well."""
        worst: tuple[Setback, Band] | None = None
        for band in bands:
            found = self._nearest(clip_between(triangles, base + band.low, base + band.high), band.kind)
            if found is not None and (worst is None or found.distance_m - band.distance_m < worst[0].distance_m - worst[1].distance_m):
                worst = found, band
        if worst is None:
            return Measurement(key, reach, "m", limit=max(band.distance_m for band in bands), source=self._layer)
        found, band = worst
        row = self.rows[found.edge]
        told = {"edge_class": band.kind, "from_m": band.low, "to_m": band.high}
        return Measurement(key, found.distance_m, "m", found.place, row.id, limit=band.distance_m, source=f"{self._layer} {row.id}",
                           data={name: value for name, value in told.items() if value != "" and value not in (-math.inf, math.inf)})

    def _nearest(self, part: Floats, kind: str) -> Setback | None:
        """The nearest edge of a class; behind the rim of a polygon that the part lies in, the distance is less than 0."""
        numbers = [at for at, one in enumerate(self._kinds) if kind in ("", one)]
        if not numbers or not len(part):
            return None
        found = nearest_edge(part, [self._rim(at) for at in numbers])
        if found is None:
            return None
        at = numbers[found.edge]
        lots = [self._shapes[number] for number in numbers if self._shapes[number].geom_type in _POLYGONS]
        out = overhang(part, shapely.union_all(lots)) if lots else None
        return Setback(found.distance_m, found.place, at) if out is None else Setback(-out.longest_m, out.place, at)

    def _rim(self, at: int) -> BaseGeometry:
        shape = self._shapes[at]
        return shape.boundary if shape.geom_type in _POLYGONS else shape


def _level_against(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    if ("terrain" in arguments) == ("layer" in arguments):
        raise ValueInvalid("level_against: either terrain or layer is needed", field="measure.terrain")
    if why := why_unplaced(subject):
        yield from all_unmeasured(rows, why)
        return
    keys = [key_of(row) for row in bodies_of(rows)]
    corners = corners_of(subject, keys)
    yield from without_shape(keys, corners)
    levels = {key: _level(triangles, arguments) for key, triangles in corners.items()}
    if "terrain" in arguments:
        yield from _against_terrain(subject, corners, levels, arguments)
    else:
        for key, triangles in corners.items():
            yield from _against_zones(subject, key, triangles, levels[key], arguments)


def _level(triangles: Floats, arguments: Arguments) -> float:
    """The level that is held against the ground, mPD."""
    which, z = arguments.get("level", "lowest"), triangles[:, :, 2]
    if which in ("lowest", "highest"):
        return float(z.min() if which == "lowest" else z.max())
    given = number_of(which, "level")
    if given is None:
        raise ValueInvalid("level: it is empty", field="level", remedy="lowest, highest or a number, mPD")
    return given


def _against_terrain(subject: Subject, corners: Mapping[str, Floats], levels: Mapping[str, float],
                     arguments: Arguments) -> Iterator[Measurement]:
    """Against the ground under each object; a terrain model is asked once for many of them."""
    terrain, which = str(arguments["terrain"]), str(arguments.get("of", "highest"))
    if which not in _GROUNDS:
        raise ValueInvalid(f"of: '{which}' is not known", field="of", value=which, remedy=", ".join(_GROUNDS))
    for keys, places in _batches(corners):
        heights = subject.ground.heights(terrain, np.concatenate(places))
        if heights is None:
            yield from (unmeasured(key, f"the site has no terrain {terrain}") for key in keys)
            continue
        ends = np.cumsum([len(some) for some in places])[:-1]
        for key, some, known in zip(keys, places, np.split(heights, ends), strict=True):
            if np.isfinite(known).all():
                yield _over_ground(key, ground_under(some, known), levels[key], which, terrain)
            else:
                yield unmeasured(key, f"{terrain} does not know the ground under it")


def _batches(corners: Mapping[str, Floats]) -> Iterator[tuple[list[str], list[Floats]]]:
    """Objects with the places under them, not too many places at once."""
    keys: list[str] = []
    places: list[Floats] = []
    for key, triangles in corners.items():
        keys.append(key)
        places.append(places_under(_standing_on(triangles), _STEP_M))
        if sum(map(len, places)) > _MOST_PLACES:
            yield keys, places
            keys, places = [], []
    if keys:
        yield keys, places


def _over_ground(key: str, ground: GroundRange, level: float, which: str, terrain: str) -> Measurement:
    height, (east, north) = {"highest": (ground.highest, ground.highest_at), "lowest": (ground.lowest, ground.lowest_at),
                             "mean": (ground.mean, ground.highest_at)}[which]
    return Measurement(key, level - height, "m", (east, north, level), source=f"{terrain}, {which} ground",
                       data={"level_mpd": round(level, 4), "ground_mpd": round(height, 4)})


def _against_zones(subject: Subject, key: str, triangles: Floats, level: float, arguments: Arguments) -> Iterator[Measurement]:
    """Against the highest level of the zones that an object stands in; in none of them there is nothing to measure."""
    layer, field = str(arguments["layer"]), str(arguments.get("z", "level_mpd"))
    features = subject.ground.layer(layer, box_of([triangles]))
    if features is None:
        yield unmeasured(key, f"the site has no layer {layer}")
        return
    outline = _standing_on(triangles)
    zones = [row for row in features if row.geometry is not None and shapely.intersects(outline, row.geometry)]
    levels = [length_in(row, field) for row in zones]
    if missing := [row.id for row, one in zip(zones, levels, strict=True) if one is None]:
        yield unmeasured(key, f"{layer} {missing[0]} has no number in {field}")
    elif zones:
        known = [one for one in levels if one is not None]
        at = int(np.argmax(known))
        shared = shapely.point_on_surface(shapely.intersection(outline, shapely.force_2d(zones[at].geometry)))
        east, north = shapely.get_coordinates(shared)[0].tolist()
        yield Measurement(key, level - known[at], "m", (east, north, level), zones[at].id, source=f"{layer} {zones[at].id}",
                          data={"level_mpd": round(level, 4), "zone_mpd": known[at]})


def _standing_on(triangles: Floats) -> BaseGeometry:
    """What an object covers on the ground: exact, or the hull of one with very many triangles."""
    if len(triangles) <= _EXACT_TRIANGLES:
        return outline_of(triangles).on_grid
    return hull_of(triangles)


SITE_OPERATORS = (
    Operator("inside_lot", _inside_lot, "How far each object reaches over the edge of the lot in plan; 0 inside.",
             {"layer": "Collection of lots", "where": "fields and values that name the lot; without it, the lot that holds the most"},
             ("layer",), "m", "gis"),
    Operator("setback", _setback, "The distance in plan of each object to edges of the lot, with the distance required as the limit.",
             {"layer": "Collection of edges (lines), or of lots", "table": "rows with class, from_m, to_m, distance_m",
              "class": "field with the class of an edge, class without it", "base": "level, mPD, from which from_m and to_m count",
              "terrain": "Coverage whose mean height under the model is that level", "where": "fields and values that choose edges"},
             ("layer", "table"), "m", "gis"),
    Operator("level_against", _level_against, "How far a level lies above the ground under each object, or above the level of a flood.",
             {"level": "lowest (without it) or highest of the object, or a number, mPD", "terrain": "Coverage of the ground",
              "of": "highest (without it), lowest or mean ground", "layer": "Collection of zones with a level",
              "z": "their field with it, mPD; level_mpd without it"}, (), "m", "gis"),
)
