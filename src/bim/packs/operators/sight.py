"""The operator of sight lines: what an eye, such as a control tower, sees no longer once a model is built."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.packs.measurement import Measurement
from bim.packs.operators.operator import Operator
from bim.packs.operators.tables import length_in, matching, number_of
from bim.packs.places import all_unmeasured, bodies_of, corners_of, key_of, why_unplaced, without_shape
from bim.packs.subject import Ground, Subject
from bim.siteplan import newly_blocked, prism, terrain_triangles
from csdi.errors import ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature

Rows = Sequence[Feature]
Floats = NDArray[np.float64]
Arguments = Mapping[str, Any]
_GRID = "EPSG:2326"
_STEP_M = 5.0
_MOST_TARGETS = 200_000
_GROUND_STEP_M = 10.0
_MOST_GROUND = 1_000_000
"""Points of ground between an eye and its targets; over a larger area they lie farther apart."""
_TOLD = 50
_POLYGONS = ("Polygon", "MultiPolygon")


def _visible(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    if why := why_unplaced(subject):
        yield from all_unmeasured(rows, why)
        return
    eyes, targets = _eyes(subject.ground, arguments), _targets(subject.ground, arguments)
    if isinstance(eyes, str) or isinstance(targets, str):
        yield from all_unmeasured(rows, eyes if isinstance(eyes, str) else str(targets))
        return
    keys = [key_of(row) for row in bodies_of(rows)]
    corners = corners_of(subject, keys)
    scenes = [_standing(subject.ground, arguments, eye, targets) for eye in eyes]
    if why := next((one for one in scenes if isinstance(one, str)), ""):
        yield from all_unmeasured(rows, why)
        return
    yield from without_shape(keys, corners)
    found = _lost(eyes, targets, corners, [one for one in scenes if not isinstance(one, str)])
    if not found.seen:
        yield from all_unmeasured([row for row in rows if key_of(row) in corners], "none of the targets is seen even without the model")
        return
    yield from (_told(key, found, targets, str(arguments["targets"])) for key in corners)


@dataclass(frozen=True)
class _Targets:
    """Places to be seen: (n, 3) east, north, mPD; of each the id of its feature."""

    places: Floats
    owners: Sequence[str]


@dataclass(frozen=True)
class _Standing:
    """What stands there already: bodies, and the ground with its step."""

    bodies: Sequence[Floats]
    ground: Sequence[Floats]
    ground_step_m: float


@dataclass(frozen=True)
class _Lost:
    """Targets that are seen from some eye without the model, and GlobalId -> (target, place where its sight line is cut)."""

    seen: int
    by_key: Mapping[str, Sequence[tuple[int, Floats]]]


def _lost(eyes: Sequence[Floats], targets: _Targets, corners: Mapping[str, Floats], scenes: Sequence[_Standing]) -> _Lost:
    keys, seen = list(corners), np.zeros(len(targets.places), bool)
    by_key: dict[str, list[tuple[int, Floats]]] = defaultdict(list)
    for eye, scene in zip(eyes, scenes, strict=True):
        found = newly_blocked(eye, targets.places, list(corners.values()), scene.bodies, scene.ground, scene.ground_step_m)
        seen |= found.seen
        for at in np.flatnonzero(found.body >= 0):
            by_key[keys[found.body[at]]].append((int(at), found.places[at]))
    return _Lost(int(seen.sum()), by_key)


def _told(key: str, found: _Lost, targets: _Targets, layer: str) -> Measurement:
    """How many targets an object is the first to hide."""
    lost = found.by_key.get(key, ())
    if not lost:
        return Measurement(key, 0, "1", source=layer, data={"targets": len(targets.places), "seen_before": found.seen})
    number, place = lost[0]
    owners = list(dict.fromkeys(targets.owners[at] for at, _ in lost))
    hidden = [[round(float(part), 3) for part in targets.places[at]] for at, _ in lost[:_TOLD]]
    return Measurement(key, len({at for at, _ in lost}), "1", (float(place[0]), float(place[1]), float(place[2])), targets.owners[number],
                       source=f"{layer} {', '.join(owners[:_TOLD])}",
                       data={"targets": len(targets.places), "seen_before": found.seen, "features": owners[:_TOLD], "hidden": hidden})


def _eyes(ground: Ground, arguments: Arguments) -> list[Floats] | str:
    """(3,) east, north, mPD of each eye: three numbers, or the points of a layer."""
    given = arguments["eye"]
    if isinstance(given, (list, tuple)):
        numbers = [number_of(part, "eye") for part in given]
        if len(numbers) != 3 or None in numbers:
            raise ValueInvalid("eye: three numbers are needed: east, north, mPD", field="eye", value=str(given))
        return [np.array(numbers, dtype=np.float64)]
    features = ground.layer(str(given))
    if features is None:
        return f"the site has no layer {given}"
    rows = [row for row in matching(features, arguments.get("where_eye")) if row.geometry is not None]
    points = _raised(ground, rows, [shapely.get_coordinates(row.geometry, include_z=True)[:1] for row in rows], arguments, "eye")
    if isinstance(points, str):
        return points
    return list(points.places) or f"{given} has no such eye"


def _targets(ground: Ground, arguments: Arguments) -> _Targets | str:
    """The points of a layer; points along its lines; a grid over its polygons."""
    layer, step = str(arguments["targets"]), number_of(arguments.get("step"), "step") or _STEP_M
    features = ground.layer(layer)
    if features is None:
        return f"the site has no layer {layer}"
    rows = [row for row in matching(features, arguments.get("where")) if row.geometry is not None and not row.geometry.is_empty]
    if not rows:
        return f"{layer} has no targets"
    spread = [_spread(row, step) for row in rows]
    if sum(map(len, spread)) > _MOST_TARGETS:
        raise ValueInvalid(f"targets: more than {_MOST_TARGETS} places", field="step", limit=_MOST_TARGETS, remedy="choose a larger step")
    return _raised(ground, rows, spread, arguments, "target")


def _spread(row: Feature, step: float) -> Floats:
    """(n, 3) places of a feature, with its own heights or NaN."""
    shape = row.geometry
    assert shape is not None
    if shape.geom_type not in _POLYGONS:
        return shapely.get_coordinates(shapely.segmentize(shape, step), include_z=True)
    minx, miny, maxx, maxy = shape.bounds
    if (maxx - minx) * (maxy - miny) / step**2 > 50 * _MOST_TARGETS:
        raise ValueInvalid(f"targets: {row.id} is too large for a grid of {step:g} m", field="step", remedy="choose a larger step")
    x, y = np.meshgrid(np.arange(minx + step / 2, maxx, step), np.arange(miny + step / 2, maxy, step))
    inner = np.column_stack([x.ravel(), y.ravel()])
    inner = inner[shapely.contains_xy(shapely.force_2d(shape), inner[:, 0], inner[:, 1])]
    inner = inner if len(inner) else shapely.get_coordinates(shapely.point_on_surface(shape))
    level = float(np.mean(shapely.get_coordinates(shape, include_z=True)[:, 2])) if shapely.has_z(shape) else math.nan
    return np.column_stack([inner, np.full(len(inner), level)])


def _raised(ground: Ground, rows: Rows, spread: Sequence[Floats], arguments: Arguments, name: str) -> _Targets | str:
    """Places with heights: their own, else those of a field, else so much above the ground."""
    field = str(arguments.get(f"{name}_z", ""))
    above = number_of(arguments.get(f"{name}_height"), f"{name}_height") or 0.0
    places = np.concatenate([*spread, np.zeros((0, 3))])
    owners = [row.id for row, some in zip(rows, spread, strict=True) for _ in some]
    levels = [length_in(row, field) if field else None for row in rows]
    stated = np.repeat([math.nan if one is None else one for one in levels], [len(some) for some in spread])
    places[:, 2] = np.where(np.isnan(stated), places[:, 2], stated)
    bare = np.isnan(places[:, 2])
    if bare.any():
        heights = ground.heights(str(arguments.get("terrain", "")), places[bare, :2])
        if heights is None:
            return f"{name}s have no heights, and the site has no terrain {arguments.get('terrain', '')}".rstrip()
        places[bare, 2] = heights + above
    if np.isnan(places[:, 2]).any():
        return f"the ground under {name} {owners[int(np.flatnonzero(np.isnan(places[:, 2]))[0])]} is not known"
    return _Targets(places, owners)


def _standing(ground: Ground, arguments: Arguments, eye: Floats, targets: _Targets) -> _Standing | str:
    """Buildings and ground between an eye and its targets; or why they are not known."""
    low, high = np.minimum(targets.places.min(axis=0), eye), np.maximum(targets.places.max(axis=0), eye)
    box = BBox(float(low[0]), float(low[1]), float(high[0]), float(high[1]), crs=_GRID)
    bodies: list[Floats] = []
    if "obstacles" in arguments:
        features = ground.layer(str(arguments["obstacles"]), box)
        if features is None:
            return f"the site has no layer {arguments['obstacles']}"
        hidden = {row.id for row in matching(features, arguments.get("except"))} if "except" in arguments else set()
        bodies = _prisms([row for row in features if row.id not in hidden], arguments, eye)
    if "terrain" not in arguments:
        return _Standing(bodies, (), 0.0)
    step = max(_GROUND_STEP_M, math.sqrt((box.maxx - box.minx) * (box.maxy - box.miny) / _MOST_GROUND))
    x, y = np.arange(box.minx - step, box.maxx + 2 * step, step), np.arange(box.miny - step, box.maxy + 2 * step, step)
    heights = ground.heights(str(arguments["terrain"]), np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    if heights is None:
        return f"the site has no terrain {arguments['terrain']}"
    return _Standing(bodies, [terrain_triangles(x, y, heights.reshape(len(y), len(x)))], step)


def _prisms(features: Rows, arguments: Arguments, eye: Floats) -> list[Floats]:
    """Polygons with levels as bodies; the one that the eye is in hides nothing."""
    made = []
    for row in features:
        low, high = (length_in(row, str(arguments.get(name, field))) for name, field in (("bottom", "base_level"), ("top", "top_level")))
        if row.geometry is None or row.geometry.geom_type not in _POLYGONS or low is None or high is None or high <= low:
            continue
        if not (low <= eye[2] <= high and shapely.contains_xy(row.geometry, eye[0], eye[1])):
            made.append(prism(row.geometry, low, high))
    return made


SIGHT_OPERATORS = (
    Operator("visible", _visible, "How many targets each object is the first to hide from an eye that sees them without the model.",
             {"eye": "east, north, mPD; or a Collection of points", "targets": "Collection of points, lines or polygons to be seen",
              "step": "metres between places on lines and in polygons, 5 without it", "where": "fields and values that choose targets",
              "where_eye": "fields and values that choose eyes", "target_z": "field with the level of targets, mPD",
              "target_height": "metres above the ground of targets without heights", "eye_z": "field with the level of eyes, mPD",
              "eye_height": "metres above the ground of eyes without heights", "terrain": "Coverage of the ground",
              "obstacles": "Collection of polygons with levels that stand there", "bottom": "their field with it, base_level without it",
              "top": "their field with it, top_level without it", "except": "fields and values of obstacles that do not count"},
             ("eye", "targets"), "1", "gis"),
)
